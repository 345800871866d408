//! What the PC does with the server's commands (docs/PROTOCOL.md, 14 and 16).

use transom_syncml::{Alert, Command, Group, GroupKind, Item, Request, Results, Status, Verb, alert, code};

use super::report::Executed;
use crate::machine::Machine;
use crate::tree::{Action, Format, Found, Refusal};

/// Carries out one message's commands.
pub(super) struct Executor<'a> {
    machine: &'a mut Machine,
    /// The server's `MsgID`.
    msg_ref: u32,
    /// Whether the PC tells the provider's HRESULT (`SyncApplicationVersion` 3.0 and later).
    tells_hresult: bool,
    executed: &'a mut Vec<Executed>,
    /// Answers, still without ids.
    answers: Vec<Command>,
    /// Whether the server ended the enrolment, which cuts the session at once.
    pub(super) unenrolled: bool,
    /// Whether the server ended the session.
    pub(super) aborted: bool,
}

/// What an operation on one item gave.
enum Done {
    Plain,
    /// Accepted, and going on in the background.
    Started,
    Found(Vec<Found>),
    Run(Action),
}

type Outcome = Result<Done, Refusal>;

impl<'a> Executor<'a> {
    pub(super) fn new(
        machine: &'a mut Machine,
        msg_ref: u32,
        tells_hresult: bool,
        executed: &'a mut Vec<Executed>,
    ) -> Self {
        Self {
            machine,
            msg_ref,
            tells_hresult,
            executed,
            answers: Vec::new(),
            unenrolled: false,
            aborted: false,
        }
    }

    /// Carries everything out in order, and says what to answer.
    pub(super) fn run(&mut self, commands: &[Command]) -> Vec<Command> {
        for command in commands {
            if self.unenrolled || self.aborted {
                break;
            }
            self.command(command);
        }
        std::mem::take(&mut self.answers)
    }

    fn command(&mut self, command: &Command) {
        if command.cmd_id().is_none_or(str::is_empty) && !matches!(command, Command::Status(_) | Command::Results(_)) {
            self.status(command, Err(Refusal::of(code::BAD_REQUEST)));
            return;
        }
        match command {
            Command::Status(_) | Command::Results(_) => {}
            Command::Alert(alert) => self.alert(command, alert),
            Command::Request(request) => self.request(command, request),
            Command::Group(group) if group.kind == GroupKind::Sequence => {
                self.status(command, Ok(code::OK));
                for member in &group.members {
                    self.command(member);
                }
            }
            Command::Group(group) => self.atomic(command, group),
            Command::Unknown(_) => self.status(command, Err(Refusal::of(code::BAD_REQUEST))),
        }
    }

    fn alert(&mut self, command: &Command, sent: &Alert) {
        match sent.code {
            alert::SESSION_ABORT => self.aborted = true,
            alert::NEXT_MESSAGE => self.status(command, Ok(code::OK)),
            _ => self.status(command, Err(Refusal::of(code::NOT_SUPPORTED))),
        }
    }

    fn request(&mut self, command: &Command, request: &Request) {
        let outcomes: Vec<(String, Outcome)> = request
            .items
            .iter()
            .map(|item| (item.target.clone().unwrap_or_default(), self.operate(request, item)))
            .collect();
        if outcomes.is_empty() {
            self.status(command, Err(Refusal::of(code::BAD_REQUEST)));
            return;
        }
        let mut found = Vec::new();
        let mut codes = Vec::new();
        for (uri, outcome) in outcomes {
            let result = match outcome {
                Ok(Done::Plain) => Ok(code::OK),
                Ok(Done::Started) => Ok(code::ACCEPTED),
                Ok(Done::Found(items)) => {
                    found.extend(items);
                    Ok(code::OK)
                }
                Ok(Done::Run(action)) => {
                    let code = self.machine.perform(action, &uri);
                    // All sessions are cut at once, and no Status comes back (docs/PROTOCOL.md, 9).
                    if action == Action::Unenroll {
                        self.note(request.verb, &uri, code);
                        self.unenrolled = true;
                        self.answers.clear();
                        return;
                    }
                    Ok(code)
                }
                Err(refusal) => Err(refusal),
            };
            self.note(request.verb, &uri, result.unwrap_or_else(|refusal| refusal.code));
            codes.push((uri, result));
        }
        self.statuses(command, &codes);
        if !found.is_empty() {
            let items = found.into_iter().map(result_item).collect();
            self.answers
                .push(Results::of("", self.msg_ref, &request.cmd_id, items).into());
        }
    }

    /// One Status if all items went alike, else one for each, in order (docs/PROTOCOL.md, 14).
    fn statuses(&mut self, command: &Command, codes: &[(String, Result<u32, Refusal>)]) {
        let (_, first) = codes[0].clone();
        if codes.iter().all(|(_, result)| *result == first) {
            self.status(command, first);
            return;
        }
        for (uri, result) in codes {
            let status = self.make_status(command, *result).with_target_ref(uri.as_str());
            self.answers.push(status.into());
        }
    }

