//! Promises about the audit record.

use super::{furnish, samples, write};
use crate::{
    audit::{AuditEntry, Outcome},
    page::PageRequest,
    ports::{AuditQuery, Store, StoreError, Tx},
    segment::{SegmentId, SegmentScope},
};
use std::{collections::BTreeSet, sync::Arc};

fn query() -> AuditQuery {
    AuditQuery {
        organization: samples::home(),
        scope: SegmentScope::All,
        action: None,
        target_id: None,
        ascending: true,
        page: PageRequest::default(),
    }
}

/// The numbers of the entries on a page, and the total.
fn numbers(tx: &mut dyn Tx, query: &AuditQuery) -> Result<(Vec<u32>, u64), StoreError> {
    let page = tx.audit_page(query)?;
    let number = |entry: &AuditEntry| (0..100).find(|n| entry.id == samples::id(*n)).unwrap();
    Ok((page.items.iter().map(number).collect(), page.total))
}

/// With every field set, and with none that need not be; JSON's null is not the absence of a value.
pub async fn entries_come_back_as_they_were(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        let full = samples::audit_entry(1);
        let bare = AuditEntry {
            actor_id: None,
            target_kind: None,
            target_id: None,
            segment: None,
            permission: None,
            route: None,
            address: None,
            request_id: None,
            outcome: Outcome::Done,
            before: None,
            after: None,
            ..samples::audit_entry(2)
        };
        for entry in [&full, &bare] {
            tx.append_audit(entry)?;
            assert_eq!(tx.audit_entry(samples::home(), entry.id)?.as_ref(), Some(entry));
        }
        assert_eq!(tx.audit_page(&query())?.items, [full, bare]);
        Ok(())
    })
    .await
    .unwrap();
}

/// Whatever their ids and moments are.
pub async fn entries_keep_the_order_they_were_written_in(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        for n in [5, 1, 4, 2, 3] {
            tx.append_audit(&samples::audit_entry(n))?;
        }
        let mut query = query();
        assert_eq!(numbers(tx, &query)?, (vec![5, 1, 4, 2, 3], 5));
        query.ascending = false;
        query.page = PageRequest::new(2, 2).unwrap();
        assert_eq!(numbers(tx, &query)?, (vec![4, 1], 5));
        Ok(())
    })
    .await
    .unwrap();
}

/// Action, target, segments. What happened in no segment is seen by those who see all.
pub async fn filters_of_the_audit_record_must_all_match(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        for n in 1..=4 {
            let mut entry = samples::audit_entry(n);
            entry.segment = [None, Some(SegmentId(1)), Some(SegmentId(2))]
                .get(n as usize - 1)
                .copied()
                .flatten();
            if n == 4 {
                entry.action = "other".to_owned();
                entry.segment = Some(SegmentId(1));
            }
            tx.append_audit(&entry)?;
        }
        let all = query();
        let only = |segments: &[u32]| AuditQuery {
            scope: SegmentScope::Only(segments.iter().copied().map(SegmentId).collect::<BTreeSet<_>>()),
            ..query()
        };
        assert_eq!(numbers(tx, &all)?, (vec![1, 2, 3, 4], 4));
        assert_eq!(numbers(tx, &only(&[1]))?, (vec![2, 4], 2));
        assert_eq!(numbers(tx, &only(&[1, 2]))?.0, [2, 3, 4]);
        assert_eq!(numbers(tx, &only(&[]))?, (vec![], 0));
        let mut acted = only(&[1]);
        acted.action = Some("other".to_owned());
        assert_eq!(numbers(tx, &acted)?, (vec![4], 1));
        acted.target_id = Some("target-2".to_owned());
        assert_eq!(numbers(tx, &acted)?, (vec![], 0));
        let mut about = all.clone();
        about.target_id = Some("target-2".to_owned());
        assert_eq!(numbers(tx, &about)?, (vec![2], 1));
        let mut foreign = all;
        foreign.organization = samples::id(2);
        assert_eq!(numbers(tx, &foreign)?, (vec![], 0));
        Ok(())
    })
    .await
    .unwrap();
}
