//! Promises about enrolments and check-ins.

use super::{furnish, samples, write};
use crate::{
    Timestamp,
    command::CommandState,
    device::DeviceState,
    enrollment::{Enrollment, EnrollmentDigest, EnrollmentKind, EnrollmentState, check_in::CheckIn},
    ports::{Store, StoreError, Tx},
    testing::environment::NOW,
};
use std::{sync::Arc, time::Duration};

/// With every field set, and with none that need not be.
pub async fn enrollments_come_back_as_they_were(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        tx.insert_device(&samples::device(1))?;
        let full = samples::enrollment(1, samples::id(1));
        let mut bare = samples::enrollment(2, samples::id(1));
        (bare.hw_dev_id, bare.user, bare.token, bare.dev_info_hash) = (None, None, None, None);
        bare.credentials.previous_nonce = None;
        bare.facts.clear();
        bare.kind = EnrollmentKind::Full;
        for enrollment in [full, bare] {
            tx.insert_enrollment(&enrollment)?;
            assert_eq!(tx.lock_enrollment(enrollment.id)?, Some(enrollment));
        }
        Ok(())
    })
    .await
    .unwrap();
}

/// Its certificate and its device among them.
pub async fn every_field_of_an_enrollment_can_be_changed(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        tx.insert_device(&samples::device(1))?;
        tx.insert_device(&samples::device(2))?;
        tx.insert_enrollment(&samples::enrollment(1, samples::id(1)))?;
        for state in EnrollmentState::ALL {
            let mut changed = samples::enrollment(77, samples::id(2));
            changed.id = samples::id(1);
            changed.state = state;
            changed.configured = false;
            changed.refused = 0;
            changed.dev_info_hash = None;
            changed.credentials.previous_nonce = None;
            tx.update_enrollment(&changed)?;
            assert_eq!(tx.lock_enrollment(changed.id)?, Some(changed));
        }
        Ok(())
    })
    .await
    .unwrap();
}

/// Fingerprint in any state; credential name only where not ended; hardware; device.
pub async fn enrollments_are_found_by_what_they_are_known_by(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        tx.insert_device(&samples::device(1))?;
        let mut all: Vec<Enrollment> = (1..=3).map(|n| samples::enrollment(n, samples::id(1))).collect();
        for (enrollment, state) in all.iter_mut().zip(EnrollmentState::ALL) {
            enrollment.state = state;
            enrollment.credentials.name = "shared".to_owned();
            tx.insert_enrollment(enrollment)?;
        }
        for enrollment in &all {
            let found = tx.enrollment_by_fingerprint(&enrollment.certificate.fingerprint)?;
            assert_eq!(found.as_ref(), Some(enrollment));
        }
        let [pending, active, ended] = all.try_into().expect("three");
        assert_eq!(
            tx.enrollments_by_credential_name("shared")?,
            [active.clone(), pending.clone()]
        );
        assert_eq!(
            tx.enrollments_of(samples::id(1))?,
            [ended.clone(), active.clone(), pending]
        );
        assert_eq!(
            tx.enrollments_by_hardware(samples::home(), "hardware", 2)?,
            [ended, active]
        );
        for n in 10..22 {
            let mut enrollment = samples::enrollment(n, samples::id(1));
            enrollment.credentials.name = "shared".to_owned();
            tx.insert_enrollment(&enrollment)?;
        }
        assert_eq!(tx.enrollments_by_credential_name("shared")?.len(), 10);
        Ok(())
    })
    .await
    .unwrap();
}

/// Else the newest of all; for one device, and for several at once.
pub async fn the_latest_enrollment_is_the_newest_that_holds(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        use EnrollmentState::{Active, Ended, Pending};
        let put = |tx: &mut dyn Tx, n, device, state| {
            let mut enrollment = samples::enrollment(n, samples::id(device));
            enrollment.state = state;
            tx.insert_enrollment(&enrollment)
        };
        for n in 1..=3 {
            tx.insert_device(&samples::device(n))?;
        }
        put(tx, 1, 1, Ended)?;
        put(tx, 2, 1, Active)?;
        put(tx, 3, 1, Pending)?;
        put(tx, 4, 2, Ended)?;
        put(tx, 5, 2, Pending)?;
        let number = |enrollment: Enrollment| (0..9).find(|n| enrollment.id == samples::id(*n));
        assert_eq!(tx.latest_enrollment(samples::id(1))?.and_then(number), Some(2));
        assert_eq!(tx.latest_enrollment(samples::id(2))?.and_then(number), Some(5));
        assert_eq!(tx.latest_enrollment(samples::id(3))?, None);
        let devices = [1, 2, 3, 99].map(samples::id);
        let mut several = tx.enrollment_digests(&devices)?;
        several.sort_by_key(|digest| digest.device);
        let expected = [(2, 1, Active), (5, 2, Pending)].map(|(n, device, state)| {
            let enrollment = samples::enrollment(n, samples::id(device));
            EnrollmentDigest {
                id: enrollment.id,
                device: enrollment.device,
                kind: enrollment.kind,
                state,
                user: enrollment.user,
                created_at: enrollment.created_at,
                not_after: enrollment.certificate.not_after,
                placement: enrollment.placement,
            }
        });
        assert_eq!(several, expected);
        assert_eq!(tx.enrollment_digests(&devices[..1])?, expected[..1]);
        Ok(())
    })
    .await
    .unwrap();
}

