//! What must hold after every message, whatever it was.

use std::collections::{BTreeMap, BTreeSet};

use transom_domain::{
    command::{CommandState, CommandStatus, sensitive::is_never_resent},
    device::DeviceState,
    enrollment::EnrollmentState,
};
use transom_omadm::{Answer, Plan};
use transom_syncml::{Command as Wire, Message, Status};

use crate::{
    store::Memory,
    world::{device_id, enrollment_id, read, requests},
};

/// Bytes of a session's state: a few hundred commands that are waited for, and one value in parts.
const STATE_BYTES_MAX: usize = 256 * 1024;

/// Remembers what must not happen twice.
#[derive(Default)]
pub struct Invariants {
    given: BTreeMap<String, u32>,
}

impl Invariants {
    /// Checks one message, its answer, and what became of the store.
    pub fn check(&mut self, before: &Memory, after: &Memory, message: &Message, planned: &Plan, answer: &Answer) {
        a_plan_says_what_the_unit_of_work_would(before, after, planned, answer);
        let text = match answer {
            Answer::Reply(reply) => reply,
            Answer::Refused { reply, .. } => {
                assert_eq!(before.commands, after.commands);
                assert_eq!(before.reports, after.reports);
                assert_eq!(before.sessions, after.sessions);
                assert!(requests(reply).is_empty(), "a refusal delivers something");
                reply
            }
        };
        every_command_has_its_status(message, text);
        nothing_final_changes(before, after);
        self.commands_go_out_only_when_they_may(before, after, text);
        for session in after.sessions.values() {
            assert!(session.state.len() <= STATE_BYTES_MAX, "{}", session.state.len());
        }
    }

    fn commands_go_out_only_when_they_may(&mut self, before: &Memory, after: &Memory, reply: &str) {
        let stored = before.sessions.get(&enrollment_id()).map(|s| s.reply.as_str());
        if stored == Some(reply) {
            return;
        }
        let mut seen = BTreeSet::new();
        for request in requests(reply) {
            let path = request.items[0].target.clone().unwrap();
            let Some(command) = after.commands.iter().find(|c| c.config.path == path) else {
                continue;
            };
            assert!(seen.insert(path.clone()), "{path} is twice in one message");
            assert_eq!(
                command.state,
                CommandState::Sent,
                "{path} is given, but not known to be sent"
            );
            if is_never_resent(&command.config) {
                let given = self.given.entry(path.clone()).or_default();
                *given += 1;
                assert_eq!(*given, 1, "{path} is given twice");
            }
        }
    }
}

/// What is answered without a unit of work is what a unit of work would have answered, and would not have been stored.
fn a_plan_says_what_the_unit_of_work_would(before: &Memory, after: &Memory, planned: &Plan, answer: &Answer) {
    match planned {
        Plan::Idle { reply, .. } => assert_eq!(*answer, Answer::Reply(reply.clone())),
        Plan::Answered { reply } => {
            assert_eq!(*answer, Answer::Reply(reply.clone()));
            assert!(
                before == after,
                "an answer without a unit of work would have stored something"
            );
        }
        Plan::Refused { reply, reason } => {
            let (reply, reason) = (reply.clone(), *reason);
            assert_eq!(*answer, Answer::Refused { reply, reason });
            assert!(
                before == after,
                "a refusal without a unit of work would have stored something"
            );
        }
        Plan::Work => {}
    }
}

/// The header's Status first, then one for every command, in document order (docs/PROTOCOL.md, 14).
fn every_command_has_its_status(message: &Message, reply: &str) {
    let reply = read(reply);
    assert_eq!(reply.header.session_id, message.header.session_id);
    assert_eq!(reply.header.target, message.header.source);
    let mut ids = BTreeSet::new();
    for command in &reply.body {
        let id = command.cmd_id().unwrap();
        assert!(!id.is_empty() && id != "0" && ids.insert(id.to_owned()), "CmdID {id}");
    }
    let first = reply.body.iter().position(|c| !matches!(c, Wire::Status(_)));
    let (statuses, rest) = reply.body.split_at(first.unwrap_or(reply.body.len()));
    assert!(
        rest.iter().all(|c| !matches!(c, Wire::Status(_))),
        "statuses come first"
    );
    let statuses: Vec<&Status> = statuses
        .iter()
        .filter_map(|c| match c {
            Wire::Status(status) => Some(status),
            _ => None,
        })
        .collect();
    assert!(statuses[0].is_of_header());
    assert!(statuses.iter().all(|s| s.msg_ref == Some(message.header.msg_id)));
    let given: Vec<_> = statuses[1..]
        .iter()
        .filter(|s| s.cmd != "Results")
        .map(|s| (s.cmd_ref.clone(), s.cmd.clone()))
        .collect();
    let mut wanted = Vec::new();
    message.body.iter().for_each(|command| flatten(command, &mut wanted));
    assert_eq!(given, wanted);
}

fn flatten(command: &Wire, into: &mut Vec<(String, String)>) {
    if !matches!(command, Wire::Status(_) | Wire::Results(_)) {
        into.push((
            command.cmd_id().unwrap_or_default().to_owned(),
            command.name().to_owned(),
        ));
    }
    if let Wire::Group(group) = command {
        group.members.iter().for_each(|member| flatten(member, into));
    }
}

fn nothing_final_changes(before: &Memory, after: &Memory) {
    for (old, new) in before.commands.iter().zip(&after.commands) {
        let path = &old.config.path;
        match &old.state {
            CommandState::Done {
                status: CommandStatus::Unknown,
                code: None,
                ..
            } => assert!(
                matches!(new.state, CommandState::Done { .. }),
                "{path}: {:?}",
                new.state
            ),
            CommandState::Done { .. } | CommandState::Canceled { .. } => assert_eq!(old.state, new.state, "{path}"),
            CommandState::Queued { .. } | CommandState::Sent | CommandState::Accepted { .. } => {}
        }
    }
    if before.devices[&device_id()].state == DeviceState::Deleted {
        assert_eq!(after.devices[&device_id()].state, DeviceState::Deleted);
    }
    if before.enrollments[&enrollment_id()].state == EnrollmentState::Ended {
        assert_eq!(after.enrollments[&enrollment_id()].state, EnrollmentState::Ended);
    }
}
