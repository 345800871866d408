//! Enrolments in a real store: what they wait for, and what a record begins with that was there before.

use crate::databases::Database;
use diesel::{Connection, PgConnection, RunQueryDsl, sql_query};
use std::sync::mpsc;
use transom_domain::{
    Context, DeviceId,
    device::{Device, DeviceState},
    enrollment::{
        EnrollmentKind,
        enroll::{Enroll, EnrollError, enroll},
        sign_in::EnrollmentGrant,
    },
    policy::{Assignment, PolicyVersion},
    ports::{Store, StoreError, Tx},
    segment::{Segment, SegmentId},
    testing::{
        environment::{NOW, context},
        samples,
    },
};
use transom_storage::DatabaseStore;

async fn write(store: &DatabaseStore, mut change: impl FnMut(&mut dyn Tx) -> Result<(), StoreError> + Send + 'static) {
    let store: &dyn Store = store;
    let done: Result<(), StoreError> = store.write(&context(), move |tx, _| change(tx)).await;
    done.unwrap();
}

async fn furnish(store: &DatabaseStore) {
    write(store, |tx| {
        tx.insert_organization(&samples::organization(1))?;
        tx.insert_segment(&Segment::root(samples::home(), NOW))?;
        tx.insert_segment(&samples::segment(samples::home(), 1))?;
        tx.insert_user(&samples::user(1))
    })
    .await;
}

/// The enrolment of user 1's PC whose serial number and hardware are those of device 1, by a password: no token.
fn request() -> Enroll {
    let sample = samples::enrollment(9, samples::id(9));
    Enroll {
        id: sample.id,
        grant: EnrollmentGrant {
            organization: samples::home(),
            segment: SegmentId::ROOT,
            user: Some(samples::id(1)),
            email: None,
            token: None,
        },
        certificate: sample.certificate,
        credentials: sample.credentials,
        kind: EnrollmentKind::Device,
        win_id: sample.win_id,
        hw_dev_id: sample.hw_dev_id,
        serial_number: samples::device(1).summary.serial_number,
        device_name: Some("PC-9".to_owned()),
        presented: None,
        facts: Vec::new(),
    }
}

fn enrolled(tx: &mut dyn Tx, cx: &mut Context) -> Result<Device, StoreError> {
    match enroll(tx, cx, &request()) {
        Ok((_, device)) => Ok(device),
        Err(EnrollError::Store(error)) => Err(error),
        Err(other) => panic!("{other}"),
    }
}

/// Whether another unit can lock the rows of a table so, without waiting.
fn can_lock(connection: &mut PgConnection, table: &str, strength: &str) -> bool {
    let lock = format!("SELECT 1 FROM {table} FOR {strength} NOWAIT");
    let locked = connection.transaction(|connection| sql_query(lock).execute(connection));
    locked.is_ok()
}

/// A change of rules locks the organization's row, one of a user the user's row. An enrolment that neither waited for the
/// one nor made the other wait could miss what the other does, because each sees only what is committed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_enrolment_and_a_change_of_rules_come_one_after_the_other() {
    let Some(database) = Database::postgres() else { return };
    let store = database.open();
    furnish(&store).await;
    let mut other = PgConnection::establish(&database.url()).unwrap();
    let (tell, told) = mpsc::channel();
    let (dynamic, url): (&dyn Store, _) = (&*store, database.url());
    let done: Result<Device, StoreError> = dynamic
        .write(&context(), move |tx, cx| {
            let device = enrolled(tx, cx)?;
            let mut beside = PgConnection::establish(&url).unwrap();
            let locks = [
                can_lock(&mut beside, "organizations", "NO KEY UPDATE"),
                can_lock(&mut beside, "users", "NO KEY UPDATE"),
                can_lock(&mut beside, "organizations", "SHARE"),
            ];
            tell.send(locks).unwrap();
            Ok(device)
        })
        .await;
    done.unwrap();
    let [rules, user, enrolment] = told.recv().unwrap();
    assert!(!rules, "a change of rules waits for the enrolment");
    assert!(!user, "so does one of its user");
    assert!(enrolment, "another enrolment does not");
    assert!(
        can_lock(&mut other, "organizations", "NO KEY UPDATE"),
        "until it is done"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_record_that_enrols_again_keeps_what_it_is_and_loses_what_it_was_given() {
    for database in Database::every() {
        let store = database.open();
        furnish(&store).await;
        let known: DeviceId = samples::id(1);
        write(&store, move |tx| {
            let policy = samples::policy(1);
            tx.insert_policy(&policy)?;
            tx.append_policy_version(&PolicyVersion::of(&policy, &context()))?;
            tx.insert_script(&samples::script(1))?;
            let mut device = samples::device(1);
            device.state = DeviceState::Deleted;
            tx.insert_device(&device)?;
            let mut enrolment = samples::enrollment(1, known);
            (enrolment.token, enrolment.placement) = (None, None);
            tx.insert_enrollment(&enrolment)?;
            tx.save_assignments(known, &[Assignment::primary(policy.id)])?;
            tx.save_device_scripts(known, &[samples::device_script(1)])
        })
        .await;
        let dynamic: &dyn Store = &*store;
        let device: Result<Device, StoreError> = dynamic.write(&context(), enrolled).await;
        let device = device.unwrap();
        assert_eq!((device.id, device.state), (known, DeviceState::Provisioning));
        let before = samples::device(1);
        assert_eq!(
            (&device.tags, &device.custom_config),
            (&before.tags, &before.custom_config)
        );
        write(&store, move |tx| {
            assert_eq!(tx.assignments_of(&[known])?, []);
            assert_eq!(tx.scripts_of_devices(&[known])?, []);
            Ok(())
        })
        .await;
    }
}
