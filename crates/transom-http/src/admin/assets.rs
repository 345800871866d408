//! Assets (B.5): list, upload, show, change, remove, download.

pub mod request;
pub mod view;

use super::{
    call::{Call, Caller, Params},
    download::{self, Download},
    error::{ApiError, InvalidCode},
    policies,
    reply::{Answer, PageView, Reply},
    segments::only_segment,
    upload::Upload,
};
use std::sync::{Arc, Mutex};
use transom_domain::{
    AssetFileId, AssetId, Timestamp,
    asset::{
        Asset, AssetFile, AssetKind, AssetQuery, AssetSort, FileName,
        change::{self, AssetError},
    },
    device::update::Violation,
    ports::{Assets, Segments, Tx, View},
};
use view::{AssetView, RemovedAssetView};

impl From<AssetError> for ApiError {
    fn from(error: AssetError) -> Self {
        match error {
            AssetError::Invalid(violations) => Self::Invalid {
                code: InvalidCode::Input,
                violations,
            },
            AssetError::UnknownSegment(segment) => Self::UnknownReference {
                path: "segmentId".to_owned(),
                id: segment.to_string(),
            },
            AssetError::Unknown => Self::NotFound,
            AssetError::NotOwn => Self::MissingPermission("mdm.global.asset.update"),
            AssetError::InUse(users) => Self::RecordInUse(users),
            AssetError::LimitExceeded(message) => Self::LimitExceeded(message),
            AssetError::Store(error) => error.into(),
        }
    }
}

/// `GET M/assets`
pub async fn list(call: Call) -> Answer {
    let query = call.query()?;
    let page = call
        .read(move |view, caller| {
            let segments = view.segments(caller.organization.id)?;
            let (sort, descending) = query.sort().unwrap_or(("createdAt", true));
            Ok(view.asset_page(&AssetQuery {
                organization: caller.organization.id,
                scope: policies::filter::scope(&query, caller, &segments)?,
                kinds: query.all("type").filter_map(AssetKind::from_name).collect(),
                search: query.first("search").map(|s| s.trim().to_owned()),
                sort: match sort {
                    "updatedAt" => AssetSort::UpdatedAt,
                    "name" => AssetSort::Name,
                    "size" => AssetSort::Size,
                    _ => AssetSort::CreatedAt,
                },
                descending,
                page: query.page(),
            })?)
        })
        .await?;
    Reply::data(&PageView::new(page, |asset| AssetView::new(&asset)))
}

/// `POST M/assets`
pub async fn create(mut call: Call) -> Answer {
    let top = only_segment(&call).await?;
    let upload = call.files.upload.take();
    let file = upload.as_ref().map(described);
    let form = call.form(|body, code, strict| request::create(body, code, strict, top, file))?;
    let (request, ignored) = (form.value, form.ignored);
    let kept = keep(&call, upload).await?;
    let bytes_max = call.state.file_settings.organization_bytes_max;
    let made = call
        .answer(move |tx, cx, caller| {
            let scope = policies::visible(tx, caller)?;
            let asset = change::create(tx, cx, caller.organization.id, &scope, bytes_max, &request)?;
            Reply::data(&AssetView::new(&asset))
        })
        .await;
    Ok(undone_if_refused(&call, kept, made).await?.ignoring(ignored))
}

/// `GET M/assets/{mdmAssetId}`
pub async fn show(call: Call) -> Answer {
    let (id, query) = (call.param("mdmAssetId"), call.query());
    let asset = call
        .read(move |view, caller| {
            let asset = named(view, caller, &id)?;
            query.as_ref().map_err(Clone::clone)?;
            Ok(asset)
        })
        .await?;
    Reply::data(&AssetView::new(&asset))
}

/// `GET M/assets/{mdmAssetId}/view`
pub async fn view_file(call: Call) -> Answer {
    let (id, query) = (call.param("mdmAssetId"), call.query());
    let asset = call
        .read(move |view, caller| {
            let asset = named(view, caller, &id)?;
            query.as_ref().map_err(Clone::clone)?;
            Ok(asset)
        })
        .await?;
    let tag = download::tag(&asset.file);
    if call.known.as_ref().is_some_and(|known| download::names(known, &tag)) {
        return Ok(Reply::unchanged(tag));
    }
    let content = call.state.files.open(asset.file.id).await?;
    let download = Download::new(asset.file, content, call.range.as_deref()).await?;
    Ok(Reply::download(download))
}

/// Locks the asset that a path names.
///
/// # Errors
/// When the caller sees no such asset.
pub fn lock(tx: &mut dyn Tx, caller: &Caller, params: &Params) -> Result<(), ApiError> {
    let asset = named(tx, caller, identifier(params))?;
    let locked = tx.lock_assets(caller.organization.id, &[asset.id])?;
    if locked.is_empty() {
        Err(ApiError::NotFound)
    } else {
        Ok(())
    }
}

