use super::*;
use transom_syncml::{Alert, Header, Status, Unknown, alert, alert::kind};

fn message(body: Vec<Command>) -> Message {
    Message::new(Header::new("1", 1, "s", "d"), body)
}

fn codes(body: Vec<Command>) -> Vec<u32> {
    let message = message(body);
    let received = receive(&mut State::default(), &message, About::Current, true);
    received.statuses.iter().map(|(_, code)| *code).collect()
}

#[test]
fn every_command_but_status_and_results_gets_a_code_in_document_order() {
    let unknown = Unknown {
        name: "Sync".to_owned(),
        cmd_id: Some("9".to_owned()),
    };
    let body = vec![
        Status::of_header(1, 1, 200).into(),
        Alert::new(2, alert::CLIENT_INITIATED).into(),
        Alert::new(3, 1100).into(),
        Alert::new(4, 0).into(),
        Alert::new("", alert::CLIENT_INITIATED).into(),
        Request::replace(5, "./DevInfo/Man", "chr", "A").into(),
        Request::get(6, "./A").into(),
        Request::exec(7, "./A").into(),
        unknown.into(),
    ];
    assert_eq!(codes(body), [200, 406, 400, 400, 200, 405, 405, 400]);
}

#[test]
fn members_of_groups_get_codes_of_their_own() {
    let member = |id: u32| Request::replace(id, "./DevInfo/Man", "chr", "A").into();
    assert_eq!(
        codes(vec![Group::sequence(1, vec![member(2), member(3)]).into()]),
        [200, 200, 200]
    );
    assert_eq!(
        codes(vec![Group::atomic(1, vec![member(2), member(3)]).into()]),
        [406, 215, 215]
    );
}

#[test]
fn the_type_of_an_alert_may_have_blanks_around_it() {
    let mut state = State::default();
    let login = Alert::typed(2, 1224, format!(" {} ", kind::LOGIN_STATUS), "user");
    receive(&mut state, &message(vec![login.into()]), About::Current, true);
    assert!(state.user_signed_in);
}

#[test]
fn the_hash_does_not_depend_on_the_order_and_tells_values_apart() {
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    let one = dev_info_hash(&[pair("./A", "1"), pair("./B", "2")]);
    assert_eq!(one, dev_info_hash(&[pair("./B", "2"), pair("./A", "1")]));
    assert_ne!(one, dev_info_hash(&[pair("./A", "12"), pair("./B", "")]));
}

#[test]
fn only_nodes_are_kept_and_not_without_end() {
    assert!(is_kept("./DevInfo/Man"));
    assert!(!is_kept("./DevInfo?prop=Type"));
    assert!(!is_kept("DevInfo"));
    assert!(!is_kept(&format!("./{}", "x".repeat(URI_BYTES_MAX))));
    let items: Vec<Item> = (0..500)
        .map(|n| Item::source(format!("./N/{n}")).with_data("1"))
        .collect();
    assert_eq!(dev_info(&items).len(), DEV_INFO_ITEMS_MAX);
}

#[test]
fn only_harmless_alerts_need_no_write() {
    let typed = |code, kind: &str| is_harmless(&Alert::typed(2, code, kind, "x"));
    assert!(is_harmless(&Alert::new(2, alert::CLIENT_INITIATED)));
    assert!(typed(1224, kind::LOGIN_STATUS));
    assert!(typed(1224, kind::DEVICE_PREPARATION));
    assert!(!typed(1224, kind::MSI_INSTALL));
    assert!(!typed(1226, kind::LOGIN_STATUS));
    assert!(!typed(1224, "com.example.unknown"));
    assert!(!is_harmless(&Alert::new(2, alert::SESSION_ABORT)));
}
