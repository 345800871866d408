//! Enrolment tokens (B.6): list, make one or many, show, change, revoke.

pub mod request;
pub mod view;

use super::{
    call::{Call, Caller, Params},
    devices::filter::narrowed,
    error::{ApiError, InvalidCode},
    reply::{Answer, PageView, Reply},
    segments::only_segment,
};
use transom_domain::{
    EnrollmentTokenId, PolicyId, Timestamp,
    enrollment_token::{
        EnrollmentToken, EnrollmentTokenQuery,
        change::{self, TokenError},
    },
    ports::{EnrollmentTokens, Tx, View},
};
use view::EnrollmentTokenView;

impl From<TokenError> for ApiError {
    fn from(error: TokenError) -> Self {
        let conflict = |rule| Self::Conflict {
            path: "enrollmentTokenId",
            rule,
            message: error.to_string(),
        };
        match error {
            TokenError::Over(_) => conflict("state"),
            TokenError::OfTemplate => conflict("of_template"),
            TokenError::Invalid(violations) => Self::Invalid {
                code: InvalidCode::Input,
                violations,
            },
            TokenError::UnknownReference { path, id } => Self::UnknownReference { path, id },
            TokenError::Unknown => Self::NotFound,
            TokenError::Store(error) => error.into(),
        }
    }
}

/// Step 6: the token that the path means.
fn named(
    view: &mut (impl EnrollmentTokens + ?Sized),
    caller: &Caller,
    name: &str,
) -> Result<EnrollmentToken, ApiError> {
    let id = EnrollmentTokenId::parse(name).map_err(|_| ApiError::NotFound)?;
    Ok(change::find(view, caller.organization.id, &caller.scope, id)?)
}

/// `GET W/enrollment-tokens`
pub async fn list(call: Call) -> Answer {
    let query = call.query()?;
    let page = call
        .read(move |view, caller| {
            let segments = view.segments(caller.organization.id)?;
            Ok(view.enrollment_token_page(&EnrollmentTokenQuery {
                organization: caller.organization.id,
                scope: narrowed(&query, caller, &segments, InvalidCode::Input)?,
                user: query.user("mdm-user"),
                policy: query.first("policy").and_then(|id| PolicyId::parse(id).ok()),
                show_deleted: query.flag("show-deleted"),
                descending: query.sort().is_none_or(|(_, descending)| descending),
                page: query.page(),
            })?)
        })
        .await?;
    let (server, now) = (call.state.device_url(), call.context.now);
    Reply::data(&PageView::new(page, |token| {
        EnrollmentTokenView::new(&token, None, server, now)
    }))
}

/// `GET W/enrollment-tokens/{enrollmentTokenId}`
pub async fn show(call: Call) -> Answer {
    let (name, query) = (call.param("enrollmentTokenId"), call.query());
    let token = call
        .read(move |view, caller| {
            let token = named(view, caller, &name)?;
            query.as_ref().map_err(Clone::clone)?;
            Ok(token)
        })
        .await?;
    let server = call.state.device_url();
    Reply::data(&EnrollmentTokenView::new(&token, None, server, call.context.now))
}

/// Locks the token that a path names.
///
/// # Errors
/// When the caller sees no such token.
pub fn lock(tx: &mut dyn Tx, caller: &Caller, params: &Params) -> Result<(), ApiError> {
    let token = named(tx, caller, identifier(params))?;
    tx.lock_enrollment_token(token.id)?.ok_or(ApiError::NotFound)?;
    Ok(())
}

/// What `GET W/enrollment-tokens/{enrollmentTokenId}` answers at this moment, but for the server's address.
///
/// # Errors
/// When the caller sees no such token.
pub fn current(view: &mut dyn View, caller: &Caller, params: &Params, now: Timestamp) -> Answer {
    let token = named(view, caller, identifier(params))?;
    Reply::data(&EnrollmentTokenView::new(&token, None, "", now))
}

fn identifier(params: &Params) -> &str {
    params.get("enrollmentTokenId").map_or("", String::as_str)
}

/// `POST W/enrollment-tokens`
pub async fn create(call: Call) -> Answer {
    let (top, now) = (only_segment(&call).await?, call.context.now);
    let server = call.state.device_url().to_owned();
    let form = call.form(|body, code, strict| request::create(body, code, strict, top))?;
    let request = form.value.allowed()?;
    call.answer(move |tx, cx, caller| {
        let made = change::create(tx, cx, caller.organization.id, &caller.scope, &request)?;
        let made = made.first().ok_or(ApiError::NotFound)?;
        let view = EnrollmentTokenView::new(&made.0, Some(&made.1), &server, now);
        Ok(Reply::data(&view)?.ignoring(form.ignored.clone()))
    })
    .await
}

/// `POST W/enrollment-tokens/bulk`
pub async fn create_many(call: Call) -> Answer {
    let (top, now) = (only_segment(&call).await?, call.context.now);
    let server = call.state.device_url().to_owned();
    let form = call.form(|body, code, strict| request::create_many(body, code, strict, top))?;
    let request = form.value.allowed()?;
    call.answer(move |tx, cx, caller| {
        let made = change::create(tx, cx, caller.organization.id, &caller.scope, &request)?;
        let views: Vec<_> = made
            .iter()
            .map(|(token, secret)| EnrollmentTokenView::new(token, Some(secret), &server, now))
            .collect();
        Ok(Reply::data(&views)?.ignoring(form.ignored.clone()))
    })
    .await
}

/// `PUT W/enrollment-tokens/{enrollmentTokenId}`
pub async fn update(call: Call) -> Answer {
    let (name, now) = (call.param("enrollmentTokenId"), call.context.now);
    let server = call.state.device_url().to_owned();
    let form = call.form(request::update);
    call.answer(move |tx, cx, caller| {
        let token = named(tx, caller, &name)?;
        let form = form.as_ref().map_err(Clone::clone)?;
        let (organization, scope) = (caller.organization.id, &caller.scope);
        let token = change::update(tx, cx, organization, scope, token.id, &form.value)?;
        let view = EnrollmentTokenView::new(&token, None, &server, now);
        Ok(Reply::data(&view)?.ignoring(form.ignored.clone()))
    })
    .await
}

/// `DELETE W/enrollment-tokens/{enrollmentTokenId}`
pub async fn remove(call: Call) -> Answer {
    let (name, query, now) = (call.param("enrollmentTokenId"), call.query(), call.context.now);
    let server = call.state.device_url().to_owned();
    call.answer(move |tx, cx, caller| {
        let token = named(tx, caller, &name)?;
        query.as_ref().map_err(Clone::clone)?;
        let token = change::remove(tx, cx, caller.organization.id, &caller.scope, token.id)?;
        Reply::data(&EnrollmentTokenView::new(&token, None, &server, now))
    })
    .await
}
