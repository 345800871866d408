//! Sessions over the network, with the misbehaviour of networks.

use std::time::{Duration, Instant};

use transom_syncml::content_type::DM_XML;

use super::{CheckInError, SessionReport, VirtualPc};
use crate::faults::{AfterLoss, Faults};
use crate::http::{Client, Response};
use crate::machine::{Login, Machine};
use crate::session::{End, Outgoing, PcSession, Received, Step};
use crate::tls::client_config;

/// Sessions of one check-in: a lost reply and an unenrolment add one each.
const MAX_SESSIONS: u32 = 4;

/// What a server is told about the media types a PC takes (docs/PROTOCOL.md, 12).
const ACCEPT: &str = "application/vnd.syncml.dm+xml, application/vnd.syncml.dm+wbxml, application/octet-stream";

impl VirtualPc {
    /// One check-in in which something goes wrong.
    ///
    /// # Errors
    /// As [`VirtualPc::check_in`].
    pub async fn check_in_with(&mut self, faults: &Faults) -> Result<SessionReport, CheckInError> {
        let started = Instant::now();
        let link = self.link.as_mut().ok_or(CheckInError::NotEnrolled)?;
        // Faults of the certificate have a connection of their own.
        let mut other = if faults.no_certificate || faults.certificate.is_some() {
            let config = client_config(&link.trust, faults.certificate.as_ref(), false)?;
            Some(Client::new(link.client.url().clone(), config))
        } else {
            None
        };
        let client = other.as_mut().unwrap_or(&mut link.client);
        let mut drive = Drive {
            handshakes_before: client.handshakes(),
            client,
            posts: Vec::new(),
            messages: 0,
            second: None,
        };
        let mut faults = faults.clone();
        let mut first_id = None;
        let mut executed = Vec::new();
        let mut violations = Vec::new();
        let mut sessions = 0;
        let mut end = End::Complete;
        while sessions < MAX_SESSIONS {
            let Some(mut session) = PcSession::open(&mut self.machine, &faults) else {
                break;
            };
            sessions += 1;
            first_id.get_or_insert_with(|| session.id().to_owned());
            let outcome = drive.session(&mut self.machine, &mut session, &faults).await;
            executed.extend_from_slice(session.executed());
            violations.extend_from_slice(session.violations());
            match outcome {
                Ok(Over::Ended(how)) => {
                    let again = how == End::Unenrolled && self.machine.is_leaving();
                    end = how;
                    if !again {
                        break;
                    }
                }
                Ok(Over::Lost) => faults.lose_reply = None,
                Err(error) => {
                    drive.client.disconnect();
                    return Err(error.into());
                }
            }
        }
        if !self.keep_connection {
            drive.client.disconnect();
        }
        let report = SessionReport {
            session_id: first_id.ok_or(CheckInError::NotEnrolled)?,
            sessions,
            messages: drive.messages,
            executed,
            end,
            violations,
            handshakes: drive.client.handshakes() - drive.handshakes_before,
            posts: std::mem::take(&mut drive.posts),
            elapsed: started.elapsed(),
            second: drive.second.take(),
        };
        if self.machine.account().is_none() {
            self.link = None;
        }
        Ok(report)
    }
}

/// How a session is over for the network.
enum Over {
    Ended(End),
    /// The reply was lost, and the PC gave up.
    Lost,
}

/// One connection and what is measured on it.
struct Drive<'a> {
    client: &'a mut Client,
    handshakes_before: u64,
    posts: Vec<Duration>,
    messages: u32,
    second: Option<Box<SessionReport>>,
}

