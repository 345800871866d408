//! What a use case needs from outside: the time, who asks, fresh ids and random bytes.

use crate::{ApiTokenId, DeviceId, Timestamp, audit::Journal};
use sha2::{Digest, Sha256};

/// Time, actor, ids and random bytes, as an argument.
///
/// A clone gives the same ids and bytes again: a unit of work that is run a second time (see
/// [`crate::ports::Store::write_unit`]) gets a fresh clone and so makes the same things.
#[derive(Clone)]
pub struct Context {
    /// The moment the request is handled at.
    pub now: Timestamp,
    /// Who asks.
    pub actor: Actor,
    /// By which way they ask.
    pub origin: Origin,
    journal: Option<Journal>,
    seed: [u8; 32],
    drawn: u64,
}

/// The clock and the random source, outside of the rules. There is one real implementation, in the app; tests bring
/// their own.
pub trait Environment: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;

    /// 32 bytes from a cryptographic random source.
    fn seed(&self) -> [u8; 32];

    /// A context for one request.
    fn context(&self, actor: Actor, origin: Origin) -> Context {
        Context::new(self.now(), actor, origin, self.seed())
    }
}

/// Who asks for something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// The server itself, by the named job.
    Server(&'static str),
    /// Somebody at the command line of the server's machine.
    CommandLine,
    /// A service account's token.
    Token {
        /// The token.
        id: ApiTokenId,
        /// Its name.
        name: String,
    },
    /// A PC over its own authenticated session.
    Device(DeviceId),
    /// Somebody who enrols a PC.
    Enrolling {
        /// The user's e-mail, or the enrolment token's id.
        account: String,
    },
}

/// By which way somebody asks; for the audit record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The request's id, also in the log.
    pub request_id: Option<String>,
    /// Method and route, e.g. `PUT /v1/organizations/{organizationId}/…/move`.
    pub route: Option<String>,
    /// The permission that let the caller in.
    pub permission: Option<String>,
    /// The caller's address.
    pub address: Option<String>,
}

impl Context {
    /// A context at `now`; `seed` must come from a cryptographic random source, because secrets are drawn from it.
    #[must_use]
    pub fn new(now: Timestamp, actor: Actor, origin: Origin, seed: [u8; 32]) -> Self {
        Self {
            now,
            actor,
            origin,
            journal: None,
            seed,
            drawn: 0,
        }
    }

    /// The same context, whose audit entries `journal` gets to see too. It changes nothing else, ids least of all.
    #[must_use]
    pub fn observed_by(mut self, journal: Journal) -> Self {
        self.journal = Some(journal);
        self
    }

    /// Who looks on.
    pub(crate) const fn journal(&self) -> Option<&Journal> {
        self.journal.as_ref()
    }

    /// `N` fresh random bytes: SHA-256 over the seed and a counter.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        for chunk in bytes.chunks_mut(32) {
            self.drawn += 1;
            let block = Sha256::new()
                .chain_update(self.seed)
                .chain_update(self.drawn.to_be_bytes())
                .finalize();
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
        bytes
    }

    /// A fresh id: 4 bytes of seconds, 8 random bytes.
    pub fn id<I: From<[u8; 12]>>(&mut self) -> I {
        let mut bytes = [0; 12];
        #[expect(
            clippy::cast_sign_loss,
            clippy::cast_possible_truncation,
            reason = "seconds fit 32 bits until 2106"
        )]
        bytes[..4].copy_from_slice(&(self.now.as_seconds() as u32).to_be_bytes());
        bytes[4..].copy_from_slice(&self.bytes::<8>());
        I::from(bytes)
    }
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("now", &self.now)
            .field("actor", &self.actor)
            .finish_non_exhaustive()
    }
}

impl Actor {
    /// The kind of actor, as the audit record names it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Actor::Server(_) => "server",
            Actor::CommandLine => "commandLine",
            Actor::Token { .. } => "token",
            Actor::Device(_) => "device",
            Actor::Enrolling { .. } => "enrolling",
        }
    }

    /// The actor's id, where there is one.
    #[must_use]
    pub fn id(&self) -> Option<String> {
        match self {
            Actor::Token { id, .. } => Some(id.to_string()),
            Actor::Device(id) => Some(id.to_string()),
            Actor::Server(_) | Actor::CommandLine | Actor::Enrolling { .. } => None,
        }
    }

    /// The actor's name, for people.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Actor::Server(job) => (*job).to_owned(),
            Actor::CommandLine => "command line".to_owned(),
            Actor::Token { name, .. } => name.clone(),
            Actor::Device(id) => id.to_string(),
            Actor::Enrolling { account } => account.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DeviceId;

    fn context() -> Context {
        Context::new(
            Timestamp::from_millis(1_700_000_000_000),
            Actor::CommandLine,
            Origin::default(),
            [7; 32],
        )
    }

    #[test]
    fn a_clone_gives_the_same_ids_and_the_next_draw_differs() {
        let mut first = context();
        let mut second = first.clone();
        let id: DeviceId = first.id();
        assert_eq!(second.id::<DeviceId>(), id);
        assert_ne!(second.id::<DeviceId>(), id);
    }

    #[test]
    fn long_draws_do_not_repeat_themselves() {
        let bytes = context().bytes::<64>();
        assert_ne!(bytes[..32], bytes[32..]);
    }
}
