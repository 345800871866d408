//! `Item`, `Meta`, `Target` and `Source`.

use super::DecodeError;
use super::cursor::{Cursor, Tag};
use super::header::first;
use crate::message::{Item, Meta};

/// What a `Meta` says, with what only a challenge uses.
#[derive(Default)]
pub(super) struct MetaInfo {
    /// The part that a message keeps.
    pub(super) meta: Meta,
    /// `NextNonce`.
    pub(super) next_nonce: Option<String>,
}

/// `Item`, whose start was read, with its children in any order: Microsoft's samples put `Meta` where they like.
pub(super) fn item(cursor: &mut Cursor<'_>) -> Result<Item, DecodeError> {
    let mut item = Item::default();
    let mut info = MetaInfo::default();
    cursor.children(|cursor, tag| {
        match tag.local() {
            "Target" => {
                let (uri, _) = location(cursor)?;
                item.target = item.target.take().or(uri);
            }
            "Source" => {
                let (uri, _) = location(cursor)?;
                item.source = item.source.take().or(uri);
            }
            "Meta" => meta(cursor, &mut info)?,
            "Data" if item.data.is_none() => {
                let (data, is_markup) = cursor.data()?;
                item.data = Some(data);
                item.data_is_markup = is_markup;
            }
            "MoreData" => {
                cursor.skip()?;
                item.more_data = true;
            }
            // Two of MS-MDM's examples have them beside an empty Meta instead of in it.
            "Format" | "Type" | "Mark" | "Size" => field(cursor, tag, &mut info)?,
            _ => cursor.skip()?,
        }
        Ok(())
    })?;
    item.meta = info.meta;
    Ok(item)
}

/// `LocURI` and `LocName` of a `Target` or `Source`.
pub(super) fn location(cursor: &mut Cursor<'_>) -> Result<(Option<String>, Option<String>), DecodeError> {
    let (mut uri, mut name) = (None, None);
    cursor.children(|cursor, tag| {
        match tag.local() {
            "LocURI" => first(&mut uri, cursor.token()?),
            "LocName" => first(&mut name, cursor.token()?),
            _ => cursor.skip()?,
        }
        Ok(())
    })?;
    Ok((uri, name))
}

/// `Meta`, whose start was read.
pub(super) fn meta(cursor: &mut Cursor<'_>, info: &mut MetaInfo) -> Result<(), DecodeError> {
    cursor.children(|cursor, tag| field(cursor, tag, info))
}

/// One child of `Meta`.
fn field(cursor: &mut Cursor<'_>, tag: &Tag<'_>, info: &mut MetaInfo) -> Result<(), DecodeError> {
    if !cursor.is_meta(tag) {
        return cursor.skip();
    }
    let meta = &mut info.meta;
    match tag.local() {
        // The wrapper that the Meta Information DTD has as its root and that nobody writes.
        "MetInf" => return self::meta(cursor, info),
        "Format" => first(&mut meta.format, cursor.token()?),
        "Type" => first(&mut meta.type_, cursor.token()?),
        "Mark" => first(&mut meta.mark, cursor.token()?),
        "NextNonce" => first(&mut info.next_nonce, cursor.token()?),
        "Size" => meta.size = meta.size.or(cursor.token()?.parse().ok()),
        "MaxMsgSize" => meta.max_msg_size = meta.max_msg_size.or(cursor.token()?.parse().ok()),
        "MaxObjSize" => meta.max_obj_size = meta.max_obj_size.or(cursor.token()?.parse().ok()),
        _ => cursor.skip()?,
    }
    Ok(())
}
