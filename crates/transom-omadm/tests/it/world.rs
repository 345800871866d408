//! A server with one enrolled PC, and the scripted PC itself.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};
use transom_domain::{
    Actor, Context, DeviceId, EnrollmentId, Origin, Timestamp,
    command::{Command, CommandConfig, CommandState, CommandStatus, TIME_TO_LIVE},
    device::{Device, DeviceState, RefreshArea, Summary},
    enrollment::{Enrollment, EnrollmentKind, EnrollmentState, Fingerprint, IssuedCertificate, SessionCredentials},
    segment::SegmentId,
};
use transom_omadm::{Answer, Incoming, Peer, Plan, Refusal, SessionSettings, exchange, plan};
use transom_syncml::{
    Alert, Command as Wire, Credentials, Header, Item, Limits, Message, Request, Results, Status, Verb, alert, auth,
    decode, encode,
};

use crate::store::Memory;

pub const SERVER: &str = "https://mdm.example.test/ManagementServer/MDM.svc";
pub const WIN_ID: &str = "0123456789ABCDEF0123456789ABCDEF";
pub const NAME: &str = "device-0001";
pub const SECRET: &str = "correct horse";
pub const NONCE: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// The server's side.
pub struct World {
    pub store: Memory,
    pub settings: SessionSettings,
    pub peer: Peer,
    pub now: Timestamp,
    posts: u8,
}

pub fn device_id() -> DeviceId {
    [2; 12].into()
}

pub fn enrollment_id() -> EnrollmentId {
    [3; 12].into()
}

pub fn fingerprint() -> Fingerprint {
    Fingerprint([4; 32])
}

pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + seconds * 1000)
}

pub fn enrollment() -> Enrollment {
    Enrollment {
        id: enrollment_id(),
        organization: [1; 12].into(),
        device: device_id(),
        state: EnrollmentState::Active,
        win_id: WIN_ID.to_owned(),
        hw_dev_id: None,
        user: None,
        token: None,
        kind: EnrollmentKind::Device,
        certificate: IssuedCertificate {
            fingerprint: fingerprint(),
            thumbprint: "00".repeat(20),
            serial: "01".to_owned(),
            not_before: at(-1000),
            not_after: at(1_000_000),
        },
        credentials: SessionCredentials {
            name: NAME.to_owned(),
            digest: auth::md5_a(NAME, SECRET),
            nonce: NONCE.to_vec(),
            previous_nonce: None,
            server_secret: String::new(),
            server_nonce: Vec::new(),
        },
        facts: Vec::new(),
        placement: None,
        dev_info_hash: None,
        refused: 0,
        configured: true,
        created_at: at(0),
    }
}

pub fn device() -> Device {
    Device {
        id: device_id(),
        organization: [1; 12].into(),
        segment: SegmentId::ROOT,
        user: None,
        display_name: "PC".to_owned(),
        tags: Vec::new(),
        win_id: WIN_ID.to_owned(),
        state: DeviceState::Active,
        summary: Summary::default(),
        custom_config: serde_json::Map::new(),
        refresh_needed: BTreeSet::new(),
        possible_duplicate_of: None,
        enrolled_by: None,
        last_status_report: None,
        enrolled_at: None,
        created_at: at(0),
        updated_at: at(0),
    }
}

impl World {
    /// A PC that is enrolled, set up, read, and has no commands.
    pub fn settled() -> Self {
        let mut store = Memory::default();
        store.devices.insert(device_id(), device());
        store.enrollments.insert(enrollment_id(), enrollment());
        Self {
            store,
            settings: SessionSettings {
                server_uri: SERVER.to_owned(),
                ..SessionSettings::default()
            },
            peer: Peer {
                fingerprint: Some(fingerprint()),
            },
            now: at(0),
            posts: 0,
        }
    }

    /// A PC that has just been enrolled.
    pub fn fresh() -> Self {
        let mut world = Self::settled();
        world.device_mut().state = DeviceState::Provisioning;
        world.device_mut().refresh_needed.insert(RefreshArea::Hardware);
        world.enrollment_mut().state = EnrollmentState::Pending;
        world.enrollment_mut().configured = false;
        world
    }

