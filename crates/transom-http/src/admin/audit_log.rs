//! The audit record (B.8): who did what, from where, before and after, and what was refused.

use super::{
    call::Call,
    error::ApiError,
    reply::{Answer, PageView, Reply},
    view::Moment,
};
use serde::Serialize;
use serde_json::Value;
use transom_domain::{
    AuditId,
    audit::{AuditEntry, Outcome},
    ports::AuditQuery,
    segment::SegmentScope,
};
use utoipa::ToSchema;

/// An entry.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuditLog)]
pub struct AuditLogView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    id: String,
    #[schema(pattern = "^[a-f0-9]{24}$")]
    organization_id: String,
    date: Moment,
    /// What was done: the permission's name, or the name of the event.
    action: String,
    actor: ActorView,
    target: Option<TargetView>,
    segment_id: Option<u32>,
    /// The permission that the route takes.
    permission: Option<String>,
    /// Method and route.
    route: Option<String>,
    ip: Option<String>,
    request_id: Option<String>,
    /// `done` or `refused`.
    outcome: &'static str,
    /// Code and reason of a refusal.
    error: Option<RefusalView>,
    /// What was there before; secrets never are.
    #[schema(value_type = Option<Object>)]
    before: Option<Value>,
    /// What is there now.
    #[schema(value_type = Option<Object>)]
    after: Option<Value>,
}

/// Who.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditActor)]
pub struct ActorView {
    /// `token`, `device`, `enrolling`, `commandLine` or `server`.
    kind: String,
    id: Option<String>,
    name: String,
}

/// What it was about.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditTarget)]
pub struct TargetView {
    kind: String,
    id: Option<String>,
}

/// Why it was refused.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditRefusal)]
pub struct RefusalView {
    code: u32,
    message: String,
}

impl AuditLogView {
    fn new(entry: AuditEntry) -> Self {
        let (outcome, error) = match entry.outcome {
            Outcome::Done => ("done", None),
            Outcome::Refused { code, reason } => ("refused", Some(RefusalView { code, message: reason })),
        };
        Self {
            id: entry.id.to_string(),
            organization_id: entry.organization.to_string(),
            date: Moment(entry.at),
            action: entry.action,
            actor: ActorView {
                kind: entry.actor_kind,
                id: entry.actor_id,
                name: entry.actor_name,
            },
            target: entry.target_kind.map(|kind| TargetView {
                kind,
                id: entry.target_id,
            }),
            segment_id: entry.segment.map(|s| s.0),
            permission: entry.permission,
            route: entry.route,
            ip: entry.address,
            request_id: entry.request_id,
            outcome,
            error,
            before: entry.before,
            after: entry.after,
        }
    }
}

/// `GET O/audit-logs`
pub async fn list(call: Call) -> Answer {
    let query = call.query()?;
    let page = call
        .read(move |view, caller| {
            let query = AuditQuery {
                organization: caller.organization.id,
                scope: caller.scope.clone(),
                action: query.first("action").map(str::to_owned),
                target_id: query.first("targetId").map(str::to_owned),
                ascending: query.sort().is_some_and(|(_, descending)| !descending),
                page: query.page(),
            };
            Ok(view.audit_page(&query)?)
        })
        .await?;
    Reply::data(&PageView::new(page, AuditLogView::new))
}

/// `GET O/audit-logs/{auditLogId}`
pub async fn show(call: Call) -> Answer {
    let (id, query) = (call.param("auditLogId"), call.query());
    let entry = call
        .read(move |view, caller| {
            let id = AuditId::parse(&id).map_err(|_| ApiError::NotFound)?;
            let entry = view.audit_entry(caller.organization.id, id)?;
            let entry = entry
                .filter(|e| is_visible(e, &caller.scope))
                .ok_or(ApiError::NotFound)?;
            query.as_ref().map_err(Clone::clone)?;
            Ok(entry)
        })
        .await?;
    Reply::data(&AuditLogView::new(entry))
}

/// Entries without a segment belong to the whole organization.
fn is_visible(entry: &AuditEntry, scope: &SegmentScope) -> bool {
    match entry.segment {
        Some(segment) => scope.contains(segment),
        None => *scope == SegmentScope::All,
    }
}