impl Drive<'_> {
    async fn session(
        &mut self,
        machine: &mut Machine,
        session: &mut PcSession,
        faults: &Faults,
    ) -> Result<Over, crate::http::HttpError> {
        let head = Head::of(machine);
        let mut step = Step::Send(session.first());
        loop {
            let outgoing = match step {
                Step::Send(outgoing) => outgoing,
                Step::Done(end) => return Ok(Over::Ended(end)),
            };
            if let Some(delay) = faults.delay {
                tokio::time::sleep(delay).await;
            }
            if faults.second_session == Some(outgoing.number) {
                Box::pin(self.second_session(machine)).await?;
            }
            if let Some((number, after)) = faults.lose_reply
                && number == outgoing.number
            {
                head.vanish(self.client, &outgoing).await?;
                self.messages += 1;
                if after == AfterLoss::NewSession {
                    return Ok(Over::Lost);
                }
            }
            let response = self.post(&head, &outgoing).await?;
            if faults.repeat_message == Some(outgoing.number) {
                let again = self.post(&head, &outgoing).await?;
                session.compare_repeated(&response.body, &again.body);
            }
            let received = Received {
                status: response.status,
                content_type: response.header("content-type"),
                content_length: response.content_length(),
                body: &response.body,
            };
            step = session.receive(machine, &received);
        }
    }

    /// A whole other session of the same PC, on a connection of its own.
    async fn second_session(&mut self, machine: &mut Machine) -> Result<(), crate::http::HttpError> {
        let started = Instant::now();
        let none = Faults::default();
        let Some(mut session) = PcSession::open(machine, &none) else {
            return Ok(());
        };
        let mut client = self.client.fork();
        let mut drive = Drive {
            client: &mut client,
            handshakes_before: 0,
            posts: Vec::new(),
            messages: 0,
            second: None,
        };
        let over = drive.session(machine, &mut session, &none).await?;
        let (posts, messages) = (std::mem::take(&mut drive.posts), drive.messages);
        self.second = Some(Box::new(SessionReport {
            session_id: session.id().to_owned(),
            sessions: 1,
            messages,
            executed: session.executed().to_vec(),
            end: match over {
                Over::Ended(end) => end,
                Over::Lost => End::Empty,
            },
            violations: session.violations().to_vec(),
            handshakes: client.handshakes(),
            posts,
            elapsed: started.elapsed(),
            second: None,
        }));
        Ok(())
    }

    async fn post(&mut self, head: &Head, outgoing: &Outgoing) -> Result<Response, crate::http::HttpError> {
        let started = Instant::now();
        let target = head.target(self.client);
        let response = self
            .client
            .send("POST", &target, &head.fields(), Some(&outgoing.body))
            .await?;
        self.posts.push(started.elapsed());
        self.messages += 1;
        Ok(response)
    }
}

/// What stands in the header of every request of a session.
struct Head {
    mode: &'static str,
    request_id: String,
    correlation: String,
    /// Who triggered the session, told from `SyncApplicationVersion` 4.0 on: 2 is the schedule.
    origin: Option<&'static str>,
}

impl Head {
    fn of(machine: &mut Machine) -> Self {
        let ent_dm_id = machine.account().map(|account| account.ent_dm_id.clone());
        Self {
            // Maintenance: somebody is signed in. Machine: nobody is (docs/PROTOCOL.md, 12).
            mode: if machine.login() == Login::Nobody {
                "Machine"
            } else {
                "Maintenance"
            },
            request_id: ent_dm_id.filter(|id| !id.is_empty()).unwrap_or_else(|| "0".to_owned()),
            correlation: machine.correlation_vector(),
            origin: (machine.sync_version() >= 4).then_some("2"),
        }
    }

    /// The account's address with what Windows adds, whatever the processor.
    fn target(&self, client: &Client) -> String {
        let target = client.url().target();
        let joint = if target.contains('?') { '&' } else { '?' };
        format!("{target}{joint}mode={}&Platform=WoA", self.mode)
    }

    /// Header fields in the order of the capture.
    fn fields(&self) -> Vec<(&str, &str)> {
        let mut fields = vec![
            ("Accept", ACCEPT),
            ("Accept-Charset", "UTF-8"),
            ("Client-Request-Id", self.request_id.as_str()),
            ("Content-Type", DM_XML),
            ("MS-CV", self.correlation.as_str()),
            ("User-Agent", "MSFT OMA DM Client/1.2.0.1"),
        ];
        if let Some(origin) = self.origin {
            fields.push(("UserAgentOrigin", origin));
        }
        fields
    }

    async fn vanish(&self, client: &mut Client, outgoing: &Outgoing) -> Result<(), crate::http::HttpError> {
        let target = self.target(client);
        client
            .send_and_vanish("POST", &target, &self.fields(), Some(&outgoing.body))
            .await
    }
}
