//! Where clients and samples differ from the specifications, and the codec does not mind.

use transom_syncml::{Command, Meta};

use crate::{data_of, own, read, with_body, with_data};

#[test]
fn a_message_as_documentation_prints_it() {
    let message = read(&own("written-by-hand")).unwrap();
    let header = &message.header;
    assert_eq!((header.session_id.as_str(), header.msg_id), ("1F", 1));
    assert_eq!(header.target, "https://mdm.transom.example/manage?a=1&b=2");
    assert_eq!(header.source, "A0B1C2D3E4F5061728394A5B6C7D8E9F");
    assert_eq!(header.source_name.as_deref(), Some("device-0001"));
    assert_eq!(
        (header.meta.max_msg_size, header.meta.max_obj_size),
        (Some(524_288), Some(1_048_576))
    );
    assert!(message.is_final);
    let [Command::Alert(alert), Command::Request(replace)] = message.body.as_slice() else {
        panic!("an alert and a request expected, not {:?}", message.body);
    };
    assert_eq!((alert.cmd_id.as_str(), alert.code), ("2", 1224));
    assert_eq!(alert.kind(), Some("com.microsoft/MDM/LoginStatus"));
    assert_eq!(alert.items[0].data.as_deref(), Some(" kept "));
    let item = &replace.items[0];
    assert_eq!(
        item.meta,
        Meta {
            format: Some("chr".to_owned()),
            ..Meta::default()
        }
    );
    assert_eq!(item.data.as_deref(), Some("a <b> & c A<\u{F000}"));
    assert!(!item.data_is_markup);
    assert_eq!(item.source.as_deref(), Some("./DevInfo/Man"));
}

#[test]
fn empty_data_is_not_absent_data() {
    for empty in ["<Data/>", "<Data></Data>", "<Data><!-- nothing --></Data>"] {
        let xml = with_body(&format!("<Replace><CmdID>1</CmdID><Item>{empty}</Item></Replace>"));
        assert_eq!(data_of(&xml), (Some(String::new()), false), "{empty}");
    }
    assert_eq!(
        data_of(&with_body("<Replace><CmdID>1</CmdID><Item/></Replace>")),
        (None, false)
    );
}

#[test]
fn data_keeps_its_white_space_and_line_ends_become_one() {
    assert_eq!(
        data_of(&with_data(" \t a\r\nb\rc\n ")).0.as_deref(),
        Some(" \t a\nb\nc\n ")
    );
    assert_eq!(data_of(&with_data("a&#xD;&#10;b")).0.as_deref(), Some("a\r\nb"));
    assert_eq!(
        data_of(&with_data("&lt;&gt;&amp;&apos;&quot;&#x1F600;")).0.as_deref(),
        Some("<>&'\"\u{1F600}")
    );
    assert_eq!(
        data_of(&with_data("<![CDATA[]]]]><![CDATA[>]]>&amp;lt;")).0.as_deref(),
        Some("]]>&lt;")
    );
}

#[test]
fn markup_in_data_is_the_source_text_whatever_it_holds() {
    for markup in [
        "<a/>",
        " before <a x='1'>&amp;<b/></a> after ",
        "<a/><b></b>",
        "text<!-- c --><?pi x?><p:a xmlns:p=\"urn:p\"><Data>inner</Data></p:a><![CDATA[</Data>]]>",
        "<Data/>",
        "<msft:a\r\n/>",
    ] {
        assert_eq!(data_of(&with_data(markup)), (Some(markup.to_owned()), true), "{markup}");
    }
}

#[test]
fn markup_is_cut_out_right_behind_a_byte_order_mark() {
    let xml = format!("\u{FEFF}{}", with_data("é<a>ü</a>"));
    assert_eq!(data_of(&xml), (Some("é<a>ü</a>".to_owned()), true));
}

#[test]
fn a_command_without_id_is_read_so_that_it_can_be_answered() {
    let message = read(with_body("<Alert><Data>1201</Data></Alert><Get/><Foo/>").as_bytes()).unwrap();
    let ids: Vec<_> = message
        .body
        .iter()
        .map(|command| (command.name(), command.cmd_id()))
        .collect();
    assert_eq!(ids, [("Alert", Some("")), ("Get", Some("")), ("Foo", None)]);
}

#[test]
fn codes_that_are_no_numbers_are_zero() {
    let body = "<Alert><CmdID>1</CmdID><Data>x</Data></Alert><Status><CmdID>2</CmdID><MsgRef/><Data/></Status>";
    let message = read(with_body(body).as_bytes()).unwrap();
    let [Command::Alert(alert), Command::Status(status)] = message.body.as_slice() else {
        panic!("{message:?}")
    };
    assert_eq!((alert.code, status.code, status.msg_ref), (0, 0, None));
}

#[test]
fn the_first_of_two_counts() {
    let body = "<Replace><CmdID>1</CmdID><CmdID>2</CmdID><Item><Target><LocURI>./A</LocURI></Target>\
                <Target><LocURI>./B</LocURI></Target><Data>a</Data><Data><b/></Data></Item></Replace>";
    let message = read(with_body(body).as_bytes()).unwrap();
    let [Command::Request(request)] = message.body.as_slice() else {
        panic!("{message:?}")
    };
    assert_eq!(
        (request.cmd_id.as_str(), request.items[0].target.as_deref()),
        ("1", Some("./A"))
    );
    assert_eq!(
        (request.items[0].data.as_deref(), request.items[0].data_is_markup),
        (Some("a"), false)
    );
}

#[test]
fn nested_groups_keep_their_order() {
    let body = "<Sequence><CmdID>1</CmdID><Get><CmdID>2</CmdID></Get><Atomic><CmdID>3</CmdID><Zap><CmdID>4</CmdID>\
                </Zap><Exec><CmdID>5</CmdID></Exec></Atomic><Status><CmdID>6</CmdID></Status></Sequence>";
    let message = read(with_body(body).as_bytes()).unwrap();
    let [Command::Group(outer)] = message.body.as_slice() else {
        panic!("{message:?}")
    };
    let names: Vec<_> = outer.members.iter().map(Command::name).collect();
    assert_eq!(names, ["Get", "Atomic", "Status"]);
    let Command::Group(inner) = &outer.members[1] else {
        panic!("{outer:?}")
    };
    let names: Vec<_> = inner.members.iter().map(|c| (c.name(), c.cmd_id())).collect();
    assert_eq!(names, [("Zap", Some("4")), ("Exec", Some("5"))]);
}
