//! The audit entries of writes that were refused to a known caller (X11).

use super::{AdminState, call::Caller, error::ApiError, routes::Route};
use transom_domain::{
    Context,
    audit::{Audit, Target},
    device::find,
    ports::StoreError,
};

/// Longest identifier kept of a request that was refused, in characters.
const IDENTIFIER_CHARS_MAX: usize = 128;

/// Longest reason kept, in characters.
const REASON_CHARS_MAX: usize = 500;

/// Puts a refused write on record. Reads, faults of the server, and requests beyond a rate are not recorded; nor is a
/// refusal beyond the token's rate of recorded refusals, which is in the log alone.
pub async fn record(
    state: &AdminState,
    route: &'static Route,
    caller: &Caller,
    context: &Context,
    device: Option<String>,
    error: &ApiError,
) {
    let answer = error.answer();
    let refused = (400..500).contains(&answer.http) && answer.http != 429;
    if !route.writes || !refused || !state.throttle.may_record(caller.token.id) {
        return;
    }
    let reason = reason(error, answer.message);
    let (organization, scope) = (caller.organization.id, caller.scope.clone());
    let written: Result<(), StoreError> = state
        .store
        .write(context, move |tx, cx| {
            let mut audit = Audit::new(cx, organization, route.permission.unwrap_or_default());
            if let Some(identifier) = &device {
                audit = match find::find(tx, organization, &scope, identifier) {
                    Ok(device) => audit.target(Target::Device(device.id)).segment(device.segment),
                    Err(_) => audit.target(Target::Named(identifier.chars().take(IDENTIFIER_CHARS_MAX).collect())),
                };
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
