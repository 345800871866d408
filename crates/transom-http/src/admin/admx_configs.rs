//! ADMX templates (B.5): list, upload, show, change, remove; what they define.

pub mod request;
pub mod view;

use super::{
    call::{Call, Caller, Params},
    error::{ApiError, Fault, InvalidCode},
    policies,
    reply::{Answer, PageView, Reply},
    segments::only_segment,
};
use request::Texts;
use transom_domain::{
    AdmxConfigId, Timestamp,
    admx::{
        AdmxConfig, AdmxQuery, AdmxSort, DefinitionQuery, Template,
        change::{self, AdmxError},
        definition::Class,
        parse::{self, FileError},
    },
    ports::{AdmxConfigs, Segments, Tx, View},
};
use view::{AdmxConfigView, DefinitionView, RemovedAdmxConfigView};

impl From<AdmxError> for ApiError {
    fn from(error: AdmxError) -> Self {
        match error {
            AdmxError::Invalid(violations) => Self::Invalid {
                code: InvalidCode::Input,
                violations,
            },
            AdmxError::Taken => Self::invalid(InvalidCode::Input, "fileName", "unique", error),
            AdmxError::UnknownSegment(segment) => Self::UnknownReference {
                path: "segmentId".to_owned(),
                id: segment.to_string(),
            },
            AdmxError::Unknown => Self::NotFound,
            AdmxError::NotOwn => Self::MissingPermission("mdm.windows.admxConfig.update"),
            AdmxError::InUse(users) => Self::RecordInUse(users),
            AdmxError::LimitExceeded => Self::LimitExceeded(error.to_string()),
            AdmxError::Store(error) => error.into(),
        }
    }
}

/// `GET W/admx-configs`
pub async fn list(call: Call) -> Answer {
    let query = call.query()?;
    let page = call
        .read(move |view, caller| {
            let segments = view.segments(caller.organization.id)?;
            let (sort, descending) = query.sort().unwrap_or(("createdAt", true));
            Ok(view.admx_config_page(&AdmxQuery {
                organization: caller.organization.id,
                scope: policies::filter::scope(&query, caller, &segments)?,
                search: query.first("search").map(|s| s.trim().to_owned()),
                sort: match sort {
                    "updatedAt" => AdmxSort::UpdatedAt,
                    "appName" => AdmxSort::AppName,
                    "fileName" => AdmxSort::FileName,
                    _ => AdmxSort::CreatedAt,
                },
                descending,
                page: query.page(),
            })?)
        })
        .await?;
    Reply::data(&PageView::new(page, |config| AdmxConfigView::new(&config)))
}

/// `POST W/admx-configs`
pub async fn create(mut call: Call) -> Answer {
    let top = only_segment(&call).await?;
    let documents = std::mem::take(&mut call.files.documents);
    let form = call.form(|body, code, strict| request::create(body, code, strict, top, documents))?;
    let ((mut request, texts), ignored) = (form.value, form.ignored);
    request.template = parsed(texts).await?;
    let reply = call
        .answer(move |tx, cx, caller| {
            let scope = policies::visible(tx, caller)?;
            let config = change::create(tx, cx, caller.organization.id, &scope, &request)?;
            Reply::data(&AdmxConfigView::new(&config))
        })
        .await?;
    Ok(reply.ignoring(ignored))
}

/// Reads a template on a thread for work that takes time: the largest take a good part of a second.
async fn parsed(texts: Option<Texts>) -> Result<Option<Template>, ApiError> {
    let Some(texts) = texts else {
        return Ok(None);
    };
    let work = tokio::task::spawn_blocking(move || parse::parse(&texts.admx, texts.adml.as_deref()));
    let template = work
        .await
        .map_err(|_| ApiError::internal(Fault("reading a template panicked")))?;
    let refused = |path: &str, error| ApiError::invalid(InvalidCode::Input, path, "template", error);
    match template {
        Ok(template) => Ok(Some(template)),
        Err(FileError::Admx(error)) => Err(refused("admx", error)),
        Err(FileError::Adml(error)) => Err(refused("adml", error)),
    }
}

