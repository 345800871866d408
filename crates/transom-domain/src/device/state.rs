//! The states of a device and what leads from one to another (rules E.5).

use crate::{Context, Timestamp};

/// Where a device is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DeviceState {
    /// A certificate was issued, no session has completed.
    Provisioning,
    /// It is managed.
    Active,
    /// It is to be unenrolled or wiped and has not confirmed.
    DeleteRequested,
    /// It is no longer managed.
    Deleted,
    /// Something about its identity is wrong, seen over a proven transport (decision 21).
    Unknown,
}

impl DeviceState {
    /// Every state.
    pub const ALL: [DeviceState; 5] = [
        Self::Provisioning,
        Self::Active,
        Self::DeleteRequested,
        Self::Deleted,
        Self::Unknown,
    ];

    /// The name in the API and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            DeviceState::Provisioning => "PROVISIONING",
            DeviceState::Active => "ACTIVE",
            DeviceState::DeleteRequested => "DELETE_REQUESTED",
            DeviceState::Deleted => "DELETED",
            DeviceState::Unknown => "UNKNOWN",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// Something that can change a device's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeviceEvent {
    /// The enrolment service issued a certificate for a record that was deleted.
    ReEnrolled,
    /// An authenticated session completed.
    SessionCompleted,
    /// Nothing came within [`super::sweep::PROVISIONING_MAX`].
    EnrollmentTimedOut,
    /// An administrator deletes it.
    AdminDelete,
    /// An administrator deletes it without waiting for the PC.
    AdminForceDelete,
    /// The administrator's order to unenrol was cancelled before it was delivered.
    DeleteCanceled,
    /// A wipe was acknowledged by the PC.
    WipeIssued,
    /// The order to leave was acknowledged by the PC, and not because it was deleted.
    RetireIssued,
    /// The PC says that it leaves, or confirmed the order to leave.
    Unenrolled,
    /// It presents its certificate after the certificate's end.
    CertificateExpired,
    /// Over its own certificate, wrong credentials came too often.
    AuthenticationFailed,
    /// Its certificate came with another device's id.
    IdentityMismatch,
}

/// One step of a device's life, as `stateHistory` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateChange {
    /// The state that was entered.
    pub state: DeviceState,
    /// When.
    pub at: Timestamp,
    /// Why, e.g. `initial-enrollment`.
    pub reason: String,
    /// Who caused it.
    pub actor: Option<String>,
    /// The request that caused it.
    pub request_id: Option<String>,
}

impl StateChange {
    /// An entry for now.
    #[must_use]
    pub fn new(cx: &Context, state: DeviceState, reason: &str) -> Self {
        Self {
            state,
            at: cx.now,
            reason: reason.to_owned(),
            actor: Some(format!(
                "{}:{}",
                cx.actor.kind(),
                cx.actor.id().unwrap_or_else(|| cx.actor.name())
            )),
            request_id: cx.origin.request_id.clone(),
        }
    }
}

/// The state that `event` leads to from `state`, and the reason `stateHistory` gives; `None` where it changes nothing.
#[must_use]
pub const fn next(state: DeviceState, event: DeviceEvent) -> Option<(DeviceState, &'static str)> {
    use DeviceEvent as E;
    use DeviceState as S;
    match (state, event) {
        (S::Provisioning, E::SessionCompleted) => Some((S::Active, "initial-enrollment")),
        (S::Unknown, E::SessionCompleted) => Some((S::Active, "reconnected")),
        (S::Provisioning, E::EnrollmentTimedOut) => Some((S::Deleted, "enrollment-timeout")),
        // Nothing is on the PC that would have to be taken back in an orderly way (decision 22).
        (S::Provisioning, E::AdminDelete) => Some((S::Deleted, "admin-delete-requested")),
        (S::Active | S::Unknown, E::AdminDelete) => Some((S::DeleteRequested, "admin-delete-requested")),
        (S::Provisioning | S::Active | S::Unknown | S::DeleteRequested, E::AdminForceDelete) => {
            Some((S::Deleted, "force-deleted"))
        }
        (S::DeleteRequested, E::DeleteCanceled) => Some((S::Active, "delete-canceled")),
        (S::Active | S::Unknown, E::WipeIssued) => Some((S::DeleteRequested, "wipe-issued")),
        (S::Active | S::Unknown, E::RetireIssued) => Some((S::DeleteRequested, "retire-issued")),
        (S::DeleteRequested, E::Unenrolled) => Some((S::Deleted, "unenrolled")),
        (S::Provisioning | S::Active | S::Unknown, E::Unenrolled) => Some((S::Deleted, "user-unenrolled")),
        (S::Active, E::CertificateExpired) => Some((S::Unknown, "certificate-expired")),
        (S::Active, E::AuthenticationFailed) => Some((S::Unknown, "auth-failed")),
        (S::Active, E::IdentityMismatch) => Some((S::Unknown, "identity-mismatch")),
        (S::Deleted, E::ReEnrolled) => Some((S::Provisioning, "re-enrollment")),
        (S::Active | S::DeleteRequested | S::Deleted, E::SessionCompleted)
        | (S::Active | S::DeleteRequested | S::Deleted | S::Unknown, E::EnrollmentTimedOut)
        | (S::DeleteRequested | S::Deleted, E::AdminDelete)
        | (S::Deleted, E::AdminForceDelete | E::Unenrolled)
        | (S::Provisioning | S::Active | S::Deleted | S::Unknown, E::DeleteCanceled)
        | (S::Provisioning | S::DeleteRequested | S::Deleted, E::WipeIssued | E::RetireIssued)
        | (
            S::Provisioning | S::DeleteRequested | S::Deleted | S::Unknown,
            E::CertificateExpired | E::AuthenticationFailed | E::IdentityMismatch,
        )
        | (S::Provisioning | S::Active | S::DeleteRequested | S::Unknown, E::ReEnrolled) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_and_a_second_session_change_nothing() {
        assert_eq!(next(DeviceState::Active, DeviceEvent::SessionCompleted), None);
        assert_eq!(next(DeviceState::DeleteRequested, DeviceEvent::SessionCompleted), None);
    }

    #[test]
    fn nothing_but_a_re_enrolment_leaves_deleted() {
        use DeviceEvent as E;
        for event in [
            E::SessionCompleted,
            E::EnrollmentTimedOut,
            E::AdminDelete,
            E::AdminForceDelete,
            E::DeleteCanceled,
            E::WipeIssued,
            E::RetireIssued,
            E::Unenrolled,
            E::CertificateExpired,
            E::AuthenticationFailed,
            E::IdentityMismatch,
        ] {
            assert_eq!(next(DeviceState::Deleted, event), None, "{event:?}");
        }
        assert_eq!(
            next(DeviceState::Deleted, E::ReEnrolled),
            Some((DeviceState::Provisioning, "re-enrollment"))
        );
    }

    #[test]
    fn the_first_session_makes_a_device_active_for_the_reason_of_the_seed() {
        assert_eq!(
            next(DeviceState::Provisioning, DeviceEvent::SessionCompleted),
            Some((DeviceState::Active, "initial-enrollment"))
        );
    }

    #[test]
    fn every_name_reads_back() {
        for state in DeviceState::ALL {
            assert_eq!(DeviceState::from_name(state.as_str()), Some(state));
        }
    }
}
