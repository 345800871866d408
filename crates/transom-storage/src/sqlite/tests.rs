//! What only shows inside: how SQLite finds rows, and what rows that fit nothing come to.

use super::{Connection, MEMORY, connect, unit::UnitOfWork};
use crate::{migrations, recorder::Recorder, sealing::Keyring, statements::StatementCount};
use diesel::{Connection as _, QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_query};
use transom_domain::{
    page::PageRequest,
    ports::{
        ApiTokens, ApiTokensMut, AuditLog, AuditQuery, Commands, CommandsMut, DeviceKey, Devices, DevicesMut,
        EnrollmentTokens, EnrollmentTokensMut, Enrollments, EnrollmentsMut, Organizations, OrganizationsMut,
        SegmentRoles, SegmentRolesMut, Segments, SegmentsMut, ServiceAccounts, ServiceAccountsMut, Sessions,
        SessionsMut, StoreError, TagQuery, Tags, UserQuery, UserSort, Users, UsersMut,
    },
    segment::{Segment, SegmentId, SegmentScope},
    testing::{environment::NOW, samples},
};

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = diesel::sql_types::Text)]
    detail: String,
}

/// An empty database, and one of everything in it.
fn furnished() -> Connection {
    let mut connection = connect(MEMORY, StatementCount::default()).unwrap();
    migrations::run(&mut connection).unwrap();
    let keyring = Keyring::of_this_process();
    super::sealing::settle(&mut connection, &keyring).unwrap();
    let mut tx = UnitOfWork::new(&mut connection, &keyring);
    let (home, device) = (samples::home(), samples::id(1));
    tx.insert_organization(&samples::organization(1)).unwrap();
    tx.insert_segment(&Segment::root(home, NOW)).unwrap();
    tx.insert_segment(&samples::segment(home, 1)).unwrap();
    tx.insert_user(&samples::user(1)).unwrap();
    tx.insert_service_account(&samples::service_account(1)).unwrap();
    tx.insert_segment_role(&samples::segment_role(1)).unwrap();
    tx.insert_api_token(&samples::api_token(1)).unwrap();
    tx.insert_enrollment_token(&samples::enrollment_token(1)).unwrap();
    tx.insert_device(&samples::device(1)).unwrap();
    tx.save_device_report(device, &samples::report()).unwrap();
    tx.insert_enrollment(&samples::enrollment(1, device)).unwrap();
    tx.save_session(&samples::session(samples::id(1))).unwrap();
    tx.insert_batch(&samples::batch(1, device, 2)).unwrap();
    connection
}

