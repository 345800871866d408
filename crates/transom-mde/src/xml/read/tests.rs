use super::*;

fn read(text: &str) -> Result<Element, Problem> {
    parse(text.as_bytes(), &Limits::SMALL)
}

fn utf16_bytes(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    std::iter::once(0xfeff)
        .chain(text.encode_utf16())
        .flat_map(bytes)
        .collect()
}

#[test]
fn text_is_put_together_from_references_sections_and_plain_pieces() {
    let root = read("<a>1 &lt; 2 &amp;&#38; <![CDATA[<x>]]>&#x41;<!-- no --></a>").unwrap();
    assert_eq!(root.text, "1 < 2 && <x>A");
}

#[test]
fn utf8_with_a_mark_and_utf16_with_a_mark_read_alike() {
    let text = "<?xml version=\"1.0\" encoding=\"utf-16\"?><a b='ö'>PC-Ä😀</a>";
    for bytes in [
        [&[0xef, 0xbb, 0xbf], text.as_bytes()].concat(),
        utf16_bytes(text, u16::to_le_bytes),
        utf16_bytes(text, u16::to_be_bytes),
    ] {
        let root = parse(&bytes, &Limits::SMALL).unwrap();
        assert_eq!((root.text.as_str(), root.attribute("b")), ("PC-Ä😀", Some("ö")));
    }
}

#[test]
fn broken_encodings_are_refused() {
    for bytes in [
        &b"<a>\xff</a>"[..],
        b"\xff\xfe<",
        b"\xff\xfe\x00\xd8",
        b"<?xml version='1.0' encoding='latin1'?><a/>",
    ] {
        assert!(
            matches!(parse(bytes, &Limits::SMALL), Err(Problem::Encoding(_))),
            "{bytes:?}"
        );
    }
}

#[test]
fn document_types_and_entities_are_refused() {
    for text in [
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
        "<!DOCTYPE a SYSTEM 'http://example.test/a.dtd'><a/>",
        "<a>&x;</a>",
    ] {
        assert!(matches!(read(text), Err(Problem::DocType { .. })), "{text}");
    }
    assert!(matches!(read("<a b='&x;'/>"), Err(Problem::Syntax { .. })));
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for text in [
        "",
        " ",
        "text",
        "<a>",
        "<a",
        "<a></b>",
        "</a>",
        "<a/><b/>",
        "<a/>text",
        "text<a/>",
        "<a b='1' b='2'/>",
        "<a b=1/>",
        "<x:a/>",
        "<a>&</a>",
        "<a>&#0;</a>",
        "<a>&#1;</a>",
        "<a>\u{1}</a>",
        "<a b='&#2;'/>",
        "<a/>&lt;",
        "<a>&#xD800;</a>",
        "<a>&#x110000;</a>",
        "<a><!-- -- --></a>x",
    ] {
        assert!(
            matches!(read(text), Err(Problem::Syntax { .. })),
            "{text:?} gave {:?}",
            read(text)
        );
    }
}

#[test]
fn each_limit_refuses_one_more_than_it_allows() {
    let limits = Limits {
        bytes: 60,
        depth: 2,
        elements: 3,
        attributes: 2,
        text: 4,
    };
    let read = |text: &str| parse(text.as_bytes(), &limits);
    for fine in ["<a><b/><b/></a>", "<a b='1' c='2'/>", "<a>&lt;234</a>", "<a b='1234'/>"] {
        assert!(read(fine).is_ok(), "{fine}");
    }
    for over in [
        "<a><b><c/></b></a>",
        "<a><b/><b/><b/></a>",
        "<a b='1' c='2' d='3'/>",
        "<a>&lt;<b/>2345</a>",
        "<a b='12345'/>",
    ] {
        assert!(matches!(read(over), Err(Problem::Limit { .. })), "{over}");
    }
    assert!(matches!(
        read(&format!("<a>{}</a>", " ".repeat(60))),
        Err(Problem::TooLarge { .. })
    ));
}

#[test]
fn an_error_does_not_quote_the_message() {
    let problem = read("<a><p>hunter2</p><q>hunter3</r hunter4></a>").unwrap_err();
    assert!(!format!("{problem} {problem:?}").contains("hunter"));
}

#[test]
fn a_bare_attribute_wins_over_one_with_a_prefix() {
    let root = read("<a xmlns:w='urn:w' w:Type='1' Type='2' w:Only='3'/>").unwrap();
    assert_eq!(
        (root.attribute("Type"), root.attribute("Only"), root.attribute("w")),
        (Some("2"), Some("3"), None)
    );
}
