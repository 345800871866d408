//! The rotation of keys: a new one, everything sealed anew with it, the old ones taken away. It works beside a running
//! server, and may be cut off at any point: until its last act every key that was in use opens and seals.

use super::{CLIENT_SECRET, KeyError, Keyring, SEALED, SealedColumn};
use crate::{
    OpenError,
    fault::Fault,
    migrations,
    postgres::{self, sealing as on_postgres},
    sqlite::{self, sealing as on_sqlite},
    statements::StatementCount,
    url::Target,
};
use std::{fmt::Write as _, sync::Arc};
use transom_domain::{ports::StoreError, secret::Secret};

/// Values sealed anew in one transaction: a few milliseconds, for which SQLite's other writers wait.
pub const RESEAL_STEP: u32 = 200;

/// Tries of one step that meets conflicts with what the server does at the same time.
const TRIES_MAX: u32 = 5;

/// What is to become of values that no key opens, because theirs was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// The rotation stops at the first.
    Refuse,
    /// A random value takes its place: what it was is gone, and nobody can know the new one.
    Replace,
}

/// Why a rotation stopped. It can be run again.
#[derive(Debug, thiserror::Error)]
pub enum RotationError {
    /// The database cannot be worked on.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Its keys cannot be read or kept.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The database failed, or holds a value that no key opens.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a rotation came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// The key that everything is sealed with.
    pub key: String,
    /// Those that were taken away.
    pub retired: Vec<String>,
    /// Values that were sealed anew.
    pub resealed: u64,
    /// Those among them that were lost, and are replaced by random ones.
    pub replaced: u64,
}

/// What one step did.
#[derive(Debug, Default)]
pub(crate) struct Step {
    /// The last row that was looked at; none when there are no more.
    pub(crate) last: Option<String>,
    /// Values that were sealed anew.
    pub(crate) resealed: u64,
    /// Those among them that could not be opened, so that another value was put in their place.
    pub(crate) replaced: u64,
}

/// A rotation under way, on a connection of its own.
pub struct Rotation {
    line: Line,
    keyring: Arc<Keyring>,
    lost: Lost,
    column: usize,
    after: String,
    resealed: u64,
    replaced: u64,
}

enum Line {
    Sqlite(sqlite::Connection),
    Postgres(postgres::Connection),
}

/// Calls the query of that name on whichever database it is.
macro_rules! on {
    ($line:expr, $query:ident($($argument:expr),*)) => {
        match $line {
            Line::Sqlite(connection) => on_sqlite::$query(connection $(, $argument)*),
            Line::Postgres(connection) => on_postgres::$query(connection $(, $argument)*),
        }
    };
}

impl Lost {
    /// What takes the place of a value of that column which is lost. What somebody can enter again says so.
    pub(crate) fn replacement(column: SealedColumn) -> Result<String, StoreError> {
        let random = Self::random()?;
        Ok(match column {
            CLIENT_SECRET => Secret::in_place_of_a_lost_one(&random).reveal().to_owned(),
            _ => random,
        })
    }

    fn random() -> Result<String, StoreError> {
        let mut bytes = [0_u8; 32];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| StoreError::Failed("no random bytes".to_owned()))?;
        Ok(bytes.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        }))
    }
}

impl Rotation {
    /// Makes the new key and says to the database that it is in use.
    ///
    /// # Errors
    /// When the database cannot be reached or its schema is not this binary's, or a key in use is not known and `lost`
    /// does not say that it is to be done without.
    pub fn begin(url: &str, keyring: Arc<Keyring>, lost: Lost) -> Result<Self, RotationError> {
        let line = match Target::parse(url)? {
            Target::SqliteFile(path) => {
                let mut connection = sqlite::connect(&path, StatementCount::default())?;
                migrations::settle(&mut connection, false)?;
                Line::Sqlite(connection)
            }
            Target::SqliteMemory => return Err(OpenError::NoPath.into()),
            Target::Postgres(url) => {
                let mut connection = postgres::connect(&url, StatementCount::default())?;
                migrations::settle(&mut connection, false)?;
                Line::Postgres(connection)
            }
        };
        let mut rotation = Self {
            line,
            keyring,
            lost,
            column: 0,
            after: String::new(),
            resealed: 0,
            replaced: 0,
        };
        rotation.introduce()?;
        Ok(rotation)
    }

    fn introduce(&mut self) -> Result<(), RotationError> {
        let (line, keyring) = (&mut self.line, &*self.keyring);
        let in_use = on!(line, registered()).map_err(failed)?;
        if in_use.is_empty() {
            // Nothing was ever sealed here: that is done first, with the present key.
            return Ok(on!(line, settle(keyring))?);
        }
        if self.lost == Lost::Refuse {
            keyring.require(&in_use)?;
        }
        match keyring.current() {
            Some(_) => keyring.source().add()?,
            None => keyring.source().make_first()?,
        }
        keyring.reload()?;
        let key = keyring.current().ok_or(OpenError::NoKey)?;
        on!(line, register(key.id())).map_err(failed)?;
        Ok(())
    }

    /// Seals the next values anew; whether there are more.
    ///
    /// # Errors
    /// When the database fails, or holds a value that no key opens. What was done stays done.
    pub fn step(&mut self) -> Result<bool, RotationError> {
        let Some(column) = SEALED.get(self.column).copied() else {
            return Ok(false);
        };
        let (line, keyring, after, lost) = (&mut self.line, &*self.keyring, &self.after, self.lost);
        let step = again(|| on!(line, reseal(keyring, column, after, lost)))?;
        self.resealed += step.resealed;
        self.replaced += step.replaced;
        match step.last {
            Some(last) => self.after = last,
            None => {
                self.column += 1;
                self.after.clear();
            }
        }
        Ok(self.column < SEALED.len())
    }

    /// Takes the old keys away, once there are no more steps.
    ///
    /// # Errors
    /// When the database fails, or the old keys cannot be taken out of their place.
    pub fn finish(mut self) -> Result<Rotated, RotationError> {
        while self.step()? {}
        let (line, keyring, lost) = (&mut self.line, &*self.keyring, self.lost);
        let (retired, late) = again(|| on!(line, retire(keyring, lost)))?;
        let key = keyring.current().ok_or(OpenError::NoKey)?.id().to_owned();
        keyring.source().keep_only(&key)?;
        Ok(Rotated {
            key,
            retired,
            resealed: self.resealed + late.resealed,
            replaced: self.replaced + late.replaced,
        })
    }
}

impl std::fmt::Debug for Rotation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let SealedColumn { table, column } = SEALED.get(self.column).copied().unwrap_or(SEALED[0]);
        f.debug_struct("Rotation")
            .field("at", &format_args!("{table}.{column}"))
            .field("resealed", &self.resealed)
            .finish_non_exhaustive()
    }
}

fn failed(fault: Fault) -> StoreError {
    fault.into_store_error("rotation of keys")
}

/// Runs a transaction again that met the server's own.
fn again<T>(mut step: impl FnMut() -> Result<T, Fault>) -> Result<T, StoreError> {
    let mut tries = 0;
    loop {
        tries += 1;
        match step().map_err(failed) {
            Err(StoreError::Busy | StoreError::Conflict(_)) if tries < TRIES_MAX => {}
            end => return end,
        }
    }
}