/// The statements that `work` makes, with the steps of each.
fn plans(work: impl FnOnce(&mut UnitOfWork<'_>)) -> Vec<(String, Vec<String>)> {
    let mut connection = furnished();
    let recorder = Recorder::default();
    connection.set_instrumentation(recorder.clone());
    work(&mut UnitOfWork::new(&mut connection, &Keyring::of_this_process()));
    let statements = recorder.take();
    let plan = |statement: crate::recorder::Statement| {
        let statement = statement.text;
        let steps: Vec<Step> = sql_query(format!("EXPLAIN QUERY PLAN {statement}"))
            .load(&mut connection)
            .unwrap();
        (statement, steps.into_iter().map(|step| step.detail).collect())
    };
    statements.into_iter().map(plan).collect()
}

#[test]
fn a_check_in_searches_four_indexes_and_nothing_else() {
    let plans = plans(|view| {
        let fingerprint = samples::enrollment(1, samples::id(1)).certificate.fingerprint;
        view.check_in(&fingerprint, NOW).unwrap().unwrap();
    });
    assert_eq!(plans.len(), 1);
    let searches: Vec<_> = plans[0].1.iter().filter(|step| step.contains("SEARCH")).collect();
    assert_eq!(searches.len(), 4, "{searches:#?}");
    assert!(
        plans[0].1.iter().all(|step| !step.contains("SCAN")),
        "{:#?}",
        plans[0].1
    );
}

#[test]
fn no_query_scans_a_table() {
    let plans = plans(|tx| {
        let (home, id) = (samples::home(), samples::id::<[u8; 12]>(1));
        let device = id.into();
        let enrollment = samples::enrollment(1, device);
        tx.organization_by_slug("organization-1").unwrap();
        tx.segments(home).unwrap();
        tx.segment(home, SegmentId(1)).unwrap();
        tx.user_by_email(home, &samples::user(1).email).unwrap();
        tx.user_to_sign_in(&samples::user(1).email).unwrap();
        tx.users_by_id(home, &[id.into()]).unwrap();
        tx.api_token_by_hash(&samples::api_token(1).hash).unwrap();
        tx.api_tokens(home).unwrap();
        tx.api_tokens_of(id.into()).unwrap();
        tx.record_token_uses(&[(id.into(), NOW)]).unwrap();
        tx.service_account(home, id.into()).unwrap();
        tx.service_accounts(home).unwrap();
        tx.segment_role(home, id.into()).unwrap();
        tx.segment_roles(home).unwrap();
        tx.last_segment_number(home).unwrap();
        tx.segment_uses(home, SegmentId(1), NOW).unwrap();
        let mut users = UserQuery {
            organization: home,
            scope: SegmentScope::All,
            tags: vec!["ape".to_owned()],
            search: Some("x".to_owned()),
            sort: UserSort::CreatedAt,
            descending: true,
            page: PageRequest::default(),
        };
        tx.user_page(&users).unwrap();
        users.scope = SegmentScope::Only([SegmentId(1)].into());
        tx.user_page(&users).unwrap();
        tx.user_devices(&[id.into()]).unwrap();
        tx.unassign_user(id.into(), NOW).unwrap();
        tx.user_token_segments(id.into(), NOW).unwrap();
        tx.revoke_enrollment_tokens_of(id.into(), NOW).unwrap();
        let tags = TagQuery {
            organization: home,
            scope: SegmentScope::All,
            search: None,
            page: PageRequest::default(),
        };
        tx.device_tags(&tags).unwrap();
        tx.os_versions(&tags).unwrap();
        tx.user_tags(&tags).unwrap();
        tx.enrollment_token_by_hash(&samples::enrollment_token(1).hash).unwrap();
        tx.device(home, device).unwrap();
        for key in [
            DeviceKey::SerialNumber("x"),
            DeviceKey::Imei("x"),
            DeviceKey::WinId("x"),
        ] {
            tx.devices_by_key(home, key).unwrap();
        }
        let mut query = samples::device_query();
        tx.device_page(&query).unwrap();
        query.tags = vec!["ape".to_owned()];
        query.search = Some("x".to_owned());
        query.scope = SegmentScope::Only([SegmentId(1)].into());
        tx.device_page(&query).unwrap();
        tx.device_history(device).unwrap();
        tx.device_report(device).unwrap();
        tx.device_histories(&[device]).unwrap();
        tx.device_reports(&[device]).unwrap();
        tx.provisioning_since(NOW, 10).unwrap();
        tx.update_device(&samples::device(1)).unwrap();
        tx.record_last_reports(&[(device, NOW)]).unwrap();
        tx.enrollment_by_fingerprint(&enrollment.certificate.fingerprint)
            .unwrap();
        tx.enrollments_by_credential_name("x").unwrap();
        tx.latest_enrollment(device).unwrap();
        tx.enrollment_digests(&[device]).unwrap();
        tx.enrollments_of(device).unwrap();
        tx.enrollments_by_hardware(home, "x", 10).unwrap();
        tx.update_enrollment(&enrollment).unwrap();
        tx.session(enrollment.id).unwrap();
        tx.batch(device, id.into()).unwrap();
        tx.batch_page(device, false, PageRequest::default()).unwrap();
        tx.open_commands(device).unwrap();
        tx.waiting_commands(device).unwrap();
        tx.expired_commands(NOW, 10).unwrap();
        tx.update_command(&samples::command(1, device, 0)).unwrap();
        let mut audit = AuditQuery {
            organization: home,
            scope: SegmentScope::All,
            action: None,
            target_id: None,
            ascending: false,
            page: PageRequest::default(),
        };
        tx.audit_page(&audit).unwrap();
        audit.target_id = Some("x".to_owned());
        tx.audit_page(&audit).unwrap();
    });
    assert!(plans.len() > 30, "{}", plans.len());
    for (statement, steps) in plans {
        assert!(
            steps.iter().all(|step| !step.starts_with("SCAN")),
            "{statement}\n{steps:#?}"
        );
    }
}

#[test]
fn a_row_that_fits_nothing_is_named_by_table_column_and_row() {
    let check = |statement: &str, place: &str, look: fn(&mut UnitOfWork<'_>) -> Result<(), StoreError>| {
        let mut connection = furnished();
        connection
            .batch_execute("PRAGMA ignore_check_constraints = ON")
            .unwrap();
        connection.batch_execute(statement).unwrap();
        let error = look(&mut UnitOfWork::new(&mut connection, &Keyring::of_this_process())).unwrap_err();
        let row = samples::id::<transom_domain::DeviceId>(1).to_string();
        assert!(
            matches!(&error, StoreError::Inconsistent(text) if text.contains(place) && text.contains(&row)),
            "{statement}: {error:?}"
        );
        assert!(!error.to_string().contains("geheim"), "{error}");
    };
    check("UPDATE devices SET state = 'geheim'", "devices.state", |tx| {
        tx.device(samples::home(), samples::id(1)).map(|_| ())
    });
    check(
        "UPDATE device_reports SET config = 'geheim'",
        "device_reports.config",
        |tx| tx.device_report(samples::id(1)).map(|_| ()),
    );
    check("UPDATE enrollments SET refused = -1", "enrollments.refused", |tx| {
        tx.latest_enrollment(samples::id(1)).map(|_| ())
    });
    check("UPDATE sessions SET body_hash = x'00'", "sessions.body_hash", |tx| {
        tx.session(samples::id(1)).map(|_| ())
    });
    check("UPDATE users SET email = 'geheim'", "users.email", |tx| {
        tx.user(samples::home(), samples::id(1)).map(|_| ())
    });
    check(
        "UPDATE api_tokens SET permissions = '[\"geheim\"]'",
        "api_tokens.permissions",
        |tx| tx.api_tokens(samples::home()).map(|_| ()),
    );
}
