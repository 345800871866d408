//! Messages of our own making, one of each kind, and what they mean.

use transom_syncml::{
    Alert, Challenge, Command, Credentials, Group, Header, Item, Message, Request, Results, Status, Unknown, Verb,
    alert, auth, code, encode,
};

use crate::{own, own_folder, read};

const PC: &str = "A0B1C2D3E4F5061728394A5B6C7D8E9F";
const URL: &str = "https://mdm.transom.example/manage";

/// The message in a file is this value, and this value is written as that file.
fn assert_is(name: &str, message: Message) {
    let bytes = own(name);
    assert_eq!(read(&bytes).as_ref(), Ok(&message), "{name} read");
    assert_eq!(
        encode(&message).unwrap(),
        String::from_utf8(bytes).unwrap(),
        "{name} written"
    );
}

fn from_pc(session: &str, msg_id: u32, body: Vec<Command>) -> Message {
    Message::new(Header::new(session, msg_id, URL, PC), body)
}

fn from_server(session: &str, msg_id: u32, body: Vec<Command>) -> Message {
    Message::new(Header::new(session, msg_id, PC, URL), body)
}

fn status(cmd_id: u32, msg_ref: u32, cmd_ref: u32, cmd: &str, code: u32) -> Status {
    Status {
        cmd: cmd.to_owned(),
        cmd_ref: cmd_ref.to_string(),
        ..Status::of_header(cmd_id, msg_ref, code)
    }
}

fn dev_info(cmd_id: u32) -> Command {
    let item = |name: &str, value: &str| Item::source(format!("./DevInfo/{name}")).with_data(value);
    Request::new(Verb::Replace, cmd_id, item("DevId", PC))
        .with_item(item("Man", "Transom Works"))
        .with_item(item("Mod", "Bench PC 4"))
        .with_item(item("DmV", "1.3"))
        .with_item(item("Lang", "fr-FR"))
        .into()
}

fn login(cmd_id: u32, who: &str) -> Command {
    Alert::typed(cmd_id, alert::CLIENT_EVENT, alert::kind::LOGIN_STATUS, who).into()
}

#[test]
fn every_message_of_our_own_reads() {
    let mut count = 0;
    for entry in std::fs::read_dir(own_folder()).unwrap() {
        let path = entry.unwrap().path();
        let message = read(&std::fs::read(&path).unwrap()).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let text = encode(&message).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert_eq!(read(text.as_bytes()).as_ref(), Ok(&message), "{}", path.display());
        count += 1;
    }
    assert!(count >= 14, "only {count} messages");
}

#[test]
fn the_first_package() {
    let body = vec![
        Alert::new(2, alert::CLIENT_INITIATED).into(),
        login(3, alert::LOGIN_USER),
        dev_info(4),
    ];
    assert_is("package1", from_pc("1", 1, body));
}

#[test]
fn the_first_package_with_credentials() {
    let mut message = from_pc(
        "1",
        2,
        vec![
            Status::of_header(1, 1, code::OK).into(),
            Alert::new(2, alert::CLIENT_INITIATED).into(),
            login(3, alert::LOGIN_USER),
            dev_info(4),
        ],
    );
    let nonce = auth::decode_nonce("AAECAwQFBgcICQoLDA0ODw==").unwrap();
    let credentials = Credentials::md5("device-0001", "correct horse", &nonce);
    message.header = message.header.with_credentials("device-0001", credentials);
    assert_is("package1-with-credentials", message);
}

#[test]
fn a_challenge() {
    let nonce: Vec<u8> = (0..16).collect();
    let refused = code::MISSING_CREDENTIALS;
    assert_is(
        "challenge",
        from_server(
            "1",
            1,
            vec![
                Status::of_header(1, 1, refused)
                    .with_challenge(Challenge::md5(&nonce))
                    .into(),
                status(2, 1, 2, "Alert", refused).into(),
                status(3, 1, 3, "Alert", refused).into(),
                status(4, 1, 4, "Replace", refused).into(),
            ],
        ),
    );
}

#[test]
fn a_server_reply_with_every_kind_of_command() {
    let members = vec![
        Request::add(
            7,
            "./Vendor/MSFT/WiFi/Profile/R%26D/WlanXml",
            "chr",
            "<WLANProfile>a &amp; b</WLANProfile>",
        )
        .into(),
        Request::replace(8, "./Vendor/MSFT/Policy/Config/Camera/AllowCamera", "int", "0").into(),
    ];
    assert_is(
        "server-reply",
        from_server(
            "1",
            2,
            vec![
                Status::of_header(1, 2, code::AUTHENTICATED).into(),
                status(2, 2, 2, "Alert", code::OK).into(),
                status(3, 2, 3, "Alert", code::OK).into(),
                status(4, 2, 4, "Replace", code::OK).into(),
                Request::get(5, "./DevDetail/SwV")
                    .with_item(Item::target("./Vendor/MSFT/NodeCache"))
                    .into(),
                Group::atomic(6, members).into(),
                Request::delete(9, "./Vendor/MSFT/WiFi/Profile/Old").into(),
                Request::new(
                    Verb::Exec,
                    10,
                    Item::target("./Vendor/MSFT/Reboot/RebootNow").with_format("null"),
                )
                .into(),
            ],
        ),
    );
}

