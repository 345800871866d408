//! Receiving a value that is split over several messages (docs/PROTOCOL.md, 17; OMA-TS-DM-Protocol 1.2.1, section 7.3).

use serde::{Deserialize, Serialize};
use transom_domain::device::REPORTED_VALUE_BYTES_MAX;
use transom_syncml::{Item, Meta, code};

/// Largest object that is received in parts: as much as one whole message may hold.
pub const LARGE_OBJECT_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// How much of it is kept: what a device's record keeps of a value. The session's row is rewritten with every part, so it
/// must not hold what nobody keeps; only the length of the rest is counted.
pub const LARGE_OBJECT_KEPT_BYTES: usize = REPORTED_VALUE_BYTES_MAX;

/// An object that has arrived in part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Partial {
    key: Key,
    size: Option<u64>,
    length: u64,
    kept: String,
    format: Option<String>,
    type_: Option<String>,
    /// It is too large: its parts are counted as refused until it ends.
    refused: bool,
}

/// What the parts of one object have in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Key {
    /// The message that is answered; 0 where nothing is.
    pub(crate) msg_ref: u32,
    /// The command that is answered; empty where nothing is.
    pub(crate) cmd_ref: String,
    /// The node.
    pub(crate) uri: String,
}

/// What became of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It came in one piece.
    Whole,
    /// A part: more is wanted.
    Part,
    /// The last part: this is the object, and whether it was longer than what is kept of it.
    Complete(Item, bool),
    /// It is not taken, for this reason.
    Refused(u32),
}

/// Takes an item in. The second value tells that an earlier object was left without its end (alert 1225).
pub(crate) fn take(partial: &mut Option<Partial>, key: Key, command: &Meta, item: &Item) -> (Taken, bool) {
    let begun = partial.take();
    let goes_on = begun.as_ref().is_some_and(|p| p.key == key);
    if !goes_on && !item.more_data {
        return (Taken::Whole, begun.is_some());
    }
    let lost = !goes_on && begun.is_some();
    let mut object = begun.filter(|_| goes_on).unwrap_or_else(|| Partial {
        key,
        size: item.meta.size.or(command.size),
        length: 0,
        kept: String::new(),
        format: item.meta.format.clone().or_else(|| command.format.clone()),
        type_: item.meta.type_.clone().or_else(|| command.type_.clone()),
        refused: false,
    });
    let data = item.data.as_deref().unwrap_or_default();
    object.length = object.length.saturating_add(data.len() as u64);
    keep(&mut object.kept, data);
    object.refused |= object.length.max(object.size.unwrap_or(0)) > LARGE_OBJECT_BYTES_MAX;
    let taken = match (object.refused, item.more_data) {
        (true, _) => Taken::Refused(code::TOO_LARGE),
        (false, true) => Taken::Part,
        (false, false) if object.size.is_some_and(|size| size != object.length) => Taken::Refused(code::SIZE_MISMATCH),
        (false, false) => {
            let is_cut = (object.kept.len() as u64) < object.length;
            let mut whole = Item::source(object.key.uri.clone()).with_data(std::mem::take(&mut object.kept));
            whole.meta.format = object.format.take();
            whole.meta.type_ = object.type_.take();
            Taken::Complete(whole, is_cut)
        }
    };
    if item.more_data {
        if object.refused {
            object.kept.clear();
        }
        *partial = Some(object);
    }
    (taken, lost)
}

/// Appends as much of `data` as is kept.
fn keep(kept: &mut String, data: &str) {
    let mut end = data.len().min(LARGE_OBJECT_KEPT_BYTES.saturating_sub(kept.len()));
    while !data.is_char_boundary(end) {
        end -= 1;
    }
    kept.push_str(&data[..end]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(uri: &str) -> Key {
        Key {
            msg_ref: 2,
            cmd_ref: "5".to_owned(),
            uri: uri.to_owned(),
        }
    }

    fn size(size: u64) -> Meta {
        Meta {
            size: Some(size),
            ..Meta::default()
        }
    }

    fn part(data: &str) -> Item {
        Item::source("./A").with_data(data).with_more_data()
    }

    #[test]
    fn the_parts_of_the_right_length_make_an_object() {
        let mut partial = None;
        assert_eq!(
            take(&mut partial, key("./A"), &size(5), &part("ab")),
            (Taken::Part, false)
        );
        assert_eq!(
            take(&mut partial, key("./A"), &Meta::default(), &part("c")),
            (Taken::Part, false)
        );
        let (taken, lost) = take(
            &mut partial,
            key("./A"),
            &Meta::default(),
            &Item::source("./A").with_data("de"),
        );
        let Taken::Complete(item, false) = taken else {
            panic!("{taken:?}")
        };
        assert_eq!((item.data.as_deref(), lost, partial), (Some("abcde"), false, None));
    }

    #[test]
    fn a_wrong_length_is_refused() {
        let mut partial = None;
        take(&mut partial, key("./A"), &size(9), &part("ab"));
        let (taken, _) = take(
            &mut partial,
            key("./A"),
            &Meta::default(),
            &Item::source("./A").with_data("c"),
        );
        assert_eq!(taken, Taken::Refused(code::SIZE_MISMATCH));
    }

    #[test]
    fn an_object_without_its_end_is_noticed_when_another_begins() {
        let mut partial = None;
        take(&mut partial, key("./A"), &size(9), &part("ab"));
        let other = Item::source("./B").with_data("c");
        assert_eq!(
            take(&mut partial, key("./B"), &Meta::default(), &other),
            (Taken::Whole, true)
        );
        assert_eq!(partial, None);
    }

    #[test]
    fn an_object_that_is_too_large_is_refused_to_its_end() {
        let mut partial = None;
        let announced = size(LARGE_OBJECT_BYTES_MAX + 1);
        assert_eq!(
            take(&mut partial, key("./A"), &announced, &part("ab")).0,
            Taken::Refused(code::TOO_LARGE)
        );
        let end = Item::source("./A").with_data("c");
        assert_eq!(
            take(&mut partial, key("./A"), &Meta::default(), &end).0,
            Taken::Refused(code::TOO_LARGE)
        );
        assert_eq!(partial, None);
    }

    #[test]
    fn only_as_much_is_kept_as_a_record_keeps() {
        let mut partial = None;
        for _ in 0..3 {
            take(&mut partial, key("./A"), &Meta::default(), &part(&"é".repeat(30_000)));
        }
        let object = partial.unwrap();
        assert_eq!(object.length, 180_000);
        assert!(object.kept.len() <= LARGE_OBJECT_KEPT_BYTES && object.kept.len() > LARGE_OBJECT_KEPT_BYTES - 2);
    }
}
