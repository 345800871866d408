//! Lost replies, repeated messages, broken sessions: no result is lost and nothing is ordered twice without need.

use crate::support::{CAMERA, Database, REBOOT, TestServer, exec, get, replace};
use transom_simulator::{AfterLoss, Faults, VirtualPc};

mod on {
    crate::support::on_both_databases!(
        a_reply_that_is_lost_is_given_again,
        a_session_that_breaks_off_loses_no_result,
        a_reboot_is_not_ordered_twice,
        a_repeated_message_gets_the_same_answer,
        a_second_session_at_once_loses_nothing,
        large_results_arrive_in_chunks,
        an_aborted_session_and_garbage_harm_nothing,
    );
}

/// How often the PC carried out a command on `uri`, over all reports.
fn times(reports: &[transom_simulator::SessionReport], uri: &str) -> usize {
    reports
        .iter()
        .flat_map(|r| &r.executed)
        .filter(|e| e.uri == uri)
        .count()
}

async fn a_reply_that_is_lost_is_given_again(database: Database) {
    let server = TestServer::start(database).await;
    let (mut pc, id) = server.managed(1).await;
    for lost in 1..=2 {
        let batch = server.order(&id, &[replace(CAMERA, "0"), exec(REBOOT)]).await;
        let faults = Faults {
            lose_reply: Some((lost, AfterLoss::Resend)),
            ..Faults::default()
        };
        let report = pc.check_in_with(&faults).await.unwrap();
        assert!(report.violations.is_empty() && report.end.is_good(), "{report:?}");
        assert_eq!(times(&[report], REBOOT), 1);
        assert_eq!(server.statuses(&id, &batch).await, ["Acknowledged", "Acknowledged"]);
    }
}

async fn a_session_that_breaks_off_loses_no_result(database: Database) {
    let server = TestServer::start(database).await;
    let (mut pc, id) = server.managed(1).await;
    let batch = server.order(&id, &[replace(CAMERA, "0"), get(CAMERA)]).await;
    // The reply to message 1 brings the commands; it is lost, and the PC starts over.
    let faults = Faults {
        lose_reply: Some((1, AfterLoss::NewSession)),
        ..Faults::default()
    };
    let report = pc.check_in_with(&faults).await.unwrap();
    assert!(report.violations.is_empty() && report.end.is_good(), "{report:?}");
    assert_eq!(server.statuses(&id, &batch).await, ["Acknowledged", "Acknowledged"]);

    // Message 2 brings the results; the answer to it is lost: they were received, nothing goes out again.
    let batch = server.order(&id, &[replace(CAMERA, "1"), get(CAMERA)]).await;
    let faults = Faults {
        lose_reply: Some((2, AfterLoss::NewSession)),
        ..Faults::default()
    };
    let report = pc.check_in_with(&faults).await.unwrap();
    assert_eq!(times(&[report], CAMERA), 2, "each command once");
    assert_eq!(server.statuses(&id, &batch).await, ["Acknowledged", "Acknowledged"]);
}

async fn a_reboot_is_not_ordered_twice(database: Database) {
    let server = TestServer::start(database).await;
    let (mut pc, id) = server.managed(1).await;
    let batch = server.order(&id, &[exec(REBOOT), get(CAMERA)]).await;
    let faults = Faults {
        lose_reply: Some((1, AfterLoss::NewSession)),
        ..Faults::default()
    };
    let report = pc.check_in_with(&faults).await.unwrap();
    assert_eq!(
        times(&[report], REBOOT),
        0,
        "the order was in the reply that was lost, and is not given again"
    );
    let commands = server.commands(&id, &batch).await;
    assert_eq!(
        (&commands[0]["status"], &commands[0]["data"][0]["reason"]),
        (&"Unknown".into(), &"outcome-unknown".into())
    );
    assert_eq!(
        commands[1]["status"], "CommandNotFound",
        "what stands behind it goes on"
    );
}

async fn a_repeated_message_gets_the_same_answer(database: Database) {
    let server = TestServer::start(database).await;
    let (mut pc, id) = server.managed(1).await;
    for repeated in 1..=2 {
        server.order(&id, &[replace(CAMERA, "0"), exec(REBOOT)]).await;
        let faults = Faults {
            repeat_message: Some(repeated),
            ..Faults::default()
        };
        let report = pc.check_in_with(&faults).await.unwrap();
        assert!(report.violations.is_empty() && report.end.is_good(), "{report:?}");
        assert_eq!(times(&[report], REBOOT), 1);
    }
    let idle = pc
        .check_in_with(&Faults {
            repeat_message: Some(1),
            ..Faults::default()
        })
        .await
        .unwrap();
    assert!(idle.violations.is_empty() && idle.end.is_good(), "{idle:?}");
}

async fn a_second_session_at_once_loses_nothing(database: Database) {
    let server = TestServer::start(database).await;
    let (mut pc, id) = server.managed(1).await;
    let batch = server
        .order(&id, &[replace(CAMERA, "0"), exec(REBOOT), get(CAMERA)])
        .await;
    let report = pc
        .check_in_with(&Faults {
            second_session: Some(2),
            ..Faults::default()
        })
        .await
        .unwrap();
    let rebooted = times(&[report], REBOOT);
    assert_eq!(
        rebooted, 1,
        "the order that was never to be repeated was carried out once"
    );
    pc.check_in().await.unwrap();
    assert_eq!(server.statuses(&id, &batch).await, ["Acknowledged"; 3]);
}

async fn large_results_arrive_in_chunks(database: Database) {
    let server = TestServer::start(database).await;
    let (mut pc, id) = server.managed(1).await;
    let uri = "./Device/Vendor/MSFT/DeviceManageability/Capabilities/CSPVersions";
    let whole = value_of(&server, &mut pc, &id, uri, Faults::default()).await;
    assert!(whole.len() > 500, "{whole}");
    let chunked = value_of(
        &server,
        &mut pc,
        &id,
        uri,
        Faults {
            chunk_bytes: Some(100),
            ..Faults::default()
        },
    )
    .await;
    assert_eq!(chunked, whole);
}

async fn value_of(server: &TestServer, pc: &mut VirtualPc, id: &str, uri: &str, faults: Faults) -> String {
    let batch = server.order(id, &[get(uri)]).await;
    let report = pc.check_in_with(&faults).await.unwrap();
    assert!(report.violations.is_empty() && report.end.is_good(), "{report:?}");
    let command = server.commands(id, &batch).await[0].clone();
    command["data"][0]["value"]
        .as_str()
        .unwrap_or_else(|| panic!("{command}"))
        .to_owned()
}

async fn an_aborted_session_and_garbage_harm_nothing(database: Database) {
    let server = TestServer::start(database).await;
    let (mut pc, id) = server.managed(1).await;
    let batch = server.order(&id, &[replace(CAMERA, "0")]).await;
    for faults in [
        Faults {
            abort: Some(2),
            ..Faults::default()
        },
        Faults {
            garbage: Some(2),
            ..Faults::default()
        },
        Faults {
            garbage: Some(1),
            ..Faults::default()
        },
        Faults {
            skip_msg_id: Some(2),
            ..Faults::default()
        },
    ] {
        let _ = pc.check_in_with(&faults).await;
    }
    let report = pc.check_in().await.unwrap();
    assert!(report.violations.is_empty() && report.end.is_good(), "{report:?}");
    assert_eq!(server.statuses(&id, &batch).await, ["Acknowledged"]);
}
