//! What can be set about a store.

use crate::sealing::Keyring;
use std::sync::Arc;

/// Units that may wait for their turn; one more is refused as busy. A thousand are about a tenth of a second of SQLite's
/// writer, and no PC gives up before that.
pub const QUEUE_UNITS: usize = 1_000;

/// SQLite connections that look: as many reads at once as a machine of this class has cores for, and two for long lists.
pub const SQLITE_READERS: u32 = 8;

/// Connections to PostgreSQL: beyond about twice its cores they only wait for each other, and its default limit of 100
/// is shared with others.
pub const POSTGRES_CONNECTIONS: u32 = 16;

/// What can be set about a store.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// Whether [`crate::open`] runs the migrations that the schema lacks; otherwise such a schema is refused.
    pub migrate: bool,
    /// Units that may wait for their turn.
    pub queue_units: usize,
    /// SQLite connections that look.
    pub sqlite_readers: u32,
    /// Connections to PostgreSQL.
    pub postgres_connections: u32,
    /// The keys that secrets are sealed with. By default they are of this process alone, which does for tests and for
    /// databases in memory: no other process can open what was sealed with them.
    pub keyring: Arc<Keyring>,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            migrate: true,
            queue_units: QUEUE_UNITS,
            sqlite_readers: SQLITE_READERS,
            postgres_connections: POSTGRES_CONNECTIONS,
            keyring: Keyring::of_this_process(),
        }
    }
}
