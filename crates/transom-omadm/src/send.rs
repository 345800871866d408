//! What a PC is given next: the server's own groundwork, then commands of the queue, within a message's room.

mod groundwork;
mod wire;

use crate::{
    exchange::SessionStore,
    queue::Queue,
    reply::Reply,
    session::{State, What},
    settings::SessionSettings,
};
use serde::{Deserialize, Serialize};
use transom_domain::{
    Context,
    command::{Command, deliver},
    device::{Device, DeviceState, RefreshArea},
    ports::StoreError,
};
use transom_syncml::{EncodeError, Request, command_size};

pub(crate) use groundwork::Groundwork;
pub use groundwork::{GROUNDWORK_ATTEMPTS_MAX, SYNC_APPLICATION_VERSION};

/// Which part of the tree a session is for: hosts of several sessions at once have one for each (docs/PROTOCOL.md, 15).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Scope {
    /// Both parts.
    #[default]
    Mixed,
    /// The device's part only.
    Device,
    /// The user's part only.
    User,
}

/// The message being written, with the room that is left in it.
struct Outgoing<'a> {
    reply: &'a mut Reply,
    bytes: usize,
    count: usize,
}

/// Whether a command went into the message.
#[derive(PartialEq, Eq)]
enum Put {
    Done,
    Full,
}

impl Outgoing<'_> {
    /// Adds a command, if there is room. The first goes in whatever its length: otherwise it would never go.
    fn put(&mut self, state: &mut State, request: Request, what: What) -> Result<Put, EncodeError> {
        let cmd_id = request.cmd_id.clone();
        let size = command_size(&request.clone().into())?;
        if self.count > 0 && (self.count >= deliver::MESSAGE_COMMANDS_MAX || size > self.bytes) {
            return Ok(Put::Full);
        }
        self.bytes = self.bytes.saturating_sub(size);
        self.count += 1;
        self.reply.request(request);
        state.sent.put(state.reply_id, cmd_id, what);
        Ok(Put::Done)
    }
}

/// Puts into the reply what the PC is to do next. Returns whether there is anything.
///
/// Groundwork comes first, so that the record of a new PC is filled before anything is ordered; once it has broken a
/// session it comes last, so that it holds up nothing. A PC that is to leave is asked nothing more.
pub(crate) fn send(
    tx: &mut (impl SessionStore + ?Sized),
    cx: &Context,
    settings: &SessionSettings,
    device: &Device,
    queue: &mut Queue,
    state: &mut State,
    reply: &mut Reply,
) -> Result<bool, StoreError> {
    let bytes = settings.reply_bytes_max.saturating_sub(reply.size()?);
    let mut out = Outgoing { reply, bytes, count: 0 };
    let asks = device.state != DeviceState::DeleteRequested && state.scope != Scope::User;
    if asks {
        for area in state.groundwork.plan(device) {
            if area == RefreshArea::Applications {
                // What a session before asked for and did not end is asked for again whole.
                tx.clear_software_findings(device.id)?;
            }
        }
    }
    let comes_last = state.groundwork.comes_last();
    if asks && !comes_last {
        groundwork::put(state, &mut out)?;
    }
    commands(tx, cx, queue, state, &mut out)?;
    if asks && comes_last && out.count == 0 {
        groundwork::put(state, &mut out)?;
    }
    let count = out.count;
    state.sent.prune();
    Ok(count > 0)
}

/// Commands of the queue. One that cannot be written at all is set aside, and the next takes its turn.
fn commands(
    tx: &mut (impl SessionStore + ?Sized),
    cx: &Context,
    queue: &mut Queue,
    state: &mut State,
    out: &mut Outgoing<'_>,
) -> Result<(), StoreError> {
    let queue = queue.open(tx)?;
    let for_user = state.user_signed_in && state.scope != Scope::Device;
    loop {
        let mut any = false;
        for mut command in next(queue, cx, state.scope, for_user) {
            // What went out without an answer before goes with nothing beside it, so it waits for a message of its own.
            if command.unanswered > 0 && out.count > 0 {
                return Ok(());
            }
            let request = wire::request(out.reply.next_cmd_id(), &command.config);
            match out.put(state, request, What::Command(command.id.to_string())) {
                Ok(Put::Full) => return Ok(()),
                Ok(Put::Done) => {
                    any = true;
                    command.sent(cx.now);
                }
                Err(error) => command.unsendable(&error.to_string(), cx.now),
            }
            replace(queue, command);
        }
        // Nothing was chosen, or something was written: done. Otherwise all that was chosen was set aside.
        if any || next(queue, cx, state.scope, for_user).is_empty() {
            return Ok(());
        }
    }
}

/// What is to be sent of what the session is for.
fn next(queue: &[Command], cx: &Context, scope: Scope, for_user: bool) -> Vec<Command> {
    if scope != Scope::User {
        return deliver::next(queue, cx, for_user);
    }
    let users: Vec<Command> = queue.iter().filter(|c| c.config.is_user_scoped()).cloned().collect();
    deliver::next(&users, cx, for_user)
}

fn replace(queue: &mut [Command], command: Command) {
    if let Some(place) = queue.iter_mut().find(|c| c.id == command.id) {
        *place = command;
    }
}
