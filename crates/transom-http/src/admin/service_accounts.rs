//! Service accounts (B.8): programs and administrators that call the API, with roles and tokens.

pub mod request;
pub mod tokens;
pub mod view;

use super::{
    call::{Call, Caller, Params},
    error::{ApiError, InvalidCode},
    reply::{Answer, Reply},
};
use transom_domain::{
    ServiceAccountId, Timestamp,
    ports::{Segments, ServiceAccounts, Tx, View},
    service_account::{self, ServiceAccount, ServiceAccountError},
};
use view::ServiceAccountView;

impl From<ServiceAccountError> for ApiError {
    fn from(error: ServiceAccountError) -> Self {
        match error {
            ServiceAccountError::Field { field, error } => Self::invalid(InvalidCode::Input, field, "text", error),
            ServiceAccountError::TooMany { ref field, .. } => {
                Self::invalid(InvalidCode::Input, field.clone(), "max_items", &error)
            }
            ServiceAccountError::UnknownReference { path, id } => Self::UnknownReference { path, id },
            ServiceAccountError::Excess(permission) => Self::Escalation(permission),
            ServiceAccountError::LimitExceeded => Self::LimitExceeded(error.to_string()),
            ServiceAccountError::Unknown => Self::NotFound,
            ServiceAccountError::Store(error) => error.into(),
        }
    }
}

/// Step 6: the account that the path means.
fn named(
    view: &mut (impl ServiceAccounts + Segments + ?Sized),
    caller: &Caller,
    name: &str,
) -> Result<ServiceAccount, ApiError> {
    let id = ServiceAccountId::parse(name).map_err(|_| ApiError::NotFound)?;
    Ok(service_account::find(view, caller.organization.id, &caller.scope, id)?)
}

/// `GET O/service-accounts`
pub async fn list(call: Call) -> Answer {
    call.query()?;
    let views = call
        .read(|view, caller| {
            let segments = view.segments(caller.organization.id)?;
            let accounts = view.service_accounts(caller.organization.id)?;
            let seen = accounts.iter().filter(|a| a.is_visible(&caller.scope, &segments));
            let slug = caller.organization.slug.as_str();
            Ok(seen.map(|a| ServiceAccountView::new(a, slug)).collect::<Vec<_>>())
        })
        .await?;
    Reply::data(&views)
}

/// `GET O/service-accounts/{serviceAccountId}`
pub async fn show(call: Call) -> Answer {
    let (name, query) = (call.param("serviceAccountId"), call.query());
    let account = call
        .read(move |view, caller| {
            let account = named(view, caller, &name)?;
            query.as_ref().map_err(Clone::clone)?;
            Ok(account)
        })
        .await?;
    Reply::data(&shown(&call, &account))
}

/// Locks the account that a path names, by the organization's row as its changes do.
///
/// # Errors
/// When the caller sees no such account.
pub fn lock(tx: &mut dyn Tx, caller: &Caller, params: &Params) -> Result<(), ApiError> {
    named(tx, caller, name(params))?;
    tx.lock_organization(caller.organization.id)?;
    Ok(())
}

/// What `GET O/service-accounts/{serviceAccountId}` answers at this moment.
///
/// # Errors
/// When the caller sees no such account.
pub fn current(view: &mut dyn View, caller: &Caller, params: &Params, _: Timestamp) -> Answer {
    let account = named(view, caller, name(params))?;
    let slug = caller.organization.slug.as_str();
    Reply::data(&ServiceAccountView::new(&account, slug))
}

/// The name of an account in a path.
fn name(params: &Params) -> &str {
    params.get("serviceAccountId").map_or("", String::as_str)
}

/// `POST O/service-accounts`
pub async fn create(call: Call) -> Answer {
    let form = call.form(request::create)?;
    let ignored = form.ignored;
    let account = call
        .write(move |tx, cx, caller| {
            let organization = caller.organization.id;
            Ok(service_account::create(
                tx,
                cx,
                organization,
                caller.granter(),
                &form.value,
            )?)
        })
        .await?;
    Ok(Reply::data(&shown(&call, &account))?.ignoring(ignored))
}

/// `PUT O/service-accounts/{serviceAccountId}`
pub async fn update(call: Call) -> Answer {
    let name = call.param("serviceAccountId");
    let form = call.form(request::update);
    let ignored = form.as_ref().map(|f| f.ignored.clone()).unwrap_or_default();
    let account = call
        .write(move |tx, cx, caller| {
            let (account, organization) = (named(tx, caller, &name)?, caller.organization.id);
            let request = &form.as_ref().map_err(Clone::clone)?.value;
            let by = caller.granter();
            Ok(service_account::update(tx, cx, organization, by, account.id, request)?)
        })
        .await?;
    Ok(Reply::data(&shown(&call, &account))?.ignoring(ignored))
}

/// `DELETE O/service-accounts/{serviceAccountId}`
pub async fn remove(call: Call) -> Answer {
    let (name, query) = (call.param("serviceAccountId"), call.query());
    let account = call
        .write(move |tx, cx, caller| {
            let account = named(tx, caller, &name)?;
            query.as_ref().map_err(Clone::clone)?;
            let organization = caller.organization.id;
            Ok(service_account::remove(
                tx,
                cx,
                organization,
                &caller.scope,
                account.id,
            )?)
        })
        .await?;
    Reply::data(&shown(&call, &account))
}

fn shown(call: &Call, account: &ServiceAccount) -> ServiceAccountView {
    ServiceAccountView::new(account, call.caller.organization.slug.as_str())
}
