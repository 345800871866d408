//! Queries over enrolments.

use super::{Connection, unit::UnitOfWork};
use crate::{
    fault::missing,
    rows::{
        commands::state,
        enrollments::{CheckInRow, DigestRow, EnrollmentRow},
    },
    schema::{commands, devices, enrollments, sessions},
};
use diesel::{dsl::exists, prelude::*};
use std::collections::HashMap;
use transom_domain::{
    DeviceId, EnrollmentId, OrganizationId, Timestamp,
    enrollment::{Enrollment, EnrollmentDigest, EnrollmentState, Fingerprint, check_in::CheckIn},
    ports::{Enrollments, EnrollmentsMut, StoreError},
};

/// Most enrolments that share a credential name, which are tried one by one.
const CREDENTIAL_NAME_ROWS_MAX: i64 = 10;

impl Enrollments for UnitOfWork<'_> {
    fn check_in(&mut self, fingerprint: &Fingerprint, now: Timestamp) -> Result<Option<CheckIn>, StoreError> {
        self.run("check-in", |connection| {
            let now = now.as_millis();
            let may_go_out = commands::not_before
                .is_null()
                .or(commands::not_before.assume_not_null().le(now))
                .and(commands::expires_at.gt(now));
            let has_commands = exists(
                commands::table
                    .filter(commands::device_id.eq(enrollments::device_id))
                    // Not `eq_any`, with which Diesel does not keep the prepared statement on SQLite.
                    .filter(commands::state.eq(state::QUEUED).or(commands::state.eq(state::SENT)))
                    .filter(commands::state.eq(state::SENT).or(may_go_out)),
            );
            let row: Option<CheckInRow> = enrollments::table
                .inner_join(devices::table)
                .left_join(sessions::table)
                .filter(enrollments::fingerprint.eq(fingerprint.to_hex()))
                .select((
                    enrollments::id,
                    enrollments::device_id,
                    enrollments::organization_id,
                    enrollments::state,
                    enrollments::win_id,
                    enrollments::not_after,
                    enrollments::dev_info_hash,
                    enrollments::configured,
                    devices::state,
                    devices::refresh_needed,
                    sessions::session_id.nullable(),
                    sessions::is_open.nullable(),
                    has_commands,
                ))
                .first(connection)
                .optional()?;
            Ok(row.map(TryInto::try_into).transpose()?)
        })
    }

    fn enrollment_by_fingerprint(&mut self, fingerprint: &Fingerprint) -> Result<Option<Enrollment>, StoreError> {
        let keyring = self.keyring;
        self.run("enrolment by fingerprint", |connection| {
            let row = enrollments::table
                .filter(enrollments::fingerprint.eq(fingerprint.to_hex()))
                .select(EnrollmentRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(|row| row.open(keyring)).transpose()?)
        })
    }

    fn enrollments_by_credential_name(&mut self, name: &str) -> Result<Vec<Enrollment>, StoreError> {
        let keyring = self.keyring;
        self.run("enrolments by credential name", |connection| {
            let rows = enrollments::table
                .filter(enrollments::credential_name.eq(name))
                .filter(enrollments::state.ne(EnrollmentState::Ended.as_str()))
                .order((enrollments::created_at.desc(), enrollments::id.desc()))
                .limit(CREDENTIAL_NAME_ROWS_MAX)
                .select(EnrollmentRow::as_select())
                .load(connection)?;
            Ok(rows
                .into_iter()
                .map(|row| row.open(keyring))
                .collect::<Result<_, _>>()?)
        })
    }

    fn latest_enrollment(&mut self, device: DeviceId) -> Result<Option<Enrollment>, StoreError> {
        let keyring = self.keyring;
        self.run("latest enrolment", |connection| {
            let row = enrollments::table
                .filter(enrollments::device_id.eq(device.to_string()))
                .order((
                    enrollments::state.eq(EnrollmentState::Active.as_str()).desc(),
                    enrollments::created_at.desc(),
                    enrollments::id.desc(),
                ))
                .select(EnrollmentRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(|row| row.open(keyring)).transpose()?)
        })
    }

    fn enrollment_digests(&mut self, devices: &[DeviceId]) -> Result<Vec<EnrollmentDigest>, StoreError> {
        // One device has few enrolments; a page of devices is read where long reads are made.
        let queries = |connection: &mut Connection| {
            let devices: Vec<String> = devices.iter().map(ToString::to_string).collect();
            // Thin rows of all, the latest last; then more of the latest.
            let thin: Vec<(String, String)> = enrollments::table
                .filter(enrollments::device_id.eq_any(devices))
                .order((
                    enrollments::state.eq(EnrollmentState::Active.as_str()),
                    enrollments::created_at,
                    enrollments::id,
                ))
                .select((enrollments::device_id, enrollments::id))
                .load(connection)?;
            let latest: HashMap<String, String> = thin.into_iter().collect();
            let rows = enrollments::table
                .filter(enrollments::id.eq_any(latest.into_values()))
                .select(DigestRow::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
        };
        match devices {
            [] => Ok(Vec::new()),
            [_] => self.run("enrolment digests", queries),
            _ => self.run_long("enrolment digests", queries),
        }
    }

    fn enrollments_of(&mut self, device: DeviceId) -> Result<Vec<Enrollment>, StoreError> {
        let keyring = self.keyring;
        self.run("enrolments of a device", |connection| {
            let rows = enrollments::table
                .filter(enrollments::device_id.eq(device.to_string()))
                .order((enrollments::created_at.desc(), enrollments::id.desc()))
                .select(EnrollmentRow::as_select())
                .load(connection)?;
            Ok(rows
                .into_iter()
                .map(|row| row.open(keyring))
                .collect::<Result<_, _>>()?)
        })
    }

    fn enrollments_by_hardware(
        &mut self,
        organization: OrganizationId,
        hw_dev_id: &str,
        limit: u32,
    ) -> Result<Vec<Enrollment>, StoreError> {
        let keyring = self.keyring;
        self.run("enrolments by hardware", |connection| {
            let rows = enrollments::table
                .filter(enrollments::organization_id.eq(organization.to_string()))
                .filter(enrollments::hw_dev_id.eq(hw_dev_id))
                .order((enrollments::created_at.desc(), enrollments::id.desc()))
                .limit(limit.into())
                .select(EnrollmentRow::as_select())
                .load(connection)?;
            Ok(rows
                .into_iter()
                .map(|row| row.open(keyring))
                .collect::<Result<_, _>>()?)
        })
    }
}

