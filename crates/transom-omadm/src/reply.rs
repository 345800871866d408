//! Writing a reply: statuses first, then alerts, then commands, numbered in that order (docs/PROTOCOL.md, 14).

use crate::settings::SessionSettings;
use transom_domain::ports::StoreError;
use transom_syncml::{
    Alert, Challenge, Command, EncodeError, Header, Message, Request, Status, command_size, encode, envelope_size,
};

/// A reply while it is put together.
#[derive(Debug)]
pub(crate) struct Reply {
    header: Header,
    answers: u32,
    body: Vec<Command>,
}

impl Reply {
    /// The reply with number `msg_id` to `message`, with the Status of its header.
    pub(crate) fn new(
        message: &Message,
        settings: &SessionSettings,
        msg_id: u32,
        code: u32,
        challenge: Option<Challenge>,
    ) -> Self {
        let mut header = message.header.answer(msg_id);
        header.source.clone_from(&settings.server_uri);
        let mut status = Status::of_header(1, message.header.msg_id, code);
        status.challenge = challenge;
        Self {
            header,
            answers: message.header.msg_id,
            body: vec![status.into()],
        }
    }

    /// The `CmdID` of the next command.
    pub(crate) fn next_cmd_id(&self) -> usize {
        self.body.len() + 1
    }

    /// Adds the Status of a received command.
    pub(crate) fn status(&mut self, command: &Command, code: u32) {
        let status = Status::of(self.next_cmd_id(), self.answers, command, code);
        self.body.push(status.into());
    }

    /// Adds an alert.
    pub(crate) fn alert(&mut self, code: u32) {
        let alert = Alert::new(self.next_cmd_id(), code);
        self.body.push(alert.into());
    }

    /// Adds a command, whose `CmdID` must be [`Reply::next_cmd_id`].
    pub(crate) fn request(&mut self, request: Request) {
        self.body.push(request.into());
    }

    /// How long the reply is so far.
    pub(crate) fn size(&self) -> Result<usize, StoreError> {
        let mut size = envelope_size(&self.header).map_err(unwritable)?;
        for command in &self.body {
            size += command_size(command).map_err(unwritable)?;
        }
        Ok(size)
    }

    /// Writes the reply.
    pub(crate) fn write(self, is_final: bool) -> Result<String, StoreError> {
        let message = Message::new(self.header, self.body);
        let message = if is_final { message } else { message.unfinished() };
        encode(&message).map_err(unwritable)
    }
}

/// A reply in which every command of the message gets the same code as its header, and nothing else happens.
pub(crate) fn uniform(
    message: &Message,
    settings: &SessionSettings,
    code: u32,
    challenge: Option<Challenge>,
) -> Result<String, StoreError> {
    let mut reply = Reply::new(message, settings, message.header.msg_id, code, challenge);
    for command in &message.body {
        uniform_status(&mut reply, command, code);
    }
    reply.write(true)
}

fn uniform_status(reply: &mut Reply, command: &Command, code: u32) {
    match command {
        Command::Status(_) | Command::Results(_) => {}
        Command::Group(group) => {
            reply.status(command, code);
            for member in &group.members {
                uniform_status(reply, member, code);
            }
        }
        Command::Alert(_) | Command::Request(_) | Command::Unknown(_) => reply.status(command, code),
    }
}

/// What was decoded can be encoded, and commands are tried before they are added: this is a fault of ours.
fn unwritable(error: EncodeError) -> StoreError {
    StoreError::Failed(format!("the reply cannot be written: {error}"))
}