    pub fn device_mut(&mut self) -> &mut Device {
        self.store.devices.get_mut(&device_id()).unwrap()
    }

    pub fn enrollment_mut(&mut self) -> &mut Enrollment {
        self.store.enrollments.get_mut(&enrollment_id()).unwrap()
    }

    pub fn device(&self) -> &Device {
        &self.store.devices[&device_id()]
    }

    pub fn enrollment(&self) -> &Enrollment {
        &self.store.enrollments[&enrollment_id()]
    }

    /// Orders commands as batch number `batch`: action, path, value, format.
    pub fn order(&mut self, batch: u8, commands: &[(&str, &str, Option<&str>, &str)]) {
        for (action, path, value, format) in commands {
            let config = CommandConfig::check(path, action, *value, format).unwrap();
            self.order_config(batch, config);
        }
    }

    pub fn order_config(&mut self, batch: u8, config: CommandConfig) {
        let number = self.store.commands.len() as u8 + 1;
        self.store.commands.push(Command {
            id: [number; 12].into(),
            batch: [batch; 12].into(),
            device: device_id(),
            sequence: number.into(),
            config,
            state: CommandState::Queued {
                not_before: None,
                code: None,
            },
            unanswered: 0,
            retries: 0,
            sent_at: None,
            expires_at: self.now + TIME_TO_LIVE,
            data: Vec::new(),
            updated_at: self.now,
        });
    }

    /// Orders Gets of `./T/1` to `./T/<count>`.
    pub fn order_gets(&mut self, batch: u8, count: usize) {
        for number in 1..=count {
            self.order(batch, &[("Get", &format!("./T/{number}"), None, "null")]);
        }
    }

    pub fn statuses(&self) -> Vec<CommandStatus> {
        self.store.commands.iter().map(Command::status).collect()
    }

    /// One POST, in one unit of work.
    pub fn exchange(&mut self, body: &str) -> Answer {
        let incoming = incoming(body);
        self.posts = self.posts.wrapping_add(1);
        let seed = [self.posts; 32];
        let mut cx = Context::new(self.now, Actor::Server("session"), Origin::default(), seed);
        exchange(&mut self.store, &mut cx, &self.settings, &self.peer, &incoming).unwrap()
    }

    /// One POST that is answered.
    pub fn post(&mut self, body: &str) -> String {
        match self.exchange(body) {
            Answer::Reply(reply) => reply,
            Answer::Refused { reason, .. } => panic!("refused: {reason}"),
        }
    }

    /// One POST that is refused: why, and the reply.
    pub fn refusal(&mut self, body: &str) -> (Refusal, Message) {
        match self.exchange(body) {
            Answer::Refused { reason, reply } => (reason, read(&reply)),
            Answer::Reply(reply) => panic!("not refused: {reply}"),
        }
    }

    pub fn plan(&mut self, body: &str) -> Plan {
        plan(&mut self.store, self.now, &self.settings, &self.peer, &incoming(body)).unwrap()
    }
}

pub fn incoming(body: &str) -> Incoming {
    Incoming {
        message: read(body),
        body_hash: Sha256::digest(body.as_bytes()).into(),
    }
}

pub fn read(body: &str) -> Message {
    decode(body.as_bytes(), &Limits::default()).unwrap()
}

/// Codes of the statuses in a reply, the header's first.
pub fn codes(reply: &str) -> Vec<u32> {
    let statuses = read(reply).body.into_iter();
    statuses
        .filter_map(|c| match c {
            Wire::Status(status) => Some(status.code),
            _ => None,
        })
        .collect()
}

/// Codes of the alerts in a reply.
pub fn alerts(reply: &str) -> Vec<u32> {
    let commands = read(reply).body.into_iter();
    commands
        .filter_map(|c| match c {
            Wire::Alert(alert) => Some(alert.code),
            _ => None,
        })
        .collect()
}

/// The commands in a reply.
pub fn requests(reply: &str) -> Vec<Request> {
    let commands = read(reply).body.into_iter();
    commands
        .filter_map(|c| match c {
            Wire::Request(request) => Some(request),
            _ => None,
        })
        .collect()
}

