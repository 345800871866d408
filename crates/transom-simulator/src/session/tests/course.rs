//! How sessions begin, go on, go wrong and end.

use super::*;

#[test]
fn a_session_without_commands_is_two_messages() {
    let mut machine = machine();
    let mut session = PcSession::open(&mut machine, &Faults::default()).unwrap();
    let first = read(&session.first());
    assert_eq!(first.header.session_id, "1");
    assert_eq!(first.header.credentials, None);
    let step = deliver(&mut session, &mut machine, &answer(&first, 1, 200, Vec::new()));
    assert_eq!(step, Step::Done(End::Complete));
    assert_eq!((session.messages(), session.violations()), (1, &[][..]));
}

#[test]
fn session_ids_turn_hexadecimal_with_the_next_session() {
    let mut machine = machine();
    for expected in 1..=9 {
        let session = PcSession::open(&mut machine, &Faults::default()).unwrap();
        assert_eq!(session.id(), expected.to_string());
    }
    let version = "./Vendor/MSFT/DMClient/Provider/Transom/SyncApplicationVersion";
    let (_, session) = exchange(&mut machine, vec![Request::replace(5, version, "chr", "2.0").into()]);
    assert_eq!(session.id(), "10");
    assert_eq!(PcSession::open(&mut machine, &Faults::default()).unwrap().id(), "B");
}

#[test]
fn an_unenrolment_by_the_server_cuts_the_session_and_is_confirmed_in_another() {
    let mut machine = machine();
    let mut session = PcSession::open(&mut machine, &Faults::default()).unwrap();
    let first = read(&session.first());
    let uri = "./Device/Vendor/MSFT/DMClient/Provider/Transom/Unenroll";
    let exec = vec![Request::exec(5, uri).into(), Request::get(6, "./DevDetail/SwV").into()];
    let step = deliver(&mut session, &mut machine, &answer(&first, 1, 200, exec));
    assert_eq!(step, Step::Done(End::Unenrolled));
    assert!(machine.is_leaving() && machine.account().is_some());
    let mut session = PcSession::open(&mut machine, &Faults::default()).unwrap();
    let first = read(&session.first());
    assert_eq!((first.header.msg_id, first.header.session_id.as_str()), (1, "2"));
    let Command::Alert(alert) = &first.body[2] else {
        panic!()
    };
    assert_eq!(
        (alert.code, alert.kind()),
        (1226, Some("com.microsoft:mdm.unenrollment.userrequest"))
    );
    deliver(&mut session, &mut machine, &answer(&first, 1, 200, Vec::new()));
    assert!(machine.account().is_none());
    assert!(PcSession::open(&mut machine, &Faults::default()).is_none());
}

#[test]
fn a_wipe_is_confirmed_and_ends_the_account() {
    let mut machine = machine();
    let exec = Request::exec(5, "./Device/Vendor/MSFT/RemoteWipe/doWipe").into();
    let (second, _) = exchange(&mut machine, vec![exec]);
    assert_eq!(outline(&second), ["0 200", "5 200"]);
    assert!(machine.account().is_none());
}

#[test]
fn long_values_are_sent_in_chunks() {
    let mut machine = machine();
    let uri = "./Vendor/MSFT/NodeCache/Long";
    machine
        .tree_mut()
        .set(uri, Node::leaf(Format::Chr, "abcdefghijklmnopqrstuvwxyz", Access::FULL))
        .unwrap();
    let faults = Faults {
        chunk_bytes: Some(12),
        ..Faults::default()
    };
    let mut session = PcSession::open(&mut machine, &faults).unwrap();
    let first = read(&session.first());
    let get = Request::get(5, uri).with_item(Item::target("./DevInfo/Lang")).into();
    let mut message = answer(&first, 1, 200, vec![get]);
    let mut value = String::new();
    let mut chunks: Vec<Results> = Vec::new();
    for msg_id in 2.. {
        let Step::Send(sent) = deliver(&mut session, &mut machine, &message) else {
            panic!()
        };
        let sent = read(&sent);
        let Some(Command::Results(results)) = sent.body.last().cloned() else {
            panic!("{sent:?}")
        };
        value.push_str(results.items[0].data.as_deref().unwrap_or_default());
        let is_last = sent.is_final;
        assert_eq!(is_last, !results.items.iter().any(|item| item.more_data));
        chunks.push(results);
        let next = if is_last {
            Vec::new()
        } else {
            vec![Alert::new(90, 1222).into()]
        };
        message = answer(&sent, msg_id, 200, next);
        if is_last {
            break;
        }
    }
    assert_eq!(value, "abcdefghijklmnopqrstuvwxyz");
    assert_eq!(
        chunks.iter().map(|chunk| chunk.meta.size).collect::<Vec<_>>(),
        [Some(26), None, None]
    );
    assert_eq!(chunks[2].items.len(), 2, "the other value follows the last chunk");
    assert_eq!(deliver(&mut session, &mut machine, &message), Step::Done(End::Complete));
    assert_eq!(session.violations(), []);
}

