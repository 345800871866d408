//! What an administrator does with enrolment tokens through the API (B.6): makes them, one or many, changes and revokes
//! them. Tokens of templates are changed with their template.

use super::{EnrollmentToken, LIFE_DEFAULT, LIFE_MAX, LIFE_MIN, TokenState};
use crate::{
    Context, EnrollmentTokenId, OrganizationId, PolicyId, UserId,
    audit::{Audit, Target},
    device::update::{DISPLAY_NAME_CHARS_MAX, Violation, checked_tags},
    enrollment_template::RuleAssignment,
    policy::{ASSIGNMENTS_MAX, PRIORITY_MAX, PolicyScope},
    ports::{AuditLogMut, EnrollmentTokens, EnrollmentTokensMut, PoliciesMut, Segments, StoreError, Users},
    secret::Secret,
    segment::{SegmentId, SegmentScope},
    text,
    user::{
        Email,
        change::{is_language, is_seen},
    },
};
use serde_json::{Map, Value, json};
use std::{collections::BTreeSet, time::Duration};

/// Longest text for the user: a page.
pub const EMAIL_TEXT_CHARS_MAX: usize = 4_000;

/// Most tokens made at once: as many as one answer shows.
pub const BULK_MAX: usize = 100;

/// What is wanted of a token. What is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WriteToken {
    /// What its PC is called; `Some(None)` takes it away.
    pub display_name: Option<Option<String>>,
    /// Tags for its PC.
    pub tags: Option<Vec<String>>,
    /// The primary policy; `Some(None)` takes it away.
    pub primary: Option<Option<PolicyId>>,
    /// Policies with their priorities.
    pub assignments: Option<Vec<RuleAssignment>>,
}

/// Tokens to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateTokens {
    /// For whom.
    pub holders: Holders,
    /// What their PCs get.
    pub write: WriteToken,
    /// How long they live; none: a day.
    pub life: Option<Duration>,
    /// The language that the users read.
    pub language: Option<String>,
    /// What the users are to be told.
    pub email_text: Option<String>,
    /// Where they are.
    pub segment: SegmentId,
    /// Whether that segment was named, so that PCs go there whatever a rule says (N12).
    pub places: bool,
}

/// For whom tokens are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holders {
    /// One token, for this user or for anybody.
    One(Option<UserId>),
    /// One for each of these e-mails. People who are not known are refused: a mistyped address must not become a user.
    Emails(Vec<String>),
}

/// Why something is not done with a token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Fields do not hold to their rules.
    #[error("the request has {} invalid fields", .0.len())]
    Invalid(Vec<Violation>),
    /// Something named in the request does not exist or is out of the caller's sight.
    #[error("{path} names something that does not exist: {id}")]
    UnknownReference {
        /// Where in the body.
        path: String,
        /// What it names.
        id: String,
    },
    /// It opens nothing any more.
    #[error("the token is {}, so nothing of it can be changed", .0.as_str())]
    Over(TokenState),
    /// It belongs to a template.
    #[error("the token belongs to an enrolment template and is changed, rotated and removed with it")]
    OfTemplate,
    /// No such token, or out of the caller's sight.
    #[error("the token does not exist")]
    Unknown,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl WriteToken {
    /// Checks and cleans every field.
    fn checked(mut self, wrong: &mut Vec<Violation>) -> Self {
        if let Some(Some(name)) = &mut self.display_name {
            match text::line(name, DISPLAY_NAME_CHARS_MAX) {
                Ok(clean) => *name = clean,
                Err(error) => wrong.push(Violation::new("displayName", "text", error)),
            }
        }
        if let Some(tags) = &mut self.tags {
            *tags = checked_tags(tags, wrong);
        }
        let list = self.assignments.iter().flatten();
        let mut seen = BTreeSet::new();
        for (index, assignment) in list.clone().enumerate() {
            let path = |name| format!("winPolicyAssignments[{index}].{name}");
            if assignment.priority > PRIORITY_MAX {
                let message = format!("must be a whole number from 0 to {PRIORITY_MAX}");
                wrong.push(Violation::new(path("priority"), "range", message));
            }
            if !seen.insert(assignment.policy) {
                wrong.push(Violation::new(path("winPolicyId"), "unique", "is assigned twice"));
            }
        }
        let count = list.count();
        if count > ASSIGNMENTS_MAX {
            let message = format!("must have at most {ASSIGNMENTS_MAX} entries, not {count}");
            wrong.push(Violation::new("winPolicyAssignments", "max_items", message));
        }
        self
    }

    fn over(self, token: &mut EnrollmentToken) {
        if let Some(name) = self.display_name {
            token.display_name = name;
        }
        if let Some(tags) = self.tags {
            token.tags = tags;
        }
        if let Some(primary) = self.primary {
            token.primary = primary;
        }
        if let Some(assignments) = self.assignments {
            token.assignments = assignments;
        }
    }
}

