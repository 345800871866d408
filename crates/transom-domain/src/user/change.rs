//! What an administrator does with users: makes them known, changes and removes them (B.7). Passwords are not among it:
//! they are set at the command line of the server's machine only.

use super::{Email, NAME_CHARS_MAX, User};
use crate::{
    Context, OrganizationId, Timestamp, UserId,
    audit::{Audit, Target},
    automation_rule::settle::{self, RuleStore},
    device::update::{Violation, checked_tags},
    ports::{AuditLogMut, SmartAttributes, SmartAttributesMut, StoreError, Users, UsersMut},
    segment::{SegmentId, SegmentScope},
    smart_attribute::{
        GivenValue,
        given::{self, GiveError, Owner},
    },
    text,
};
use serde_json::{Map, Value, json};

/// Longest language tag: what RFC 5646 (section 4.4.1) asks a reader to hold.
pub const LANGUAGE_CHARS_MAX: usize = 35;

/// Most keys of `metadata`: as many as `customConfig` of a device has (E.6).
pub const METADATA_KEYS_MAX: usize = 50;

/// Longest key of `metadata`.
pub const METADATA_KEY_CHARS_MAX: usize = 64;

/// Longest value of `metadata`.
pub const METADATA_VALUE_CHARS_MAX: usize = 1_000;

/// Most devices named in the audit entry of a user who was removed; their number is always there.
const DEVICES_NAMED_MAX: usize = 1_000;

/// What is wanted of a user. What is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WriteUser {
    /// Their e-mail.
    pub email: Option<String>,
    /// Their name; `Some(None)` takes it away.
    pub name: Option<Option<String>>,
    /// The tags, all of them.
    pub tags: Option<Vec<String>>,
    /// Their language; `Some(None)` takes it away.
    pub language: Option<Option<String>>,
    /// Keys to set; null takes a key away.
    pub metadata: Option<Map<String, Value>>,
    /// The values of smart attributes, all of them.
    pub smart: Option<Vec<GivenValue>>,
}

/// A user with where their devices are.
#[derive(Debug, Clone, PartialEq)]
pub struct UserDetails {
    /// The record.
    pub user: User,
    /// How many devices they have in which segment, as far as they are seen.
    pub devices: Vec<(SegmentId, u64)>,
    /// The values of smart attributes they were given.
    pub smart: Vec<GivenValue>,
}

/// Why a user is not made, changed or removed.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// Fields do not hold to their rules.
    #[error("the request has {} invalid fields", .0.len())]
    Invalid(Vec<Violation>),
    /// The e-mail is taken, maybe in another organization; which one is not told.
    #[error("a user with this e-mail exists already")]
    Taken,
    /// Something named in the request does not exist.
    #[error("{path} names something that does not exist: {id}")]
    UnknownReference {
        /// Where in the body.
        path: String,
        /// What it names.
        id: String,
    },
    /// The user has devices, or enrolment tokens for some, in segments where the caller may not do this.
    #[error("the user has devices or enrolment tokens out of the caller's segments")]
    OutOfReach,
    /// No such user, or out of the caller's sight.
    #[error("the user does not exist")]
    Unknown,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<GiveError> for UserError {
    fn from(error: GiveError) -> Self {
        match error {
            GiveError::Invalid(wrong) => Self::Invalid(wrong),
            GiveError::Unknown { path, id } => Self::UnknownReference { path, id },
            GiveError::Store(error) => Self::Store(error),
        }
    }
}

