//! What is no message, and what the error says about it; and what cannot be written.

use transom_syncml::{
    Alert, Command, DecodeError, DecodeErrorKind, EncodeError, Group, Header, Item, Message, Place, Request, Unknown,
    command_size, encode, envelope_size,
};

use crate::{own, read, with_body, with_data};

/// What a message without one piece is refused for.
fn refused(xml: &str) -> DecodeError {
    read(xml.as_bytes()).expect_err(xml)
}

#[test]
fn a_missing_part_of_the_header_is_named() {
    let whole = with_body("<Final/>");
    for (part, name) in [
        ("<SessionID>1</SessionID>", "SyncHdr/SessionID"),
        ("<MsgID>1</MsgID>", "SyncHdr/MsgID"),
        ("<Target><LocURI>s</LocURI></Target>", "SyncHdr/Target/LocURI"),
        ("<LocURI>d</LocURI>", "SyncHdr/Source/LocURI"),
        ("<SyncBody><Final/></SyncBody>", "SyncBody"),
    ] {
        assert!(whole.contains(part));
        assert_eq!(
            refused(&whole.replace(part, "")),
            DecodeError::Missing { element: name }
        );
    }
    let empty = whole.replace("<SessionID>1</SessionID>", "<SessionID> \n </SessionID>");
    assert_eq!(
        refused(&empty),
        DecodeError::Missing {
            element: "SyncHdr/SessionID"
        }
    );
    let bodiless = refused("<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncBody/></SyncML>");
    assert_eq!(bodiless.to_string(), "SyncHdr is missing");
}

#[test]
fn a_message_id_must_be_a_number() {
    let xml = with_body("").replace("<MsgID>1", "<MsgID>one");
    let offset = xml.find("<MsgID>").unwrap();
    assert_eq!(
        refused(&xml),
        DecodeError::NotANumber {
            element: "SyncHdr/MsgID",
            offset
        }
    );
}

#[test]
fn a_second_header_or_body_is_refused() {
    let xml = with_body("").replace("</SyncML>", "<SyncBody/></SyncML>");
    assert!(matches!(
        refused(&xml),
        DecodeError::Repeated {
            element: "SyncBody",
            ..
        }
    ));
    let xml = with_body("").replace("<SyncBody>", "<SyncHdr/><SyncBody>");
    assert!(matches!(
        refused(&xml),
        DecodeError::Repeated { element: "SyncHdr", .. }
    ));
}

#[test]
fn other_documents_are_told_from_broken_ones() {
    for other in [
        "",
        "   ",
        "{\"a\":1}",
        "a=1&b=2",
        "\u{FEFF}\u{FEFF}<SyncML/>",
        "<html><body/></html>",
        "<SyncML/>",
        "<SyncML xmlns=\"SYNCML:SYNCML2.0\"/>",
        "<s:SyncML xmlns=\"SYNCML:SYNCML1.2\"/>",
        "<Envelope xmlns=\"SYNCML:SYNCML1.2\"/>",
        "<!-- only a comment -->",
    ] {
        assert_eq!(refused(other).kind(), DecodeErrorKind::NotSyncMl, "{other:?}");
    }
    assert_eq!(read(&[3, 1, 0x6A, 0]), Err(DecodeError::Wbxml));
    let long = refused(&format!("<{}/>", "x".repeat(5000))).to_string();
    assert!(long.len() < 200, "{long}");
}

#[test]
fn document_types_and_their_entities_are_refused() {
    let laughs = format!(
        "<!DOCTYPE lolz [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">]>{}",
        with_data("&b;")
    );
    assert_eq!(refused(&laughs), DecodeError::Doctype { offset: 0 });
    assert!(matches!(
        refused("<!DOCTYPE SyncML><SyncML/>"),
        DecodeError::Doctype { .. }
    ));
    assert!(matches!(
        refused(&with_data("<!DOCTYPE a>")),
        DecodeError::Doctype { .. }
    ));
}

#[test]
fn unknown_references_and_illegal_characters_are_refused_where_they_stand() {
    let xml = with_data("&b;");
    assert_eq!(
        refused(&xml),
        DecodeError::Entity {
            offset: xml.find("&b;").unwrap()
        }
    );
    for (written, code) in [
        ("&#0;", 0),
        ("&#x8;", 8),
        ("&#xFFFE;", 0xFFFE),
        ("\u{B}", 0xB),
        ("\u{FFFF}", 0xFFFF),
    ] {
        let error = refused(&with_data(written));
        if code == 0 {
            assert!(matches!(error, DecodeError::Malformed { .. }), "{error}");
        } else {
            assert!(
                matches!(error, DecodeError::IllegalCharacter { code: c, .. } if c == code),
                "{error}"
            );
        }
    }
    let mut nul = with_data("ab").into_bytes();
    let place = nul.len() - 70;
    nul[place] = 0;
    assert_eq!(
        read(&nul),
        Err(DecodeError::IllegalCharacter { code: 0, offset: place })
    );
    for reference in ["&#xD800;", "&#x110000;", "&#-1;", "&#;", "&;", "& ", "&amp", "&AMP;"] {
        assert_eq!(
            refused(&with_data(reference)).kind(),
            DecodeErrorKind::Malformed,
            "{reference}"
        );
    }
    for attribute in [
        "a=\"&b;\"",
        "a=\"&#1;\"",
        "a=\"<\"",
        "a=\"1\" a=\"2\"",
        "a=1",
        "a",
        "a:b:c=\"1\"",
        "1=\"1\"",
    ] {
        let xml = with_data(&format!("<x {attribute}/>"));
        assert_eq!(refused(&xml).kind(), DecodeErrorKind::Malformed, "{attribute}");
    }
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for broken in [
        "<a>",
        "</a>",
        "<a></b>",
        "<1/>",
        "<a:b:c/>",
        "<a",
        "<!-- ",
        "<![CDATA[",
        "<?xml version=\"1.0\"?>",
    ] {
        assert_eq!(
            refused(&with_body(broken)).kind(),
            DecodeErrorKind::Malformed,
            "{broken}"
        );
    }
}

