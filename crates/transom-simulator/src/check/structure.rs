//! The server's commands: ids, places, kinds.

use std::collections::HashSet;

use transom_syncml::{Command, GroupKind, Message, Request, Verb, alert};

use super::{Findings, Rule};

pub(super) fn check(message: &Message) -> Findings {
    let mut walk = Walk::default();
    for command in &message.body {
        walk.command(command, None);
    }
    walk.findings
}

#[derive(Default)]
struct Walk {
    ids: HashSet<String>,
    findings: Findings,
}

impl Walk {
    fn command(&mut self, command: &Command, group: Option<GroupKind>) {
        self.cmd_id(command);
        match command {
            Command::Status(_) if group.is_some() => self.refuse(command, "in a group"),
            Command::Status(_) => {}
            Command::Results(_) => self.refuse(command, "from a server"),
            Command::Unknown(_) => self.refuse(command, "which SyncML does not know"),
            Command::Alert(alert) => {
                if group.is_some() || !matches!(alert.code, alert::NEXT_MESSAGE | alert::SESSION_ABORT) {
                    self.findings.push((Rule::Command, format!("alert {}", alert.code)));
                }
            }
            Command::Request(request) => self.request(request, group),
            Command::Group(inner) => {
                if group == Some(GroupKind::Atomic) {
                    self.refuse(command, "in an Atomic");
                }
                if inner.members.is_empty() {
                    self.refuse(command, "without members");
                }
                for member in &inner.members {
                    self.command(member, Some(inner.kind));
                }
            }
        }
    }

    fn cmd_id(&mut self, command: &Command) {
        let id = command.cmd_id().unwrap_or_default();
        let name = command.name();
        if id.is_empty() || id == "0" {
            self.findings.push((Rule::CmdId, format!("{name} has the id {id:?}")));
        } else if !self.ids.insert(id.to_owned()) {
            self.findings
                .push((Rule::CmdId, format!("{name} has the id {id} again")));
        }
    }

    fn request(&mut self, request: &Request, group: Option<GroupKind>) {
        let name = request.verb.as_str();
        if group == Some(GroupKind::Atomic) && request.verb == Verb::Get {
            self.findings.push((Rule::Command, "Get in an Atomic".to_owned()));
        }
        if request.items.is_empty() {
            self.findings.push((Rule::Command, format!("{name} without items")));
        }
        for item in &request.items {
            match item.target.as_deref() {
                Some(uri) if uri.starts_with("./") && !uri[2..].is_empty() => {}
                Some(uri) => self.findings.push((Rule::LocUri, format!("{name} of {uri:?}"))),
                None => self.findings.push((Rule::LocUri, format!("{name} without a target"))),
            }
            if item.more_data {
                self.findings
                    .push((Rule::Command, format!("{name} of a part of a value")));
            }
        }
    }

    fn refuse(&mut self, command: &Command, where_: &str) {
        self.findings
            .push((Rule::Command, format!("{} {where_}", command.name())));
    }
}
