//! Who sent a message: the enrolment, found by the certificate or, where that is allowed, by its session credentials.

use crate::{
    exchange::SessionStore,
    settings::{Md5Policy, Peer, SessionSettings},
};
use transom_domain::{
    Actor, Context, EnrollmentId, Timestamp,
    device::{Device, DeviceEvent, DeviceState},
    enrollment::{Enrollment, EnrollmentState, check_in},
    ports::{Enrollments, StoreError},
};
use transom_syncml::{Header, code};

/// Why a message is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It came without a client certificate, and nothing else is accepted.
    #[error("the PC presented no client certificate")]
    NoCertificate,
    /// Its certificate belongs to no enrolment.
    #[error("the client certificate belongs to no enrolment")]
    UnknownCertificate,
    /// The enrolment is over.
    #[error("the enrolment is over")]
    EnrollmentEnded,
    /// The certificate is.
    #[error("the client certificate has expired")]
    CertificateExpired,
    /// The message carries the device id of another PC than the certificate's.
    #[error("the message carries another device id than the certificate's owner has")]
    IdentityMismatch,
    /// The device is no longer managed.
    #[error("the device is deleted")]
    DeviceDeleted,
    /// Its credentials were wrong too often.
    #[error("the session credentials were refused too often")]
    CredentialsRefused,
}

impl Refusal {
    /// What it means for the device of the certificate, where its enrolment is the one that holds (decision 21).
    pub(crate) const fn event(self) -> Option<DeviceEvent> {
        match self {
            Refusal::CertificateExpired => Some(DeviceEvent::CertificateExpired),
            Refusal::IdentityMismatch => Some(DeviceEvent::IdentityMismatch),
            Refusal::NoCertificate
            | Refusal::UnknownCertificate
            | Refusal::EnrollmentEnded
            | Refusal::DeviceDeleted
            | Refusal::CredentialsRefused => None,
        }
    }

    /// The status code that the PC gets (docs/PROTOCOL.md, 13).
    #[must_use]
    pub const fn code(self) -> u32 {
        match self {
            Refusal::NoCertificate => code::MISSING_CREDENTIALS,
            Refusal::UnknownCertificate | Refusal::CredentialsRefused => code::INVALID_CREDENTIALS,
            Refusal::EnrollmentEnded | Refusal::CertificateExpired | Refusal::DeviceDeleted => code::FORBIDDEN,
            Refusal::IdentityMismatch => code::NOT_FOUND,
        }
    }
}

/// What is known of the sender.
pub(crate) enum Sender {
    /// The enrolment, locked, and its device, locked. Its digest may still be wanted.
    Known {
        /// The enrolment.
        enrollment: Box<Enrollment>,
        /// Its device.
        device: Box<Device>,
        /// Whether its certificate proves it.
        by_certificate: bool,
    },
    /// A PC without a certificate that has not said its credentials' name, or a wrong one: it is challenged.
    Anonymous,
    /// It is refused; the enrolment is given where it is the right one and over.
    Refused(Refusal, Option<EnrollmentId>),
}

/// What speaks against a message that came over a certificate of ours: facts of its enrolment and of its device.
pub(crate) fn objection(
    state: EnrollmentState,
    not_after: Timestamp,
    win_id: &str,
    device: DeviceState,
    now: Timestamp,
    header: &Header,
) -> Option<Refusal> {
    if state == EnrollmentState::Ended {
        Some(Refusal::EnrollmentEnded)
    } else if not_after <= now {
        Some(Refusal::CertificateExpired)
    } else if win_id != header.source {
        Some(Refusal::IdentityMismatch)
    } else if device == DeviceState::Deleted {
        Some(Refusal::DeviceDeleted)
    } else {
        None
    }
}

/// Whether the sender of a refused message is a PC whose management is over: the last message of its last session may
/// come again, because the answer to it was lost.
pub(crate) fn has_left(reason: Refusal, win_id: &str, header: &Header) -> bool {
    matches!(reason, Refusal::EnrollmentEnded | Refusal::DeviceDeleted) && win_id == header.source
}

