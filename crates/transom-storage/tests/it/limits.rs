//! What a store does under load, and what it costs.

use crate::databases::{Database, options};
use std::{
    sync::{Arc, mpsc},
    task::Poll,
};
use transom_domain::{
    ports::{Store, StoreError, Tx, Verdict},
    segment::Segment,
    testing::{
        environment::{NOW, context},
        samples,
    },
};
use transom_storage::{DatabaseStore, OpenOptions, open};

async fn write(
    store: &DatabaseStore,
    mut change: impl FnMut(&mut dyn Tx) -> Result<(), StoreError> + Send + 'static,
) -> Result<(), StoreError> {
    let store: &dyn Store = store;
    store.write(&context(), move |tx, _| change(tx)).await
}

/// An organization with a device and its enrolment, number 1 each.
async fn furnish(store: &DatabaseStore) {
    write(store, |tx| {
        tx.insert_organization(&samples::organization(1))?;
        tx.insert_segment(&Segment::root(samples::home(), NOW))?;
        tx.insert_segment(&samples::segment(samples::home(), 1))?;
        tx.insert_user(&samples::user(1))?;
        tx.insert_enrollment_token(&samples::enrollment_token(1))?;
        tx.insert_device(&samples::device(1))?;
        tx.insert_enrollment(&samples::enrollment(1, samples::id(1)))
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_is_busy_and_drains() {
    for database in Database::every() {
        let narrow = OpenOptions {
            queue_units: 1,
            postgres_connections: 1,
            ..options()
        };
        let store = open(&database.url(), &narrow).unwrap();
        let (began, has_begun) = mpsc::channel();
        let (go_on, may_go_on) = mpsc::channel::<()>();
        let may_go_on = std::sync::Mutex::new(may_go_on);
        let blocking = tokio::spawn({
            let store = store.clone();
            async move {
                let unit = Box::new(move |_: &mut dyn Tx| {
                    began.send(()).unwrap();
                    may_go_on.lock().unwrap().recv().unwrap();
                    Verdict::Commit
                });
                store.write_unit(unit).await
            }
        });
        tokio::task::spawn_blocking(move || has_begun.recv().unwrap())
            .await
            .unwrap();

        let mut waiting = store.write_unit(Box::new(|_| Verdict::Commit));
        assert!(poll_once(&mut waiting).await.is_none(), "{store:?}");
        assert_eq!(
            store.write_unit(Box::new(|_| Verdict::Commit)).await,
            Err(StoreError::Busy),
            "{store:?}"
        );
        // The comfortable form says the same, though the unit never ran.
        assert_eq!(write(&store, |_| Ok(())).await, Err(StoreError::Busy), "{store:?}");

        go_on.send(()).unwrap();
        assert_eq!(blocking.await.unwrap(), Ok(()));
        assert_eq!(waiting.await, Ok(()));
        assert_eq!(store.write_unit(Box::new(|_| Verdict::Commit)).await, Ok(()));
    }
}

async fn poll_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    std::future::poll_fn(|cx| {
        Poll::Ready(match std::pin::Pin::new(&mut *future).poll(cx) {
            Poll::Ready(value) => Some(value),
            Poll::Pending => None,
        })
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_check_in_is_one_statement() {
    for database in Database::every() {
        let store = database.open();
        furnish(&store).await;
        let fingerprint = samples::enrollment(1, samples::id(1)).certificate.fingerprint;
        for _ in 0..3 {
            let before = store.statements();
            let reader: &dyn Store = &*store;
            let check_in = reader.read(move |view| view.check_in(&fingerprint, NOW)).await.unwrap();
            assert!(check_in.is_some());
            assert_eq!(store.statements() - before, 1, "{store:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_unit_that_reads_something_long_is_run_where_it_may_take_its_time() {
    let database = Database::file();
    let store = database.open();
    furnish(&store).await;
    let here = std::thread::current().id();
    let threads = Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = threads.clone();
    let reader: &dyn Store = &*store;
    let page = reader
        .read(move |view| {
            seen.lock().unwrap().push(std::thread::current().id());
            view.device_page(&samples::device_query())
        })
        .await
        .unwrap();
    assert_eq!(page.total, 1);
    let threads = threads.lock().unwrap();
    assert!(
        threads.len() == 2 && threads[0] == here && threads[1] != here,
        "{threads:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn units_that_wait_are_committed_together() {
    const UNITS: u32 = 50;
    let database = Database::file();
    let store = database.open();
    let before = store.statements();
    let units: Vec<_> = (0..UNITS)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(
                async move { write(&store, move |tx| tx.insert_organization(&samples::organization(n))).await },
            )
        })
        .collect();
    for unit in units {
        unit.await.unwrap().unwrap();
    }
    // Alone, each would take a BEGIN and a COMMIT around its savepoint, its insert and the savepoint's end.
    let spent = store.statements() - before;
    assert!(spent < u64::from(UNITS) * 5, "{spent} statements");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_committed_is_there_when_the_database_is_opened_again() {
    for database in Database::lasting() {
        let store = database.open();
        furnish(&store).await;
        drop(store);
        let store = database.open();
        let reader: &dyn Store = &*store;
        let device = reader
            .read(|view| view.device(samples::home(), samples::id(1)))
            .await
            .unwrap();
        assert_eq!(device, Some(samples::device(1)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_may_write_to_one_database() {
    for database in Database::lasting() {
        // Two stores know as little of each other as a server and the command line beside it.
        let stores = [database.open(), database.open()];
        furnish(&stores[0]).await;
        let units: Vec<_> = (0..40)
            .map(|n| {
                let store = stores[n % 2].clone();
                tokio::spawn(async move {
                    write(&store, |tx| {
                        let mut device = tx.lock_device(samples::id(1))?.expect("the device");
                        device.tags.push(device.tags.len().to_string());
                        tx.update_device(&device)
                    })
                    .await
                })
            })
            .collect();
        for unit in units {
            unit.await.unwrap().unwrap();
        }
        let reader: &dyn Store = &*stores[1];
        let device = reader.read(|view| view.device(samples::home(), samples::id(1))).await;
        assert_eq!(device.unwrap().unwrap().tags.len(), samples::device(1).tags.len() + 40);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_was_restarted_is_used_again() {
    let Some(database) = Database::postgres() else {
        return;
    };
    let store = database.open();
    furnish(&store).await;
    let read = || async {
        let store: &dyn Store = &*store;
        store.read(|view| view.device(samples::home(), samples::id(1))).await
    };
    // Looking and changing both have to find out; several times, because a dead connection must not come back.
    for round in 0..5 {
        database.cut();
        assert!(read().await.unwrap().is_some(), "round {round}");
        database.cut();
        write(&store, |tx| tx.lock_device(samples::id(1)).map(|_| ()))
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_breaks_within_a_unit_is_told_from_a_failure_and_forgotten_after_it() {
    let Some(database) = Database::postgres() else {
        return;
    };
    let store = database.open();
    furnish(&store).await;
    let database = Arc::new(database);
    let cut = database.clone();
    let broken = write(&store, move |tx| {
        cut.cut();
        tx.lock_device(samples::id(1)).map(|_| ())
    })
    .await;
    assert!(matches!(broken, Err(StoreError::Unavailable(_))), "{broken:?}");
    write(&store, |tx| tx.lock_device(samples::id(1)).map(|_| ()))
        .await
        .unwrap();
}

/// An entry of an index has at most 2,704 bytes on PostgreSQL, and the one for searching holds four names.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_with_the_longest_names_is_stored_and_found() {
    for database in Database::every() {
        let store = database.open();
        furnish(&store).await;
        // Four bytes each, and nothing that could be compressed.
        let text = |seed: u32, count: u32| -> String {
            let scrambled = |n: u32| 0x20000 + (n * 7_919 + seed * 104_729) % 0xA000;
            (0..count).map(|n| char::from_u32(scrambled(n)).unwrap()).collect()
        };
        let mut device = samples::device(2);
        device.display_name = text(1, 128);
        device.win_id = text(2, 128);
        device.summary.name = Some(text(3, 256));
        device.summary.serial_number = Some(text(4, 128));
        let expected = device.clone();
        write(&store, move |tx| tx.insert_device(&device)).await.unwrap();
        let store: &dyn Store = &*store;
        let found = store.read(move |view| {
            let mut query = samples::device_query();
            query.search = expected.summary.name.clone();
            assert_eq!(view.device_page(&query)?.items, std::slice::from_ref(&expected));
            Ok::<_, StoreError>(())
        });
        found.await.unwrap();
    }
}
