//! Secrets at rest: what must come back in clear (what PCs prove themselves with, client secrets, tokens that can be
//! shown again) lies in the database encrypted with a key that is not in it.
//!
//! Sealing is a matter of rows: domain values hold secrets in clear, columns hold them sealed. A column that is sealed
//! stands in `SEALED`; its row seals with `Sealer::seal` and opens with `Keyring::open`.
//!
//! What a running server and a rotation beside it owe each other: a unit that seals first locks the row of its key in
//! `sealing_keys` (`Sealer`). Whoever takes a key away deletes that row, which waits for such units, and then seals
//! anew what they left. A server that misses its key's row, or meets a value of a key that it does not know, asks its
//! [`KeySource`] again.

mod key;
mod rotation;
mod source;

pub use key::{KEY_BYTES, Key, KeyError};
pub(crate) use rotation::Step;
pub use rotation::{Lost, RESEAL_STEP, Rotated, Rotation, RotationError};
pub use source::{FixedKeys, KeySource};

use crate::OpenError;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use transom_domain::ports::StoreError;

/// A column whose values are sealed. Its table's key is `id`, a text; null stays null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SealedColumn {
    pub(crate) table: &'static str,
    pub(crate) column: &'static str,
}

/// What a PC proves itself with inside SyncML: as good as the secret itself.
pub(crate) const CREDENTIAL_DIGEST: SealedColumn = SealedColumn {
    table: "enrollments",
    column: "credential_digest",
};

/// What the server would prove itself with to a PC.
pub(crate) const SERVER_SECRET: SealedColumn = SealedColumn {
    table: "enrollments",
    column: "server_secret",
};

/// The token of an enrolment template, which can be revealed.
pub(crate) const TOKEN_VALUE: SealedColumn = SealedColumn {
    table: "enrollment_tokens",
    column: "sealed_value",
};

/// The secret of an application at Entra ID.
pub(crate) const CLIENT_SECRET: SealedColumn = SealedColumn {
    table: "enrollment_templates",
    column: "client_secret",
};

/// What was asserted of a device and opens something.
pub(crate) const ASSERTED_SECRETS: SealedColumn = SealedColumn {
    table: "managed_device_facts",
    column: "secrets",
};

/// A key that the server made for itself.
pub(crate) const SERVER_KEY: SealedColumn = SealedColumn {
    table: "server_keys",
    column: "key",
};

/// Every column that is sealed: what a rotation goes through.
pub(crate) const SEALED: &[SealedColumn] = &[
    CREDENTIAL_DIGEST,
    SERVER_SECRET,
    TOKEN_VALUE,
    CLIENT_SECRET,
    ASSERTED_SECRETS,
    SERVER_KEY,
];

impl SealedColumn {
    /// What a value is bound to: sealed for one place, it opens in no other.
    fn binding(self, row: &str) -> String {
        format!("{}.{}.{row}", self.table, self.column)
    }

    /// Whether a value is sealed, with whichever key.
    pub(crate) fn is_sealed(value: &str) -> bool {
        Key::id_of(value).is_some()
    }

    fn fault(self, row: &str, what: impl std::fmt::Display) -> StoreError {
        StoreError::Inconsistent(format!("{}.{} of row {row} {what}", self.table, self.column))
    }
}

/// The keys that secrets are sealed with. New ones are learnt from the source when they are met; none is forgotten
/// while the process runs, because a row that was read before a rotation may be opened after it.
pub struct Keyring {
    source: Box<dyn KeySource>,
    /// The first is the one to seal with.
    keys: RwLock<Vec<Arc<Key>>>,
}

impl Keyring {
    /// The keys of a source, which may have none yet: the store then has it make the first.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn new(source: impl KeySource + 'static) -> Result<Arc<Self>, KeyError> {
        let keyring = Self {
            source: Box::new(source),
            keys: RwLock::default(),
        };
        keyring.reload()?;
        Ok(Arc::new(keyring))
    }

    /// A key that this process made for itself, for databases that do not outlive it: those in memory, those of tests.
    #[must_use]
    pub fn of_this_process() -> Arc<Self> {
        static OWN: OnceLock<Arc<Keyring>> = OnceLock::new();
        OWN.get_or_init(|| {
            let key = Key::random().map(Arc::new);
            Arc::new(Self {
                source: Box::new(FixedKeys::default()),
                // Without a key nothing can be sealed, which is said then.
                keys: RwLock::new(key.into_iter().collect()),
            })
        })
        .clone()
    }

    /// The key that is sealed with now.
    pub(crate) fn current(&self) -> Option<Arc<Key>> {
        self.keys
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .first()
            .cloned()
    }

    /// Whether a key of that id is known.
    pub(crate) fn knows(&self, id: &str) -> bool {
        self.find(id).is_some()
    }

    fn find(&self, id: &str) -> Option<Arc<Key>> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.iter().find(|key| key.id() == id).cloned()
    }

    /// Refuses to go on where a key that is in use is not there.
    pub(crate) fn require(&self, in_use: &[String]) -> Result<(), OpenError> {
        if in_use.iter().all(|id| self.knows(id)) {
            return Ok(());
        }
        self.reload()?;
        let lost: Vec<&str> = in_use.iter().map(String::as_str).filter(|id| !self.knows(id)).collect();
        match lost.as_slice() {
            [] => Ok(()),
            lost => Err(OpenError::LostKey(lost.join(", "))),
        }
    }

    /// Asks the source again.
    pub(crate) fn reload(&self) -> Result<(), KeyError> {
        let mut keys: Vec<Arc<Key>> = self.source.keys()?.into_iter().map(Arc::new).collect();
        let mut known = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        known.retain(|old| keys.iter().all(|key| key.id() != old.id()));
        keys.append(&mut known);
        *known = keys;
        Ok(())
    }

    pub(crate) fn source(&self) -> &dyn KeySource {
        &*self.source
    }

    /// The secret of a sealed value.
    ///
    /// # Errors
    /// When its key is not known, or it was not sealed for this place. The text holds neither.
    pub(crate) fn open(&self, column: SealedColumn, row: &str, sealed: &str) -> Result<String, StoreError> {
        let id = Key::id_of(sealed).ok_or_else(|| column.fault(row, "holds what is no sealed value"))?;
        let key = match self.find(id) {
            Some(key) => key,
            None => {
                self.reload().map_err(|error| column.fault(row, error))?;
                let unknown = || {
                    column.fault(
                        row,
                        format_args!("is sealed with key {id}, which the server does not have"),
                    )
                };
                self.find(id).ok_or_else(unknown)?
            }
        };
        key.open(&column.binding(row), sealed)
            .ok_or_else(|| column.fault(row, "was not sealed for this place, or was changed since"))
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        f.debug_list()
            .entries(keys.iter().map(|key| key.id().to_owned()))
            .finish()
    }
}