#[test]
fn results_between_statuses() {
    let document = "<?xml version=\"1.0\"?>\n<list>\n  <one a=\"b &amp; c\"/>\n</list>\n";
    let items = vec![
        Item::source("./DevDetail/SwV").with_data("10.0.26200.1"),
        Item::source("./DevDetail/LrgObj")
            .with_format("bool")
            .with_data("false"),
        Item::source("./Vendor/MSFT/Example/Document")
            .with_format("xml")
            .with_data(document),
    ];
    assert_is(
        "results",
        from_pc(
            "1",
            3,
            vec![
                Status::of_header(1, 2, code::OK).into(),
                status(2, 2, 5, "Get", code::OK).into(),
                Results::of(3, 2, 5, items).into(),
                status(4, 2, 9, "Delete", code::OK).into(),
                status(5, 2, 10, "Exec", code::ACCEPTED).into(),
            ],
        ),
    );
}

#[test]
fn statuses_of_single_items() {
    let missing = status(3, 2, 5, "Get", code::NOT_FOUND).with_target_ref("./Vendor/MSFT/NodeCache");
    assert_is(
        "multi-item-statuses",
        from_pc(
            "2F",
            3,
            vec![
                Status::of_header(1, 2, code::OK).into(),
                status(2, 2, 5, "Get", code::OK)
                    .with_target_ref("./DevDetail/SwV")
                    .into(),
                missing.with_original_error("0x86000002").into(),
                Results::of(4, 2, 5, vec![Item::source("./DevDetail/SwV").with_data("10.0.26200.1")]).into(),
            ],
        ),
    );
}

#[test]
fn alerts_of_many_kinds() {
    let msi = "./Device/Vendor/MSFT/EnterpriseDesktopAppManagement/MSI/\
               %7B0B7E2F34-6B0E-4C0C-9F0E-1F4F2A9B6C11%7D/DownloadInstall";
    let installed = Item::source(msi).with_format("int").with_type(alert::kind::MSI_INSTALL);
    let hosted = Item::default()
        .with_format("int")
        .with_type(alert::kind::HOSTED_APP_INSTALL);
    let documents = "<DeclaredConfigurations schema=\"1.0\"><DeclaredConfiguration context=\"Device\" id=\"d1\" \
                     checksum=\"A1\" state=\"60\"/></DeclaredConfigurations>";
    let declared = Item::default()
        .with_type(alert::kind::DECLARED_CONFIGURATION)
        .with_markup(documents);
    assert_is(
        "alerts",
        from_pc(
            "3",
            1,
            vec![
                Alert::new(2, alert::SERVER_INITIATED).into(),
                login(3, alert::LOGIN_NONE),
                Alert::new(4, alert::CLIENT_EVENT)
                    .with_item(installed.with_mark("informational").with_data("0"))
                    .into(),
                Alert::new(5, alert::GENERIC)
                    .with_item(hosted.with_data("-2147009281"))
                    .into(),
                Alert::new(6, alert::CLIENT_EVENT).with_item(declared).into(),
                Alert::new(7, alert::SESSION_ABORT).into(),
                dev_info(8),
            ],
        ),
    );
}

#[test]
fn a_heartbeat() {
    let beat = Alert::typed(2, alert::CLIENT_EVENT, alert::kind::REQUEST_PENDING, "1");
    assert_is("request-pending", from_pc("3", 2, vec![beat.into()]).unfinished());
}

#[test]
fn an_unenrolment() {
    let item = Item::default()
        .with_format("int")
        .with_type(alert::kind::UNENROLMENT)
        .with_mark("critical");
    assert_is(
        "unenrolment",
        from_pc(
            "9",
            1,
            vec![
                Alert::new(2, alert::CLIENT_INITIATED).into(),
                login(3, alert::LOGIN_USER),
                Alert::new(4, alert::GENERIC).with_item(item.with_data("1")).into(),
                dev_info(5),
            ],
        ),
    );
}

#[test]
fn a_large_object_in_two_messages() {
    let node = "./Vendor/MSFT/Example/Large";
    let mut part = Results::of(
        3,
        2,
        5,
        vec![Item::source(node).with_data("first half, ").with_more_data()],
    );
    part.meta.type_ = Some("text/plain".to_owned());
    part.meta.size = Some(23);
    let head = vec![
        Status::of_header(1, 2, code::OK).into(),
        status(2, 2, 5, "Get", code::OK).into(),
        part.into(),
    ];
    assert_is("large-object-1", from_pc("4", 3, head).unfinished());
    let rest = Results::of(2, 2, 5, vec![Item::source(node).with_data("second half")]);
    assert_is(
        "large-object-2",
        from_pc("4", 4, vec![Status::of_header(1, 3, code::OK).into(), rest.into()]),
    );
}

#[test]
fn a_failed_atomic() {
    let culprit = status(4, 2, 8, "Replace", code::UNSUPPORTED_FORMAT).with_original_error("0x86000011");
    assert_is(
        "atomic-failure",
        from_pc(
            "5",
            3,
            vec![
                Status::of_header(1, 2, code::OK).into(),
                status(2, 2, 6, "Atomic", code::ATOMIC_FAILED).into(),
                status(3, 2, 7, "Add", code::ROLLED_BACK).into(),
                culprit.into(),
                status(5, 2, 9, "Delete", code::NOT_EXECUTED).into(),
            ],
        ),
    );
}

#[test]
fn elements_that_are_no_commands() {
    let search = Unknown {
        name: "Search".to_owned(),
        cmd_id: Some("3".to_owned()),
    };
    assert_is(
        "unknown-element",
        from_pc(
            "5",
            4,
            vec![
                Status::of_header(1, 3, code::OK).into(),
                Group::sequence(2, vec![search.into()]).into(),
                Unknown {
                    name: "Sync".to_owned(),
                    cmd_id: None,
                }
                .into(),
            ],
        ),
    );
}