/// `GET W/admx-configs/{winAdmxConfigId}`
pub async fn show(call: Call) -> Answer {
    let (id, query) = (call.param("winAdmxConfigId"), call.query());
    let config = call
        .read(move |view, caller| {
            let config = named(view, caller, &id)?;
            query.as_ref().map_err(Clone::clone)?;
            Ok(config)
        })
        .await?;
    Reply::data(&AdmxConfigView::new(&config))
}

/// `GET W/admx-configs/{winAdmxConfigId}/definitions`
pub async fn definitions(call: Call) -> Answer {
    let (id, query) = (call.param("winAdmxConfigId"), call.query());
    let (config, page) = call
        .read(move |view, caller| {
            let config = named(view, caller, &id)?;
            let query = query.as_ref().map_err(Clone::clone)?;
            let page = view.admx_definition_page(&DefinitionQuery {
                config: config.id,
                search: query.first("search").map(|s| s.trim().to_owned()),
                class: query.first("class").and_then(Class::from_name),
                page: query.page(),
            })?;
            Ok((config, page))
        })
        .await?;
    Reply::data(&PageView::new(page, |definition| {
        DefinitionView::new(&config, definition)
    }))
}

/// Locks the template that a path names.
///
/// # Errors
/// When the caller sees no such template.
pub fn lock(tx: &mut dyn Tx, caller: &Caller, params: &Params) -> Result<(), ApiError> {
    let config = named(tx, caller, identifier(params))?;
    let locked = tx.lock_admx_configs(caller.organization.id, &[config.id])?;
    if locked.is_empty() {
        Err(ApiError::NotFound)
    } else {
        Ok(())
    }
}

/// What `GET W/admx-configs/{winAdmxConfigId}` answers at this moment.
///
/// # Errors
/// When the caller sees no such template.
pub fn current(view: &mut dyn View, caller: &Caller, params: &Params, _: Timestamp) -> Answer {
    Reply::data(&AdmxConfigView::new(&named(view, caller, identifier(params))?))
}

fn identifier(params: &Params) -> &str {
    params.get("winAdmxConfigId").map_or("", String::as_str)
}

/// Step 6: the template that a path names.
fn named(view: &mut (impl AdmxConfigs + Segments + ?Sized), caller: &Caller, id: &str) -> Result<AdmxConfig, ApiError> {
    let id = AdmxConfigId::parse(id).map_err(|_| ApiError::NotFound)?;
    let scope = policies::visible(view, caller)?;
    Ok(change::find(view, caller.organization.id, &scope, id)?)
}

/// `PUT W/admx-configs/{winAdmxConfigId}`
pub async fn update(mut call: Call) -> Answer {
    let id = call.param("winAdmxConfigId");
    let documents = std::mem::take(&mut call.files.documents);
    let form = call.form(|body, code, strict| request::update(body, code, strict, documents));
    let ignored = form.as_ref().map(|f| f.ignored.clone()).unwrap_or_default();
    let request = match form {
        Ok(form) => {
            let (mut request, texts) = form.value;
            parsed(texts).await.map(|template| {
                request.template = template;
                request
            })
        }
        Err(error) => Err(error),
    };
    let reply = call
        .answer(move |tx, cx, caller| {
            let config = named(tx, caller, &id)?;
            let request = request.as_ref().map_err(Clone::clone)?;
            let scope = policies::visible(tx, caller)?;
            let config = change::update(tx, cx, caller.organization.id, &scope, (config.id, request))?;
            Reply::data(&AdmxConfigView::new(&config))
        })
        .await?;
    Ok(reply.ignoring(ignored))
}

/// `DELETE W/admx-configs/{winAdmxConfigId}`
pub async fn remove(call: Call) -> Answer {
    let (id, query) = (call.param("winAdmxConfigId"), call.query());
    call.answer(move |tx, cx, caller| {
        let config = named(tx, caller, &id)?;
        query.as_ref().map_err(Clone::clone)?;
        let scope = policies::visible(tx, caller)?;
        let removed = change::remove(tx, cx, caller.organization.id, &scope, config.id);
        let config = removed.map_err(|error| match error {
            AdmxError::NotOwn => ApiError::MissingPermission("mdm.windows.admxConfig.remove"),
            other => other.into(),
        })?;
        Reply::data(&RemovedAdmxConfigView::new(&config))
    })
    .await
}
