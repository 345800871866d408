//! A simulated PC without its network: identity, settings, account, and what it has yet to tell.

use sha2::{Digest as _, Sha256};
use transom_syncml::alert;

use crate::account::Account;
use crate::identity::Identity;
use crate::random::Stream;
use crate::tree::{Access, Action, Format, Node, Tree};

/// Who is signed in at the PC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Login {
    /// The enrolled user.
    User,
    /// Somebody else.
    Others,
    /// Nobody.
    Nobody,
}

impl Login {
    /// What the PC says about it in package 1.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => alert::LOGIN_USER,
            Self::Others => alert::LOGIN_OTHERS,
            Self::Nobody => alert::LOGIN_NONE,
        }
    }
}

/// An alert that waits for the next session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingAlert {
    /// 1224 or 1226.
    pub code: u32,
    /// `Meta/Type`.
    pub kind: String,
    /// `Meta/Format`.
    pub format: Option<String>,
    /// `Meta/Mark`.
    pub mark: Option<String>,
    /// The node that the alert is about.
    pub source: Option<String>,
    /// `Data`.
    pub data: String,
}

impl PendingAlert {
    /// "I am leaving", as 25H2 says it (docs/PROTOCOL.md, 15).
    #[must_use]
    pub fn unenrolment() -> Self {
        Self {
            code: alert::GENERIC,
            kind: alert::kind::UNENROLMENT.to_owned(),
            format: Some("int".to_owned()),
            mark: Some("critical".to_owned()),
            source: None,
            data: "1".to_owned(),
        }
    }
}

/// Something that an Exec made the PC do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Performed {
    /// What.
    pub action: Action,
    /// The LocURI that was run.
    pub uri: String,
}

/// A PC without its network.
#[derive(Debug, Clone)]
pub struct Machine {
    identity: Identity,
    tree: Tree,
    login: Login,
    account: Option<Account>,
    pending: Vec<PendingAlert>,
    performed: Vec<Performed>,
    sessions: u32,
    leaving: bool,
    wiped: bool,
    correlation: Stream,
}

impl Machine {
    /// A PC as it comes out of its set-up, with the user signed in.
    #[must_use]
    pub fn new(identity: Identity) -> Self {
        Self {
            tree: Tree::new(&identity),
            correlation: identity.stream("correlation"),
            identity,
            login: Login::User,
            account: None,
            pending: Vec::new(),
            performed: Vec::new(),
            sessions: 0,
            leaving: false,
            wiped: false,
        }
    }

    /// Who the PC is.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Its settings.
    #[must_use]
    pub const fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Its settings, to be changed behind the server's back.
    pub const fn tree_mut(&mut self) -> &mut Tree {
        &mut self.tree
    }

    /// Its account, while it is enrolled.
    #[must_use]
    pub const fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    /// Who is signed in.
    #[must_use]
    pub const fn login(&self) -> Login {
        self.login
    }

    /// What it was made to do, in order.
    #[must_use]
    pub fn performed(&self) -> &[Performed] {
        &self.performed
    }

    /// Whether it is on its way out: the next session says so and is the last.
    #[must_use]
    pub const fn is_leaving(&self) -> bool {
        self.leaving
    }

    /// Alerts that wait for the next session.
    #[must_use]
    pub fn pending(&self) -> &[PendingAlert] {
        &self.pending
    }

    /// Changes who is signed in.
    pub fn set_login(&mut self, login: Login) {
        self.login = login;
        self.tree.set_user_signed_in(login == Login::User);
    }

    /// Adds an alert to the next session's package 1.
    pub fn raise(&mut self, alert: PendingAlert) {
        self.pending.push(alert);
    }

    /// Takes an account over, and shows it in the tree. Sessions count from 1 again, as on a real PC.
    pub fn install(&mut self, account: Account) {
        self.uninstall();
        let provider = format!("./Vendor/MSFT/DMClient/Provider/{}", account.provider_id);
        self.put(&provider, Node::interior(Access::READ));
        let hardware_id = self.identity.hardware_id.clone();
        let mut text = |name: &str, value: &str, access| {
            self.put(&format!("{provider}/{name}"), Node::leaf(Format::Chr, value, access));
        };
        text("EntDMID", &account.ent_dm_id, Access::FULL);
        text("UPN", account.upn.as_deref().unwrap_or_default(), Access::FULL);
        text("ManagementServiceAddress", &account.address, Access::WRITE);
        text("MaxSyncApplicationVersion", "5.0", Access::READ);
        let version = account.sync_application_version.as_deref().unwrap_or("1.0");
        text("SyncApplicationVersion", version, Access::FULL);
        text("EnrollmentType", "Full", Access::READ);
        text("HWDevID", &hardware_id, Access::READ);
        let dm_account = dm_account(&account.provider_id);
        let name = Node::leaf(Format::Chr, &account.client_name, Access::WRITE);
        let secret = Node::leaf(Format::Chr, account.client_secret.expose(), Access::SECRET);
        self.put(&format!("{dm_account}/AAuthName"), name);
        self.put(&format!("{dm_account}/AAuthSecret"), secret);
        self.sessions = 0;
        self.account = Some(account);
    }

