//! Who enrols: the credentials of GetPolicies and RequestSecurityToken, which both carry them.

use super::{
    soap::{Call, Refusal},
    throttle::Attempt,
};
use std::time::Duration;
use transom_domain::{
    Actor, Context,
    enrollment::sign_in::{EnrollmentGrant, Presented, SignInError, sign_in},
    secret::Secret,
};
use transom_mde::{
    fault::Subcode,
    soap::{Credential, USER_TOKEN_VALUE_TYPE},
};

/// Sign-ins that are checked at once. argon2id takes 19 MiB and tens of milliseconds each; and because the throttle is
/// asked again by whoever gets their turn, no more guesses than these can pass it before the first one has failed.
pub const SIGN_INS_AT_ONCE: usize = 8;

/// How long a sign-in waits for its turn: Windows waits for at least 30 seconds (docs/PROTOCOL.md, 17).
const TURN_TIMEOUT: Duration = Duration::from_secs(20);

/// Finds out what the credentials of a message open, and names their owner as the actor.
pub(super) async fn grant(
    call: &Call<'_>,
    cx: &mut Context,
    credential: &Credential,
) -> Result<EnrollmentGrant, Refusal> {
    let presented = presented(credential)?;
    let account = match &presented {
        Presented::Password { username, .. } => Some(username.as_str()),
        Presented::Token(_) => None,
    };
    let attempt = Attempt::new(account, call.caller.address);
    let throttle = &call.shared.throttle;
    throttle.check(attempt, cx.now).map_err(Refusal::throttled)?;
    let turn = tokio::time::timeout(TURN_TIMEOUT, call.shared.sign_ins.acquire()).await;
    let Ok(Ok(_turn)) = turn else {
        return Err(Refusal::busy("too many sign-ins at once"));
    };
    throttle.check(attempt, cx.now).map_err(Refusal::throttled)?;
    let state = &call.shared.state;
    match sign_in(&*state.store, &*state.passwords, cx.now, presented).await {
        Ok(grant) => {
            cx.actor = Actor::Enrolling { account: name(&grant) };
            Ok(grant)
        }
        Err(SignInError::Refused) => {
            throttle.failed(attempt, cx.now);
            Err(Refusal::not_accepted("the credentials open nothing"))
        }
        Err(SignInError::Store(error)) => Err(error.into()),
    }
}

fn presented(credential: &Credential) -> Result<Presented, Refusal> {
    match credential {
        Credential::None => Err(Refusal::new(
            Subcode::InvalidSecurity,
            "The message carries no credentials.",
            "no credentials",
        )),
        Credential::UsernameToken { username, password } => Ok(Presented::Password {
            username: username.clone(),
            password: Secret::presented(password.expose()),
        }),
        // A token of Entra ID, a certificate or bytes that are no text open nothing here, and are told so in the same
        // words as a wrong token.
        Credential::BinarySecurityToken(token) => match token.text() {
            Some(text) if token.value_type == USER_TOKEN_VALUE_TYPE => {
                Ok(Presented::Token(Secret::presented(text.trim())))
            }
            _ => Err(Refusal::not_accepted("a token of another kind")),
        },
    }
}

/// Who it is, for the audit record.
fn name(grant: &EnrollmentGrant) -> String {
    let token = || grant.token.map(|id| id.to_string());
    grant.email.clone().or_else(token).unwrap_or_default()
}
