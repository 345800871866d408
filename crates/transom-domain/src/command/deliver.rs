//! Which commands a PC is given next (X1, X4): first in, first out, batch by batch.

use super::Command;
use crate::Context;

/// Most commands in one message: beyond about a hundred, PCs have not been tried (docs/PROTOCOL.md, 17).
pub const MESSAGE_COMMANDS_MAX: usize = 100;

/// What to give a PC, from the commands of its queue in their order.
///
/// Commands come from the first batch that is not over. What goes out with nothing else beside it is a command that
/// went out before without an answer: if it is what breaks the session, its neighbours must not suffer for it. Commands
/// for the user's part of the tree wait for the user to sign in and hold nothing else up.
#[must_use]
pub fn next(queue: &[Command], cx: &Context, user_signed_in: bool) -> Vec<Command> {
    let mut chosen: Vec<Command> = Vec::new();
    let mut current = None;
    for command in queue {
        if current.is_some_and(|batch| batch != command.batch) {
            break;
        }
        let is_for_absent_user = command.config.is_user_scoped() && !user_signed_in;
        // What has expired is never sent, so nothing needs to wait until the job that cancels it comes by.
        if !command.holds_up() || is_for_absent_user || command.has_expired(cx.now) {
            continue;
        }
        current = Some(command.batch);
        if !command.is_due(cx.now) {
            // A retry in the same batch is waited for: order within a batch is part of the promise.
            break;
        }
        if command.unanswered > 0 {
            if chosen.is_empty() {
                chosen.push(command.clone());
            }
            break;
        }
        chosen.push(command.clone());
        if chosen.len() == MESSAGE_COMMANDS_MAX {
            break;
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::super::{Action, CommandState, tests::command};
    use super::*;
    use crate::{Actor, Origin, Timestamp};

    fn cx() -> Context {
        let now = Timestamp::from_millis(1_700_000_000_000);
        Context::new(now, Actor::Server("test"), Origin::default(), [0; 32])
    }

    fn queued(batch: u8, path: &str) -> Command {
        let mut command = command(Action::Get, path);
        command.batch = [batch; 12].into();
        command
    }

    fn paths(commands: &[Command]) -> Vec<&str> {
        commands.iter().map(|c| c.config.path.as_str()).collect()
    }

    #[test]
    fn batches_go_one_after_the_other() {
        let mut queue = vec![queued(1, "./A"), queued(1, "./B"), queued(2, "./C")];
        assert_eq!(paths(&next(&queue, &cx(), true)), ["./A", "./B"]);
        queue[0].state = CommandState::Sent;
        assert!(
            next(&queue, &cx(), true).is_empty(),
            "the batch waits for its first answer"
        );
        for command in &mut queue[..2] {
            command.state = CommandState::Accepted {
                code: 202,
                received_at: cx().now,
            };
        }
        assert_eq!(paths(&next(&queue, &cx(), true)), ["./C"]);
    }

    #[test]
    fn what_has_expired_holds_nothing_up() {
        let mut queue = vec![queued(1, "./A"), queued(2, "./B")];
        queue[0].expires_at = cx().now;
        assert_eq!(paths(&next(&queue, &cx(), true)), ["./B"]);
    }

    #[test]
    fn a_suspect_goes_alone() {
        let mut queue = vec![queued(1, "./A"), queued(1, "./B"), queued(1, "./C")];
        queue[1].unanswered = 1;
        assert_eq!(paths(&next(&queue, &cx(), true)), ["./A"]);
        queue.remove(0);
        assert_eq!(paths(&next(&queue, &cx(), true)), ["./B"]);
    }

    #[test]
    fn what_needs_the_user_waits_and_holds_nothing_up() {
        let queue = vec![queued(1, "./User/Vendor/MSFT/A"), queued(1, "./B"), queued(2, "./C")];
        assert_eq!(paths(&next(&queue, &cx(), false)), ["./B"]);
        assert_eq!(paths(&next(&queue, &cx(), true)), ["./User/Vendor/MSFT/A", "./B"]);
        assert_eq!(paths(&next(&queue[..1], &cx(), false)), [""; 0]);
    }
}
