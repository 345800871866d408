//! Promises about policies, their versions, and which devices have them.

use super::{furnish, read, samples, write};
use crate::{
    page::PageRequest,
    policy::{Assignment, EffectiveState, Policy, PolicyQuery, PolicyScope, PolicySort, PolicyVersion, Slot},
    ports::{Store, StoreError, Tx},
    segment::{SegmentId, SegmentScope},
    testing::environment::{NOW, context},
};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

fn insert(tx: &mut dyn Tx, policy: &Policy) -> Result<(), StoreError> {
    tx.insert_policy(policy)?;
    tx.append_policy_version(&PolicyVersion::of(policy, &context()))
}

/// With every part, and with none; one by id, and several with the missing ones skipped.
pub async fn policies_come_back_as_they_were(store: Arc<dyn Store>) {
    furnish(&*store).await;
    let mut bare = samples::policy(2);
    bare.content = crate::policy::PolicyContent::default();
    let stored = bare.clone();
    write(&*store, move |tx| {
        insert(tx, &samples::policy(1))?;
        insert(tx, &stored)
    })
    .await
    .unwrap();
    read(&*store, move |view| {
        assert_eq!(view.policy(samples::home(), samples::id(1))?, Some(samples::policy(1)));
        let ids = [samples::id(2), samples::id(99), samples::id(1)];
        let mut several = view.policies_by_id(samples::home(), &ids)?;
        several.sort_by_key(|p| p.id);
        assert_eq!(several, [samples::policy(1), bare.clone()]);
        assert_eq!(view.policy(samples::id(7), samples::id(1))?, None);
        assert_eq!(view.policies_by_id(samples::id(7), &ids)?, []);
        Ok(())
    })
    .await;
}

/// Every field; what is missing fails; a removed one is gone with its versions.
pub async fn policies_are_changed_and_removed(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        insert(tx, &samples::policy(1))?;
        insert(tx, &samples::policy(2))?;
        let mut changed = samples::policy(77);
        (changed.id, changed.segment, changed.expose_to_children) = (samples::id(1), SegmentId(2), true);
        tx.update_policy(&changed)?;
        assert_eq!(tx.lock_policy(samples::id(1))?, Some(changed));
        tx.delete_policy(samples::id(1))?;
        assert_eq!(tx.lock_policy(samples::id(1))?, None);
        assert_eq!(tx.policy_version(samples::id(1), 1)?, None);
        assert_eq!(tx.lock_policy(samples::id(2))?, Some(samples::policy(2)));
        Ok(())
    })
    .await
    .unwrap();
    let gone = write(&*store, |tx| tx.update_policy(&samples::policy(1)));
    gone.await.unwrap_err();
    let gone = write(&*store, |tx| tx.delete_policy(samples::id(1)));
    gone.await.unwrap_err();
}

/// Each by its number, and pages of them in both directions.
pub async fn versions_of_policies_are_kept(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        let mut policy = samples::policy(1);
        insert(tx, &policy)?;
        insert(tx, &samples::policy(2))?;
        for version in 2..=3 {
            (policy.version, policy.name) = (version, format!("Version {version}"));
            tx.append_policy_version(&PolicyVersion::of(&policy, &context()))?;
        }
        Ok(())
    })
    .await
    .unwrap();
    read(&*store, |view| {
        let first = view.policy_version(samples::id(1), 1)?;
        assert_eq!(first, Some(PolicyVersion::of(&samples::policy(1), &context())));
        assert_eq!(view.policy_version(samples::id(1), 4)?, None);
        for (ascending, expected) in [(true, [1, 2]), (false, [3, 2])] {
            let page = PageRequest::new(1, 2).unwrap();
            let page = view.policy_version_page(samples::id(1), ascending, page)?;
            assert_eq!((page.items.as_slice(), page.total), (expected.as_slice(), 3));
        }
        Ok(())
    })
    .await;
    let again = write(&*store, |tx| {
        tx.append_policy_version(&PolicyVersion::of(&samples::policy(1), &context()))
    });
    assert!(matches!(again.await, Err(StoreError::Duplicate(_))));
}

