//! Sessions made of arbitrary bytes: each byte chooses what the PC, the network, the administrator or the clock does
//! next. What must hold is checked after every message; at the end a PC that behaves clears up whatever is left.

use transom_domain::{
    command::{CancelReason, CommandState},
    device::{DeviceState, RefreshArea},
    enrollment::EnrollmentState,
};
use transom_omadm::{Answer, Md5Policy, NonceKey, Plan};
use transom_syncml::{Command as Wire, Message, alert, encode};

use crate::{
    invariants::Invariants,
    strange::CODES,
    world::{Pc, World, at, incoming, read, requests},
};

/// Most messages of one script: more find nothing that fewer do not.
const POSTS_MAX: usize = 150;

/// Nodes on the PC.
const NODES: u8 = 12;

/// What the orders are about; `#` is replaced by a number, so that every order has a node of its own.
const ORDERS: [(&str, &str, Option<&str>, &str); 8] = [
    ("Get", "./T/#", None, "null"),
    ("Replace", "./T/#", Some("<a/>"), "chr"),
    ("Get", "./Missing/#", None, "null"),
    (
        "Exec",
        "./Device/Vendor/MSFT/RemoteWipe/doWipePersistProvisionedData#",
        None,
        "null",
    ),
    ("Exec", "./Device/Vendor/MSFT/R#/Reboot/RebootNow", None, "null"),
    ("Add", "./User/Vendor/MSFT/#", Some("1"), "int"),
    (
        "Exec",
        "./Device/Vendor/MSFT/EnterpriseDesktopAppManagement/MSI/#/DownloadInstall",
        Some("<a/>"),
        "xml",
    ),
    (
        "Exec",
        "./Device/Vendor/MSFT/DMClient/Provider/Transom/Unenroll",
        Some("Transom"),
        "chr",
    ),
];

/// Runs a script.
pub fn run(bytes: &[u8]) {
    let mut script = Script::new(bytes);
    while let Some(step) = script.next() {
        script.step(step);
        if script.posts >= POSTS_MAX {
            break;
        }
    }
    script.clear_up();
}

/// A script that is being run.
pub struct Script<'a> {
    pub bytes: &'a [u8],
    pub world: World,
    invariants: Invariants,
    pub pc: Pc,
    sessions: u32,
    /// What was sent, to be sent again.
    sent: Vec<String>,
    pub reply: Option<String>,
    pub nonce: Vec<u8>,
    posts: usize,
}