impl WriteUser {
    /// Checks and cleans every field.
    ///
    /// # Errors
    /// Every field that does not hold to its rule.
    pub fn checked(mut self) -> Result<Self, Vec<Violation>> {
        let mut wrong = Vec::new();
        if let Some(email) = &mut self.email {
            match Email::parse(email) {
                Ok(clean) => clean.as_str().clone_into(email),
                Err(error) => wrong.push(Violation::new("email", "email", error)),
            }
        }
        if let Some(Some(name)) = &mut self.name {
            match text::line(name, NAME_CHARS_MAX) {
                Ok(clean) => *name = clean,
                Err(error) => wrong.push(Violation::new("name", "text", error)),
            }
        }
        if let Some(tags) = &mut self.tags {
            *tags = checked_tags(tags, &mut wrong);
        }
        if let Some(Some(language)) = &self.language
            && !is_language(language)
        {
            let message =
                format!("must be a language tag of at most {LANGUAGE_CHARS_MAX} characters, such as en or de-CH");
            wrong.push(Violation::new("language", "language", message));
        }
        if let Some(metadata) = &self.metadata {
            check_metadata(metadata, &mut wrong);
        }
        if wrong.is_empty() { Ok(self) } else { Err(wrong) }
    }

    fn apply(self, user: &mut User) -> Result<(), UserError> {
        if let Some(email) = self.email {
            user.email =
                Email::parse(&email).map_err(|e| UserError::Invalid(vec![Violation::new("email", "email", e)]))?;
        }
        if let Some(name) = self.name {
            user.name = name;
        }
        if let Some(tags) = self.tags {
            user.tags = tags;
        }
        if let Some(language) = self.language {
            user.language = language;
        }
        for (key, value) in self.metadata.unwrap_or_default() {
            if value.is_null() {
                user.metadata.remove(&key);
            } else {
                user.metadata.insert(key, value);
            }
        }
        if user.metadata.len() > METADATA_KEYS_MAX {
            let message = format!(
                "must have at most {METADATA_KEYS_MAX} keys, not {}",
                user.metadata.len()
            );
            let wrong = Violation::new("metadata", "maxProperties", message);
            return Err(UserError::Invalid(vec![wrong]));
        }
        Ok(())
    }
}

/// Whether a text has the shape of a language tag (RFC 5646, section 2.1): subtags of letters and digits, the first of two
/// to eight letters.
pub(crate) fn is_language(text: &str) -> bool {
    let mut subtags = text.split('-');
    let primary = subtags.next().unwrap_or_default();
    text.len() <= LANGUAGE_CHARS_MAX
        && (2..=8).contains(&primary.len())
        && primary.bytes().all(|b| b.is_ascii_alphabetic())
        && subtags.all(|s| (1..=8).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_alphanumeric()))
}

