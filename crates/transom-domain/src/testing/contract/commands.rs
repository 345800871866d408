//! Promises about commands and batches.

use super::{all, furnish, read, samples, write};
use crate::{
    command::{CommandState, CommandStatus},
    page::PageRequest,
    ports::Store,
    testing::environment::NOW,
};
use serde_json::json;
use std::{sync::Arc, time::Duration};

async fn furnish_devices(store: &dyn Store) {
    furnish(store).await;
    write(store, |tx| {
        tx.insert_device(&samples::device(1))?;
        tx.insert_device(&samples::device(2))
    })
    .await
    .unwrap();
}

/// One, and in their batch; with every field set, and with none that need not be.
pub async fn commands_come_back_as_they_were(store: Arc<dyn Store>) {
    furnish_devices(&*store).await;
    write(&*store, |tx| {
        let mut batch = samples::batch(1, samples::id(1), 2);
        let full = &mut batch.commands[1];
        full.config.value = None;
        full.unanswered = 4;
        full.retries = 3;
        full.sent_at = Some(NOW);
        full.data = vec![json!({ "value": "ä" }), json!(null)];
        (batch.user, batch.name) = (None, None);
        tx.insert_batch(&batch)?;
        let stored = tx.batch(samples::id(1), batch.id)?.expect("the batch");
        for (ordered, kept) in batch.commands.iter_mut().zip(&stored.commands) {
            assert!(kept.sequence > 0);
            ordered.sequence = kept.sequence;
            assert_eq!(tx.command(ordered.id)?.as_ref(), Some(&*ordered));
        }
        assert_eq!(stored, batch);
        assert_eq!(tx.batch(samples::id(2), batch.id)?, None, "another device's");
        tx.insert_batch(&samples::batch(2, samples::id(1), 0))?;
        assert_eq!(tx.batch(samples::id(1), samples::id(2))?.unwrap().commands, []);
        Ok(())
    })
    .await
    .unwrap();
}

/// And what was ordered never changes.
pub async fn every_state_of_a_command_comes_back(store: Arc<dyn Store>) {
    furnish_devices(&*store).await;
    write(&*store, |tx| {
        tx.insert_batch(&samples::batch(1, samples::id(1), 1))?;
        let ends = CommandStatus::all().map(|status| CommandState::Done {
            status,
            code: Some(200),
            received_at: Some(NOW),
        });
        let others = [
            CommandState::Queued {
                not_before: Some(NOW),
                code: Some(418),
            },
            CommandState::Sent,
            CommandState::Accepted {
                code: 202,
                received_at: NOW,
            },
            CommandState::Canceled { at: NOW },
            CommandState::Done {
                status: CommandStatus::Unknown,
                code: None,
                received_at: None,
            },
            CommandState::Queued {
                not_before: None,
                code: None,
            },
        ];
        let before = tx.command(samples::id(100))?.expect("the command");
        for state in ends.chain(others) {
            let mut changed = before.clone();
            changed.state = state;
            changed.unanswered += 1;
            changed.retries = 2;
            changed.sent_at = Some(NOW);
            changed.data = vec![json!({ "reason": "x" })];
            changed.updated_at = NOW + Duration::from_secs(1);
            tx.update_command(&changed)?;
            assert_eq!(tx.command(changed.id)?, Some(changed));
        }
        let mut other = before.clone();
        other.config.path = "./other".to_owned();
        tx.update_command(&other)?;
        assert_eq!(tx.command(other.id)?, Some(before));
        Ok(())
    })
    .await
    .unwrap();
}

/// Each gets its own, whether it comes to the same as others or not; and one that is missing is told.
pub async fn several_commands_are_stored_at_once(store: Arc<dyn Store>) {
    furnish_devices(&*store).await;
    write(&*store, |tx| {
        tx.insert_batch(&samples::batch(1, samples::id(1), 6))?;
        let mut queue = tx.open_commands(samples::id(1))?;
        for command in &mut queue[..4] {
            command.state = CommandState::Sent;
            command.sent_at = Some(NOW);
        }
        queue[1].data = vec![json!({ "value": "1" })];
        queue[2].state = CommandState::Canceled { at: NOW };
        tx.update_commands(&queue[..5])?;
        for command in &queue {
            assert_eq!(tx.command(command.id)?.as_ref(), Some(command));
        }
        tx.update_commands(&[])
    })
    .await
    .unwrap();
    let refused = write(&*store, |tx| {
        let stored = tx.open_commands(samples::id(1))?;
        let mut missing = stored[0].clone();
        missing.id = samples::id(999);
        tx.update_commands(&[stored[0].clone(), missing])
    });
    assert!(refused.await.is_err());
}