/// What seals within a unit of work: a key whose row the unit holds, so that nobody takes it away meanwhile.
#[derive(Clone)]
pub(crate) struct Sealer(Arc<Key>);

impl Sealer {
    /// With a key whose row is locked.
    pub(crate) const fn new(key: Arc<Key>) -> Self {
        Self(key)
    }

    /// What is stored of a secret.
    pub(crate) fn seal(&self, column: SealedColumn, row: &str, plain: &str) -> Result<String, StoreError> {
        self.0
            .seal(&column.binding(row), plain)
            .ok_or_else(|| StoreError::Failed(format!("{}.{} could not be sealed", column.table, column.column)))
    }

    /// The key's id.
    pub(crate) fn key_id(&self) -> &str {
        self.0.id()
    }

    /// What the values that are sealed with this key are like, in SQL.
    pub(crate) fn pattern(&self) -> String {
        Key::pattern(self.0.id())
    }

    /// Whether a value is sealed with this key already.
    pub(crate) fn sealed(&self, value: &str) -> bool {
        Key::id_of(value) == Some(self.0.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyring(keys: &[u8]) -> Arc<Keyring> {
        Keyring::new(FixedKeys::new(keys.iter().map(|n| [*n; KEY_BYTES]).collect())).unwrap()
    }

    fn sealer(keyring: &Keyring) -> Sealer {
        Sealer::new(keyring.current().unwrap())
    }

    #[test]
    fn a_secret_comes_back_and_no_two_sealed_values_are_alike() {
        let keyring = keyring(&[1]);
        for plain in ["", "hunter2", "päss\u{0}wörd", &"x".repeat(100_000)] {
            let one = sealer(&keyring).seal(SERVER_SECRET, "row", plain).unwrap();
            let two = sealer(&keyring).seal(SERVER_SECRET, "row", plain).unwrap();
            assert_ne!(one, two);
            assert!(plain.is_empty() || !one.contains(plain));
            assert_eq!(keyring.open(SERVER_SECRET, "row", &one).unwrap(), plain);
        }
    }

    #[test]
    fn a_value_opens_in_its_own_place_only() {
        let keyring = keyring(&[1]);
        let sealed = sealer(&keyring).seal(SERVER_SECRET, "row", "hunter2").unwrap();
        for (column, row) in [(SERVER_SECRET, "other"), (CREDENTIAL_DIGEST, "row")] {
            let error = keyring.open(column, row, &sealed).unwrap_err().to_string();
            assert!(
                error.contains("not sealed for this place") && error.contains(row),
                "{error}"
            );
        }
    }

    #[test]
    fn a_changed_value_is_refused_wherever_it_was_changed() {
        let keyring = keyring(&[1]);
        let sealed = sealer(&keyring).seal(SERVER_SECRET, "row", "hunter2").unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            let error = keyring.open(SERVER_SECRET, "row", &changed).unwrap_err().to_string();
            assert!(!error.contains("hunter2") && !error.contains(&changed), "{error}");
        }
        for wrong in [
            "",
            "v1",
            "v1.",
            "v1..",
            "hunter2",
            &sealed[..sealed.len() - 1],
            &format!("{sealed}A"),
        ] {
            assert!(keyring.open(SERVER_SECRET, "row", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_unknown_key_is_named_and_asked_for_once_more() {
        struct Growing(std::sync::atomic::AtomicUsize);
        impl KeySource for Growing {
            fn keys(&self) -> Result<Vec<Key>, KeyError> {
                let known = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                (1..=known.min(2))
                    .rev()
                    .map(|n| Key::new([n as u8; KEY_BYTES]))
                    .collect()
            }
        }
        let growing = Keyring::new(Growing(1.into())).unwrap();
        let old = growing.current().unwrap();
        let sealed = |n| sealer(&keyring(&[n])).seal(SERVER_SECRET, "row", "hunter2").unwrap();
        assert_eq!(growing.open(SERVER_SECRET, "row", &sealed(2)).unwrap(), "hunter2");
        assert_ne!(growing.current().unwrap().id(), old.id(), "it seals with the new one");
        assert_eq!(growing.open(SERVER_SECRET, "row", &sealed(1)).unwrap(), "hunter2");
        let error = growing.open(SERVER_SECRET, "row", &sealed(3)).unwrap_err().to_string();
        assert!(error.contains(keyring(&[3]).current().unwrap().id()), "{error}");
    }

    #[test]
    fn no_key_is_shown() {
        let shown = format!("{:?} {:?}", keyring(&[7]), keyring(&[7]).current());
        assert!(!shown.contains("7, 7") && !shown.contains("0707"), "{shown}");
    }
}
