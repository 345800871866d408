//! Statuses and results, matched by `MsgRef` and `CmdRef`: they may come interleaved, repeated or in any order.

use super::{About, Event, Found, Reader};
use crate::large_object::{Key, Taken};
use transom_domain::command::Answer;
use transom_syncml::{Results, Status, code};

impl Reader<'_, '_> {
    /// A Status for something that we sent.
    pub(super) fn answer(&mut self, status: &Status) {
        if status.is_of_header() {
            return self.answer_to_header(status);
        }
        let Some(sent) = self.sent() else { return };
        // The reference is mandatory in a Status; without one only the last message can be meant.
        let Some(msg_ref) = status.msg_ref.or_else(|| sent.last_message()) else {
            return;
        };
        let Some(what) = sent.find(msg_ref, &status.cmd_ref).cloned() else {
            return;
        };
        let is_first = sent.settle(msg_ref, &status.cmd_ref);
        let answer = Answer {
            code: status.code,
            original_error: status.original_error.clone(),
        };
        // A command on several nodes may get one Status for each of them (docs/PROTOCOL.md, 14): a failure tells more
        // than a success.
        for event in &mut self.received.events {
            match event {
                Event::Answered {
                    what: same,
                    answer: first,
                } if *same == what => {
                    if first.code < 300 && answer.code >= 300 {
                        *first = answer;
                    }
                    return;
                }
                _ => {}
            }
        }
        // The answer to a delivery counts once: a copy of it that comes when the command has gone out again (X5) says
        // nothing of the new delivery.
        if is_first {
            self.received.events.push(Event::Answered { what, answer });
        }
    }

    /// A Status for one of our headers. Anything but a success says that the message could not be used; then `MsgRef` may
    /// be 0, which means the last one (docs/PROTOCOL.md, 13).
    fn answer_to_header(&mut self, status: &Status) {
        if code::is_success(status.code) {
            return;
        }
        if self.about == About::Superseded {
            // What that session had sent went back to the queue when the next one began, and may be on its way again.
            return;
        }
        let Some(sent) = self.sent() else { return };
        let number = status.msg_ref.filter(|n| *n != 0).or_else(|| sent.last_message());
        if number.is_none() {
            return;
        }
        let lost = sent.give_up(number);
        self.received.events.extend(lost.into_iter().map(Event::Lost));
    }

    /// What a Get found. The code is for a Status, which only parts of a large object get (docs/PROTOCOL.md, 17).
    pub(super) fn results(&mut self, results: &Results) -> Option<u32> {
        // When absent, message 1 is meant (docs/PROTOCOL.md, 14).
        let msg_ref = results.msg_ref.unwrap_or(1);
        let what = self.sent()?.find(msg_ref, &results.cmd_ref).cloned();
        let mut code = None;
        for item in &results.items {
            let key = Key {
                msg_ref,
                cmd_ref: results.cmd_ref.clone(),
                uri: item.uri().unwrap_or_default().to_owned(),
            };
            let found = match self.take(key, &results.meta, item) {
                Taken::Whole => Found::of(item, &results.meta),
                Taken::Complete(item, is_cut) => {
                    code = code.or(Some(code::OK));
                    Found::of(&item, &results.meta).map(|found| Found { is_cut, ..found })
                }
                Taken::Part => {
                    code = Some(code::CHUNK_ACCEPTED);
                    None
                }
                Taken::Refused(refused) => {
                    code = Some(refused);
                    None
                }
            };
            if let (Some(what), Some(value)) = (&what, found) {
                let what = what.clone();
                self.received.events.push(Event::Found { what, value });
            }
        }
        code
    }
}