/// What `GET M/assets/{mdmAssetId}` answers at this moment.
///
/// # Errors
/// When the caller sees no such asset.
pub fn current(view: &mut dyn View, caller: &Caller, params: &Params, _: Timestamp) -> Answer {
    Reply::data(&AssetView::new(&named(view, caller, identifier(params))?))
}

fn identifier(params: &Params) -> &str {
    params.get("mdmAssetId").map_or("", String::as_str)
}

/// Step 6: the asset that a path names.
fn named(view: &mut (impl Assets + Segments + ?Sized), caller: &Caller, id: &str) -> Result<Asset, ApiError> {
    let id = AssetId::parse(id).map_err(|_| ApiError::NotFound)?;
    let scope = policies::visible(view, caller)?;
    Ok(change::find(view, caller.organization.id, &scope, id)?)
}

/// `PUT M/assets/{mdmAssetId}`
pub async fn update(mut call: Call) -> Answer {
    let id = call.param("mdmAssetId");
    let upload = call.files.upload.take();
    let file = upload.as_ref().map(described);
    let form = call.form(|body, code, strict| request::update(body, code, strict, file));
    let ignored = form.as_ref().map(|f| f.ignored.clone()).unwrap_or_default();
    let kept = keep(&call, upload.filter(|_| form.is_ok())).await?;
    let bytes_max = call.state.file_settings.organization_bytes_max;
    let left_over = Arc::new(Mutex::new(None));
    let noted = left_over.clone();
    let made = call
        .answer(move |tx, cx, caller| {
            let asset = named(tx, caller, &id)?;
            let request = &form.as_ref().map_err(Clone::clone)?.value;
            let scope = policies::visible(tx, caller)?;
            let organization = caller.organization.id;
            let (before, after) = change::update(tx, cx, organization, &scope, bytes_max, (asset.id, request))?;
            if let Ok(mut noted) = noted.lock() {
                // Either the old file, or the new one that is the same.
                *noted = [Some(before.file.id), kept]
                    .into_iter()
                    .flatten()
                    .find(|file| *file != after.file.id);
            }
            Reply::data(&AssetView::new(&after))
        })
        .await;
    let reply = undone_if_refused(&call, kept, made).await?;
    let left_over = left_over.lock().ok().and_then(|mut noted| noted.take());
    discard(&call, left_over).await;
    Ok(reply.ignoring(ignored))
}

/// `DELETE M/assets/{mdmAssetId}`
pub async fn remove(call: Call) -> Answer {
    let (id, query) = (call.param("mdmAssetId"), call.query());
    let left_over = Arc::new(Mutex::new(None));
    let noted = left_over.clone();
    let reply = call
        .answer(move |tx, cx, caller| {
            let asset = named(tx, caller, &id)?;
            query.as_ref().map_err(Clone::clone)?;
            let scope = policies::visible(tx, caller)?;
            let removed = change::remove(tx, cx, caller.organization.id, &scope, asset.id);
            let asset = removed.map_err(|error| match error {
                AssetError::NotOwn => ApiError::MissingPermission("mdm.global.asset.remove"),
                other => other.into(),
            })?;
            if let Ok(mut noted) = noted.lock() {
                *noted = Some(asset.file.id);
            }
            Reply::data(&RemovedAssetView::new(&asset))
        })
        .await?;
    let left_over = left_over.lock().ok().and_then(|mut noted| noted.take());
    discard(&call, left_over).await;
    Ok(reply)
}

/// What an upload is, if its name is one.
fn described(upload: &Upload) -> Result<AssetFile, Violation> {
    let name = FileName::parse(&upload.name).map_err(|error| Violation::new("file", "file_name", error))?;
    Ok(AssetFile {
        id: upload.id,
        name,
        size: upload.size,
        sha256: upload.sha256,
    })
}

/// Puts an upload on disk before the unit of work that names it. A dry run leaves it alone.
async fn keep(call: &Call, upload: Option<Upload>) -> Result<Option<AssetFileId>, ApiError> {
    let Some(upload) = upload.filter(|_| !call.careful.is_dry_run()) else {
        return Ok(None);
    };
    let id = upload.id;
    upload.keep().await?;
    Ok(Some(id))
}

/// Takes a file away again whose row was refused. After a fault of the store nobody knows whether the row is there: then
/// the file stays, and a job looks later.
async fn undone_if_refused(call: &Call, kept: Option<AssetFileId>, made: Answer) -> Answer {
    if let Err(error) = &made
        && error.answer().http < 500
    {
        discard(call, kept).await;
    }
    made
}

/// Removes a file that no row names any more.
async fn discard(call: &Call, file: Option<AssetFileId>) {
    if let Some(file) = file.filter(|_| !call.careful.is_dry_run())
        && let Err(error) = call.state.files.remove(file).await
    {
        tracing::warn!(%error, "a file could not be removed; a job tries again");
    }
}