#[test]
fn a_server_that_announces_too_little_room_is_aborted() {
    let mut machine = machine();
    let mut session = PcSession::open(&mut machine, &Faults::default()).unwrap();
    let first = read(&session.first());
    let get = Request::get(5, "./DevDetail/Ext/DeviceHardwareData").into();
    let mut message = answer(&first, 1, 200, vec![get]);
    message.header.meta.max_msg_size = Some(2048);
    let Step::Send(second) = deliver(&mut session, &mut machine, &message) else {
        panic!()
    };
    assert_eq!(outline(&read(&second)), ["0 200", "Alert"]);
    let step = deliver(&mut session, &mut machine, &answer(&read(&second), 2, 200, Vec::new()));
    assert_eq!(step, Step::Done(End::AbortedByPc));
    assert_eq!(session.violations()[0].rule, crate::check::Rule::MaxMsgSize);
}

#[test]
fn an_unfinished_package_of_the_server_is_asked_for() {
    let mut machine = machine();
    let mut session = PcSession::open(&mut machine, &Faults::default()).unwrap();
    let first = read(&session.first());
    let message = answer(&first, 1, 200, vec![Request::get(5, "./DevDetail/SwV").into()]).unfinished();
    let Step::Send(second) = deliver(&mut session, &mut machine, &message) else {
        panic!()
    };
    assert_eq!(outline(&read(&second)), ["0 200", "5 200", "R 5", "Alert"]);
}

#[test]
fn a_server_can_abort_and_refuse() {
    for (commands, header, end) in [
        (vec![Alert::new(9, 1223).into()], 200, End::AbortedByServer),
        (Vec::new(), 403, End::Refused(403)),
        (Vec::new(), 407, End::AuthenticationFailed),
    ] {
        let mut machine = machine();
        let mut session = PcSession::open(&mut machine, &Faults::default()).unwrap();
        let first = read(&session.first());
        let step = deliver(&mut session, &mut machine, &answer(&first, 1, header, commands));
        assert_eq!(step, Step::Done(end));
    }
}

#[test]
fn a_server_that_never_stops_is_left() {
    let mut machine = machine();
    let mut session = PcSession::open(&mut machine, &Faults::default()).unwrap();
    let mut sent = session.first();
    for msg_id in 1.. {
        let get = vec![Request::get(99, "./DevDetail/SwV").into()];
        match deliver(&mut session, &mut machine, &answer(&read(&sent), msg_id, 200, get)) {
            Step::Send(next) => sent = next,
            Step::Done(end) => {
                assert_eq!(end, End::TooManyMessages);
                break;
            }
        }
    }
    assert_eq!(session.messages(), MAX_MESSAGES);
}

#[test]
fn http_errors_and_unreadable_answers_end_the_session() {
    for (status, body, end) in [
        (401, &b"x"[..], End::Http(401)),
        (200, b"", End::Empty),
        (200, b"<html/>", End::Unreadable),
    ] {
        let mut machine = machine();
        let mut session = PcSession::open(&mut machine, &Faults::default()).unwrap();
        session.first();
        let received = Received {
            status,
            content_type: Some(DM_XML),
            content_length: Some(body.len()),
            body,
        };
        assert_eq!(session.receive(&mut machine, &received), Step::Done(end));
    }
}

#[test]
fn messages_go_wrong_on_request() {
    let mut machine = machine();
    let mut first = |faults: Faults| {
        let mut session = PcSession::open(&mut machine, &faults).unwrap();
        session.first()
    };
    let garbage = first(Faults {
        garbage: Some(1),
        ..Faults::default()
    });
    assert!(decode(&garbage.body, &Limits::default()).is_err());
    let other = first(Faults {
        device_id: Some("OTHER".to_owned()),
        ..Faults::default()
    });
    assert_eq!(read(&other).header.source, "OTHER");
    let skipped = first(Faults {
        skip_msg_id: Some(1),
        ..Faults::default()
    });
    assert_eq!(read(&skipped).header.msg_id, 2);
    let huge = first(Faults {
        huge_bytes: Some(100_000),
        ..Faults::default()
    });
    assert!(huge.body.len() > 100_000);
}

#[test]
fn later_messages_go_wrong_on_request() {
    let second = |faults: Faults| {
        let mut machine = machine();
        let mut session = PcSession::open(&mut machine, &faults).unwrap();
        let first = read(&session.first());
        let get = vec![Request::get(5, "./DevDetail/SwV").into()];
        match deliver(&mut session, &mut machine, &answer(&first, 1, 200, get)) {
            Step::Send(second) => read(&second),
            Step::Done(end) => panic!("{end}"),
        }
    };
    assert!(
        !second(Faults {
            no_final: Some(2),
            ..Faults::default()
        })
        .is_final
    );
    assert_eq!(
        outline(&second(Faults {
            abort: Some(2),
            ..Faults::default()
        })),
        ["0 200", "Alert"]
    );
}
