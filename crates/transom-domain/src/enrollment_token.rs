//! Enrolment tokens: the right to enrol a number of PCs into one segment until a moment, for one user or for none.

use crate::{
    Context, EnrollmentTokenId, OrganizationId, Timestamp, UserId,
    audit::{Audit, Target},
    ports::{AuditLogMut, EnrollmentTokensMut, SegmentsMut, StoreError, UsersMut},
    secret::{Secret, SecretHash},
    segment::SegmentId,
    user::Email,
};
use std::time::Duration;

/// How an enrolment token starts.
pub const ENROLLMENT_TOKEN_PREFIX: &str = "enroll_";

/// Shortest life (B.6).
pub const LIFE_MIN: Duration = Duration::from_secs(60);

/// Longest life (B.6): 30 days. A token that lies about longer is found by somebody else.
pub const LIFE_MAX: Duration = Duration::from_secs(30 * 24 * 3600);

/// Life when nothing is said (B.6): one day.
pub const LIFE_DEFAULT: Duration = Duration::from_secs(24 * 3600);

/// Most PCs one token may enrol: the largest fleet that one server is built for.
pub const USES_MAX: u32 = 100_000;

/// A token's record; the token itself is kept as a hash only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrollmentToken {
    /// Its id.
    pub id: EnrollmentTokenId,
    /// Where its PCs go.
    pub organization: OrganizationId,
    /// The segment its PCs go to.
    pub segment: SegmentId,
    /// Whose PCs they become.
    pub user: Option<UserId>,
    /// The hash of the token.
    pub hash: SecretHash,
    /// How many PCs it may enrol.
    pub uses_max: u32,
    /// How many it has.
    pub uses: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl EnrollmentToken {
    /// Whether it opens enrolment at `now`.
    #[must_use]
    pub fn is_usable(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at && self.uses < self.uses_max
    }
}

/// A token to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateEnrollmentToken {
    /// The segment its PCs go to.
    pub segment: SegmentId,
    /// The user's e-mail.
    pub user: Option<String>,
    /// How many PCs it may enrol.
    pub uses: u32,
    /// How long it lives.
    pub life: Duration,
}

/// Why a token cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum CreateEnrollmentTokenError {
    /// The segment does not exist.
    #[error("segment {0} does not exist")]
    UnknownSegment(SegmentId),
    /// The user does not exist in this organization.
    #[error("no user of this organization has that e-mail")]
    UnknownUser,
    /// The number of uses is out of range.
    #[error("uses lies between 1 and {USES_MAX}, not at {0}")]
    Uses(u32),
    /// The life is out of range.
    #[error("a token lives between {min} and {max} seconds", min = LIFE_MIN.as_secs(), max = LIFE_MAX.as_secs())]
    Life,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes an enrolment token, the only time it is seen in clear.
///
/// # Errors
/// See [`CreateEnrollmentTokenError`].
pub fn create(
    tx: &mut (impl EnrollmentTokensMut + SegmentsMut + UsersMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    request: &CreateEnrollmentToken,
) -> Result<(EnrollmentToken, Secret), CreateEnrollmentTokenError> {
    if !(1..=USES_MAX).contains(&request.uses) {
        return Err(CreateEnrollmentTokenError::Uses(request.uses));
    }
    if request.life < LIFE_MIN || request.life > LIFE_MAX {
        return Err(CreateEnrollmentTokenError::Life);
    }
    tx.segment(organization, request.segment)?
        .ok_or(CreateEnrollmentTokenError::UnknownSegment(request.segment))?;
    let user = match &request.user {
        None => None,
        Some(email) => {
            let email = Email::parse(email).map_err(|_| CreateEnrollmentTokenError::UnknownUser)?;
            let user = tx.user_by_email(&email)?.filter(|u| u.organization == organization);
            Some(user.ok_or(CreateEnrollmentTokenError::UnknownUser)?.id)
        }
    };
    let secret = Secret::generate(cx, ENROLLMENT_TOKEN_PREFIX);
    let token = EnrollmentToken {
        id: cx.id(),
        organization,
        segment: request.segment,
        user,
        hash: secret.hash(),
        uses_max: request.uses,
        uses: 0,
        created_at: cx.now,
        expires_at: cx.now + request.life,
        revoked_at: None,
    };
    tx.insert_enrollment_token(&token)?;
    let audit = Audit::new(cx, organization, "mdm.windows.enrollmentToken.create")
        .target(Target::EnrollmentToken(token.id))
        .segment(token.segment)
        .after(serde_json::json!({
            "segmentId": token.segment.0,
            "mdmUserId": token.user.map(|u| u.to_string()),
            "uses": token.uses_max,
            "expireAt": token.expires_at.to_string(),
        }));
    tx.append_audit(&audit.done())?;
    Ok((token, secret))
}
