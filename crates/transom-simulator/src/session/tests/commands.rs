//! What commands do and how they are answered.

use super::*;

#[test]
fn statuses_and_results_are_interleaved() {
    let mut machine = machine();
    let commands: Vec<Command> = vec![
        Request::get(5, "./DevDetail/SwV").into(),
        policy(6, "int", "0"),
        Request::get(7, "./DevDetail/None").into(),
        Request::get(8, "./DevDetail/LrgObj").into(),
    ];
    let (second, session) = exchange(&mut machine, commands);
    assert_eq!(
        outline(&second),
        ["0 200", "5 200", "R 5", "6 200", "7 404", "8 200", "R 8"]
    );
    let ids: Vec<&str> = second.body.iter().filter_map(Command::cmd_id).collect();
    assert_eq!(ids, ["1", "2", "3", "4", "5", "6", "7"]);
    let codes: Vec<u32> = session.executed().iter().map(|done| done.code).collect();
    assert_eq!(codes, [200, 200, 404, 200]);
    let Command::Results(results) = &second.body[6] else {
        panic!()
    };
    assert_eq!(results.items[0].meta.format.as_deref(), Some("bool"));
    let Command::Results(results) = &second.body[2] else {
        panic!()
    };
    assert_eq!(results.items[0].meta.format, None, "text has no format");
}

#[test]
fn items_that_go_differently_have_a_status_each() {
    let get =
        |uris: [&str; 2]| -> Vec<Command> { vec![Request::get(5, uris[0]).with_item(Item::target(uris[1])).into()] };
    let (second, _) = exchange(&mut machine(), get(["./DevDetail/SwV", "./DevDetail/None"]));
    assert_eq!(outline(&second), ["0 200", "5 200", "5 404", "R 5"]);
    let Command::Status(status) = &second.body[2] else {
        panic!()
    };
    assert_eq!(status.target_refs, ["./DevDetail/None"]);
    let (second, _) = exchange(&mut machine(), get(["./DevDetail/SwV", "./DevDetail/OEM"]));
    assert_eq!(outline(&second), ["0 200", "5 200", "R 5"]);
    let Command::Status(status) = &second.body[1] else {
        panic!()
    };
    assert!(status.target_refs.is_empty());
}

#[test]
fn the_hresult_is_told_from_version_three_on() {
    let get = || vec![Request::get(5, "./DevDetail/None").into()];
    let mut machine = machine();
    let (second, _) = exchange(&mut machine, get());
    let Command::Status(status) = &second.body[1] else {
        panic!()
    };
    assert_eq!(status.original_error, None);
    let version = "./Vendor/MSFT/DMClient/Provider/Transom/SyncApplicationVersion";
    exchange(&mut machine, vec![Request::replace(5, version, "chr", "3.0").into()]);
    let mut session = PcSession::open(&mut machine, &Faults::default()).unwrap();
    let first = String::from_utf8(session.first().body).unwrap();
    assert!(first.contains("<SyncBody xmlns:msft=\"http://schemas.microsoft.com/MobileDevice/MDM\">"));
    let (second, _) = exchange(&mut machine, get());
    let Command::Status(status) = &second.body[1] else {
        panic!()
    };
    assert_eq!(status.original_error.as_deref(), Some("0x86000002"));
}

#[test]
fn an_atomic_that_fails_changes_nothing() {
    let mut machine = machine();
    let members = vec![
        policy(6, "int", "0"),
        Request::add(
            7,
            "./Vendor/MSFT/EnterpriseModernAppManagement/AppInstallation/A",
            "node",
            "",
        )
        .into(),
        policy(8, "int", "off"),
        Request::exec(9, "./Vendor/MSFT/Reboot/RebootNow").into(),
    ];
    let (second, _) = exchange(&mut machine, vec![Group::atomic(5, members).into()]);
    assert_eq!(outline(&second), ["0 200", "5 507", "6 216", "7 516", "8 415", "9 215"]);
    assert_eq!(
        machine.tree().value("./Vendor/MSFT/Policy/Config/Camera/AllowCamera"),
        None
    );
    assert!(machine.performed().is_empty());
}

#[test]
fn an_atomic_that_succeeds_does_everything() {
    let mut machine = machine();
    let members = vec![
        policy(6, "int", "0"),
        Request::exec(7, "./Vendor/MSFT/Reboot/RebootNow").into(),
    ];
    let (second, _) = exchange(&mut machine, vec![Group::atomic(5, members).into()]);
    assert_eq!(outline(&second), ["0 200", "5 200", "6 200", "7 200"]);
    assert_eq!(machine.performed()[0].action, Action::Reboot);
}

