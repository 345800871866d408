//! What there is to be permitted (B.8): every permission, the routes that it opens, and where the caller has it.

use super::{
    call::Call,
    reply::{Answer, Reply},
    routes,
};
use serde::Serialize;
use std::collections::BTreeMap;
use transom_domain::{permission::ORGANIZATION_WIDE, segment::SegmentScope};
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
