//! Promises about the unit of work itself.

use super::{all, context, furnish, read, samples, write};
use crate::{
    ports::{Store, StoreError},
    segment::Segment,
    testing::environment::NOW,
};
use serde_json::json;
use std::sync::Arc;

/// A refusal by rules.
#[derive(Debug, PartialEq)]
enum Refusal {
    Rules,
    Store(StoreError),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

async fn organization_is_there(store: &dyn Store, n: u32) -> bool {
    read(store, move |view| view.organization(samples::id(n)))
        .await
        .is_some()
}

/// An `Err` of the closure undoes what it did, and is what the caller gets.
pub async fn an_error_of_the_rules_undoes_the_unit(store: Arc<dyn Store>) {
    let end: Result<(), Refusal> = store
        .write(&context(), |tx, _| {
            tx.insert_organization(&samples::organization(1))?;
            Err(Refusal::Rules)
        })
        .await;
    assert_eq!(end, Err(Refusal::Rules));
    assert!(!organization_is_there(&*store, 1).await);
}

/// A store error that the closure did not pass on undoes the unit all the same, and the caller gets it.
pub async fn a_swallowed_error_of_the_store_undoes_the_unit(store: Arc<dyn Store>) {
    furnish(&*store).await;
    let end = write(&*store, |tx| {
        tx.insert_organization(&samples::organization(7))?;
        let mut twin = samples::organization(8);
        twin.slug = samples::organization(1).slug;
        let swallowed = tx.insert_organization(&twin);
        assert!(matches!(swallowed, Err(StoreError::Duplicate(_))), "{swallowed:?}");
        Ok(())
    })
    .await;
    assert!(matches!(end, Err(StoreError::Duplicate(_))), "{end:?}");
    assert!(!organization_is_there(&*store, 7).await);
}

/// A panic undoes the unit, its caller gets an error, and the next unit is none the worse.
pub async fn a_panic_undoes_the_unit_and_the_store_goes_on(store: Arc<dyn Store>) {
    for n in 0..3 {
        let end = write::<()>(&*store, move |tx| {
            tx.insert_organization(&samples::organization(n))?;
            // Not `panic!`, whose message would make the test's output look like a failure.
            std::panic::resume_unwind(Box::new("a panic that the contract suite causes"))
        })
        .await;
        assert!(matches!(end, Err(StoreError::Failed(_))), "{end:?}");
    }
    write(&*store, |tx| tx.insert_organization(&samples::organization(9)))
        .await
        .unwrap();
    assert!(!organization_is_there(&*store, 0).await);
    assert!(organization_is_there(&*store, 9).await);
}

/// Within a unit, reads see its own writes.
pub async fn a_unit_sees_what_it_did_itself(store: Arc<dyn Store>) {
    let seen = write(&*store, |tx| {
        tx.insert_organization(&samples::organization(1))?;
        tx.organization(samples::id(1))
    });
    assert_eq!(seen.await.unwrap(), Some(samples::organization(1)));
}

/// Readers beside writers see a unit whole or not at all, and never one that is undone.
pub async fn nothing_is_seen_before_it_is_committed(store: Arc<dyn Store>) {
    const UNITS: u32 = 60;
    let units = (0..UNITS).map(|n| {
        let store = store.clone();
        async move {
            let kept = n % 2 == 0;
            let writing = async {
                let end: Result<(), Refusal> = store
                    .write(&context(), move |tx, _| {
                        tx.insert_organization(&samples::organization(n))?;
                        tx.insert_segment(&Segment::root(samples::id(n), NOW))?;
                        if kept { Ok(()) } else { Err(Refusal::Rules) }
                    })
                    .await;
                assert_eq!(end.is_ok(), kept, "{end:?}");
            };
            let looking = async {
                for n in 0..UNITS {
                    read(&*store, move |view| {
                        if view.organization(samples::id(n))?.is_some() {
                            assert_eq!(n % 2, 0, "an undone unit was seen");
                            assert_eq!(view.segments(samples::id(n))?.len(), 1, "half a unit was seen");
                        }
                        Ok(())
                    })
                    .await;
                }
            };
            let both: [std::pin::Pin<Box<dyn Future<Output = ()> + Send>>; 2] = [Box::pin(writing), Box::pin(looking)];
            all(both).await;
        }
    });
    all(units).await;
    assert!(organization_is_there(&*store, 0).await && !organization_is_there(&*store, 1).await);
}

/// A hundred units that lock a row, read it and change it by what they read: none is lost.
pub async fn concurrent_changes_of_one_row_all_land(store: Arc<dyn Store>) {
    const UNITS: u64 = 100;
    furnish(&*store).await;
    write(&*store, |tx| {
        let mut device = samples::device(1);
        device.custom_config.insert("count".to_owned(), json!(0));
        tx.insert_device(&device)
    })
    .await
    .unwrap();
    let changes = (0..UNITS).map(|_| {
        write(&*store, |tx| {
            let mut device = tx.lock_device(samples::id(1))?.expect("the device");
            let count = device.custom_config["count"].as_u64().expect("a count");
            device.custom_config.insert("count".to_owned(), json!(count + 1));
            tx.update_device(&device)
        })
    });
    for end in all(changes).await {
        end.unwrap();
    }
    let device = read(&*store, |view| view.device(samples::home(), samples::id(1))).await;
    assert_eq!(device.unwrap().custom_config["count"], json!(UNITS));
}

/// Of many that want the last use of an enrolment token, one gets it.
pub async fn the_last_use_of_a_token_is_taken_once(store: Arc<dyn Store>) {
    furnish(&*store).await;
    let takes = (0..20).map(|_| {
        write(&*store, |tx| {
            let mut token = tx.lock_enrollment_token(samples::id(1))?.expect("the token");
            if token.uses + 1 > 2 {
                return Ok(false);
            }
            token.uses += 1;
            tx.update_enrollment_token(&token)?;
            Ok(true)
        })
    });
    let taken = all(takes).await.into_iter().filter(|end| end == &Ok(true)).count();
    assert_eq!(taken, 1);
}

/// A record whose organization, segment or device does not exist is not stored.
pub async fn what_refers_to_nothing_is_refused(store: Arc<dyn Store>) {
    furnish(&*store).await;
    let device = |change: fn(&mut crate::device::Device)| {
        write(&*store, move |tx| {
            let mut device = samples::device(1);
            change(&mut device);
            tx.insert_device(&device)
        })
    };
    device(|d| d.organization = samples::id(99)).await.unwrap_err();
    device(|d| d.segment = crate::segment::SegmentId(99)).await.unwrap_err();
    device(|d| d.possible_duplicate_of = Some(samples::id(99)))
        .await
        .unwrap_err();
    device(|d| d.user = Some(samples::id(99))).await.unwrap_err();
    let orphan = write(&*store, |tx| {
        tx.append_device_history(
            samples::id(99),
            &samples::state_change(crate::device::DeviceState::Active, 1),
        )
    });
    orphan.await.unwrap_err();
}

/// What the closure answers comes back, from checks of the database too; what it did does not stay.
pub async fn a_rehearsal_answers_and_leaves_no_trace(store: Arc<dyn Store>) {
    let seen: Result<_, Refusal> = store
        .rehearse(&context(), |tx, _| {
            tx.insert_organization(&samples::organization(1))?;
            Ok(tx.organization(samples::id(1))?)
        })
        .await;
    assert_eq!(seen, Ok(Some(samples::organization(1))));
    assert!(!organization_is_there(&*store, 1).await);
    write(&*store, |tx| tx.insert_organization(&samples::organization(1)))
        .await
        .unwrap();
    let twin: Result<(), Refusal> = store
        .rehearse(&context(), |tx, _| {
            Ok(tx.insert_organization(&samples::organization(1))?)
        })
        .await;
    assert!(
        matches!(twin, Err(Refusal::Store(StoreError::Duplicate(_)))),
        "{twin:?}"
    );
    let refused: Result<(), Refusal> = store.rehearse(&context(), |_, _| Err(Refusal::Rules)).await;
    assert_eq!(refused, Err(Refusal::Rules));
}
