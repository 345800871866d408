//! The roles over enrolments.

use super::StoreError;
use crate::{
    DeviceId, EnrollmentId, OrganizationId, Timestamp,
    enrollment::{Enrollment, EnrollmentDigest, Fingerprint, check_in::CheckIn},
};

/// Looks at enrolments.
pub trait Enrollments {
    /// All that a check-in needs to know first, in one statement, by the certificate's fingerprint.
    fn check_in(&mut self, fingerprint: &Fingerprint, now: Timestamp) -> Result<Option<CheckIn>, StoreError>;

    /// The enrolment with that certificate, in any state.
    fn enrollment_by_fingerprint(&mut self, fingerprint: &Fingerprint) -> Result<Option<Enrollment>, StoreError>;

    /// Enrolments that hold or are pending whose session credentials have that name (it is unique among ours), newest
    /// first, at most 10.
    fn enrollments_by_credential_name(&mut self, name: &str) -> Result<Vec<Enrollment>, StoreError>;

    /// The device's newest enrolment that holds, else its newest.
    fn latest_enrollment(&mut self, device: DeviceId) -> Result<Option<Enrollment>, StoreError>;

    /// What is shown of [`Enrollments::latest_enrollment`] of several devices at once; in any order.
    fn enrollment_digests(&mut self, devices: &[DeviceId]) -> Result<Vec<EnrollmentDigest>, StoreError>;

    /// Every enrolment of a device, newest first.
    fn enrollments_of(&mut self, device: DeviceId) -> Result<Vec<Enrollment>, StoreError>;

    /// Enrolments of an organization with that hardware hash, newest first, at most `limit`.
    fn enrollments_by_hardware(
        &mut self,
        organization: OrganizationId,
        hw_dev_id: &str,
        limit: u32,
    ) -> Result<Vec<Enrollment>, StoreError>;
}

/// Changes enrolments.
pub trait EnrollmentsMut: Enrollments {
    /// Stores a new enrolment.
    fn insert_enrollment(&mut self, enrollment: &Enrollment) -> Result<(), StoreError>;

    /// Locks an enrolment until the unit ends and reads it: two messages of one PC must not pass each other.
    fn lock_enrollment(&mut self, id: EnrollmentId) -> Result<Option<Enrollment>, StoreError>;

    /// Stores every field of an enrolment, which must exist.
    fn update_enrollment(&mut self, enrollment: &Enrollment) -> Result<(), StoreError>;
}
