//! Users (B.7): list, show, make known, change, remove. Passwords are neither taken nor shown: they are set at the command
//! line of the server's machine.

pub mod request;
pub mod view;

use super::{
    call::{Call, Caller, Params},
    error::{ApiError, InvalidCode},
    reply::{Answer, PageView, Reply},
};
use transom_domain::{
    Timestamp, UserId,
    page::Page,
    ports::{SmartAttributes, StoreError, Tx, UserQuery, UserSort, Users, View},
    user::{
        User,
        change::{self, UserDetails, UserError},
    },
};
use view::UserView;

impl From<UserError> for ApiError {
    fn from(error: UserError) -> Self {
        match error {
            UserError::Invalid(violations) => Self::Invalid {
                code: InvalidCode::Input,
                violations,
            },
            UserError::Taken => Self::UserExists,
            UserError::UnknownReference { path, id } => Self::UnknownReference { path, id },
            UserError::OutOfReach => Self::MissingPermission("mdm.global.mdmUser.update"),
            UserError::Unknown => Self::NotFound,
            UserError::Store(error) => error.into(),
        }
    }
}

fn id(text: &str) -> Result<UserId, ApiError> {
    UserId::parse(text).map_err(|_| ApiError::NotFound)
}

/// `GET M/users`
pub async fn list(call: Call) -> Answer {
    let query = call.query()?;
    let page = call
        .read(move |view, caller| {
            let (sort, descending) = query.sort().unwrap_or(("createdAt", true));
            let page = view.user_page(&UserQuery {
                organization: caller.organization.id,
                scope: caller.scope.clone(),
                tags: query.all("tags").map(|t| t.trim().to_owned()).collect(),
                search: query.first("search").map(|s| s.trim().to_owned()),
                sort: match sort {
                    "updatedAt" => UserSort::UpdatedAt,
                    "email" => UserSort::Email,
                    "name" => UserSort::Name,
                    _ => UserSort::CreatedAt,
                },
                descending,
                page: query.page(),
            })?;
            Ok(Page {
                items: change::details(view, &caller.scope, page.items)?,
                total: page.total,
                request: page.request,
            })
        })
        .await?;
    Reply::data(&PageView::new(page, |details| UserView::new(&details)))
}

/// `GET M/users/{mdmUserId}`
pub async fn show(call: Call) -> Answer {
    let (name, query) = (call.param("mdmUserId"), call.query());
    let user = call
        .read(move |view, caller| {
            let user = change::find(view, caller.organization.id, &caller.scope, id(&name)?)?;
            query.as_ref().map_err(Clone::clone)?;
            Ok(detailed(view, caller, user)?)
        })
        .await?;
    Reply::data(&UserView::new(&user))
}

/// Locks the user that a path names.
///
/// # Errors
/// When the caller sees no such user.
pub fn lock(tx: &mut dyn Tx, caller: &Caller, params: &Params) -> Result<(), ApiError> {
    let user = named(tx, caller, params)?;
    tx.lock_user(caller.organization.id, user.id)?
        .ok_or(ApiError::NotFound)?;
    Ok(())
}

/// What `GET M/users/{mdmUserId}` answers at this moment.
///
/// # Errors
/// When the caller sees no such user.
pub fn current(view: &mut dyn View, caller: &Caller, params: &Params, _: Timestamp) -> Answer {
    let user = named(view, caller, params)?;
    Reply::data(&UserView::new(&detailed(view, caller, user)?))
}

/// The user that a path names.
fn named(view: &mut (impl Users + ?Sized), caller: &Caller, params: &Params) -> Result<User, ApiError> {
    let name = params.get("mdmUserId").map_or("", String::as_str);
    Ok(change::find(view, caller.organization.id, &caller.scope, id(name)?)?)
}

/// `POST M/users`
pub async fn create(call: Call) -> Answer {
    let form = call.form(request::create)?;
    let ignored = form.ignored;
    let user = call
        .write(move |tx, cx, caller| {
            let user = change::create(tx, cx, caller.organization.id, &form.value)?;
            Ok(detailed(tx, caller, user)?)
        })
        .await?;
    Ok(Reply::data(&UserView::new(&user))?.ignoring(ignored))
}

/// `PUT M/users/{mdmUserId}`
pub async fn update(call: Call) -> Answer {
    let name = call.param("mdmUserId");
    let form = call.form(request::update);
    let ignored = form.as_ref().map(|f| f.ignored.clone()).unwrap_or_default();
    let user = call
        .write(move |tx, cx, caller| {
            let (organization, scope) = (caller.organization.id, &caller.scope);
            let user = change::find(tx, organization, scope, id(&name)?)?;
            let request = &form.as_ref().map_err(Clone::clone)?.value;
            let user = change::update(tx, cx, organization, scope, user.id, request)?;
            Ok(detailed(tx, caller, user)?)
        })
        .await?;
    Ok(Reply::data(&UserView::new(&user))?.ignoring(ignored))
}

/// `DELETE M/users/{mdmUserId}`
pub async fn remove(call: Call) -> Answer {
    let (name, query) = (call.param("mdmUserId"), call.query());
    let user = call
        .write(move |tx, cx, caller| {
            let (organization, scope) = (caller.organization.id, &caller.scope);
            let user = change::find(tx, organization, scope, id(&name)?)?;
            query.as_ref().map_err(Clone::clone)?;
            match change::remove(tx, cx, organization, scope, user.id) {
                Err(UserError::OutOfReach) => Err(ApiError::MissingPermission("mdm.global.mdmUser.remove")),
                other => Ok(other?),
            }
        })
        .await?;
    Reply::data(&UserView::new(&user))
}

fn detailed(
    view: &mut (impl Users + SmartAttributes + ?Sized),
    caller: &Caller,
    user: User,
) -> Result<UserDetails, StoreError> {
    let details = change::details(view, &caller.scope, vec![user])?;
    let gone = || StoreError::Failed("the details of a user got lost".to_owned());
    details.into_iter().next().ok_or_else(gone)
}
