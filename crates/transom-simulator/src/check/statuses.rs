//! The server's answers to the PC's commands (docs/PROTOCOL.md, 13 and 14).

use transom_syncml::{Command, Message, Status, alert, code};

use super::{Findings, Rule, Sent};

pub(super) fn check(sent: &Sent, message: &Message) -> Findings {
    let mut findings = Findings::new();
    let statuses: Vec<&Status> = message
        .body
        .iter()
        .filter_map(|command| match command {
            Command::Status(status) => Some(status),
            _ => None,
        })
        .collect();
    let header = header(sent, message, &mut findings);
    let challenged = matches!(header, Some(code::INVALID_CREDENTIALS | code::MISSING_CREDENTIALS));
    let refused = header.is_some_and(|code| !code::is_success(code));
    // What a server says about the commands of a message that it refuses as a whole is its own affair.
    if challenged || !refused {
        commands(sent, &statuses, header.filter(|_| challenged), &mut findings);
    }
    if challenged {
        challenge(message, &statuses, &mut findings);
    }
    let asks = message
        .body
        .iter()
        .any(|command| matches!(command, Command::Alert(alert) if alert.code == alert::NEXT_MESSAGE));
    if !sent.is_final && !refused && !asks {
        findings.push((Rule::NextMessage, "the rest of the package is not asked for".to_owned()));
    }
    findings
}

/// The Status for the header, which has to stand first and only once; its code.
fn header(sent: &Sent, message: &Message, findings: &mut Findings) -> Option<u32> {
    let Some(Command::Status(first)) = message.body.first() else {
        findings.push((Rule::HeaderStatus, "the body does not begin with a Status".to_owned()));
        return None;
    };
    if first.cmd_ref != "0" || first.cmd != transom_syncml::SYNC_HDR {
        let detail = format!("the first Status is for {} {}", first.cmd, first.cmd_ref);
        findings.push((Rule::HeaderStatus, detail));
        return None;
    }
    reference(sent, first, findings);
    // 212 and 200 are the good ones (docs/PROTOCOL.md, 13); whether a refusal was right the caller knows.
    if code::is_success(first.code) && !matches!(first.code, code::OK | code::AUTHENTICATED) {
        findings.push((Rule::StatusCode, format!("{} for the header", first.code)));
    }
    Some(first.code)
}

fn commands(sent: &Sent, statuses: &[&Status], same_as: Option<u32>, findings: &mut Findings) {
    let mut answered = vec![false; sent.commands.len()];
    let mut next = 0;
    // The header's own Status was judged before.
    let header = statuses.iter().position(|status| status.is_of_header());
    for (place, status) in statuses.iter().enumerate() {
        if Some(place) == header {
            continue;
        }
        reference(sent, status, findings);
        let position = sent.commands.iter().position(|one| one.cmd_id == status.cmd_ref);
        let Some(position) = position.filter(|position| !answered[*position]) else {
            let detail = format!("for {} {:?}", status.cmd, status.cmd_ref);
            findings.push((Rule::ExtraStatus, detail));
            continue;
        };
        answered[position] = true;
        if position < next {
            let detail = format!("the Status for {} stands too late", status.cmd_ref);
            findings.push((Rule::StatusOrder, detail));
        }
        next = next.max(position + 1);
        let expected = &sent.commands[position];
        if status.cmd != expected.name {
            let detail = format!("{} is called {}", expected.name, status.cmd);
            findings.push((Rule::StatusReference, detail));
        }
        let good = match same_as {
            Some(code) => status.code == code,
            None if expected.is_chunk => status.code == code::CHUNK_ACCEPTED,
            None => status.code == code::OK,
        };
        if !good {
            let detail = format!("{} for {} {}", status.code, expected.name, expected.cmd_id);
            let rule = if same_as.is_some() {
                Rule::Challenge
            } else {
                Rule::StatusCode
            };
            findings.push((rule, detail));
        }
    }
    for (expected, answered) in sent.commands.iter().zip(answered) {
        if expected.needs_status && !answered {
            let detail = format!("for {} {}", expected.name, expected.cmd_id);
            findings.push((Rule::MissingStatus, detail));
        }
    }
}

fn reference(sent: &Sent, status: &Status, findings: &mut Findings) {
    if status.msg_ref != Some(sent.msg_id) {
        let detail = format!("MsgRef {:?} instead of {}", status.msg_ref, sent.msg_id);
        findings.push((Rule::StatusReference, detail));
    }
}

fn challenge(message: &Message, statuses: &[&Status], findings: &mut Findings) {
    if let Some(first) = statuses.first() {
        match &first.challenge {
            // The session ends here: the PC has tried often enough.
            None => {}
            Some(challenge) if challenge.nonce().is_none() => {
                findings.push((Rule::Challenge, "the nonce is not base64".to_owned()));
            }
            Some(_) => {}
        }
    }
    if message
        .body
        .iter()
        .any(|command| !matches!(command, Command::Status(_)))
    {
        findings.push((
            Rule::Challenge,
            "commands for a PC that has not proved itself".to_owned(),
        ));
    }
}