/// The nodes that the commands in a reply are about.
pub fn targets(reply: &str) -> Vec<String> {
    let requests = requests(reply).into_iter();
    requests.map(|r| r.items[0].target.clone().unwrap()).collect()
}

/// A PC: its own numbers, its tree, and what it answers.
pub struct Pc {
    pub session: String,
    pub msg_id: u32,
    pub login: &'static str,
    pub model: &'static str,
    pub tree: BTreeMap<String, String>,
    /// Codes that nodes answer with, whatever is done to them.
    pub codes: BTreeMap<String, u32>,
    pub credentials: Option<Vec<u8>>,
}

impl Pc {
    pub fn new(session: &str) -> Self {
        Self {
            session: session.to_owned(),
            msg_id: 0,
            login: alert::LOGIN_USER,
            model: "Model 7",
            tree: BTreeMap::new(),
            codes: BTreeMap::new(),
            credentials: None,
        }
    }

    /// Its next message with that body.
    pub fn message(&mut self, body: Vec<Wire>) -> Message {
        self.msg_id += 1;
        let mut header = Header::new(&self.session, self.msg_id, SERVER, WIN_ID);
        if let Some(nonce) = &self.credentials {
            header = header.with_credentials(NAME, Credentials::md5(NAME, SECRET, nonce));
        }
        Message::new(header, body)
    }

    /// Its package 1.
    pub fn hello(&mut self) -> String {
        let body = self.package1();
        encode(&self.message(body)).unwrap()
    }

    pub fn package1(&self) -> Vec<Wire> {
        let item = |name: &str, value: &str| Item::source(format!("./DevInfo/{name}")).with_data(value);
        let info = Request {
            items: vec![
                item("DevId", WIN_ID),
                item("Man", "Example Corp"),
                item("Mod", self.model),
            ],
            ..Request::new(Verb::Replace, 4, Item::default())
        };
        vec![
            Alert::new(2, alert::CLIENT_INITIATED).into(),
            Alert::typed(3, alert::CLIENT_EVENT, alert::kind::LOGIN_STATUS, self.login).into(),
            info.into(),
        ]
    }

    /// Its answer to a reply: Status for the header, Status and Results for each command.
    pub fn answer(&mut self, reply: &str) -> String {
        let body = self.answers(reply);
        encode(&self.message(body)).unwrap()
    }

    pub fn answers(&mut self, reply: &str) -> Vec<Wire> {
        let reply = read(reply);
        let number = reply.header.msg_id;
        let mut body: Vec<Wire> = vec![Status::of_header(1, number, 200).into()];
        for command in &reply.body {
            let Wire::Request(request) = command else { continue };
            let (code, value) = self.act(request);
            body.push(Status::of(body.len() + 1, number, command, code).into());
            if let Some(value) = value {
                let item = Item::source(request.items[0].target.clone().unwrap()).with_data(value);
                body.push(Results::of(body.len() + 1, number, &request.cmd_id, vec![item]).into());
            }
        }
        body
    }

    fn act(&mut self, request: &Request) -> (u32, Option<String>) {
        let item = &request.items[0];
        let uri = item.target.clone().unwrap();
        if let Some(code) = self.codes.get(&uri) {
            return (*code, None);
        }
        match request.verb {
            Verb::Get => match self.tree.get(&uri) {
                Some(value) => (200, Some(value.clone())),
                None => (404, None),
            },
            Verb::Replace if !self.tree.contains_key(&uri) => (404, None),
            Verb::Add | Verb::Replace => {
                self.tree.insert(uri, item.data.clone().unwrap_or_default());
                (200, None)
            }
            _ => (200, None),
        }
    }

    /// Runs a whole session; every reply.
    pub fn run(&mut self, world: &mut World) -> Vec<String> {
        let mut replies = vec![world.post(&self.hello())];
        while !requests(replies.last().unwrap()).is_empty() {
            assert!(replies.len() < 1000, "the session does not end");
            let answer = self.answer(replies.last().unwrap());
            replies.push(world.post(&answer));
        }
        replies
    }
}