impl<'a> Script<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let (kind, bytes) = bytes.split_first().map_or((0, bytes), |(first, rest)| (*first, rest));
        let mut world = if kind & 1 == 0 {
            World::settled()
        } else {
            World::fresh()
        };
        world.settings.md5 = match kind >> 1 & 3 {
            0 | 1 => Md5Policy::Off,
            2 => Md5Policy::SecondFactor,
            _ => Md5Policy::Alone,
        };
        world.settings.nonce_key = NonceKey([6; 32]);
        if kind & 8 != 0 {
            world.settings.reply_bytes_max = 1_500;
        }
        if world.settings.md5 == Md5Policy::Alone {
            world.peer.fingerprint = None;
        }
        let nonce = world.enrollment().credentials.nonce.clone();
        Self {
            bytes,
            world,
            invariants: Invariants::default(),
            pc: pc("1"),
            sessions: 1,
            sent: Vec::new(),
            reply: None,
            nonce,
            posts: 0,
        }
    }

    pub fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    pub fn below(&mut self, n: u8) -> u8 {
        self.next().unwrap_or(0) % n
    }

    fn step(&mut self, step: u8) {
        match step % 20 {
            0 | 1 => self.order(),
            2..=4 => self.hello(),
            5..=8 => self.answer(),
            9 | 10 => self.answer_badly(),
            11 => self.again(),
            12 => self.alert(),
            13 => self.odd_commands(),
            14 => self.elsewhere(),
            15 => self.cannot_use(),
            16 => self.time(),
            17 => self.administrator(),
            18 => self.credentials(),
            _ => self.raw(),
        }
    }

    fn order(&mut self) {
        let count = 1 + self.below(4);
        let batch = self.below(200);
        for _ in 0..count {
            let (action, path, value, format) = ORDERS[usize::from(self.below(8))];
            let number = self.world.store.commands.len() + 1;
            let path = path.replace('#', &number.to_string());
            let twice = self.world.store.commands.iter().any(|c| c.config.path == path);
            // Ids of commands in the test's store are made of one byte.
            if number < 200 && !twice {
                self.world.order(batch, &[(action, &path, value, format)]);
            }
        }
    }

    fn hello(&mut self) {
        if self.below(4) > 0 {
            self.sessions += 1;
        }
        let id = if self.sessions.is_multiple_of(7) {
            1
        } else {
            self.sessions
        };
        self.pc = pc(&format!("{id:X}"));
        self.pc.login = [alert::LOGIN_USER, alert::LOGIN_NONE][usize::from(self.below(2))];
        self.pc.model = ["Model 7", "Model 8"][usize::from(self.below(2))];
        // Some nodes of this PC have a code for whatever is done to them.
        let code = CODES[usize::from(self.below(10))];
        let odd = self
            .world
            .store
            .commands
            .iter()
            .filter(|c| c.sequence % 2 == i64::from(code % 2));
        self.pc.codes = odd.map(|c| (c.config.path.clone(), code)).collect();
        self.sign();
        let hello = self.pc.hello();
        self.post(&hello);
    }

    /// The digest that is right, where one is wanted.
    pub fn sign(&mut self) {
        if self.world.settings.md5 != Md5Policy::Off {
            self.pc.credentials = Some(self.nonce.clone());
        }
    }

    fn answer(&mut self) {
        let Some(reply) = self.reply.clone() else { return };
        self.sign();
        let answer = self.pc.answer(&reply);
        self.post(&answer);
    }

    fn again(&mut self) {
        let place = usize::from(self.next().unwrap_or(0));
        if !self.sent.is_empty() {
            let old = self.sent[self.sent.len() - 1 - place % self.sent.len()].clone();
            self.post(&old);
        }
    }

    fn time(&mut self) {
        let seconds = [1, 60, 1_800, -600, 86_400, 700_000][usize::from(self.below(6))];
        let now = self.world.now.as_millis() + seconds * 1000;
        self.world.now = transom_domain::Timestamp::from_millis(now);
    }

    fn administrator(&mut self) {
        let now = self.world.now;
        match self.below(4) {
            0 => {
                self.world.device_mut().refresh_needed.insert(RefreshArea::Hardware);
            }
            1 => {
                let place = usize::from(self.next().unwrap_or(0));
                let commands = &mut self.world.store.commands;
                if let Some(command) = commands
                    .len()
                    .checked_sub(1)
                    .and_then(|last| commands.get_mut(place % (last + 1)))
                {
                    command.cancel(CancelReason::Administrator, now);
                }
            }
            2 => {
                for command in self.world.store.commands.iter_mut().filter(|c| c.has_expired(now)) {
                    command.cancel(CancelReason::Expired, now);
                }
            }
            _ => {
                if self.world.device().state == DeviceState::Active {
                    self.world.device_mut().state = DeviceState::DeleteRequested;
                }
            }
        }
    }

    pub fn send(&mut self, message: &Message) {
        let body = encode(message).unwrap();
        self.post(&body);
    }

    pub fn post(&mut self, body: &str) {
        self.posts += 1;
        self.sent.push(body.to_owned());
        let before = self.world.store.clone();
        let planned = self.world.plan(body);
        let answer = self.world.exchange(body);
        let message = incoming(body).message;
        self.invariants
            .check(&before, &self.world.store, &message, &planned, &answer);
        if matches!(planned, Plan::Idle { .. }) {
            // Nothing is stored of it in earnest.
            self.world.store = before;
        }
        let (Answer::Reply(reply) | Answer::Refused { reply, .. }) = answer;
        if let Some(Wire::Status(first)) = read(&reply).body.first()
            && let Some(nonce) = first.challenge.as_ref().and_then(transom_syncml::Challenge::nonce)
        {
            self.nonce = nonce;
        }
        self.reply = Some(reply);
    }

    /// A PC that behaves comes again and again: then every command comes to its end.
    fn clear_up(&mut self) {
        for number in 0..60 {
            let is_over = self.world.device().state == DeviceState::Deleted
                || self.world.enrollment().state == EnrollmentState::Ended
                || self.world.now >= at(1_000_000);
            let is_open = |state: &CommandState| matches!(state, CommandState::Queued { .. } | CommandState::Sent);
            if is_over
                || !self
                    .world
                    .store
                    .commands
                    .iter()
                    .any(|c| is_open(&c.state) && !c.has_expired(self.world.now))
            {
                return;
            }
            self.world.now = self.world.now + std::time::Duration::from_secs(1_801);
            self.pc = pc(&format!("E{number:X}"));
            self.hello_and_challenge();
            let mut messages = 0;
            while self.reply.as_deref().is_some_and(|reply| !requests(reply).is_empty()) {
                messages += 1;
                assert!(messages < 400, "the session does not end");
                self.answer();
            }
        }
        panic!("commands do not come to an end: {:?}", self.world.store.commands);
    }

    fn hello_and_challenge(&mut self) {
        let hello = self.pc.hello();
        self.post(&hello);
        if self.world.settings.md5 != Md5Policy::Off {
            self.sign();
            let hello = self.pc.hello();
            self.post(&hello);
        }
    }
}

fn pc(session: &str) -> Pc {
    let mut pc = Pc::new(session);
    for number in 1..=NODES {
        pc.tree.insert(format!("./T/{number}"), format!("value {number}"));
    }
    pc
}
