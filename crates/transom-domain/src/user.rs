//! Users: the people whose PCs are managed (`mdmUser`). They sign in to enrol, never to administer.

pub mod change;

use crate::{
    Context, OrganizationId, Timestamp, UserId,
    audit::{Audit, Target},
    ports::{AuditLogMut, StoreError, Users, UsersMut},
    text::{self, TextError},
};
use serde_json::{Map, Value};

/// Longest e-mail (A.6).
pub const EMAIL_CHARS_MAX: usize = 128;

/// Longest name.
pub const NAME_CHARS_MAX: usize = 256;

/// An e-mail address in lower case; unique on the server, because it alone names who enrols (decision 13).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Email(String);

impl Email {
    /// Something, one `@`, something; no blanks.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text = text::line(text, EMAIL_CHARS_MAX)?.to_lowercase();
        match text.split_once('@') {
            Some((local, domain))
                if !local.is_empty()
                    && !domain.is_empty()
                    && !domain.contains('@')
                    && !text.contains(char::is_whitespace) =>
            {
                Ok(Self(text))
            }
            _ => Err(TextError::Shape("an e-mail address is written name@domain")),
        }
    }

    /// The address in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A person whose PCs are managed.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Whose they are.
    pub organization: OrganizationId,
    /// Their e-mail.
    pub email: Email,
    /// Their name.
    pub name: Option<String>,
    /// The password's hash in PHC form (argon2id); none: no sign-in by password.
    pub password_hash: Option<String>,
    /// Tags, in the order they were given.
    pub tags: Vec<String>,
    /// The language they read, as a tag of BCP 47.
    pub language: Option<String>,
    /// Facts in the organization's own words: texts, numbers, true and false.
    pub metadata: Map<String, Value>,
    /// When they were made known.
    pub created_at: Timestamp,
    /// When they were last changed.
    pub updated_at: Timestamp,
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("email", &self.email)
            .finish_non_exhaustive()
    }
}

/// Why a user cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum CreateUserError {
    /// The e-mail is malformed.
    #[error("email: {0}")]
    Email(TextError),
    /// The name is malformed.
    #[error("name: {0}")]
    Name(TextError),
    /// The e-mail is taken in the organization or, by somebody who signs in with a password, in another one.
    #[error("a user with this e-mail exists already")]
    Taken,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes a user. The password arrives hashed: hashing is slow and belongs outside a unit of work.
///
/// # Errors
/// See [`CreateUserError`].
pub fn create(
    tx: &mut (impl UsersMut + AuditLogMut + ?Sized),
    cx: &mut Context,
    organization: OrganizationId,
    email: &str,
    name: Option<&str>,
    password_hash: Option<&str>,
) -> Result<User, CreateUserError> {
    let email = Email::parse(email).map_err(CreateUserError::Email)?;
    let name = name
        .map(|n| text::line(n, NAME_CHARS_MAX))
        .transpose()
        .map_err(CreateUserError::Name)?;
    let user = User {
        id: cx.id(),
        organization,
        email,
        name,
        password_hash: password_hash.map(str::to_owned),
        tags: Vec::new(),
        language: None,
        metadata: Map::new(),
        created_at: cx.now,
        updated_at: cx.now,
    };
    if !insert(tx, cx, &user)? {
        return Err(CreateUserError::Taken);
    }
    Ok(user)
}

/// Whether somebody else has the e-mail: within an organization it is one person's, and whoever signs in with it and a
/// password must be known by it alone on the whole server.
fn is_taken(view: &mut (impl Users + ?Sized), user: &User) -> Result<bool, StoreError> {
    let others = |found: Option<User>| found.is_some_and(|other| other.id != user.id);
    Ok(others(view.user_by_email(user.organization, &user.email)?)
        || user.password_hash.is_some() && others(view.user_to_sign_in(&user.email)?))
}

/// Stores a checked user; not, if the e-mail is taken.
fn insert(tx: &mut (impl UsersMut + AuditLogMut + ?Sized), cx: &mut Context, user: &User) -> Result<bool, StoreError> {
    if is_taken(tx, user)? {
        return Ok(false);
    }
    match tx.insert_user(user) {
        // Somebody else was first between the look and the write.
        Err(StoreError::Duplicate(_)) => return Ok(false),
        other => other?,
    }
    let audit = Audit::new(cx, user.organization, "mdm.global.mdmUser.create")
        .target(Target::User(user.id))
        .after(change::told(user));
    tx.append_audit(&audit.done())?;
    Ok(true)
}