impl CreateTokens {
    fn checked(&self) -> Result<Self, TokenError> {
        let mut wrong = Vec::new();
        let mut request = self.clone();
        request.write = request.write.checked(&mut wrong);
        if let Some(life) = request.life
            && !(LIFE_MIN..=LIFE_MAX).contains(&life)
        {
            let (min, max) = (LIFE_MIN.as_secs(), LIFE_MAX.as_secs());
            let message = format!("must be a number of seconds from {min} to {max}");
            wrong.push(Violation::new("duration", "range", message));
        }
        if let Some(language) = request.language.as_deref().filter(|l| !is_language(l)) {
            let language = text::cut(language, 40);
            let message = format!("must be a language tag such as en or de-CH, not {language:?}");
            wrong.push(Violation::new("language", "language", message));
        }
        if let Some(told) = &request.email_text
            && told.chars().count() > EMAIL_TEXT_CHARS_MAX
        {
            let message = format!("must have at most {EMAIL_TEXT_CHARS_MAX} characters");
            wrong.push(Violation::new("emailText", "text", message));
        }
        if let Holders::Emails(emails) = &request.holders
            && !(1..=BULK_MAX).contains(&emails.len())
        {
            let message = format!("must have 1 to {BULK_MAX} entries, not {}", emails.len());
            wrong.push(Violation::new("userEmails", "length", message));
        }
        if wrong.is_empty() {
            Ok(request)
        } else {
            Err(TokenError::Invalid(wrong))
        }
    }
}

/// The token of that id, if somebody who sees `scope` sees it.
///
/// # Errors
/// When there is none.
pub fn find(
    view: &mut (impl EnrollmentTokens + ?Sized),
    organization: OrganizationId,
    scope: &SegmentScope,
    id: EnrollmentTokenId,
) -> Result<EnrollmentToken, TokenError> {
    let token = view.enrollment_token(organization, id)?;
    token.filter(|t| scope.contains(t.segment)).ok_or(TokenError::Unknown)
}

