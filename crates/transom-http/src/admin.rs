//! The management API: `/v1/organizations/{organizationId}/…` for administrators and their programs.
//!
//! [`routes::ROUTES`] is the one table of routes. Each request goes through `endpoint`, which makes the request's id and
//! span, checks the caller in the fixed order of the contract (A.0), hands a `call::Call` to one handler, puts refused
//! writes on record, and writes the envelope. Handlers are one use case each, with views of their own beside them.

pub mod app;
mod applications;
mod audit_log;
pub(crate) mod body;
pub(crate) mod call;
pub mod careful;
mod commands;
mod devices;
pub mod docs;
mod effective_policy;
pub(crate) mod endpoint;
pub mod error;
mod form;
mod json;
mod library;
pub mod openapi;
mod permissions;
pub(crate) mod policies;
mod probes;
pub mod query;
pub(crate) mod refusal;
mod reply;
pub(crate) mod request_id;
mod roles;
pub mod routes;
mod scripts;
mod segments;
mod serve;
mod service_accounts;
mod smart_attributes;
mod tags;
pub mod throttle;
pub mod token_uses;
mod users;
mod view;

pub use app::{app, configure};
pub use json::{JSON_DEPTH_MAX, JSON_VALUES_MAX};
pub use serve::{ServeOptions, serve};

use crate::graph::GraphState;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use throttle::{Rate, Throttle};
use token_uses::TokenUses;
use transom_domain::{Environment, ports::Store};

/// What may be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdminSettings {
    /// Requests of one token. The default stops neither a benchmark nor a fuzzer (decision 33).
    pub requests: Rate,
    /// Failed sign-ins from one address: a guess at 256 random bits is hopeless anyway, this saves the store the work.
    pub failed_sign_ins: Rate,
    /// Refused writes of one token that go into the audit record; the rest is in the log. The record is kept for ever, so
    /// a program that repeats a mistake must not fill it.
    pub recorded_refusals: Rate,
}

impl Default for AdminSettings {
    fn default() -> Self {
        Self {
            requests: Rate::new(200, 1_000),
            failed_sign_ins: Rate::new(20, 200),
            recorded_refusals: Rate::new(1, 100),
        }
    }
}

/// What every request of the management API needs.
pub struct AdminState {
    /// Where state is kept.
    pub store: Arc<dyn Store>,
    /// The clock and the random source.
    pub environment: Arc<dyn Environment>,
    /// When tokens were last used; somebody has to write it down from time to time.
    pub token_uses: TokenUses,
    /// What the Microsoft Graph facade keeps.
    pub(crate) graph: GraphState,
    throttle: Throttle,
    ready: AtomicBool,
}

impl AdminState {
    /// A state that is ready.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, environment: Arc<dyn Environment>, settings: AdminSettings) -> Self {
        let throttle = Throttle::new(
            &environment,
            settings.requests,
            settings.failed_sign_ins,
            settings.recorded_refusals,
        );
        Self {
            store,
            environment,
            token_uses: TokenUses::default(),
            graph: GraphState::default(),
            throttle,
            ready: AtomicBool::new(true),
        }
    }

    /// The address that callers reach this listener at, for links in answers; without a final slash.
    #[must_use]
    pub fn reached_at(mut self, public_url: &str) -> Self {
        self.graph = GraphState::new(public_url);
        self
    }

    /// Says whether `/readyz` may answer yes; a server that is shutting down says no first.
    pub fn set_ready(&self, ready: bool) {
        self.ready.store(ready, Ordering::Relaxed);
    }

    fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }
}