/// Finds and locks who sent a message.
pub(crate) fn identify(
    tx: &mut (impl SessionStore + ?Sized),
    cx: &mut Context,
    settings: &SessionSettings,
    peer: &Peer,
    header: &Header,
) -> Result<Sender, StoreError> {
    let found = match &peer.fingerprint {
        Some(fingerprint) => tx.enrollment_by_fingerprint(fingerprint)?,
        None => None,
    };
    if let Some(enrollment) = found {
        return by_certificate(tx, cx, enrollment.id, header);
    }
    if settings.md5 != Md5Policy::Alone {
        let refusal = match peer.fingerprint {
            Some(_) => Refusal::UnknownCertificate,
            None => Refusal::NoCertificate,
        };
        return Ok(Sender::Refused(refusal, None));
    }
    by_name(tx, cx, header)
}

/// The owner of a certificate. What is wrong is recorded against the owner, never against the id that is claimed, and
/// only where the enrolment is the one that holds (decision 21).
fn by_certificate(
    tx: &mut (impl SessionStore + ?Sized),
    cx: &mut Context,
    id: EnrollmentId,
    header: &Header,
) -> Result<Sender, StoreError> {
    let enrollment = locked(tx, id)?;
    let device = locked_device(tx, &enrollment)?;
    cx.actor = Actor::Device(enrollment.device);
    let not_after = enrollment.certificate.not_after;
    let objection = objection(
        enrollment.state,
        not_after,
        &enrollment.win_id,
        device.state,
        cx.now,
        header,
    );
    let Some(reason) = objection else {
        return Ok(Sender::Known {
            enrollment: Box::new(enrollment),
            device: Box::new(device),
            by_certificate: true,
        });
    };
    if let Some(event) = reason.event().filter(|_| enrollment.state == EnrollmentState::Active) {
        check_in::distrusted(tx, cx, enrollment.device, event)?;
    }
    let has_left = has_left(reason, &enrollment.win_id, header);
    Ok(Sender::Refused(reason, has_left.then_some(id)))
}

/// The enrolment whose credentials are named, if it is also the one whose device id is. Nothing is proven yet, so nothing
/// is recorded and every other case looks alike.
fn by_name(tx: &mut (impl SessionStore + ?Sized), cx: &mut Context, header: &Header) -> Result<Sender, StoreError> {
    let Some(found) = named(tx, header)? else {
        return Ok(Sender::Anonymous);
    };
    let enrollment = locked(tx, found.id)?;
    let device = locked_device(tx, &enrollment)?;
    if enrollment.state == EnrollmentState::Ended || device.state == DeviceState::Deleted {
        return Ok(Sender::Anonymous);
    }
    cx.actor = Actor::Device(device.id);
    Ok(Sender::Known {
        enrollment: Box::new(enrollment),
        device: Box::new(device),
        by_certificate: false,
    })
}

/// The enrolment whose credentials are named, not locked.
pub(crate) fn named(view: &mut (impl Enrollments + ?Sized), header: &Header) -> Result<Option<Enrollment>, StoreError> {
    let (Some(name), Some(_)) = (&header.source_name, &header.credentials) else {
        return Ok(None);
    };
    let named = view.enrollments_by_credential_name(name)?;
    Ok(named
        .into_iter()
        .find(|e| e.win_id == header.source && e.state != EnrollmentState::Ended))
}

fn locked(tx: &mut (impl SessionStore + ?Sized), id: EnrollmentId) -> Result<Enrollment, StoreError> {
    tx.lock_enrollment(id)?
        .ok_or_else(|| StoreError::Inconsistent(format!("enrollments {id}: found, but not to be locked")))
}

fn locked_device(tx: &mut (impl SessionStore + ?Sized), enrollment: &Enrollment) -> Result<Device, StoreError> {
    tx.lock_device(enrollment.device)?.ok_or_else(|| {
        StoreError::Inconsistent(format!(
            "enrollments {}: device {} does not exist",
            enrollment.id, enrollment.device
        ))
    })
}