/// By scope, name and sort; equal ones by id.
pub async fn policies_are_paged(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        for n in 1..=4 {
            let mut policy = samples::policy(n);
            policy.segment = SegmentId(n % 2);
            policy.expose_to_children = n == 4;
            policy.name = ["", "Baseline", "laptops 100%", "Baseline", "ÄPFEL"][n as usize].to_owned();
            insert(tx, &policy)?;
        }
        Ok(())
    })
    .await
    .unwrap();
    let all = PolicyQuery {
        organization: samples::home(),
        scope: PolicyScope {
            own: SegmentScope::All,
            exposed: BTreeSet::new(),
        },
        search: None,
        sort: PolicySort::CreatedAt,
        descending: false,
        page: PageRequest::default(),
    };
    read(&*store, move |view| {
        let mut found = |query: PolicyQuery| -> Result<Vec<u32>, StoreError> {
            let page = view.policy_page(&query)?;
            assert_eq!(page.total, page.items.len() as u64);
            let numbers = (1..=4)
                .map(|n| (samples::id(n), n))
                .collect::<std::collections::BTreeMap<crate::PolicyId, u32>>();
            Ok(page.items.iter().map(|id| numbers[id]).collect())
        };
        assert_eq!(found(all.clone())?, [1, 2, 3, 4]);
        let sorted = |sort, descending| PolicyQuery {
            sort,
            descending,
            ..all.clone()
        };
        assert_eq!(found(sorted(PolicySort::Name, false))?, [1, 3, 2, 4]);
        assert_eq!(found(sorted(PolicySort::Name, true))?, [4, 2, 3, 1]);
        assert_eq!(found(sorted(PolicySort::UpdatedAt, true))?, [4, 3, 2, 1]);
        assert_eq!(found(sorted(PolicySort::Version, false))?, [1, 2, 3, 4]);
        let search = |text: &str| PolicyQuery {
            search: Some(text.to_owned()),
            ..all.clone()
        };
        assert_eq!(found(search("äpf"))?, [4]);
        assert_eq!(found(search("0%"))?, [2]);
        assert_eq!(found(search("_"))?, [] as [u32; 0]);
        let scope = |own: u32, exposed: &[u32]| PolicyQuery {
            scope: PolicyScope {
                own: SegmentScope::Only(BTreeSet::from([SegmentId(own)])),
                exposed: exposed.iter().copied().map(SegmentId).collect(),
            },
            ..all.clone()
        };
        assert_eq!(found(scope(1, &[]))?, [1, 3]);
        assert_eq!(found(scope(1, &[0]))?, [1, 3, 4]);
        let foreign = PolicyQuery {
            organization: samples::id(7),
            ..all.clone()
        };
        assert_eq!(found(foreign)?, [] as [u32; 0]);
        Ok(())
    })
    .await;
}

/// In their order, in place of those before; a policy that a device has cannot be removed, and can be detached.
pub async fn devices_have_the_policies_they_are_given(store: Arc<dyn Store>) {
    furnish(&*store).await;
    let given = [
        Assignment::primary(samples::id(2)),
        Assignment::direct(samples::id(2), 10_000),
        Assignment::direct(samples::id(1), 0),
    ];
    write(&*store, move |tx| {
        insert(tx, &samples::policy(1))?;
        insert(tx, &samples::policy(2))?;
        tx.insert_device(&samples::device(1))?;
        tx.insert_device(&samples::device(2))?;
        assert_eq!(tx.assignments_of(&[samples::id(1)])?, []);
        tx.save_assignments(samples::id(1), &[Assignment::direct(samples::id(1), 5)])?;
        tx.save_assignments(samples::id(1), &given)?;
        tx.save_assignments(samples::id(2), &given[2..])
    })
    .await
    .unwrap();
    read(&*store, move |view| {
        let first = given.map(|assignment| (samples::id(1), assignment));
        assert_eq!(view.assignments_of(&[samples::id(1)])?, first);
        assert_eq!(view.assignments_of(&[samples::id(2), samples::id(1)])?.len(), 4);
        assert_eq!(view.assignments_of(&[])?, []);
        let (assignees, total) = view.policy_assignees(samples::id(1), 1)?;
        assert_eq!((assignees.len(), total), (1, 2));
        let (assignees, _) = view.policy_assignees(samples::id(2), 10)?;
        let slots: Vec<_> = assignees
            .iter()
            .map(|a| (a.display_name.as_str(), a.segment, a.slot))
            .collect();
        let desk = |slot| ("Desk 1", SegmentId(1), slot);
        assert_eq!(slots, [desk(Slot::Primary), desk(Slot::Direct)]);
        let mut query = samples::device_query();
        query.policy = Some(samples::id(2));
        assert_eq!(view.device_page(&query)?.total, 1);
        Ok(())
    })
    .await;
    let removed = write(&*store, |tx| tx.delete_policy(samples::id(1)));
    removed.await.unwrap_err();
    let unknown = write(&*store, |tx| {
        tx.save_assignments(samples::id(2), &[Assignment::primary(samples::id(99))])
    });
    unknown.await.unwrap_err();
    write(&*store, move |tx| {
        let later = NOW + Duration::from_secs(9_000);
        assert_eq!(
            tx.detach_policy(samples::id(1), later)?,
            [samples::id(1), samples::id(2)]
        );
        assert_eq!(tx.assignments_of(&[samples::id(2)])?, []);
        assert_eq!(tx.assignments_of(&[samples::id(1)])?.len(), 2);
        assert_eq!(tx.lock_device(samples::id(2))?.map(|d| d.updated_at), Some(later));
        tx.delete_policy(samples::id(1))
    })
    .await
    .unwrap();
}

/// One for each device, in place of the one before.
pub async fn states_of_effective_policies_come_back(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        tx.insert_device(&samples::device(1))?;
        tx.insert_device(&samples::device(2))?;
        let state = |n: u32| EffectiveState {
            hash: samples::bytes(n),
            version: n,
            updated_at: NOW,
        };
        assert_eq!(tx.effective_states(&[samples::id(1)])?, []);
        tx.save_effective_state(samples::id(1), &state(1))?;
        tx.save_effective_state(samples::id(1), &state(2))?;
        tx.save_effective_state(samples::id(2), &state(1))?;
        let both = tx.effective_states(&[samples::id(1), samples::id(2), samples::id(99)])?;
        assert_eq!(both, [(samples::id(1), state(2)), (samples::id(2), state(1))]);
        assert_eq!(tx.effective_states(&[])?, []);
        Ok(())
    })
    .await
    .unwrap();
}
