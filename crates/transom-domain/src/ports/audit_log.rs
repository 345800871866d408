//! The roles over the audit record.

use super::StoreError;
use crate::{
    AuditId, OrganizationId,
    audit::AuditEntry,
    page::{Page, PageRequest},
    segment::SegmentScope,
};

/// Which entries are wanted. Every field that is set must match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditQuery {
    /// Whose record.
    pub organization: OrganizationId,
    /// In which segments. Entries without a segment belong to the whole organization and are seen with
    /// [`SegmentScope::All`] only.
    pub scope: SegmentScope,
    /// What was done.
    pub action: Option<String>,
    /// What it was about.
    pub target_id: Option<String>,
    /// Oldest first; otherwise newest first.
    pub ascending: bool,
    /// Which page.
    pub page: PageRequest,
}

/// Looks at the audit record.
pub trait AuditLog {
    /// One page of entries, in the order they were written.
    fn audit_page(&mut self, query: &AuditQuery) -> Result<Page<AuditEntry>, StoreError>;

    /// One entry.
    fn audit_entry(&mut self, organization: OrganizationId, id: AuditId) -> Result<Option<AuditEntry>, StoreError>;
}

/// Writes the audit record. Nothing changes or removes an entry.
pub trait AuditLogMut: AuditLog {
    /// Appends an entry.
    fn append_audit(&mut self, entry: &AuditEntry) -> Result<(), StoreError>;
}
