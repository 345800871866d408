//! The keys of secrets at rest.

use serde::Deserialize;
use std::path::PathBuf;

/// `[secrets]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml is where an operator looks")]
pub struct Secrets {
    pub key_file: PathBuf,
    pub key: GivenKeys,
}

/// `secrets.key`. `Debug` does not show it.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct GivenKeys(String);

impl GivenKeys {
    /// The keys as they were given.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for GivenKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GivenKeys(…)")
    }
}