    fn operate(&mut self, request: &Request, item: &Item) -> Outcome {
        let Some(uri) = item.target.as_deref() else {
            return Err(Refusal::of(code::BAD_REQUEST));
        };
        let format = item.meta.format.as_deref().or(request.meta.format.as_deref());
        let data = item.data.as_deref();
        let tree = self.machine.tree_mut();
        match request.verb {
            Verb::Get => tree.get(uri).map(Done::Found),
            Verb::Add => tree.add(uri, format, data).map(|()| Done::Plain),
            Verb::Replace if tree.replaces_in_background(uri) => {
                tree.replace(uri, format, data).map(|()| Done::Started)
            }
            Verb::Replace => tree.replace(uri, format, data).map(|()| Done::Plain),
            Verb::Delete => tree.delete(uri).map(|()| Done::Plain),
            Verb::Exec => tree.exec(uri).map(Done::Run),
            // Windows has no Copy.
            Verb::Copy => Err(Refusal::of(code::NOT_SUPPORTED)),
        }
    }

    /// All or nothing. Members that ran and could be taken back say 216, those whose provider cannot 516, those
    /// behind the failing one 215, and the Atomic 507.
    fn atomic(&mut self, command: &Command, group: &Group) {
        let before = self.machine.tree().clone();
        let mut codes: Vec<Result<u32, Refusal>> = Vec::new();
        let mut actions: Vec<(Action, String)> = Vec::new();
        let mut failed = false;
        for member in &group.members {
            if failed {
                codes.push(Ok(code::NOT_EXECUTED));
                continue;
            }
            let result = self.member(member, &mut actions);
            failed = result.is_err();
            codes.push(result);
        }
        if failed {
            self.machine.tree_mut().roll_back_to(before);
            for (member, result) in group.members.iter().zip(&mut codes) {
                if matches!(result, Ok(code) if *code != code::NOT_EXECUTED) {
                    *result = Ok(if self.can_roll_back(member) {
                        code::ROLLED_BACK
                    } else {
                        code::ROLL_BACK_FAILED
                    });
                }
            }
        }
        let whole = if failed { code::ATOMIC_FAILED } else { code::OK };
        if failed {
            self.status(command, Err(Refusal::of(code::ATOMIC_FAILED)));
        } else {
            self.status(command, Ok(whole));
        }
        for (member, result) in group.members.iter().zip(codes) {
            self.note_member(member, result.unwrap_or_else(|refusal| refusal.code));
            self.status(member, result);
        }
        if !failed {
            for (action, uri) in actions {
                self.machine.perform(action, &uri);
                self.unenrolled |= action == Action::Unenroll;
            }
            if self.unenrolled {
                self.answers.clear();
            }
        }
    }

    /// A member's code. What an Exec does waits until all have succeeded.
    fn member(&mut self, member: &Command, actions: &mut Vec<(Action, String)>) -> Result<u32, Refusal> {
        let Command::Request(request) = member else {
            // A nested Atomic, or something that is no command at all.
            return Err(Refusal::of(code::COMMAND_FAILED));
        };
        if request.verb == Verb::Get || request.items.is_empty() {
            return Err(Refusal::of(code::COMMAND_FAILED));
        }
        let mut status = code::OK;
        for item in &request.items {
            match self.operate(request, item)? {
                Done::Started => status = code::ACCEPTED,
                Done::Run(action) => {
                    if matches!(action, Action::InstallMsi | Action::InstallApp | Action::Background) {
                        status = code::ACCEPTED;
                    }
                    actions.push((action, item.target.clone().unwrap_or_default()));
                }
                Done::Plain | Done::Found(_) => {}
            }
        }
        Ok(status)
    }

    fn can_roll_back(&self, member: &Command) -> bool {
        let Command::Request(request) = member else {
            return true;
        };
        let uris = request.items.iter().filter_map(|item| item.target.as_deref());
        // An Exec that was not carried out yet has nothing to take back.
        request.verb == Verb::Exec || uris.into_iter().all(|uri| self.machine.tree().rolls_back(uri))
    }

    fn status(&mut self, command: &Command, result: Result<u32, Refusal>) {
        let status = self.make_status(command, result);
        self.answers.push(status.into());
    }

    fn make_status(&self, command: &Command, result: Result<u32, Refusal>) -> Status {
        match result {
            Ok(code) => Status::of("", self.msg_ref, command, code),
            // The Atomic's own code is no failure of a provider.
            Err(refusal) if self.tells_hresult && refusal.code != code::ATOMIC_FAILED => {
                Status::of("", self.msg_ref, command, refusal.code).with_original_error(refusal.hresult)
            }
            Err(refusal) => Status::of("", self.msg_ref, command, refusal.code),
        }
    }

    fn note(&mut self, verb: Verb, uri: &str, code: u32) {
        self.executed.push(Executed {
            verb,
            uri: uri.to_owned(),
            code,
        });
    }

    fn note_member(&mut self, member: &Command, code: u32) {
        if let Command::Request(request) = member {
            for item in &request.items {
                self.note(request.verb, item.target.as_deref().unwrap_or_default(), code);
            }
        }
    }
}

/// A found node as Windows writes it: the format is left out where it is text.
fn result_item(found: Found) -> Item {
    let mut item = Item::source(found.uri);
    if found.format != Format::Chr {
        item = item.with_format(found.format.name());
    }
    item.data = found.value;
    item
}
