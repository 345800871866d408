//! Who may enrol: a user with a password, or an enrolment token (decision 13).
//!
//! Every refusal is the same [`SignInError::Refused`]: nobody learns whether an account exists, or what is wrong with a token.

use super::certificate::PasswordVerifier;
use crate::{
    EnrollmentTokenId, OrganizationId, Timestamp, UserId,
    ports::{EnrollmentTokens, Store, StoreError, Users},
    secret::Secret,
    segment::SegmentId,
    user::Email,
};

/// What an enrolling PC presents.
#[derive(Debug, Clone)]
pub enum Presented {
    /// A name with a password, or with an enrolment token in its place.
    Password {
        /// The name: an e-mail address.
        username: String,
        /// The password or token.
        password: Secret,
    },
    /// An enrolment token by itself.
    Token(Secret),
}

/// The right to enrol one PC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrollmentGrant {
    /// Into which organization.
    pub organization: OrganizationId,
    /// Into which segment.
    pub segment: SegmentId,
    /// For which user.
    pub user: Option<UserId>,
    /// The user's e-mail, shown on the PC.
    pub email: Option<String>,
    /// The token that one use is taken of.
    pub token: Option<EnrollmentTokenId>,
}

/// Why nobody may enrol.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// What was presented opens nothing. There is no more to be said, on purpose.
    #[error("the credentials are not accepted")]
    Refused,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Answers what the presented credentials open.
///
/// # Errors
/// See [`SignInError`].
pub async fn sign_in(
    store: &dyn Store,
    verifier: &dyn PasswordVerifier,
    now: Timestamp,
    presented: Presented,
) -> Result<EnrollmentGrant, SignInError> {
    let (username, secret) = match presented {
        Presented::Password { username, password } => (Some(username), password),
        Presented::Token(token) => (None, token),
    };
    let name = username.clone();
    let token = secret.clone();
    let (by_token, user) = store
        .read(move |view| -> Result<_, SignInError> {
            let by_token = grant_of_token(view, now, &token, name.as_deref())?;
            let user = match name.as_deref().map(Email::parse) {
                Some(Ok(email)) if by_token == ByToken::NoToken => view.user_to_sign_in(&email)?,
                _ => None,
            };
            Ok((by_token, user))
        })
        .await?;
    if let ByToken::Grant(grant) = by_token {
        return Ok(grant);
    }
    if username.is_none() {
        return Err(SignInError::Refused);
    }
    // A token that opens nothing any more is checked as a password, too, which it is not: the time that a refusal takes
    // must not tell it from a text that never was a token.
    let hash = user.as_ref().and_then(|u| u.password_hash.as_deref());
    let right = verifier.verify(secret.reveal(), hash).await;
    match user {
        Some(user) if right => Ok(EnrollmentGrant {
            organization: user.organization,
            segment: SegmentId::ROOT,
            user: Some(user.id),
            email: Some(user.email.as_str().to_owned()),
            token: None,
        }),
        _ => Err(SignInError::Refused),
    }
}

/// What a text is as an enrolment token.
#[derive(Debug, PartialEq, Eq)]
enum ByToken {
    /// It opens this.
    Grant(EnrollmentGrant),
    /// It is one, and opens nothing: expired, used up, revoked, or somebody else's.
    Useless,
    /// It is none.
    NoToken,
}

/// What a token opens. A token made for a user opens nothing under another user's name.
///
/// Blanks around it are not part of it: they come along when a person copies it into Windows' dialogue, and no token has
/// any. A password keeps its own.
fn grant_of_token(
    view: &mut (impl EnrollmentTokens + Users + ?Sized),
    now: Timestamp,
    secret: &Secret,
    username: Option<&str>,
) -> Result<ByToken, SignInError> {
    let bare = Secret::presented(secret.reveal().trim());
    let Some(token) = view.enrollment_token_by_hash(&bare.hash())? else {
        return Ok(ByToken::NoToken);
    };
    let user = match token.user {
        Some(id) => view.user(token.organization, id)?,
        None => None,
    };
    let named_otherwise = match (&user, username) {
        (Some(user), Some(name)) => Email::parse(name).is_ok_and(|email| email != user.email),
        _ => false,
    };
    if !token.is_usable(now) || named_otherwise || (token.user.is_some() && user.is_none()) {
        return Ok(ByToken::Useless);
    }
    Ok(ByToken::Grant(EnrollmentGrant {
        organization: token.organization,
        segment: token.segment,
        user: token.user,
        email: user.map(|u| u.email.as_str().to_owned()),
        token: Some(token.id),
    }))
}