/// All that is in the thin row.
pub async fn a_check_in_knows_its_enrollment(store: Arc<dyn Store>) {
    furnish(&*store).await;
    write(&*store, |tx| {
        let enrollment = samples::enrollment(1, samples::id(1));
        let fingerprint = enrollment.certificate.fingerprint;
        tx.insert_device(&samples::device(1))?;
        tx.insert_enrollment(&enrollment)?;
        let mut expected = CheckIn {
            enrollment: enrollment.id,
            device: samples::id(1),
            organization: samples::home(),
            state: EnrollmentState::Active,
            device_state: DeviceState::Active,
            win_id: enrollment.win_id.clone(),
            not_after: enrollment.certificate.not_after,
            dev_info_hash: enrollment.dev_info_hash.clone(),
            configured: true,
            refresh_needed: true,
            session: None,
            has_commands: false,
        };
        assert_eq!(tx.check_in(&fingerprint, NOW)?, Some(expected.clone()));

        let mut session = samples::session(enrollment.id);
        tx.save_session(&session)?;
        expected.session = Some(("1F".to_owned(), true));
        assert_eq!(tx.check_in(&fingerprint, NOW)?, Some(expected.clone()));
        session.open = false;
        tx.save_session(&session)?;
        expected.session = Some(("1F".to_owned(), false));

        let mut device = samples::device(1);
        device.refresh_needed.clear();
        device.state = DeviceState::Unknown;
        tx.update_device(&device)?;
        (expected.refresh_needed, expected.device_state) = (false, DeviceState::Unknown);

        let mut ended = enrollment;
        ended.state = EnrollmentState::Ended;
        ended.configured = false;
        ended.dev_info_hash = None;
        tx.update_enrollment(&ended)?;
        (expected.state, expected.configured, expected.dev_info_hash) = (EnrollmentState::Ended, false, None);
        assert_eq!(tx.check_in(&fingerprint, NOW)?, Some(expected));
        Ok(())
    })
    .await
    .unwrap();
}

/// Those that may go out now and those on their way; nobody else's.
pub async fn a_check_in_knows_whether_commands_wait(store: Arc<dyn Store>) {
    fn waits(tx: &mut dyn Tx, state: CommandState, now: Timestamp) -> Result<bool, StoreError> {
        let mut command = samples::command(1, samples::id(1), 0);
        command.state = state;
        tx.update_command(&command)?;
        let fingerprint = samples::enrollment(1, samples::id(1)).certificate.fingerprint;
        let check_in = tx.check_in(&fingerprint, now)?.expect("the enrolment");
        let other = samples::enrollment(2, samples::id(2)).certificate.fingerprint;
        assert!(!tx.check_in(&other, now)?.expect("the other's").has_commands);
        Ok(check_in.has_commands)
    }
    furnish(&*store).await;
    write(&*store, |tx| {
        for n in [1, 2] {
            tx.insert_device(&samples::device(n))?;
            tx.insert_enrollment(&samples::enrollment(n, samples::id(n)))?;
        }
        tx.insert_batch(&samples::batch(1, samples::id(1), 1))?;
        let queued = |not_before| CommandState::Queued { not_before, code: None };
        let minute = Duration::from_secs(60);
        let expired = samples::command(1, samples::id(1), 0).expires_at;
        assert!(waits(tx, queued(None), NOW)?);
        assert!(waits(tx, queued(Some(NOW)), NOW)?);
        assert!(!waits(tx, queued(Some(NOW + minute)), NOW)?);
        assert!(waits(tx, queued(Some(NOW + minute)), NOW + minute)?);
        assert!(!waits(tx, queued(None), expired)?);
        assert!(waits(tx, CommandState::Sent, NOW)?);
        assert!(waits(tx, CommandState::Sent, expired)?);
        let accepted = CommandState::Accepted {
            code: 202,
            received_at: NOW,
        };
        assert!(!waits(tx, accepted, NOW)?);
        assert!(!waits(tx, CommandState::Canceled { at: NOW }, NOW)?);
        Ok(())
    })
    .await
    .unwrap();
}
