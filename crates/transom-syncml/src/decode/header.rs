//! `SyncHdr` with `Cred`, and the `Chal` that asks for it.

use super::DecodeError;
use super::cursor::Cursor;
use super::item::{MetaInfo, location, meta};
use crate::message::{Challenge, Credentials, Header};

/// `SyncHdr`, whose start was read. `VerDTD` and `VerProto` are not asked for: there is only one kind we speak, and
/// the root's namespace has said it.
pub(super) fn header(cursor: &mut Cursor<'_>) -> Result<Header, DecodeError> {
    let mut header = Header::default();
    let mut msg_id: Option<u32> = None;
    let (mut session_id, mut target, mut source) = (None, None, None);
    let mut info = MetaInfo::default();
    cursor.children(|cursor, tag| {
        match tag.local() {
            "SessionID" => first(&mut session_id, cursor.token()?),
            "MsgID" if msg_id.is_none() => {
                let text = cursor.token()?;
                if text.is_empty() {
                    return Err(DecodeError::Missing {
                        element: "SyncHdr/MsgID",
                    });
                }
                let not_a_number = DecodeError::NotANumber {
                    element: "SyncHdr/MsgID",
                    offset: tag.offset,
                };
                msg_id = Some(text.parse().map_err(|_| not_a_number)?);
            }
            "Target" => {
                let (uri, _) = location(cursor)?;
                target = target.take().or(uri);
            }
            "Source" => {
                let (uri, name) = location(cursor)?;
                source = source.take().or(uri);
                header.source_name = header.source_name.take().or(name);
            }
            "Cred" if header.credentials.is_none() => header.credentials = Some(credentials(cursor)?),
            "Meta" => meta(cursor, &mut info)?,
            _ => cursor.skip()?,
        }
        Ok(())
    })?;
    header.session_id = required(session_id, "SyncHdr/SessionID")?;
    header.msg_id = msg_id.ok_or(DecodeError::Missing {
        element: "SyncHdr/MsgID",
    })?;
    header.target = required(target, "SyncHdr/Target/LocURI")?;
    header.source = required(source, "SyncHdr/Source/LocURI")?;
    header.meta = info.meta;
    Ok(header)
}

/// `Cred` (RepPro 6.1.5).
fn credentials(cursor: &mut Cursor<'_>) -> Result<Credentials, DecodeError> {
    let mut info = MetaInfo::default();
    let mut data = None;
    cursor.children(|cursor, tag| match tag.local() {
        "Meta" => meta(cursor, &mut info),
        "Data" => {
            first(&mut data, cursor.token()?);
            Ok(())
        }
        _ => cursor.skip(),
    })?;
    Ok(Credentials {
        auth_type: info.meta.type_.unwrap_or_default(),
        format: info.meta.format,
        data: data.unwrap_or_default(),
    })
}

/// `Chal` (RepPro 6.1.2).
pub(super) fn challenge(cursor: &mut Cursor<'_>) -> Result<Challenge, DecodeError> {
    let mut info = MetaInfo::default();
    cursor.children(|cursor, tag| match tag.local() {
        "Meta" => meta(cursor, &mut info),
        _ => cursor.skip(),
    })?;
    Ok(Challenge {
        auth_type: info.meta.type_.unwrap_or_default(),
        format: info.meta.format,
        next_nonce: info.next_nonce,
    })
}

/// Keeps the first value that says something.
pub(super) fn first(slot: &mut Option<String>, value: String) {
    if slot.as_deref().is_none_or(str::is_empty) {
        *slot = Some(value);
    }
}

/// A value that must be there and say something.
fn required(value: Option<String>, element: &'static str) -> Result<String, DecodeError> {
    value
        .filter(|value| !value.is_empty())
        .ok_or(DecodeError::Missing { element })
}
