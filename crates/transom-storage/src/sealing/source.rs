//! Where keys come from.

use super::{KEY_BYTES, Key, KeyError};

/// Where keys come from. It is asked again when a key is met that is not known, so it must not keep what it read.
pub trait KeySource: Send + Sync {
    /// Its keys, the one to seal with first; none where none was made yet.
    ///
    /// # Errors
    /// When they cannot be read.
    fn keys(&self) -> Result<Vec<Key>, KeyError>;

    /// Makes the first key, for a database that has none. Where another process was quicker, its key is the first.
    ///
    /// # Errors
    /// When it cannot be kept, or keys are not made here.
    fn make_first(&self) -> Result<(), KeyError> {
        Err(KeyError("there is no key to seal secrets with".to_owned()))
    }

    /// Makes a key in front of the others, to seal with from now on. A source that is given its keys leaves them as
    /// they are: whoever gives them has put the new one first.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn add(&self) -> Result<(), KeyError> {
        Ok(())
    }

    /// Keeps the key of that id alone, because nothing is sealed with the others any more. A source that is given its
    /// keys leaves them as they are.
    ///
    /// # Errors
    /// When that cannot be kept.
    fn keep_only(&self, id: &str) -> Result<(), KeyError> {
        let _ = id;
        Ok(())
    }
}

/// Keys that somebody gave, such as by the settings: the one to seal with first.
#[derive(Default)]
pub struct FixedKeys(Vec<[u8; KEY_BYTES]>);

impl FixedKeys {
    /// Those keys.
    #[must_use]
    pub const fn new(keys: Vec<[u8; KEY_BYTES]>) -> Self {
        Self(keys)
    }
}

impl KeySource for FixedKeys {
    fn keys(&self) -> Result<Vec<Key>, KeyError> {
        self.0.iter().map(|key| Key::new(*key)).collect()
    }
}