#[test]
fn nothing_may_follow_the_root() {
    let whole = with_body("");
    for rest in [
        "x",
        "<a/>",
        "&amp;",
        "&x;",
        "</SyncML>",
        "<![CDATA[x]]>",
        "<!DOCTYPE a>",
        "<",
    ] {
        let error = refused(&format!("{whole}{rest}"));
        assert_eq!(error, DecodeError::TrailingContent { offset: whole.len() }, "{rest}");
    }
    assert!(read(format!("{whole} \r\n<!-- c --><?p?>\t").as_bytes()).is_ok());
}

#[test]
fn broken_encodings_are_refused_where_they_break() {
    let mut bytes = with_body("").into_bytes();
    bytes[40] = 0xFF;
    assert_eq!(
        read(&bytes),
        Err(DecodeError::Encoding {
            encoding: "UTF-8",
            offset: 40
        })
    );
    let half_pair = [0xFF, 0xFE, b'<', 0, 0x00, 0xD8, b'>', 0];
    assert_eq!(
        read(&half_pair),
        Err(DecodeError::Encoding {
            encoding: "UTF-16",
            offset: 4
        })
    );
    let odd = [0xFE, 0xFF, 0, b'<', 0];
    assert_eq!(
        read(&odd),
        Err(DecodeError::Encoding {
            encoding: "UTF-16",
            offset: 4
        })
    );
}

#[test]
fn errors_do_not_repeat_the_message() {
    for secret in [
        "<hunter2",
        "<hunter2>",
        "&hunter2;",
        "<a hunter2",
        "</hunter2>",
        "<a b=\"&hunter2;\"/>",
    ] {
        let error = refused(&with_data(secret));
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
}

#[test]
fn a_sample_cut_anywhere_is_refused() {
    for name in ["server-reply", "alerts", "written-by-hand"] {
        let bytes = own(name);
        let end = bytes.windows(9).rposition(|w| w.ends_with(b"SyncML>")).unwrap() + 9;
        for length in 0..end {
            assert!(read(&bytes[..length]).is_err(), "{name} cut at {length}");
        }
    }
}

/// A message with these commands.
fn message(body: Vec<Command>) -> Message {
    Message::new(Header::new("1", 1, "d", "s"), body)
}

#[test]
fn an_illegal_character_names_its_command() {
    let bad = Request::replace(7, "./A", "chr", "a\u{0}b");
    let group = Group::atomic(6, vec![Request::get(5, "./B").into(), bad.into()]);
    let error = encode(&message(vec![Alert::new(2, 1222).into(), group.into()])).unwrap_err();
    let place = Place::Command {
        index: Some(1),
        name: "Replace".to_owned(),
        cmd_id: "7".to_owned(),
    };
    assert_eq!(
        error,
        EncodeError::IllegalCharacter {
            place,
            element: "Data",
            code: 0
        }
    );
    assert_eq!(
        error.to_string(),
        "Replace \"7\": Data holds U+0000, which XML 1.0 does not allow"
    );
    let error = encode(&Message::new(Header::new("\u{1}", 1, "d", "s"), vec![])).unwrap_err();
    assert_eq!(error.place(), &Place::Header);
}

#[test]
fn markup_cannot_break_out_of_its_data() {
    for markup in [
        "</Data><Data>",
        "<a/></Data></Item><Item><Data>",
        "<a>",
        "text",
        "",
        "<a>&x;</a>",
        "<!DOCTYPE a><a/>",
    ] {
        let item = Item::target("./A").with_markup(markup);
        let error = encode(&message(vec![Alert::new(1, 1226).with_item(item).into()])).unwrap_err();
        assert!(matches!(error, EncodeError::Markup { .. }), "{markup}: {error}");
    }
}

#[test]
fn an_unknown_element_cannot_pose_as_a_known_one() {
    for name in ["Get", "Status", "Final", "CmdID", "", "a b", "a><Exec", "m:Type", "1"] {
        let unknown = Unknown {
            name: name.to_owned(),
            cmd_id: None,
        };
        let error = encode(&message(vec![unknown.into()])).unwrap_err();
        assert!(matches!(error, EncodeError::UnknownName { .. }), "{name}");
    }
}

#[test]
fn a_header_without_address_is_not_written() {
    let error = encode(&Message::new(Header::new("1", 1, "", "s"), vec![])).unwrap_err();
    assert_eq!(error, EncodeError::Empty { element: "Target" });
}

#[test]
fn sizes_add_up_to_the_length_of_the_message() {
    let message = read(&own("atomic-failure")).unwrap();
    let commands: usize = message.body.iter().map(|command| command_size(command).unwrap()).sum();
    assert_eq!(
        envelope_size(&message.header).unwrap() + commands,
        encode(&message).unwrap().len()
    );
    assert!(command_size(&Request::get(1, "\u{1}").into()).is_err());
}