impl EnrollmentsMut for UnitOfWork<'_> {
    fn insert_enrollment(&mut self, enrollment: &Enrollment) -> Result<(), StoreError> {
        let sealer = self.sealer()?;
        self.run("insert enrolment", |connection| {
            diesel::insert_into(enrollments::table)
                .values(EnrollmentRow::seal(enrollment, &sealer)?)
                .execute(connection)?;
            Ok(())
        })
    }

    fn lock_enrollment(&mut self, id: EnrollmentId) -> Result<Option<Enrollment>, StoreError> {
        let keyring = self.keyring;
        self.run("lock enrolment", |connection| {
            let row = locking!(
                enrollments::table
                    .find(id.to_string())
                    .select(EnrollmentRow::as_select())
            )
            .first(connection)
            .optional()?;
            Ok(row.map(|row| row.open(keyring)).transpose()?)
        })
    }

    fn update_enrollment(&mut self, enrollment: &Enrollment) -> Result<(), StoreError> {
        let sealer = self.sealer()?;
        self.run("update enrolment", |connection| {
            let changed = diesel::update(enrollments::table.find(enrollment.id.to_string()))
                .set(EnrollmentRow::seal(enrollment, &sealer)?)
                .execute(connection)?;
            if changed == 0 {
                return Err(missing("enrollments", &enrollment.id));
            }
            Ok(())
        })
    }
}
