//! Smart attributes (B.7): list, make, show, change, remove.

pub mod request;
pub mod view;

use super::{
    call::{Call, Caller, Params},
    error::{ApiError, InvalidCode},
    library::RemovedView,
    reply::{Answer, PageView, Reply},
};
use transom_domain::{
    SmartAttributeId, Timestamp,
    ports::{SmartAttributes, Tx, View},
    smart_attribute::{
        SmartAttribute,
        change::{self, SmartAttributeError, SmartAttributeSort},
    },
};
use view::SmartAttributeView;

impl From<SmartAttributeError> for ApiError {
    fn from(error: SmartAttributeError) -> Self {
        match error {
            SmartAttributeError::Invalid(violations) => Self::Invalid {
                code: InvalidCode::Input,
                violations,
            },
            SmartAttributeError::LimitExceeded => Self::LimitExceeded(error.to_string()),
            SmartAttributeError::Unknown => Self::NotFound,
            SmartAttributeError::InUse(_) => Self::invalid(InvalidCode::Input, "smartAttributeId", "in_use", error),
            SmartAttributeError::Store(error) => error.into(),
        }
    }
}

fn id(text: &str) -> Result<SmartAttributeId, ApiError> {
    SmartAttributeId::parse(text).map_err(|_| ApiError::NotFound)
}

/// `GET O/smart-attributes`
pub async fn list(call: Call) -> Answer {
    let query = call.query()?;
    let page = call
        .read(move |view, caller| {
            let (sort, descending) = query.sort().unwrap_or(("createdAt", true));
            let sort = match sort {
                "updatedAt" => SmartAttributeSort::UpdatedAt,
                "name" => SmartAttributeSort::Name,
                _ => SmartAttributeSort::CreatedAt,
            };
            let search = query.first("search").map(str::trim);
            Ok(change::list(
                view,
                caller.organization.id,
                search,
                (sort, descending),
                query.page(),
            )?)
        })
        .await?;
    Reply::data(&PageView::new(page, |attribute| {
        SmartAttributeView::new(&attribute, None)
    }))
}

fn shown(
    view: &mut (impl SmartAttributes + ?Sized),
    attribute: &SmartAttribute,
) -> Result<SmartAttributeView, ApiError> {
    let counts = view.given_counts(attribute.id)?;
    Ok(SmartAttributeView::new(attribute, Some(counts)))
}

/// Step 6: the attribute that the path means.
fn find(view: &mut (impl SmartAttributes + ?Sized), caller: &Caller, name: &str) -> Result<SmartAttribute, ApiError> {
    let found = view.smart_attribute(caller.organization.id, id(name)?)?;
    found.ok_or(ApiError::NotFound)
}

/// `POST O/smart-attributes`
pub async fn create(call: Call) -> Answer {
    let form = call.form(request::create)?;
    let ignored = form.ignored;
    let made = call
        .write(move |tx, cx, caller| {
            let made = change::create(tx, cx, caller.organization.id, &form.value)?;
            shown(tx, &made)
        })
        .await?;
    Ok(Reply::data(&made)?.ignoring(ignored))
}

/// `GET O/smart-attributes/{smartAttributeId}`
pub async fn show(call: Call) -> Answer {
    let (name, query) = (call.param("smartAttributeId"), call.query());
    let found = call
        .read(move |view, caller| {
            let attribute = find(view, caller, &name)?;
            query.as_ref().map_err(Clone::clone)?;
            shown(view, &attribute)
        })
        .await?;
    Reply::data(&found)
}

/// Locks the attribute that a path names, behind its organization, as its changes do.
///
/// # Errors
/// When there is no such attribute.
pub fn lock(tx: &mut dyn Tx, caller: &Caller, params: &Params) -> Result<(), ApiError> {
    let attribute = find(tx, caller, identifier(params))?;
    tx.lock_organization(caller.organization.id)?;
    tx.lock_smart_attributes(caller.organization.id, &[attribute.id])?;
    Ok(())
}

/// What `GET O/smart-attributes/{smartAttributeId}` answers at this moment.
///
/// # Errors
/// When there is no such attribute.
pub fn current(view: &mut dyn View, caller: &Caller, params: &Params, _: Timestamp) -> Answer {
    let attribute = find(view, caller, identifier(params))?;
    Reply::data(&shown(view, &attribute)?)
}

fn identifier(params: &Params) -> &str {
    params.get("smartAttributeId").map_or("", String::as_str)
}

/// `PUT O/smart-attributes/{smartAttributeId}`
pub async fn update(call: Call) -> Answer {
    let name = call.param("smartAttributeId");
    let form = call.form(request::update);
    let ignored = form.as_ref().map(|f| f.ignored.clone()).unwrap_or_default();
    let changed = call
        .write(move |tx, cx, caller| {
            let attribute = find(tx, caller, &name)?;
            let request = &form.as_ref().map_err(Clone::clone)?.value;
            let changed = change::update(tx, cx, caller.organization.id, attribute.id, request)?;
            shown(tx, &changed)
        })
        .await?;
    Ok(Reply::data(&changed)?.ignoring(ignored))
}

/// `DELETE O/smart-attributes/{smartAttributeId}`
pub async fn remove(call: Call) -> Answer {
    let (name, query) = (call.param("smartAttributeId"), call.query());
    let removed = call
        .write(move |tx, cx, caller| {
            let attribute = find(tx, caller, &name)?;
            query.as_ref().map_err(Clone::clone)?;
            Ok(change::remove(tx, cx, caller.organization.id, attribute.id)?)
        })
        .await?;
    Reply::data(&RemovedView::new(removed.id, &removed.name))
}