    /// Drops the account with everything that came with it.
    pub fn uninstall(&mut self) {
        if let Some(account) = self.account.take() {
            self.tree
                .remove(&format!("./Vendor/MSFT/DMClient/Provider/{}", account.provider_id));
            self.tree.remove("./SyncML/DMAcc");
        }
        self.pending.clear();
        self.leaving = false;
    }

    /// Starts to leave: the next session tells the server, and then the account is gone.
    pub fn leave(&mut self) {
        if self.account.is_some() && !self.leaving {
            self.leaving = true;
            self.pending.push(PendingAlert::unenrolment());
        }
    }

    /// Ends what a session decided: an account that was left or wiped away is dropped.
    pub(crate) fn after_session(&mut self, told_the_server: bool) {
        // Leaving is best effort and is not tried again (docs/PROTOCOL.md, 9).
        if self.wiped || told_the_server {
            self.wiped = false;
            self.uninstall();
        }
    }

    /// Does what an Exec asked for, and says which status code that has.
    pub(crate) fn perform(&mut self, action: Action, uri: &str) -> u32 {
        self.performed.push(Performed {
            action,
            uri: uri.to_owned(),
        });
        let done = |kind: &str, code, mark: Option<&str>| PendingAlert {
            code,
            kind: kind.to_owned(),
            format: Some("int".to_owned()),
            mark: mark.map(str::to_owned),
            source: Some(uri.to_owned()),
            data: "0".to_owned(),
        };
        match action {
            Action::Reboot | Action::Lock | Action::Immediate => transom_syncml::code::OK,
            Action::Wipe => {
                self.wiped = true;
                transom_syncml::code::OK
            }
            Action::Unenroll => {
                self.leave();
                transom_syncml::code::OK
            }
            Action::InstallMsi => {
                let mark = Some("informational");
                self.raise(done(alert::kind::MSI_INSTALL, alert::CLIENT_EVENT, mark));
                transom_syncml::code::ACCEPTED
            }
            Action::InstallApp => {
                let kind = if uri.ends_with("StoreInstall") {
                    alert::kind::STORE_APP_INSTALL
                } else {
                    alert::kind::HOSTED_APP_INSTALL
                };
                self.raise(done(kind, alert::GENERIC, None));
                transom_syncml::code::ACCEPTED
            }
            Action::Background => transom_syncml::code::ACCEPTED,
        }
    }

    /// The major `SyncApplicationVersion` that the account has now.
    pub(crate) fn sync_version(&self) -> u32 {
        let Some(account) = &self.account else {
            return 1;
        };
        let uri = format!(
            "./Vendor/MSFT/DMClient/Provider/{}/SyncApplicationVersion",
            account.provider_id
        );
        let version = self.tree.value(&uri).unwrap_or("1.0");
        version
            .split('.')
            .next()
            .and_then(|major| major.parse().ok())
            .unwrap_or(1)
    }

    /// The next session's id: decimal, or hexadecimal from version 2.0 on (docs/PROTOCOL.md, 18).
    pub(crate) fn next_session_id(&mut self) -> String {
        self.sessions += 1;
        if self.sync_version() >= 2 {
            format!("{:X}", self.sessions)
        } else {
            self.sessions.to_string()
        }
    }

    /// Name and secret of the PC's digest, as the server may have changed them since (docs/PROTOCOL.md, 13).
    pub(crate) fn digest_account(&self) -> Option<(String, String)> {
        let account = self.account.as_ref()?;
        let base = dm_account(&account.provider_id);
        let name = self.tree.value(&format!("{base}/AAuthName"))?;
        let secret = self.tree.value(&format!("{base}/AAuthSecret"))?;
        Some((name.to_owned(), secret.to_owned()))
    }

    pub(crate) fn set_nonce(&mut self, nonce: Vec<u8>) {
        if let Some(account) = &mut self.account {
            account.client_nonce = nonce;
        }
    }

    pub(crate) fn forget_alerts(&mut self, count: usize) {
        self.pending.drain(..count.min(self.pending.len()));
    }

    /// A correlation vector like `a/tCeBgffEqA5408.0.0.0`.
    pub(crate) fn correlation_vector(&mut self) -> String {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        format!("{}.0.0.0", self.correlation.text(ALPHABET, 16))
    }

    pub(crate) fn message_id(&mut self) -> String {
        format!("urn:uuid:{}", self.correlation.guid())
    }

    fn put(&mut self, uri: &str, node: Node) {
        // A provider id that makes no LocURI would only lose its nodes here; the document check refuses it before.
        let _ = self.tree.set(uri, node);
    }
}

/// The account's node: the hexadecimal SHA-256 of the `PROVIDER-ID` (docs/PROTOCOL.md, 13).
fn dm_account(provider_id: &str) -> String {
    let name = hex::encode(Sha256::digest(provider_id.as_bytes()));
    format!("./SyncML/DMAcc/{name}/AppAuth/CLCRED")
}
