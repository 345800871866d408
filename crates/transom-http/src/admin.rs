//! The management API: `/v1/organizations/{organizationId}/…` for administrators and their programs.
//!
//! [`routes::ROUTES`] is the one table of routes. Each request goes through `endpoint`, which makes the request's id and
//! span, checks the caller in the fixed order of the contract (A.0), hands a `call::Call` to one handler, puts refused
//! writes on record, and writes the envelope. Handlers are one use case each, with views of their own beside them.

mod admx_configs;
pub mod app;
mod applications;
mod assets;
mod audiences;
mod audit_log;
mod automation_rules;
pub(crate) mod body;
pub(crate) mod call;
pub mod careful;
mod commands;
mod default_config;
mod devices;
pub mod docs;
mod download;
mod effective_policy;
pub(crate) mod endpoint;
mod enrollment_templates;
mod enrollment_tokens;
pub mod error;
mod form;
mod json;
pub(crate) mod library;
mod long_page;
mod multipart;
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
pub(crate) mod segments;
mod serve;
mod service_accounts;
mod smart_attributes;
mod tags;
pub mod throttle;
pub mod token_uses;
mod upload;
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
use tokio::sync::Notify;
use transom_domain::{
    AssetFileId, Environment, Timestamp,
    policy::cache::PreparedCache,
    ports::{AssetFiles, FilesError, IncomingFile, Store, StoredFile},
};

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
    /// What may be uploaded.
    pub files: FileSettings,
}

/// What may be uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileSettings {
    /// Most bytes of one asset.
    pub asset_bytes_max: u64,
    /// Most bytes of all assets of one organization.
    pub organization_bytes_max: u64,
}

impl Default for FileSettings {
    /// Windows Installer takes packages of up to 2 GiB, so that one asset holds any of them; 50 GiB hold 25 of these, or
    /// the installers of some hundred applications.
    fn default() -> Self {
        Self {
            asset_bytes_max: 2 * 1024 * 1024 * 1024,
            organization_bytes_max: 50 * 1024 * 1024 * 1024,
        }
    }
}

impl Default for AdminSettings {
    fn default() -> Self {
        Self {
            requests: Rate::new(200, 1_000),
            failed_sign_ins: Rate::new(20, 200),
            recorded_refusals: Rate::new(1, 100),
            files: FileSettings::default(),
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
    /// Told after each write: a change may have left work to the rules.
    pub rules_waken: Arc<Notify>,
    /// Policies ready to be merged. Only reads use it, never what a unit writes.
    pub prepared: Arc<PreparedCache>,
    /// Where the content of assets is kept.
    pub files: Arc<dyn AssetFiles>,
    file_settings: FileSettings,
    /// What the Microsoft Graph facade keeps.
    pub(crate) graph: GraphState,
    throttle: Throttle,
    ready: AtomicBool,
    device_url: String,
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
            rules_waken: Arc::default(),
            prepared: Arc::default(),
            files: Arc::new(NoFolder),
            file_settings: settings.files,
            graph: GraphState::default(),
            throttle,
            ready: AtomicBool::new(true),
            device_url: String::new(),
        }
    }

    /// The same, with a place for the content of assets. Without one, uploads fail.
    #[must_use]
    pub fn with_files(mut self, files: Arc<dyn AssetFiles>) -> Self {
        self.files = files;
        self
    }

    /// The address that callers reach this listener at, for links in answers; without a final slash.
    #[must_use]
    pub fn reached_at(mut self, public_url: &str) -> Self {
        self.graph = GraphState::new(public_url);
        self
    }

    /// Says where PCs reach this server: what is typed into Windows begins with it.
    #[must_use]
    pub fn reached_by_devices_at(mut self, device_url: &str) -> Self {
        self.device_url = device_url.trim_end_matches('/').to_owned();
        self
    }

    /// Where PCs reach this server, without a slash at the end.
    fn device_url(&self) -> &str {
        &self.device_url
    }

    /// Says whether `/readyz` may answer yes; a server that is shutting down says no first.
    pub fn set_ready(&self, ready: bool) {
        self.ready.store(ready, Ordering::Relaxed);
    }

    fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }
}

/// The place for files of a server that was given none.
struct NoFolder;

impl NoFolder {
    fn error<T>() -> Result<T, FilesError> {
        Err(FilesError::Failed("the server was given no place for files".to_owned()))
    }
}

#[async_trait::async_trait]
impl AssetFiles for NoFolder {
    async fn begin(&self, _: AssetFileId) -> Result<Box<dyn IncomingFile>, FilesError> {
        Self::error()
    }

    async fn open(&self, _: AssetFileId) -> Result<Box<dyn StoredFile>, FilesError> {
        Self::error()
    }

    async fn remove(&self, _: AssetFileId) -> Result<(), FilesError> {
        Self::error()
    }

    async fn kept(&self, _: u8, _: Timestamp) -> Result<Vec<AssetFileId>, FilesError> {
        Self::error()
    }

    async fn discard_uploads(&self, _: Timestamp) -> Result<u64, FilesError> {
        Self::error()
    }
}