/// Makes tokens, all or none, the only time they are seen in clear.
///
/// # Errors
/// See [`TokenError`].
pub fn create(
    tx: &mut (impl EnrollmentTokensMut + PoliciesMut + Segments + Users + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &SegmentScope,
    request: &CreateTokens,
) -> Result<Vec<(EnrollmentToken, Secret)>, TokenError> {
    let request = request.checked()?;
    if !scope.contains(request.segment) || tx.segment(organization, request.segment)?.is_none() {
        return Err(unknown("segmentId", request.segment));
    }
    let users = holders(tx, organization, scope, &request.holders)?;
    let mut made = Vec::with_capacity(users.len());
    for user in users {
        let expires_at = cx.now + request.life.unwrap_or(LIFE_DEFAULT);
        let (mut token, secret) = EnrollmentToken::new(cx, organization, request.segment, expires_at);
        (token.user, token.places) = (user, request.places);
        (token.language, token.email_text) = (request.language.clone(), request.email_text.clone());
        request.write.clone().over(&mut token);
        if made.is_empty() {
            check_policies(tx, scope, &[], &token)?;
        }
        tx.insert_enrollment_token(&token)?;
        record(tx, cx, "create", None, Some(&token))?;
        made.push((token, secret));
    }
    Ok(made)
}

fn holders(
    view: &mut (impl Users + ?Sized),
    organization: OrganizationId,
    scope: &SegmentScope,
    holders: &Holders,
) -> Result<Vec<Option<UserId>>, TokenError> {
    let emails = match holders {
        Holders::One(None) => return Ok(vec![None]),
        Holders::One(Some(id)) => {
            return match view.user(organization, *id)? {
                Some(user) if is_seen(view, scope, user.id)? => Ok(vec![Some(user.id)]),
                _ => Err(unknown("mdmUserId", id)),
            };
        }
        Holders::Emails(emails) => emails,
    };
    let mut users = Vec::with_capacity(emails.len());
    let mut seen = BTreeSet::new();
    for (index, text) in emails.iter().enumerate() {
        let path = format!("userEmails[{index}]");
        let email = Email::parse(text)
            .map_err(|error| TokenError::Invalid(vec![Violation::new(path.as_str(), "email", error)]))?;
        if !seen.insert(email.clone()) {
            let wrong = Violation::new(path, "unique", "is named twice");
            return Err(TokenError::Invalid(vec![wrong]));
        }
        // Who belongs to another organization, or is out of sight, is not told from who does not exist.
        match view.user_by_email(organization, &email)? {
            Some(user) if is_seen(view, scope, user.id)? => users.push(Some(user.id)),
            _ => return Err(unknown(&path, text)),
        }
    }
    Ok(users)
}

/// Changes a token that still opens something.
///
/// # Errors
/// See [`TokenError`].
pub fn update(
    tx: &mut (impl EnrollmentTokensMut + PoliciesMut + Segments + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &SegmentScope,
    id: EnrollmentTokenId,
    request: &WriteToken,
) -> Result<EnrollmentToken, TokenError> {
    let before = locked(tx, organization, scope, id)?;
    let mut wrong = Vec::new();
    let request = request.clone().checked(&mut wrong);
    if !wrong.is_empty() {
        return Err(TokenError::Invalid(wrong));
    }
    if !before.is_usable(cx.now) {
        return Err(TokenError::Over(before.state(cx.now)));
    }
    let mut after = before.clone();
    request.over(&mut after);
    check_policies(tx, scope, &before.policies(), &after)?;
    if after == before {
        return Ok(after);
    }
    after.updated_at = cx.now;
    tx.update_enrollment_token(&after)?;
    record(tx, cx, "update", Some(&before), Some(&after))?;
    Ok(after)
}

/// Revokes a token. Revoking it again changes nothing.
///
/// # Errors
/// See [`TokenError`].
pub fn remove(
    tx: &mut (impl EnrollmentTokensMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &SegmentScope,
    id: EnrollmentTokenId,
) -> Result<EnrollmentToken, TokenError> {
    let mut token = locked(tx, organization, scope, id)?;
    if token.revoked_at.is_none() {
        token.revoked_at = Some(cx.now);
        token.updated_at = cx.now;
        tx.update_enrollment_token(&token)?;
        record(tx, cx, "remove", Some(&token), None)?;
    }
    Ok(token)
}

fn unknown(path: &str, id: impl ToString) -> TokenError {
    TokenError::UnknownReference {
        path: path.to_owned(),
        id: id.to_string(),
    }
}

fn locked(
    tx: &mut (impl EnrollmentTokensMut + ?Sized),
    organization: OrganizationId,
    scope: &SegmentScope,
    id: EnrollmentTokenId,
) -> Result<EnrollmentToken, TokenError> {
    let token = tx.lock_enrollment_token(id)?;
    let token = token.filter(|t| t.organization == organization && scope.contains(t.segment));
    let token = token.ok_or(TokenError::Unknown)?;
    if token.template.is_some() {
        return Err(TokenError::OfTemplate);
    }
    Ok(token)
}

/// A policy that is newly named must exist and be in the caller's sight. It is locked, so that it stays.
fn check_policies(
    tx: &mut (impl PoliciesMut + Segments + ?Sized),
    scope: &SegmentScope,
    named: &[PolicyId],
    token: &EnrollmentToken,
) -> Result<(), TokenError> {
    let new = token.policies().into_iter().filter(|p| !named.contains(p));
    let visible = PolicyScope::of(scope, &tx.segments(token.organization)?);
    for id in new {
        let policy = tx.lock_policy(id)?;
        if !policy.is_some_and(|p| p.organization == token.organization && visible.sees(&p)) {
            let direct = token.assignments.iter().position(|a| a.policy == id);
            let path = match direct {
                Some(index) if token.primary != Some(id) => format!("winPolicyAssignments[{index}].winPolicyId"),
                _ => "winPolicyId".to_owned(),
            };
            return Err(unknown(&path, id));
        }
    }
    Ok(())
}

fn record(
    tx: &mut (impl AuditLogMut + ?Sized),
    cx: &mut Context,
    verb: &str,
    before: Option<&EnrollmentToken>,
    after: Option<&EnrollmentToken>,
) -> Result<(), StoreError> {
    let Some(token) = after.or(before) else { return Ok(()) };
    let action = format!("mdm.windows.enrollmentToken.{verb}");
    let mut audit = Audit::new(cx, token.organization, &action)
        .target(Target::EnrollmentToken(token.id))
        .segment(token.segment);
    let (mut was, mut is) = (before.map(told), after.map(told));
    if let (Some(was), Some(is)) = (&mut was, &mut is) {
        let same: Vec<String> = was
            .iter()
            .filter(|(k, v)| is.get(*k) == Some(v))
            .map(|(k, _)| k.clone())
            .collect();
        for key in same {
            was.remove(&key);
            is.remove(&key);
        }
    }
    if let Some(was) = was {
        audit = audit.before(Value::Object(was));
    }
    if let Some(is) = is {
        audit = audit.after(Value::Object(is));
    }
    tx.append_audit(&audit.done())
}

/// A token for the audit record.
fn told(token: &EnrollmentToken) -> Map<String, Value> {
    let fields = [
        ("mdmUserId", json!(token.user)),
        ("displayName", json!(token.display_name)),
        ("tags", json!(token.tags)),
        ("winPolicyId", json!(token.primary)),
        ("winPolicyAssignments", json!(token.assignments)),
        ("segmentId", json!(token.segment)),
        ("uses", json!(token.uses_max)),
        ("expireAt", json!(token.expires_at.to_string())),
    ];
    fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
