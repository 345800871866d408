//! Any message that the types can say and that can be written.

use proptest::option;
use proptest::prelude::*;
use transom_syncml::{
    Alert, Challenge, Command, Credentials, Group, GroupKind, Header, Item, Message, Meta, Request, Results, Status,
    Unknown, Verb, first_illegal_char,
};

/// A text of all that XML can carry, rich in what has to be escaped.
pub fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[ -~]{0,12}",
        proptest::sample::select(vec![
            "<", ">", "&", "\"", "'", "\r", "\n", "\r\n", "\t", "]]>", "\u{F000}", "&amp;", " "
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(|c| c.to_string()),
    ];
    proptest::collection::vec(piece, 0..6).prop_map(|pieces| {
        pieces
            .concat()
            .chars()
            .filter(|c| first_illegal_char(c.encode_utf8(&mut [0; 4])).is_none())
            .collect()
    })
}

/// A text as [`text`] makes it, without the white space around it that a reader takes away.
fn identifier() -> impl Strategy<Value = String> {
    text().prop_map(|text| text.trim_matches([' ', '\t', '\r', '\n']).to_owned())
}

/// An identifier that says something.
fn some_identifier() -> impl Strategy<Value = String> {
    identifier().prop_map(|text| if text.is_empty() { "x".to_owned() } else { text })
}

/// Markup that is well formed and not only text.
fn markup() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("<a/>".to_owned()),
        Just("<!-- c --><b x=\"1 &lt; 2\" y='\"'></b>".to_owned()),
        Just("<p:c xmlns:p=\"urn:p\"><![CDATA[</Data>]]>\r\n</p:c>".to_owned()),
    ];
    let deep = leaf.prop_recursive(4, 16, 3, |inner| {
        proptest::collection::vec(inner, 1..3).prop_map(|inner| format!("<Data>{} &amp; é</Data>", inner.concat()))
    });
    ("[a-z \n]{0,5}", deep).prop_map(|(text, markup)| format!("{text}{markup}{text}"))
}

fn meta() -> impl Strategy<Value = Meta> {
    let texts = (
        option::of(identifier()),
        option::of(identifier()),
        option::of(identifier()),
    );
    let sizes = (
        option::of(any::<u64>()),
        option::of(any::<u64>()),
        option::of(any::<u64>()),
    );
    let full = (texts, sizes).prop_map(|((format, type_, mark), (size, max_msg_size, max_obj_size))| Meta {
        format,
        type_,
        mark,
        size,
        max_msg_size,
        max_obj_size,
    });
    prop_oneof![2 => Just(Meta::default()), 1 => full]
}

fn item() -> impl Strategy<Value = Item> {
    let data = prop_oneof![
        1 => Just((None, false)),
        3 => text().prop_map(|text| (Some(text), false)),
        1 => markup().prop_map(|markup| (Some(markup), true)),
    ];
    (
        option::of(identifier()),
        option::of(identifier()),
        meta(),
        data,
        any::<bool>(),
    )
        .prop_map(|(target, source, meta, (data, data_is_markup), more_data)| Item {
            target,
            source,
            meta,
            data,
            data_is_markup,
            more_data,
        })
}

fn items() -> impl Strategy<Value = Vec<Item>> {
    proptest::collection::vec(item(), 0..4)
}

fn challenge() -> impl Strategy<Value = Challenge> {
    (identifier(), option::of(identifier()), option::of(identifier())).prop_map(|(auth_type, format, next_nonce)| {
        Challenge {
            auth_type,
            format,
            next_nonce,
        }
    })
}

fn status() -> impl Strategy<Value = Status> {
    let refs = || proptest::collection::vec(identifier(), 0..3);
    let names = (identifier(), option::of(any::<u32>()), identifier(), identifier());
    (
        names,
        refs(),
        refs(),
        option::of(challenge()),
        any::<u32>(),
        option::of(text()),
        items(),
    )
        .prop_map(
            |((cmd_id, msg_ref, cmd_ref, cmd), target_refs, source_refs, challenge, code, original_error, items)| {
                Status {
                    cmd_id,
                    msg_ref,
                    cmd_ref,
                    cmd,
                    target_refs,
                    source_refs,
                    challenge,
                    code,
                    original_error,
                    items,
                }
            },
        )
}

fn request() -> impl Strategy<Value = Request> {
    (
        proptest::sample::select(Verb::ALL.to_vec()),
        identifier(),
        meta(),
        items(),
    )
        .prop_map(|(verb, cmd_id, meta, items)| Request {
            verb,
            cmd_id,
            meta,
            items,
        })
}

fn results() -> impl Strategy<Value = Results> {
    (identifier(), option::of(any::<u32>()), identifier(), meta(), items()).prop_map(
        |(cmd_id, msg_ref, cmd_ref, meta, items)| Results {
            cmd_id,
            msg_ref,
            cmd_ref,
            meta,
            items,
        },
    )
}

/// Any command, groups included.
pub fn command() -> impl Strategy<Value = Command> {
    let unknown = ("[A-Z][a-z]{0,3}X", option::of(identifier())).prop_map(|(name, cmd_id)| Unknown { name, cmd_id });
    let leaf = prop_oneof![
        (identifier(), any::<u32>(), items()).prop_map(|(cmd_id, code, items)| Alert { cmd_id, code, items }.into()),
        status().prop_map(Command::from),
        results().prop_map(Command::from),
        request().prop_map(Command::from),
        unknown.prop_map(Command::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let kind = prop_oneof![Just(GroupKind::Atomic), Just(GroupKind::Sequence)];
        (kind, identifier(), meta(), proptest::collection::vec(inner, 0..4)).prop_map(
            |(kind, cmd_id, meta, members)| {
                Group {
                    kind,
                    cmd_id,
                    meta,
                    members,
                }
                .into()
            },
        )
    })
}

fn header() -> impl Strategy<Value = Header> {
    let credentials =
        (identifier(), option::of(identifier()), identifier()).prop_map(|(auth_type, format, data)| Credentials {
            auth_type,
            format,
            data,
        });
    let required = (some_identifier(), any::<u32>(), some_identifier(), some_identifier());
    (required, option::of(identifier()), option::of(credentials), meta()).prop_map(
        |((session_id, msg_id, target, source), source_name, credentials, meta)| Header {
            session_id,
            msg_id,
            target,
            source,
            source_name,
            credentials,
            meta,
        },
    )
}

/// Any message.
pub fn message() -> impl Strategy<Value = Message> {
    (header(), proptest::collection::vec(command(), 0..5), any::<bool>()).prop_map(|(header, body, is_final)| Message {
        header,
        body,
        is_final,
    })
}
