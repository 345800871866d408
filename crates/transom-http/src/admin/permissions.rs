//! What there is to be permitted (B.8): every permission, the routes that it opens, and where the caller has it.

use super::{
    call::Call,
    form::Form,
    reply::{Answer, Reply},
    routes,
};
use serde::Serialize;
use std::collections::BTreeMap;
use transom_domain::{
    permission::{GRANTS_MAX, Grant, ORGANIZATION_WIDE},
    segment::SegmentScope,
};
use utoipa::ToSchema;

/// A permission.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Permission)]
pub struct PermissionView {
    /// Its name.
    name: &'static str,
    /// Methods and paths of the routes that it opens.
    routes: Vec<String>,
    /// Whether it is held in the whole organization or not at all.
    organization_wide: bool,
    /// Whether the caller has it anywhere.
    granted: bool,
    /// Where the caller has it, with all that lies below listed; null: everywhere, or nowhere.
    segment_ids: Option<Vec<u32>>,
}

/// Whether a grant opens anything: a permission of some route, for one that ends in `*` at least one.
#[must_use]
pub fn opens(grant: &Grant) -> bool {
    routes::all()
        .filter_map(|route| route.permission)
        .any(|permission| grant.covers(permission))
}

/// Refuses grants in a list of a body that open nothing: whoever mistypes one would look for the mistake elsewhere. What
/// is malformed is told by who reads it.
pub fn check_grants(form: &mut Form, path: &str, texts: &[String]) {
    for (index, text) in texts.iter().enumerate().take(GRANTS_MAX) {
        if Grant::parse(text).is_ok_and(|grant| !opens(&grant)) {
            let message =
                format!("{text:?} is no permission of this server; GET /permissions of the organization lists them");
            form.refuse(format!("{path}[{index}]"), "permission", message);
        }
    }
}

/// `GET O/permissions`
pub async fn list(call: Call) -> Answer {
    call.query()?;
    let mut opened: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    for route in routes::all() {
        if let Some(permission) = route.permission {
            opened.entry(permission).or_default().push(route.name());
        }
    }
    let views: Vec<PermissionView> = opened
        .into_iter()
        .map(|(name, routes)| {
            let scope = call.caller.authority.scope(name);
            PermissionView {
                name,
                routes,
                organization_wide: ORGANIZATION_WIDE.contains(&name),
                granted: scope.is_some(),
                segment_ids: match scope {
                    Some(SegmentScope::Only(segments)) => Some(segments.iter().map(|s| s.0).collect()),
                    Some(SegmentScope::All) | None => None,
                },
            }
        })
        .collect();
    Reply::data(&views)
}
