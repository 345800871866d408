//! `SyncBody` and its commands.

use super::DecodeError;
use super::cursor::{Cursor, Tag};
use super::header::{challenge, first};
use super::item::{MetaInfo, item, meta};
use crate::message::{Alert, Command, Group, GroupKind, Request, Results, Status, Unknown, Verb};

/// The attribute of `Status/Data` with the HRESULT (MS-MDM 2.2.5.1).
const ORIGINAL_ERROR: &str = "originalerror";

/// `SyncBody`, whose start was read: its commands, and whether `Final` is among them.
pub(super) fn body(cursor: &mut Cursor<'_>) -> Result<(Vec<Command>, bool), DecodeError> {
    let mut commands = Vec::new();
    let mut is_final = false;
    cursor.children(|cursor, tag| {
        if tag.local() == "Final" {
            is_final = true;
            return cursor.skip();
        }
        commands.push(command(cursor, tag)?);
        Ok(())
    })?;
    Ok((commands, is_final))
}

/// One element of a body or group.
fn command(cursor: &mut Cursor<'_>, tag: &Tag<'_>) -> Result<Command, DecodeError> {
    let name = tag.local();
    if let Some(verb) = Verb::ALL.into_iter().find(|verb| verb.as_str() == name) {
        return request(cursor, verb).map(Command::Request);
    }
    match name {
        "Status" => status(cursor).map(Command::Status),
        "Results" => results(cursor).map(Command::Results),
        "Alert" => alert(cursor).map(Command::Alert),
        "Atomic" => group(cursor, GroupKind::Atomic).map(Command::Group),
        "Sequence" => group(cursor, GroupKind::Sequence).map(Command::Group),
        _ => unknown(cursor, name).map(Command::Unknown),
    }
}

fn request(cursor: &mut Cursor<'_>, verb: Verb) -> Result<Request, DecodeError> {
    let mut cmd_id = None;
    let mut info = MetaInfo::default();
    let mut items = Vec::new();
    cursor.children(|cursor, tag| {
        match tag.local() {
            "CmdID" => first(&mut cmd_id, cursor.token()?),
            "Meta" => meta(cursor, &mut info)?,
            "Item" => items.push(item(cursor)?),
            _ => cursor.skip()?,
        }
        Ok(())
    })?;
    Ok(Request {
        verb,
        cmd_id: cmd_id.unwrap_or_default(),
        meta: info.meta,
        items,
    })
}

fn group(cursor: &mut Cursor<'_>, kind: GroupKind) -> Result<Group, DecodeError> {
    let mut cmd_id = None;
    let mut info = MetaInfo::default();
    let mut members = Vec::new();
    cursor.children(|cursor, tag| {
        match tag.local() {
            "CmdID" => first(&mut cmd_id, cursor.token()?),
            "Meta" => meta(cursor, &mut info)?,
            "NoResp" => cursor.skip()?,
            _ => members.push(command(cursor, tag)?),
        }
        Ok(())
    })?;
    Ok(Group {
        kind,
        cmd_id: cmd_id.unwrap_or_default(),
        meta: info.meta,
        members,
    })
}

fn alert(cursor: &mut Cursor<'_>) -> Result<Alert, DecodeError> {
    let (mut cmd_id, mut code) = (None, None);
    let mut items = Vec::new();
    cursor.children(|cursor, tag| {
        match tag.local() {
            "CmdID" => first(&mut cmd_id, cursor.token()?),
            "Data" => first(&mut code, cursor.token()?),
            "Item" => items.push(item(cursor)?),
            _ => cursor.skip()?,
        }
        Ok(())
    })?;
    Ok(Alert {
        cmd_id: cmd_id.unwrap_or_default(),
        code: number(code).unwrap_or(0),
        items,
    })
}

fn status(cursor: &mut Cursor<'_>) -> Result<Status, DecodeError> {
    let mut status = Status::default();
    let (mut cmd_id, mut msg_ref, mut cmd_ref, mut cmd, mut code) = (None, None, None, None, None);
    cursor.children(|cursor, tag| {
        match tag.local() {
            "CmdID" => first(&mut cmd_id, cursor.token()?),
            "MsgRef" => first(&mut msg_ref, cursor.token()?),
            "CmdRef" => first(&mut cmd_ref, cursor.token()?),
            "Cmd" => first(&mut cmd, cursor.token()?),
            "TargetRef" => status.target_refs.push(cursor.token()?),
            "SourceRef" => status.source_refs.push(cursor.token()?),
            "Chal" if status.challenge.is_none() => status.challenge = Some(challenge(cursor)?),
            "Data" => {
                if status.original_error.is_none() {
                    status.original_error = cursor.attribute(tag, ORIGINAL_ERROR)?;
                }
                first(&mut code, cursor.token()?);
            }
            "Item" => status.items.push(item(cursor)?),
            _ => cursor.skip()?,
        }
        Ok(())
    })?;
    status.cmd_id = cmd_id.unwrap_or_default();
    status.msg_ref = number(msg_ref);
    status.cmd_ref = cmd_ref.unwrap_or_default();
    status.cmd = cmd.unwrap_or_default();
    status.code = number(code).unwrap_or(0);
    Ok(status)
}

fn results(cursor: &mut Cursor<'_>) -> Result<Results, DecodeError> {
    let (mut cmd_id, mut msg_ref, mut cmd_ref) = (None, None, None);
    let mut info = MetaInfo::default();
    let mut items = Vec::new();
    cursor.children(|cursor, tag| {
        match tag.local() {
            "CmdID" => first(&mut cmd_id, cursor.token()?),
            "MsgRef" => first(&mut msg_ref, cursor.token()?),
            "CmdRef" => first(&mut cmd_ref, cursor.token()?),
            "Meta" => meta(cursor, &mut info)?,
            "Item" => items.push(item(cursor)?),
            _ => cursor.skip()?,
        }
        Ok(())
    })?;
    Ok(Results {
        cmd_id: cmd_id.unwrap_or_default(),
        msg_ref: number(msg_ref),
        cmd_ref: cmd_ref.unwrap_or_default(),
        meta: info.meta,
        items,
    })
}

fn unknown(cursor: &mut Cursor<'_>, name: &str) -> Result<Unknown, DecodeError> {
    let mut cmd_id = None;
    cursor.children(|cursor, tag| match tag.local() {
        "CmdID" => {
            first(&mut cmd_id, cursor.token()?);
            Ok(())
        }
        _ => cursor.skip(),
    })?;
    Ok(Unknown {
        name: name.to_owned(),
        cmd_id,
    })
}

/// A number, if the text is one.
fn number(text: Option<String>) -> Option<u32> {
    text.and_then(|text| text.parse().ok())
}