/// Units that lock the device and append: no batch is torn apart, and places are given once.
pub async fn concurrent_batches_keep_their_order(store: Arc<dyn Store>) {
    const BATCHES: u32 = 30;
    furnish_devices(&*store).await;
    let units = (1..=BATCHES).map(|n| {
        write(&*store, move |tx| {
            tx.lock_device(samples::id(1))?;
            let waiting = tx.waiting_commands(samples::id(1))?;
            tx.insert_batch(&samples::batch(n, samples::id(1), 3))?;
            Ok(waiting)
        })
    });
    let mut waiting: Vec<u64> = all(units).await.into_iter().map(Result::unwrap).collect();
    waiting.sort_unstable();
    let expected: Vec<u64> = (0..u64::from(BATCHES)).map(|n| n * 3).collect();
    assert_eq!(waiting, expected, "each saw what was committed before it");
    let queue = read(&*store, |view| view.open_commands(samples::id(1))).await;
    assert!(queue.windows(2).all(|pair| pair[0].sequence < pair[1].sequence));
    for batch in queue.chunks(3) {
        let n = (1..=BATCHES)
            .find(|n| batch[0].batch == samples::id(*n))
            .expect("a batch");
        let ids: Vec<_> = batch.iter().map(|command| command.id).collect();
        assert_eq!(ids, [0, 1, 2].map(|i| samples::id(n * 100 + i)));
    }
}

/// What is over leaves it; a command that goes back keeps its place.
pub async fn a_queue_is_first_in_first_out(store: Arc<dyn Store>) {
    furnish_devices(&*store).await;
    write(&*store, |tx| {
        // Ids fall while the order rises: ids are not an order (decision 8).
        for n in [3, 2, 1] {
            tx.insert_batch(&samples::batch(n, samples::id(1), 2))?;
        }
        tx.insert_batch(&samples::batch(4, samples::id(2), 1))?;
        let mut queue = tx.open_commands(samples::id(1))?;
        let ids: Vec<_> = queue.iter().map(|command| command.id).collect();
        assert_eq!(ids, [300, 301, 200, 201, 100, 101].map(samples::id));

        queue[0].state = CommandState::Canceled { at: NOW };
        queue[1].state = CommandState::Accepted {
            code: 202,
            received_at: NOW,
        };
        queue[2].state = CommandState::Sent;
        queue[3].state = CommandState::Done {
            status: CommandStatus::Acknowledged,
            code: Some(200),
            received_at: Some(NOW),
        };
        for command in &queue[..4] {
            tx.update_command(command)?;
        }
        let ids: Vec<_> = tx.open_commands(samples::id(1))?.iter().map(|c| c.id).collect();
        assert_eq!(ids, [301, 200, 100, 101].map(samples::id));
        assert_eq!(tx.waiting_commands(samples::id(1))?, 3);
        Ok(())
    })
    .await
    .unwrap();
}

/// Or oldest first; only the device's own.
pub async fn batches_are_paged_newest_first(store: Arc<dyn Store>) {
    furnish_devices(&*store).await;
    write(&*store, |tx| {
        for n in [5, 1, 4, 2, 3] {
            tx.insert_batch(&samples::batch(n, samples::id(1), 2))?;
        }
        tx.insert_batch(&samples::batch(9, samples::id(2), 1))?;
        let mut page = |page, ascending| {
            let page = tx.batch_page(samples::id(1), ascending, PageRequest::new(page, 2).unwrap())?;
            assert!(page.items.iter().all(|b| b.commands.len() == 2));
            let numbers = page
                .items
                .iter()
                .map(|b| (0..10).find(|n| b.id == samples::id(*n)).unwrap());
            Ok::<_, crate::ports::StoreError>((numbers.collect::<Vec<u32>>(), page.total))
        };
        assert_eq!(page(1, false)?, (vec![3, 2], 5));
        assert_eq!(page(3, false)?, (vec![5], 5));
        assert_eq!(page(1, true)?, (vec![5, 1], 5));
        assert_eq!(page(4, true)?, (vec![], 5));
        Ok(())
    })
    .await
    .unwrap();
}

/// `updated_at` follows its commands.
pub async fn a_batch_is_as_new_as_its_newest_command(store: Arc<dyn Store>) {
    furnish_devices(&*store).await;
    write(&*store, |tx| {
        tx.insert_batch(&samples::batch(1, samples::id(1), 2))?;
        let mut command = tx.command(samples::id(101))?.unwrap();
        let later = NOW + Duration::from_secs(5);
        command.updated_at = later;
        tx.update_command(&command)?;
        assert_eq!(tx.batch(samples::id(1), samples::id(1))?.unwrap().updated_at, later);
        let page = tx.batch_page(samples::id(1), true, PageRequest::default())?;
        assert_eq!(page.items[0].updated_at, later);
        Ok(())
    })
    .await
    .unwrap();
}

/// And at most as many as are asked for.
pub async fn expired_commands_are_the_queued_ones_past_their_end(store: Arc<dyn Store>) {
    furnish_devices(&*store).await;
    write(&*store, |tx| {
        let mut batch = samples::batch(1, samples::id(1), 4);
        batch.commands[1].state = CommandState::Sent;
        batch.commands[2].expires_at = NOW + Duration::from_secs(1);
        batch.commands[3].expires_at = NOW;
        tx.insert_batch(&batch)?;
        let ids = |commands: Vec<crate::command::Command>| commands.iter().map(|c| c.id).collect::<Vec<_>>();
        assert_eq!(ids(tx.expired_commands(NOW, 10)?), [samples::id(103)]);
        let end = batch.commands[0].expires_at;
        assert_eq!(ids(tx.expired_commands(end, 10)?), [103, 102, 100].map(samples::id));
        assert_eq!(tx.expired_commands(end, 2)?.len(), 2);
        Ok(())
    })
    .await
    .unwrap();
}
