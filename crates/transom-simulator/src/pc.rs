//! A simulated PC with its network.

mod check_in;

use std::time::Duration;

use crate::account::Account;
use crate::check::Violation;
use crate::enrol::{self, Credentials, EnrollError};
use crate::faults::Faults;
use crate::http::{Client, HttpError, Url};
use crate::identity::Identity;
use crate::key::KeySource;
use crate::machine::{Login, Machine};
use crate::session::{End, Executed};
use crate::tls::{ClientIdentity, TlsError, Trust, client_config};

/// Why there was no session at all, or why it broke off.
#[derive(Debug, thiserror::Error)]
pub enum CheckInError {
    /// The PC has no account.
    #[error("the PC is not enrolled")]
    NotEnrolled,
    /// The connection failed.
    #[error("the session broke off")]
    Http(#[from] HttpError),
    /// No TLS settings.
    #[error("the PC has no TLS settings")]
    Tls(#[from] TlsError),
}

impl CheckInError {
    /// A short name of the kind, for counting.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::NotEnrolled => "not enrolled",
            Self::Http(error) => error.kind(),
            Self::Tls(_) => "no TLS settings",
        }
    }
}

/// What happened at a check-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionReport {
    /// `SessionID` of the first session.
    pub session_id: String,
    /// How many sessions it took: a PC that the server unenrols comes once more, and so does one that lost a reply
    /// and starts anew.
    pub sessions: u32,
    /// Messages that were sent, repeated ones included.
    pub messages: u32,
    /// What the PC did.
    pub executed: Vec<Executed>,
    /// How the last session ended.
    pub end: End,
    /// What the server did wrong.
    pub violations: Vec<Violation>,
    /// TLS handshakes.
    pub handshakes: u64,
    /// How long each POST took.
    pub posts: Vec<Duration>,
    /// How long it all took.
    pub elapsed: Duration,
    /// What became of the session that [`Faults::second_session`] asked for.
    pub second: Option<Box<SessionReport>>,
}

/// A simulated PC.
///
/// ```no_run
/// use transom_simulator::{Credentials, Identity, KeySource, Trust, VirtualPc};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let trust = Trust::from_pem(&std::fs::read("data/tls/root.pem")?)?;
/// let mut pc = VirtualPc::new(Identity::of_fleet(1, 0), KeySource::Own);
/// let credentials = Credentials::token_as_password("ada@example.com", "the token");
/// pc.enroll("https://localhost:8443", &trust, &credentials).await?;
/// let report = pc.check_in().await?;
/// assert!(report.violations.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct VirtualPc {
    machine: Machine,
    keys: KeySource,
    link: Option<Link>,
    keep_connection: bool,
    resume: bool,
}

/// What an enrolled PC reaches its server with.
#[derive(Debug)]
struct Link {
    identity: ClientIdentity,
    trust: Trust,
    client: Client,
}

impl VirtualPc {
    /// A PC that is not enrolled.
    #[must_use]
    pub fn new(identity: Identity, keys: KeySource) -> Self {
        Self {
            machine: Machine::new(identity),
            keys,
            link: None,
            keep_connection: false,
            resume: true,
        }
    }

    /// The PC without its network.
    #[must_use]
    pub const fn machine(&self) -> &Machine {
        &self.machine
    }

    /// The PC without its network, to be changed.
    pub const fn machine_mut(&mut self) -> &mut Machine {
        &mut self.machine
    }

    /// Who the PC is.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        self.machine.identity()
    }

    /// The account, while the PC is enrolled.
    #[must_use]
    pub const fn account(&self) -> Option<&Account> {
        self.machine.account()
    }

    /// The certificate and its key, while the PC is enrolled; another PC can be made to show it.
    #[must_use]
    pub fn client_identity(&self) -> Option<&ClientIdentity> {
        self.link.as_ref().map(|link| &link.identity)
    }

    /// Keeps the connection from one session to the next. Real PCs come with a new one each time.
    pub const fn keep_connection(&mut self, keep: bool) {
        self.keep_connection = keep;
    }

    /// Resumes TLS sessions, as Windows does, or makes a full handshake for every connection.
    pub const fn resume_tls(&mut self, resume: bool) {
        self.resume = resume;
    }

    /// Closes the connection, if one is open.
    pub fn disconnect(&mut self) {
        if let Some(link) = &mut self.link {
            link.client.disconnect();
        }
    }

    /// Enrols the PC, as its user or as a program does; an earlier enrolment is replaced. Returns how many TLS
    /// handshakes it took.
    ///
    /// # Errors
    /// [`EnrollError`]; what the PC had before is untouched then.
    pub async fn enroll(
        &mut self,
        discovery_url: &str,
        trust: &Trust,
        credentials: &Credentials,
    ) -> Result<u64, EnrollError> {
        let enrolled = enrol::enroll(&mut self.machine, &self.keys, discovery_url, trust, credentials).await?;
        let config = client_config(&enrolled.trust, Some(&enrolled.identity), self.resume)?;
        let url = Url::parse(&enrolled.account.address)
            .map_err(|_| EnrollError::Document(enrol::DocumentProblem::Rule("ADDR is no address")))?;
        self.link = Some(Link {
            identity: enrolled.identity,
            trust: enrolled.trust,
            client: Client::new(url, config),
        });
        self.machine.install(enrolled.account);
        Ok(enrolled.handshakes)
    }

    /// One check-in: a session, and what follows from it.
    ///
    /// # Errors
    /// [`CheckInError`] if there was no answer; how the server answered is in the report.
    pub async fn check_in(&mut self) -> Result<SessionReport, CheckInError> {
        self.check_in_with(&Faults::default()).await
    }

    /// The user ends the enrolment: one session that says so, after which the account is gone.
    ///
    /// # Errors
    /// As [`VirtualPc::check_in`]; the account is gone all the same, because Windows does not try again.
    pub async fn unenroll_by_user(&mut self) -> Result<SessionReport, CheckInError> {
        self.machine.leave();
        let result = self.check_in().await;
        self.machine.uninstall();
        self.link = None;
        result
    }

    /// The enrolled user signs in.
    pub fn sign_in(&mut self) {
        self.machine.set_login(Login::User);
    }

    /// Somebody else signs in.
    pub fn sign_in_other(&mut self) {
        self.machine.set_login(Login::Others);
    }

    /// Whoever is signed in signs out.
    pub fn sign_out(&mut self) {
        self.machine.set_login(Login::Nobody);
    }
}
