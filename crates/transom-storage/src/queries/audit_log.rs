//! Queries over the audit record.

use super::{Database, unit::UnitOfWork};
use crate::{rows::audit_log::AuditRow, schema::audit_entries};
use diesel::prelude::*;
use transom_domain::{
    AuditId, OrganizationId,
    audit::AuditEntry,
    page::Page,
    ports::{AuditLog, AuditLogMut, AuditQuery, StoreError},
    segment::SegmentScope,
};

/// The entries that a query means, in no order.
fn filtered(query: &AuditQuery) -> audit_entries::BoxedQuery<'_, Database> {
    let mut entries = audit_entries::table
        .filter(audit_entries::organization_id.eq(query.organization.to_string()))
        .into_boxed();
    if let SegmentScope::Only(segments) = &query.scope {
        let segments: Vec<i64> = segments.iter().map(|s| s.0.into()).collect();
        entries = entries.filter(audit_entries::segment_id.eq_any(segments));
    }
    if let Some(action) = &query.action {
        entries = entries.filter(audit_entries::action.eq(action));
    }
    if let Some(target) = &query.target_id {
        entries = entries.filter(audit_entries::target_id.eq(target));
    }
    entries
}

impl AuditLog for UnitOfWork<'_> {
    fn audit_page(&mut self, query: &AuditQuery) -> Result<Page<AuditEntry>, StoreError> {
        self.run_long("audit page", |connection| {
            let total: i64 = filtered(query).count().get_result(connection)?;
            let sorted = if query.ascending {
                filtered(query).order(audit_entries::sequence.asc())
            } else {
                filtered(query).order(audit_entries::sequence.desc())
            };
            let rows = sorted
                .offset(query.page.offset())
                .limit(query.page.limit().into())
                .select(AuditRow::as_select())
                .load(connection)?;
            Ok(Page {
                items: rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
                total: total.unsigned_abs(),
                request: query.page,
            })
        })
    }

    fn audit_entry(&mut self, organization: OrganizationId, id: AuditId) -> Result<Option<AuditEntry>, StoreError> {
        self.run("audit entry", |connection| {
            let row = audit_entries::table
                .filter(audit_entries::id.eq(id.to_string()))
                .filter(audit_entries::organization_id.eq(organization.to_string()))
                .select(AuditRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(TryInto::try_into).transpose()?)
        })
    }
}

impl AuditLogMut for UnitOfWork<'_> {
    fn append_audit(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        self.run("append audit entry", |connection| {
            diesel::insert_into(audit_entries::table)
                .values(AuditRow::from(entry))
                .execute(connection)?;
            Ok(())
        })
    }
}
