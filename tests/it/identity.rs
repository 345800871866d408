//! Who a PC is: nobody gets anything with another's certificate, a made-up one, or none.

use crate::support::{Database, SOFTWARE, TestServer, foreign_key, get};
use serde_json::json;
use transom_app::settings::Md5;
use transom_simulator::{ClientIdentity, Credentials, End, EnrollError, Faults, Identity, VirtualPc};

mod on {
    crate::support::on_both_databases!(
        the_certificate_of_one_pc_does_not_open_another,
        no_certificate_and_a_foreign_one_open_nothing,
        a_digest_is_demanded_where_it_is_switched_on,
        a_password_enrols_and_every_wrong_credential_gets_the_same_answer,
        a_token_for_two_pcs_enrols_two,
    );
}

async fn the_certificate_of_one_pc_does_not_open_another(database: Database) {
    let server = TestServer::start(database).await;
    let (mut a, a_id) = server.managed(1).await;
    let (b, b_id) = server.managed(2).await;
    let batch = server.order(&b_id, &[get(SOFTWARE)]).await;
    let faults = Faults {
        device_id: Some(b.identity().device_id.clone()),
        ..Faults::default()
    };
    let report = a.check_in_with(&faults).await.unwrap();
    assert!(
        matches!(report.end, End::Refused(_)) && report.executed.is_empty(),
        "{report:?}"
    );
    assert_eq!(server.statuses(&b_id, &batch).await, ["Pending"]);
    assert_eq!(
        server.get(&format!("devices/{b_id}")).await["state"],
        "ACTIVE",
        "the one that was claimed is untouched"
    );
    let a_state = server.get(&format!("devices/{a_id}")).await;
    assert_eq!(
        a_state["state"], "UNKNOWN",
        "it is recorded against the certificate's owner"
    );
    assert_eq!(a_state["stateHistory"][2]["config"]["reason"], "identity-mismatch");

    assert!(a.check_in().await.unwrap().end.is_good());
    let a_state = server.get(&format!("devices/{a_id}")).await;
    assert_eq!(a_state["stateHistory"][3]["config"]["reason"], "reconnected");
}

async fn no_certificate_and_a_foreign_one_open_nothing(database: Database) {
    let server = TestServer::start(database).await;
    let (mut pc, id) = server.managed(1).await;
    let batch = server.order(&id, &[get(SOFTWARE)]).await;
    let foreign = ClientIdentity::self_made("Transom", foreign_key()).unwrap();
    for faults in [
        Faults {
            no_certificate: true,
            ..Faults::default()
        },
        Faults {
            certificate: Some(foreign),
            ..Faults::default()
        },
    ] {
        let report = pc.check_in_with(&faults).await.unwrap();
        assert!(!report.end.is_good() && report.executed.is_empty(), "{report:?}");
    }
    let device = server.get(&format!("devices/{id}")).await;
    assert_eq!(device["state"], "ACTIVE", "what anybody can send changes nothing");
    assert_eq!(server.statuses(&id, &batch).await, ["Pending"]);
    assert!(pc.check_in().await.unwrap().end.is_good());
    assert_eq!(server.statuses(&id, &batch).await, ["Acknowledged"]);
}

async fn a_digest_is_demanded_where_it_is_switched_on(database: Database) {
    for (md5, no_certificate) in [(Md5::SecondFactor, false), (Md5::Alone, true)] {
        let server = TestServer::start_with(database, |settings| settings.device.md5 = md5).await;
        let mut pc = server.enrolled(1).await;
        let faults = Faults {
            no_certificate,
            ..Faults::default()
        };
        let report = pc.check_in_with(&faults).await.unwrap();
        assert!(
            report.violations.is_empty() && report.end.is_good(),
            "{md5:?}: {report:?}"
        );
        let id = server.device(&pc).await["id"].as_str().unwrap().to_owned();
        let batch = server.order(&id, &[get(SOFTWARE)]).await;

        let wrong = pc
            .check_in_with(&Faults {
                wrong_digest: true,
                ..faults.clone()
            })
            .await
            .unwrap();
        assert!(!wrong.end.is_good() && wrong.executed.is_empty(), "{md5:?}: {wrong:?}");
        assert_eq!(server.statuses(&id, &batch).await, ["Pending"]);
        let right = pc.check_in_with(&faults).await.unwrap();
        assert!(right.violations.is_empty() && right.end.is_good(), "{md5:?}: {right:?}");
        assert_eq!(server.statuses(&id, &batch).await, ["Acknowledged"]);
    }
}

async fn a_password_enrols_and_every_wrong_credential_gets_the_same_answer(database: Database) {
    let server = TestServer::start(database).await;
    server.user("user@example.com", "correct horse").await;
    let mut pc = VirtualPc::new(Identity::of_fleet(7, 1), crate::support::keys());
    let used_up = server.enrollment_token(1).await;
    let first = Credentials::token_as_password("a@example.com", &used_up);
    VirtualPc::new(Identity::of_fleet(7, 2), crate::support::keys())
        .enroll(&server.server.device_url, &server.trust, &first)
        .await
        .unwrap();
    let mut answers = Vec::new();
    for wrong in [
        Credentials::password("user@example.com", "wrong"),
        Credentials::password("nobody@example.com", "correct horse"),
        Credentials::token_as_password("user@example.com", &used_up),
        Credentials::binary_token(&used_up),
        Credentials::binary_token("enroll_nothing"),
    ] {
        let error = pc
            .enroll(&server.server.device_url, &server.trust, &wrong)
            .await
            .unwrap_err();
        assert_eq!(error.hresult(), Some(0x8018_0002), "{error:?}");
        let EnrollError::Fault { .. } = &error else {
            panic!("{error:?}")
        };
        answers.push(error.kind());
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "nothing tells one refusal from another: {answers:?}");

    let right = Credentials::password("User@Example.com", "correct horse");
    pc.enroll(&server.server.device_url, &server.trust, &right)
        .await
        .unwrap();
    pc.check_in().await.unwrap();
    assert_eq!(server.device(&pc).await["mdmUser"]["email"], json!("user@example.com"));
}

async fn a_token_for_two_pcs_enrols_two(database: Database) {
    let server = TestServer::start(database).await;
    let credentials = Credentials::binary_token(server.enrollment_token(2).await);
    let attempts = (0..4).map(|index| {
        let (url, trust, credentials) = (
            server.server.device_url.clone(),
            server.trust.clone(),
            credentials.clone(),
        );
        tokio::spawn(async move {
            let mut pc = VirtualPc::new(Identity::of_fleet(7, index), crate::support::keys());
            pc.enroll(&url, &trust, &credentials).await.is_ok()
        })
    });
    let mut enrolled = 0;
    for attempt in attempts.collect::<Vec<_>>() {
        enrolled += u32::from(attempt.await.unwrap());
    }
    assert_eq!(enrolled, 2);
    assert_eq!(server.get("devices").await["totalDocs"], 2);
}