#[test]
fn a_get_or_an_atomic_in_an_atomic_fails() {
    let mut machine = machine();
    let mut session = PcSession::open(&mut machine, &Faults::default()).unwrap();
    let first = read(&session.first());
    let members = vec![Request::get(6, "./DevDetail/SwV").into(), policy(7, "int", "0")];
    let inner = Group::atomic(9, Vec::new()).into();
    let commands = vec![Group::atomic(5, members).into(), Group::atomic(8, vec![inner]).into()];
    let Step::Send(second) = deliver(&mut session, &mut machine, &answer(&first, 1, 200, commands)) else {
        panic!()
    };
    assert_eq!(
        outline(&read(&second)),
        ["0 200", "5 507", "6 500", "7 215", "8 507", "9 500"]
    );
}

#[test]
fn a_sequence_is_done_in_order() {
    let members = vec![policy(6, "int", "0"), Request::get(7, "./DevDetail/SwV").into()];
    let (second, _) = exchange(&mut machine(), vec![Group::sequence(5, members).into()]);
    assert_eq!(outline(&second), ["0 200", "5 200", "6 200", "7 200", "R 7"]);
}

#[test]
fn what_windows_does_not_know_is_answered_with_a_code() {
    let mut machine = machine();
    let mut session = PcSession::open(&mut machine, &Faults::default()).unwrap();
    let first = read(&session.first());
    let commands = vec![
        Request::new(Verb::Copy, 5, Item::target("./DevDetail/SwV")).into(),
        Request::get("", "./DevDetail/SwV").into(),
        Command::Unknown(transom_syncml::Unknown {
            name: "Search".to_owned(),
            cmd_id: Some("6".to_owned()),
        }),
    ];
    let Step::Send(second) = deliver(&mut session, &mut machine, &answer(&first, 1, 200, commands)) else {
        panic!()
    };
    assert_eq!(outline(&read(&second)), ["0 200", "5 406", " 400", "6 400"]);
}

#[test]
fn an_installation_is_accepted_and_told_about_in_the_next_session() {
    let mut machine = machine();
    let uri = "./Device/Vendor/MSFT/EnterpriseDesktopAppManagement/MSI/%7BA%7D/DownloadInstall";
    let (second, _) = exchange(&mut machine, vec![Request::exec(5, uri).into()]);
    assert_eq!(outline(&second), ["0 200", "5 202"]);
    let mut session = PcSession::open(&mut machine, &Faults::default()).unwrap();
    let first = read(&session.first());
    let Command::Alert(alert) = &first.body[2] else {
        panic!()
    };
    assert_eq!((alert.code, alert.items[0].source.as_deref()), (1224, Some(uri)));
    deliver(&mut session, &mut machine, &answer(&first, 1, 200, Vec::new()));
    assert!(machine.pending().is_empty(), "it is told once");
}

#[test]
fn without_the_user_user_settings_are_refused_and_the_alert_says_so() {
    let mut machine = machine();
    machine.set_login(Login::Nobody);
    let uri = "./User/Vendor/MSFT/Policy/Config/Start/X";
    let (second, _) = exchange(&mut machine, vec![Request::replace(5, uri, "int", "1").into()]);
    assert_eq!(outline(&second), ["0 200", "5 405"]);
    let mut session = PcSession::open(&mut machine, &Faults::default()).unwrap();
    let Command::Alert(alert) = &read(&session.first()).body[1] else {
        panic!()
    };
    assert_eq!(alert.items[0].data.as_deref(), Some("none"));
}

#[test]
fn a_secret_that_the_server_changes_is_used_from_then_on() {
    let mut machine = machine();
    let (_, secret) = machine.digest_account().unwrap();
    assert_eq!(secret, "correct horse");
    let base = machine.tree().get("./SyncML/DMAcc").unwrap()[0].value.clone().unwrap();
    let uri = format!("./SyncML/DMAcc/{base}/AppAuth/CLCRED/AAuthSecret");
    let (second, _) = exchange(
        &mut machine,
        vec![
            Request::replace(5, uri.as_str(), "chr", "new secret").into(),
            Request::get(6, uri.as_str()).into(),
        ],
    );
    assert_eq!(
        outline(&second),
        ["0 200", "5 200", "6 405"],
        "it is written and never read"
    );
    assert_eq!(machine.digest_account().unwrap().1, "new secret");
}

#[test]
fn a_picture_that_has_to_be_downloaded_is_accepted() {
    let uri = "./Vendor/MSFT/Personalization/DesktopImageUrl";
    let replace = Request::replace(5, uri, "chr", "https://example.com/a.jpg").into();
    let (second, _) = exchange(&mut machine(), vec![replace]);
    assert_eq!(outline(&second), ["0 200", "5 202"]);
}
