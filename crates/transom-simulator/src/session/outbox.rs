//! What the PC has yet to answer, and how it is cut into messages.

use std::collections::VecDeque;

use transom_syncml::{Command, Item, Results, Status};

/// Answers without ids, in order.
#[derive(Debug)]
pub(super) struct Outbox {
    waiting: VecDeque<Command>,
    chunk_bytes: Option<usize>,
    /// Whether the next Results begins with the rest of a value, so that its size was said before.
    continuing: bool,
}

impl Outbox {
    pub(super) const fn new(chunk_bytes: Option<usize>) -> Self {
        Self {
            waiting: VecDeque::new(),
            chunk_bytes,
            continuing: false,
        }
    }

    pub(super) fn push(&mut self, answers: Vec<Command>) {
        // While a large object is under way, the Status for the server's request to go on comes first.
        if matches!(self.waiting.front(), Some(Command::Results(_))) && !answers.is_empty() {
            for answer in answers.into_iter().rev() {
                self.waiting.push_front(answer);
            }
        } else {
            self.waiting.extend(answers);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The next message's commands with their ids, and whether the message ends the package.
    pub(super) fn next_message(&mut self, header: Status) -> (Vec<Command>, bool) {
        let mut body: Vec<Command> = vec![header.into()];
        while let Some(mut command) = self.waiting.pop_front() {
            let cut = self.cut(&mut command);
            set_cmd_id(&mut command, body.len() + 1);
            body.push(command);
            match cut {
                Cut::Whole => {}
                Cut::Before(rest) => self.waiting.push_front(rest),
                Cut::Within(rest) => {
                    self.waiting.push_front(rest);
                    self.continuing = true;
                    return (body, false);
                }
            }
        }
        (body, true)
    }

    /// Cuts at the first value that is too long, so that what is left of the Results comes later
    /// (OMA-TS-DM-Protocol 1.2.1, section 7: large objects).
    fn cut(&mut self, command: &mut Command) -> Cut {
        let (Some(max), Command::Results(results)) = (self.chunk_bytes, command) else {
            return Cut::Whole;
        };
        let continuing = std::mem::take(&mut self.continuing);
        let too_long = results.items.iter().position(|item| length(item) > max.max(1));
        let (msg_ref, cmd_ref) = (results.msg_ref, results.cmd_ref.clone());
        let rest = |items| {
            Command::Results(Results {
                msg_ref,
                cmd_ref,
                items,
                ..Results::default()
            })
        };
        match too_long {
            None => Cut::Whole,
            Some(0) => {
                let mut items = results.items.split_off(1);
                let item = &mut results.items[0];
                let Some(data) = item.data.as_mut() else {
                    return Cut::Whole;
                };
                let whole = data.len();
                let mut at = max.max(1);
                while !data.is_char_boundary(at) {
                    at += 1;
                }
                let tail = Item {
                    source: item.source.clone(),
                    data: Some(data.split_off(at)),
                    ..Item::default()
                };
                item.more_data = true;
                if !continuing {
                    results.meta.type_ = Some("text/plain".to_owned());
                    results.meta.size = u64::try_from(whole).ok();
                }
                items.insert(0, tail);
                Cut::Within(rest(items))
            }
            Some(index) => Cut::Before(rest(results.items.split_off(index))),
        }
    }
}

/// Where a command was cut.
enum Cut {
    /// Nowhere.
    Whole,
    /// In front of an item; the rest may stand in the same message.
    Before(Command),
    /// Within a value; the rest has to wait for the next message.
    Within(Command),
}

fn length(item: &Item) -> usize {
    item.data.as_ref().map_or(0, String::len)
}

fn set_cmd_id(command: &mut Command, id: usize) {
    let id = id.to_string();
    match command {
        Command::Alert(c) => c.cmd_id = id,
        Command::Status(c) => c.cmd_id = id,
        Command::Results(c) => c.cmd_id = id,
        Command::Request(c) => c.cmd_id = id,
        Command::Group(c) => c.cmd_id = id,
        Command::Unknown(c) => c.cmd_id = Some(id),
    }
}
