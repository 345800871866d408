//! What was sent in which of our messages: answers are matched by `MsgRef` and `CmdRef` (docs/PROTOCOL.md, 14).

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many of our last messages are kept to match answers with: a PC may repeat results a message later, and a message
/// that left commands unanswered has settled them by then.
pub const SENT_MESSAGES_KEPT: usize = 4;

/// What a command on the wire was for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum What {
    /// A command from the device's queue, by its id.
    Command(String),
    /// A node of the inventory.
    Inventory {
        /// The area it belongs to.
        area: String,
        /// The node.
        uri: String,
    },
    /// A step of setting the PC's DM client up.
    Setup(Step),
}

/// A step of setting `SyncApplicationVersion` (docs/PROTOCOL.md, 18).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Step {
    /// Ask for the highest version the PC knows.
    ReadMax,
    /// Set the version.
    Replace,
    /// Set it where the node was missing.
    Add,
}

/// One command on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Sent {
    what: What,
    /// Whether it was answered, or given up.
    settled: bool,
    /// Whether a Status came for it: another one is a repetition.
    #[serde(default)]
    answered: bool,
}

/// Our `MsgID` → `CmdID` → what it was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SentMap(BTreeMap<u32, BTreeMap<String, Sent>>);

impl SentMap {
    /// Remembers a command of our message `msg_id`.
    pub(crate) fn put(&mut self, msg_id: u32, cmd_id: String, what: What) {
        self.0.entry(msg_id).or_default().insert(
            cmd_id,
            Sent {
                what,
                settled: false,
                answered: false,
            },
        );
    }

    /// What an answer to that command is about.
    pub(crate) fn find(&self, msg_ref: u32, cmd_ref: &str) -> Option<&What> {
        Some(&self.0.get(&msg_ref)?.get(cmd_ref)?.what)
    }

    /// A Status came for it. Returns whether it is the first.
    pub(crate) fn settle(&mut self, msg_ref: u32, cmd_ref: &str) -> bool {
        let Some(sent) = self.0.get_mut(&msg_ref).and_then(|m| m.get_mut(cmd_ref)) else {
            return false;
        };
        sent.settled = true;
        !std::mem::replace(&mut sent.answered, true)
    }

    /// What was not answered yet.
    pub(crate) fn outstanding(&self) -> impl Iterator<Item = &What> {
        self.0
            .values()
            .flat_map(BTreeMap::values)
            .filter(|sent| !sent.settled)
            .map(|sent| &sent.what)
    }

    /// Gives up what was not answered, in all messages or in the one with that number. An answer still counts.
    pub(crate) fn give_up(&mut self, msg_id: Option<u32>) -> Vec<What> {
        let mut lost = Vec::new();
        for (number, commands) in &mut self.0 {
            if msg_id.is_some_and(|wanted| wanted != *number) {
                continue;
            }
            for sent in commands.values_mut().filter(|sent| !sent.settled) {
                sent.settled = true;
                lost.push(sent.what.clone());
            }
        }
        lost
    }

    /// The number of our last message that held commands.
    pub(crate) fn last_message(&self) -> Option<u32> {
        self.0.keys().next_back().copied()
    }

    /// Forgets what is too old to be answered again.
    pub(crate) fn prune(&mut self) {
        while self.0.len() > SENT_MESSAGES_KEPT {
            self.0.pop_first();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(id: &str) -> What {
        What::Command(id.to_owned())
    }

    #[test]
    fn an_answer_finds_what_was_sent_also_after_it_was_given_up() {
        let mut map = SentMap::default();
        map.put(1, "5".to_owned(), command("a"));
        map.put(1, "6".to_owned(), command("b"));
        assert!(map.settle(1, "5") && !map.settle(1, "5"));
        assert_eq!(map.give_up(None), [command("b")]);
        assert_eq!(map.outstanding().count(), 0);
        assert_eq!(map.find(1, "6"), Some(&command("b")));
        assert!(map.settle(1, "6"), "the first answer, although it was given up");
        assert_eq!(map.find(2, "6"), None);
    }

    #[test]
    fn the_map_stays_small() {
        let mut map = SentMap::default();
        for number in 1..=10 {
            map.put(number, "2".to_owned(), command("a"));
            map.prune();
        }
        assert_eq!(map.find(6, "2"), None);
        assert!(map.find(7, "2").is_some());
        assert_eq!(map.last_message(), Some(10));
    }
}
