//! The thread that writes: it commits what waits together, each unit in a savepoint of its own.
//!
//! Syncing to disk is what a commit costs, so under load many units share one. A unit hears of its end only after the
//! commit that it is in.

use super::{Connection, unit};
use crate::{OpenError, OpenOptions, fault::store_error, sealing::Keyring};
use diesel::connection::{AnsiTransactionManager, TransactionManager};
use std::{
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread::JoinHandle,
};
use tokio::sync::oneshot;
use transom_domain::ports::{StoreError, Unit, Verdict, ViewUnit};

/// Most units in one commit: enough to make the sync cheap, few enough that the first does not wait long for the last.
const GROUP_UNITS_MAX: usize = 64;

type Answer = oneshot::Sender<Result<(), StoreError>>;
type Reconnect = Box<dyn Fn() -> Option<Connection> + Send>;

/// What the thread is asked to do.
enum Job {
    Write(Unit, Answer),
    /// Of a database in memory, which this thread alone can see.
    Read(ViewUnit, Answer),
}

/// The handle to the thread. Dropping it ends the thread, after what was accepted is done.
pub(super) struct Writer {
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(
        connection: Connection,
        reconnect: Reconnect,
        options: &OpenOptions,
    ) -> Result<Self, OpenError> {
        let (sender, jobs) = sync_channel(options.queue_units);
        let worker = Worker {
            connection,
            reconnect,
            keyring: options.keyring.clone(),
        };
        let thread = std::thread::Builder::new()
            .name("transom-writer".to_owned())
            .spawn(move || worker.run(&jobs))
            .map_err(|error| OpenError::Connect(format!("no thread for the writer: {error}")))?;
        Ok(Self {
            jobs: Some(sender),
            thread: Some(thread),
        })
    }

    pub(super) async fn write(&self, unit: Unit) -> Result<(), StoreError> {
        self.ask(|answer| Job::Write(unit, answer)).await
    }

    pub(super) async fn read(&self, unit: ViewUnit) -> Result<(), StoreError> {
        self.ask(|answer| Job::Read(unit, answer)).await
    }

    async fn ask(&self, job: impl FnOnce(Answer) -> Job) -> Result<(), StoreError> {
        let stopped = || StoreError::Failed("the thread that writes has stopped".to_owned());
        let (answer, end) = oneshot::channel();
        let jobs = self.jobs.as_ref().ok_or_else(stopped)?;
        jobs.try_send(job(answer)).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Disconnected(_) => stopped(),
        })?;
        end.await.unwrap_or_else(|_| Err(stopped()))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        // A unit may hold the last handle to its own store; then the thread ends by itself, a moment later.
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            let _ = thread.join();
        }
    }
}

struct Worker {
    connection: Connection,
    reconnect: Reconnect,
    keyring: Arc<Keyring>,
}

impl Worker {
    fn run(mut self, jobs: &Receiver<Job>) {
        while let Ok(job) = jobs.recv() {
            let mut next = Some(job);
            while let Some(job) = next.take() {
                match job {
                    Job::Read(mut unit, answer) => {
                        let end = unit::look(&mut self.connection, &self.keyring, &mut *unit, false);
                        // Whoever asked may have gone away; so with every answer below.
                        let _ = answer.send(end.map(|_| ()));
                    }
                    Job::Write(unit, answer) => next = self.group(unit, answer, jobs),
                }
            }
        }
    }

    /// Runs a unit and those that wait behind it, and commits them together. Answers a job that cannot be among them.
    fn group(&mut self, unit: Unit, answer: Answer, jobs: &Receiver<Job>) -> Option<Job> {
        if let Err(error) = AnsiTransactionManager::begin_transaction_sql(&mut self.connection, "BEGIN IMMEDIATE") {
            let _ = answer.send(Err(store_error("begin", &error)));
            self.recover();
            return None;
        }
        let mut ends = Vec::new();
        let mut broken = None;
        let mut other = None;
        let mut next = Some((unit, answer));
        while let Some((mut unit, answer)) = next.take() {
            let end = in_savepoint(&mut self.connection, &self.keyring, &mut unit);
            // Dropped before the answer: a caller that was answered may rely on its captures being free.
            drop(unit);
            match end {
                Ok(end) => ends.push((answer, end)),
                Err(error) => {
                    ends.push((answer, Ok(())));
                    broken = Some(error);
                    break;
                }
            }
            if ends.len() < GROUP_UNITS_MAX {
                match jobs.try_recv() {
                    Ok(Job::Write(unit, answer)) => next = Some((unit, answer)),
                    Ok(job) => other = Some(job),
                    Err(_) => {}
                }
            }
        }
        let kept = match broken {
            Some(error) => Err(error),
            None => AnsiTransactionManager::commit_transaction(&mut self.connection)
                .map_err(|error| store_error("commit", &error)),
        };
        if kept.is_err() {
            self.recover();
        }
        for (answer, end) in ends {
            let _ = answer.send(end.and(kept.clone()));
        }
        other
    }

    /// Makes sure that no transaction is open, with a new connection where the old one cannot end it.
    fn recover(&mut self) {
        let is_idle = |connection: &mut Connection| {
            AnsiTransactionManager::transaction_manager_status_mut(connection)
                .transaction_depth()
                .is_ok_and(|depth| depth.is_none())
        };
        while !is_idle(&mut self.connection) {
            if AnsiTransactionManager::rollback_transaction(&mut self.connection).is_err() {
                break;
            }
        }
        if !is_idle(&mut self.connection)
            && let Some(connection) = (self.reconnect)()
        {
            self.connection = connection;
        }
    }
}

/// Runs a unit in a savepoint, which is kept or undone as the unit wants. An outer error says that the transaction
/// around it is lost, and everything in it.
fn in_savepoint(
    connection: &mut Connection,
    keyring: &Keyring,
    unit: &mut Unit,
) -> Result<Result<(), StoreError>, StoreError> {
    let lost = |error| store_error("savepoint", &error);
    AnsiTransactionManager::begin_transaction(connection).map_err(lost)?;
    let verdict = unit::change(connection, keyring, &mut **unit);
    if verdict == Ok(Verdict::Commit) {
        AnsiTransactionManager::commit_transaction(connection).map_err(lost)?;
    } else {
        AnsiTransactionManager::rollback_transaction(connection).map_err(lost)?;
    }
    Ok(verdict.map(|_| ()))
}