fn check_metadata(metadata: &Map<String, Value>, wrong: &mut Vec<Violation>) {
    for (key, value) in metadata {
        let path = format!(
            "metadata.{}",
            key.chars().take(METADATA_KEY_CHARS_MAX).collect::<String>()
        );
        if let Err(error) = text::line(key, METADATA_KEY_CHARS_MAX) {
            wrong.push(Violation::new(path.clone(), "key", error));
        }
        match value {
            Value::Object(_) | Value::Array(_) => {
                let message = "must be a text, a number, true, false or null";
                wrong.push(Violation::new(path, "scalar", message));
            }
            Value::String(value) => {
                if let Err(error) = text::checked(value, METADATA_VALUE_CHARS_MAX) {
                    wrong.push(Violation::new(path, "text", error));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// Adds to users where their devices are, as far as somebody who sees `scope` sees them.
///
/// # Errors
/// When the store fails.
pub fn details(
    view: &mut (impl Users + SmartAttributes + ?Sized),
    scope: &SegmentScope,
    users: Vec<User>,
) -> Result<Vec<UserDetails>, StoreError> {
    let ids: Vec<UserId> = users.iter().map(|u| u.id).collect();
    let mut places = std::collections::HashMap::<UserId, Vec<(SegmentId, u64)>>::new();
    for (user, segment, count) in view.user_devices(&ids)? {
        if scope.contains(segment) {
            places.entry(user).or_default().push((segment, count));
        }
    }
    let mut smart = std::collections::HashMap::<UserId, Vec<GivenValue>>::new();
    for (user, given) in view.user_smart_values(&ids)? {
        smart.entry(user).or_default().push(given);
    }
    let details = users.into_iter().map(|user| UserDetails {
        devices: places.remove(&user.id).unwrap_or_default(),
        smart: smart.remove(&user.id).unwrap_or_default(),
        user,
    });
    Ok(details.collect())
}

/// The user of that id, if somebody who sees `scope` sees them: with a device in it, or without any device.
///
/// # Errors
/// When there is none.
pub fn find(
    view: &mut (impl Users + ?Sized),
    organization: OrganizationId,
    scope: &SegmentScope,
    id: UserId,
) -> Result<User, UserError> {
    let user = view.user(organization, id)?.ok_or(UserError::Unknown)?;
    if is_seen(view, scope, id)? {
        Ok(user)
    } else {
        Err(UserError::Unknown)
    }
}

/// Whether somebody who sees `scope` sees a user who exists. Every route that names a user asks this: whoever has devices
/// elsewhere only must not be told from somebody who does not exist.
///
/// # Errors
/// When the store fails.
pub fn is_seen(view: &mut (impl Users + ?Sized), scope: &SegmentScope, id: UserId) -> Result<bool, StoreError> {
    if *scope == SegmentScope::All {
        return Ok(true);
    }
    let places = view.user_devices(&[id])?;
    Ok(places.is_empty() || places.iter().any(|(_, segment, _)| scope.contains(*segment)))
}

/// As [`find`], for a change: it reaches every device of the user and what their enrolment tokens will give, so all of them
/// must be within `scope`.
fn find_to_change(
    tx: &mut (impl UsersMut + ?Sized),
    now: Timestamp,
    organization: OrganizationId,
    scope: &SegmentScope,
    id: UserId,
) -> Result<User, UserError> {
    find(tx, organization, scope, id)?;
    let user = tx.lock_user(organization, id)?.ok_or(UserError::Unknown)?;
    let devices = tx.user_devices(&[id])?.into_iter().map(|(_, segment, _)| segment);
    let tokens = tx.user_token_segments(id, now)?;
    if devices.chain(tokens).all(|segment| scope.contains(segment)) {
        Ok(user)
    } else {
        Err(UserError::OutOfReach)
    }
}

/// Makes a user known, without a password.
///
/// # Errors
/// See [`UserError`].
pub fn create(
    tx: &mut (impl UsersMut + SmartAttributesMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    request: &WriteUser,
) -> Result<User, UserError> {
    let request = request.clone().checked().map_err(UserError::Invalid)?;
    let email = request.email.as_deref().unwrap_or_default();
    let email = Email::parse(email).map_err(|e| UserError::Invalid(vec![Violation::new("email", "email", e)]))?;
    let mut user = User {
        id: cx.id(),
        organization,
        email,
        name: None,
        password_hash: None,
        tags: Vec::new(),
        language: None,
        metadata: Map::new(),
        created_at: cx.now,
        updated_at: cx.now,
    };
    let wanted = request.smart.clone().unwrap_or_default();
    request.apply(&mut user)?;
    tx.lock_smart_attributes(organization, &given::named(&wanted))?;
    let smart = given::check(tx, organization, Owner::User, &wanted)?;
    if !super::insert(tx, cx, &user)? {
        return Err(UserError::Taken);
    }
    if !smart.is_empty() {
        tx.save_user_smart_values(user.id, &smart)?;
    }
    Ok(user)
}

/// Changes a user. Where nothing changes, nothing is written and nothing is audited.
///
/// # Errors
/// See [`UserError`].
pub fn update(
    tx: &mut (impl UsersMut + SmartAttributesMut + RuleStore + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &SegmentScope,
    id: UserId,
    request: &WriteUser,
) -> Result<User, UserError> {
    let before = find_to_change(tx, cx.now, organization, scope, id)?;
    let request = request.clone().checked().map_err(UserError::Invalid)?;
    let mut after = before.clone();
    let present = tx.user_smart_values(&[id])?;
    let present: Vec<GivenValue> = present.into_iter().map(|(_, given)| given).collect();
    let smart = match &request.smart {
        Some(wanted) => {
            tx.lock_smart_attributes(organization, &given::named(wanted))?;
            given::check(tx, organization, Owner::User, wanted)?
        }
        None => present.clone(),
    };
    request.apply(&mut after)?;
    if after == before && smart == present {
        return Ok(before);
    }
    if after.email != before.email && super::is_taken(tx, &after)? {
        return Err(UserError::Taken);
    }
    after.updated_at = cx.now;
    match tx.update_user(&after) {
        Err(StoreError::Duplicate(_)) => return Err(UserError::Taken),
        other => other?,
    }
    let (mut was, mut is) = (told(&before), told(&after));
    if smart != present {
        tx.save_user_smart_values(id, &smart)?;
        was["smartAttributeAssignments"] = given::told(&present);
        is["smartAttributeAssignments"] = given::told(&smart);
    }
    settle::user_changed(tx, cx, &before, &after, smart != present)?;
    let audit = Audit::new(cx, organization, "mdm.global.mdmUser.update")
        .target(Target::User(id))
        .before(was)
        .after(is);
    tx.append_audit(&audit.done())?;
    Ok(after)
}

/// Removes a user: takes them away from their devices, ends their enrolment tokens, frees their e-mail. Their PCs stay
/// managed.
///
/// # Errors
/// See [`UserError`].
pub fn remove(
    tx: &mut (impl UsersMut + RuleStore + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    scope: &SegmentScope,
    id: UserId,
) -> Result<UserDetails, UserError> {
    let user = find_to_change(tx, cx.now, organization, scope, id)?;
    let details = details(tx, scope, vec![user])?;
    let details = details.into_iter().next().ok_or(UserError::Unknown)?;
    let devices = tx.unassign_user(id, cx.now)?;
    let tokens = tx.revoke_enrollment_tokens_of(id, cx.now)?;
    tx.remove_user(id, cx.now)?;
    settle::user_removed(tx, cx, organization, &devices)?;
    let mut was = told(&details.user);
    let named = devices.iter().take(DEVICES_NAMED_MAX);
    was["deviceIds"] = named.map(|device| json!(device.to_string())).collect();
    was["devices"] = json!(devices.len());
    was["enrollmentTokens"] = json!(tokens);
    let audit = Audit::new(cx, organization, "mdm.global.mdmUser.remove")
        .target(Target::User(id))
        .before(was);
    tx.append_audit(&audit.done())?;
    Ok(details)
}

/// A user for the audit record.
pub(super) fn told(user: &User) -> Value {
    json!({
        "email": user.email.as_str(),
        "name": user.name,
        "tags": user.tags,
        "language": user.language,
        "metadata": user.metadata,
        "hasPassword": user.password_hash.is_some(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_have_the_shape_of_a_tag() {
        for good in ["en", "de-CH", "zh-Hant-TW", "sl-rozaj-biske"] {
            assert!(is_language(good), "{good}");
        }
        for bad in [
            "",
            "e",
            "en_US",
            "en-",
            "-en",
            "12",
            "en-subtaglong",
            &"en-12345678".repeat(4),
        ] {
            assert!(!is_language(bad), "{bad}");
        }
    }

    #[test]
    fn every_wrong_field_is_named_and_limits_hold_to_the_character() {
        let user = |name: usize, value: usize, key: usize| WriteUser {
            email: Some("ada@example.com".to_owned()),
            name: Some(Some("n".repeat(name))),
            metadata: Some(Map::from_iter([("k".repeat(key), json!("v".repeat(value)))])),
            ..WriteUser::default()
        };
        let limits = (NAME_CHARS_MAX, METADATA_VALUE_CHARS_MAX, METADATA_KEY_CHARS_MAX);
        assert!(user(limits.0, limits.1, limits.2).checked().is_ok());
        assert_eq!(
            user(limits.0 + 1, limits.1, limits.2).checked().unwrap_err()[0].path,
            "name"
        );
        assert_eq!(
            user(limits.0, limits.1 + 1, limits.2).checked().unwrap_err()[0].rule,
            "text"
        );
        assert_eq!(
            user(limits.0, limits.1, limits.2 + 1).checked().unwrap_err()[0].rule,
            "key"
        );
    }
}
