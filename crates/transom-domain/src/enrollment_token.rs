//! Enrolment tokens: the right to enrol a number of PCs into one segment until a moment, for one user or for none.

pub mod change;

use crate::{
    Context, EnrollmentTemplateId, EnrollmentTokenId, OrganizationId, PolicyId, Timestamp, UserId,
    audit::{Audit, Target},
    enrollment_template::RuleAssignment,
    page::PageRequest,
    ports::{AuditLogMut, EnrollmentTokensMut, SegmentsMut, StoreError, UsersMut},
    secret::{Secret, SecretHash},
    segment::{SegmentId, SegmentScope},
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

/// Most PCs the token of a template enrols: as many as its number counts. It is revoked, not used up.
pub const TEMPLATE_USES_MAX: u32 = i32::MAX as u32;

/// The end of a template's token, the end of the year 9999: it lives as long as its template (A.5).
pub const TEMPLATE_TOKEN_END: Timestamp = Timestamp::from_millis(253_402_300_799_999);

/// A token's record; the token itself is kept as a hash, and that of a template also as a value that can be revealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrollmentToken {
    /// Its id.
    pub id: EnrollmentTokenId,
    /// Where its PCs go.
    pub organization: OrganizationId,
    /// The segment it is in.
    pub segment: SegmentId,
    /// Whether its PCs go to that segment whatever a rule says (N12).
    pub places: bool,
    /// Whose PCs they become.
    pub user: Option<UserId>,
    /// The hash of the token.
    pub hash: SecretHash,
    /// The token of a template in clear; the store seals it.
    pub value: Option<Secret>,
    /// The template that speaks for its PCs.
    pub template: Option<EnrollmentTemplateId>,
    /// What its PC is called.
    pub display_name: Option<String>,
    /// Tags for its PC.
    pub tags: Vec<String>,
    /// The primary policy of its PC.
    pub primary: Option<PolicyId>,
    /// Policies of its PC, with their priorities.
    pub assignments: Vec<RuleAssignment>,
    /// The language that its user reads, as a tag of BCP 47.
    pub language: Option<String>,
    /// What its user is to be told.
    pub email_text: Option<String>,
    /// How many PCs it may enrol.
    pub uses_max: u32,
    /// How many it has.
    pub uses: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// Whether a token still opens something (B.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenState {
    /// It does.
    Pending,
    /// It enrolled as many PCs as it may.
    Done,
    /// It was revoked.
    Deleted,
    /// Its time is over.
    Expired,
}

impl TokenState {
    /// Every state.
    pub const ALL: [TokenState; 4] = [Self::Pending, Self::Done, Self::Deleted, Self::Expired];

    /// The name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            TokenState::Pending => "PENDING",
            TokenState::Done => "DONE",
            TokenState::Deleted => "DELETED",
            TokenState::Expired => "EXPIRED",
        }
    }
}

/// Which tokens are wanted. Every field that is set must match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrollmentTokenQuery {
    /// Whose.
    pub organization: OrganizationId,
    /// In which segments.
    pub scope: SegmentScope,
    /// Of this user.
    pub user: Option<UserId>,
    /// That name this policy.
    pub policy: Option<PolicyId>,
    /// Also revoked ones.
    pub show_deleted: bool,
    /// Newest first; equal ones by id, so that pages are stable.
    pub descending: bool,
    /// Which page.
    pub page: PageRequest,
}

impl EnrollmentToken {
    /// Whether it opens enrolment at `now`.
    #[must_use]
    pub fn is_usable(&self, now: Timestamp) -> bool {
        self.state(now) == TokenState::Pending
    }

    /// Whether it still opens something at `now`, and if not, why. A token that enrolled its PCs is done, even if its time
    /// is over as well.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> TokenState {
        if self.revoked_at.is_some() {
            TokenState::Deleted
        } else if self.uses >= self.uses_max {
            TokenState::Done
        } else if now >= self.expires_at {
            TokenState::Expired
        } else {
            TokenState::Pending
        }
    }

    /// A token with nothing of its own, and what it is in clear.
    #[must_use]
    pub fn new(
        cx: &mut Context,
        organization: OrganizationId,
        segment: SegmentId,
        expires_at: Timestamp,
    ) -> (Self, Secret) {
        let secret = Secret::generate(cx, ENROLLMENT_TOKEN_PREFIX);
        let token = Self {
            id: cx.id(),
            organization,
            segment,
            places: false,
            user: None,
            hash: secret.hash(),
            value: None,
            template: None,
            display_name: None,
            tags: Vec::new(),
            primary: None,
            assignments: Vec::new(),
            language: None,
            email_text: None,
            uses_max: 1,
            uses: 0,
            created_at: cx.now,
            updated_at: cx.now,
            expires_at,
            revoked_at: None,
        };
        (token, secret)
    }

    /// The token of a template.
    #[must_use]
    pub fn of_template(
        cx: &mut Context,
        organization: OrganizationId,
        segment: SegmentId,
        template: EnrollmentTemplateId,
    ) -> (Self, Secret) {
        let (mut token, secret) = Self::new(cx, organization, segment, TEMPLATE_TOKEN_END);
        token.template = Some(template);
        token.value = Some(secret.clone());
        token.uses_max = TEMPLATE_USES_MAX;
        (token, secret)
    }

    /// Gives it another value; the one before opens nothing any more.
    pub fn renew(&mut self, cx: &mut Context) -> Secret {
        let secret = Secret::generate(cx, ENROLLMENT_TOKEN_PREFIX);
        self.hash = secret.hash();
        self.value = Some(secret.clone());
        self.updated_at = cx.now;
        secret
    }

    /// Every policy that it names, once each, by id.
    #[must_use]
    pub fn policies(&self) -> Vec<PolicyId> {
        let direct = self.assignments.iter().map(|a| a.policy);
        let mut named: Vec<PolicyId> = self.primary.into_iter().chain(direct).collect();
        named.sort_unstable();
        named.dedup();
        named
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
            let user = tx.user_by_email(organization, &email)?;
            Some(user.ok_or(CreateEnrollmentTokenError::UnknownUser)?.id)
        }
    };
    let (mut token, secret) = EnrollmentToken::new(cx, organization, request.segment, cx.now + request.life);
    (token.user, token.uses_max) = (user, request.uses);
    // Who names a segment at the command line means it.
    token.places = true;
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
