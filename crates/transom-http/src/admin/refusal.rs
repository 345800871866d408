//! The audit entries of writes that were refused to a known caller (X11).

mod about;

use super::{
    AdminState,
    call::{Caller, Params},
    error::ApiError,
    routes::Route,
};
use about::About;
use std::net::IpAddr;
use transom_domain::{
    Context,
    audit::{Audit, Target},
    ports::StoreError,
};

/// Longest reason kept, in characters.
const REASON_CHARS_MAX: usize = 500;

/// Puts a refused write on record. Reads, faults of the server, and requests beyond a rate are not recorded; nor is a
/// refusal beyond the token's rate of recorded refusals, which is in the log alone.
pub async fn record(
    state: &AdminState,
    route: &'static Route,
    caller: &Caller,
    context: &Context,
    params: Params,
    error: &ApiError,
) {
    let answer = error.answer();
    let refused = (400..500).contains(&answer.http) && answer.http != 429;
    if !route.writes || !refused || !state.throttle.may_record(caller.token.id) {
        return;
    }
    let reason = reason(error, answer.message);
    let about = About::find(state, route, caller, params, context.now).await;
    let organization = caller.organization.id;
    let written: Result<(), StoreError> = state
        .store
        .write(context, move |tx, cx| {
            let mut audit = Audit::new(cx, organization, route.permission.unwrap_or_default());
            if let Some(target) = &about.target {
                audit = audit.target(target.clone());
            }
            if let Some(segment) = about.segment {
                audit = audit.segment(segment);
            }
            tx.append_audit(&audit.refused(answer.code, &reason))
        })
        .await;
    if let Err(error) = written {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "a refused write could not be put on record"
        );
    }
}

/// Puts on record that a token was used from an address that is not on its list: somebody may have stolen it. What is beyond
/// the token's rate of recorded refusals is in the log alone.
pub async fn record_address(
    state: &AdminState,
    route: &'static Route,
    caller: &Caller,
    address: Option<IpAddr>,
    request_id: &str,
) {
    let from = address.map_or_else(|| "an unknown address".to_owned(), |a| a.to_canonical().to_string());
    tracing::warn!(
        token.id = %caller.token.id,
        request.id = request_id,
        address = from,
        "a token was used from an address that is not on its list"
    );
    if !state.throttle.may_record(caller.token.id) {
        return;
    }
    let (organization, token) = (caller.organization.id, caller.token.id);
    let context = caller.context(state, route, address, request_id);
    let written: Result<(), StoreError> = state
        .store
        .write(&context, move |tx, cx| {
            let audit =
                Audit::new(cx, organization, "base.organization.serviceAccount.use").target(Target::ApiToken(token));
            tx.append_audit(&audit.refused(4004, "Invalid Token: the address is not on the token's list"))
        })
        .await;
    if let Err(error) = written {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "a refused token could not be put on record"
        );
    }
}

/// Why, in a line: the message of the API and the first thing that was wrong. Never a value that was sent.
fn reason(error: &ApiError, message: &str) -> String {
    let place = match error {
        ApiError::Invalid { violations, .. } => violations.first().map(|v| v.path.clone()),
        ApiError::UnknownReference { path, .. } => Some(path.clone()),
        _ => None,
    };
    let reason = match place.filter(|p| !p.is_empty()) {
        Some(place) => format!("{message}: {error}, first {place}"),
        None => format!("{message}: {error}"),
    };
    reason
        .chars()
        .filter(|c| !c.is_control())
        .take(REASON_CHARS_MAX)
        .collect()
}
