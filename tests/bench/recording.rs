//! A session that was held once, to be held again and again at the price of sending its bytes.

use crate::load::Post;
use anyhow::{Context as _, bail, ensure};
use transom_http::device::MANAGEMENT_PATH;
use transom_simulator::{BenchClient, End, Faults, Machine, PcSession, Received, Step};
use transom_syncml::content_type::DM_XML;

/// What Windows sends at the head of every request.
const FIELDS: &str = "Accept: application/vnd.syncml.dm+xml, application/vnd.syncml.dm+wbxml, application/octet-stream\r\n\
                      Accept-Charset: UTF-8\r\n\
                      Client-Request-Id: 0\r\n\
                      MS-CV: 0QIDBAUGBwgJCgsM.1\r\n\
                      User-Agent: MSFT OMA DM Client/1.2.0.1\r\n\
                      UserAgentOrigin: 2\r\n";

/// Path and query of a PC's requests.
pub const TARGET_QUERY: &str = "?mode=Maintenance&Platform=WoA";

/// The messages of a session, its `SessionID`, and what the server answered.
pub struct Recording {
    session_id: String,
    bodies: Vec<String>,
    replies: Vec<String>,
}

impl Recording {
    /// Has a PC hold its next session, and takes down what is said. The session must end well, within the protocol, and
    /// have the PC carry out so many commands.
    pub async fn make(machine: &mut Machine, client: &mut BenchClient, commands: usize) -> anyhow::Result<Self> {
        let mut session = PcSession::open(machine, &Faults::default()).context("the PC is not enrolled")?;
        let (mut bodies, mut replies) = (Vec::new(), Vec::new());
        let mut step = Step::Send(session.first());
        loop {
            let outgoing = match step {
                Step::Send(outgoing) => outgoing,
                Step::Done(End::Complete) => break,
                Step::Done(end) => bail!("a session ended otherwise than it should: {end}"),
            };
            let target = format!("{MANAGEMENT_PATH}{TARGET_QUERY}");
            let reply = client.send(&request(&target, &outgoing.body)).await?;
            let received = Received {
                status: reply.status,
                content_type: Some(DM_XML),
                content_length: Some(reply.body.len()),
                body: &reply.body,
            };
            step = session.receive(machine, &received);
            bodies.push(String::from_utf8(outgoing.body)?);
            replies.push(String::from_utf8(reply.body)?);
        }
        ensure!(
            session.violations().is_empty(),
            "the server broke the protocol: {:?}",
            session.violations()
        );
        ensure!(
            session.executed().len() == commands,
            "the PC carried out {:?}",
            session.executed()
        );
        Ok(Self {
            session_id: session.id().to_owned(),
            bodies,
            replies,
        })
    }

    /// How long the replies are.
    pub fn reply_sizes(&self) -> Vec<usize> {
        self.replies.iter().map(String::len).collect()
    }

    /// The same session under another `SessionID`.
    pub fn renamed(&self, session_id: &str) -> Self {
        let element = |id: &str| format!("<SessionID>{id}</SessionID>");
        let (old, new) = (element(&self.session_id), element(session_id));
        let rename = |texts: &[String]| texts.iter().map(|text| text.replacen(&old, &new, 1)).collect();
        Self {
            session_id: session_id.to_owned(),
            bodies: rename(&self.bodies),
            replies: rename(&self.replies),
        }
    }

    /// Its POSTs to the product.
    pub fn posts(&self) -> Vec<Post> {
        let target = format!("{MANAGEMENT_PATH}{TARGET_QUERY}");
        let both = self.bodies.iter().zip(&self.replies);
        both.map(|(body, reply)| Post {
            request: request(&target, body.as_bytes()),
            expected: reply.clone().into_bytes(),
        })
        .collect()
    }

    /// Its POSTs to the bare route.
    pub fn bare_posts(&self, bare: &crate::bare::Bare) -> Vec<Post> {
        let numbered = self.bodies.iter().enumerate();
        numbered
            .map(|(number, body)| Post {
                request: request(&crate::bare::Bare::target(number), body.as_bytes()),
                expected: bare.expected(number),
            })
            .collect()
    }
}

/// The bytes of a request as Windows sends it.
fn request(target: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {target} HTTP/1.1\r\nHost: localhost:8443\r\n{FIELDS}Content-Type: {DM_XML}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}
