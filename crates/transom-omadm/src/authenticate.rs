//! The MD5 digest inside SyncML (docs/PROTOCOL.md, 13): checked, challenged, or not wanted.
//!
//! A known PC is challenged with the nonce of its enrolment, which changes when it was used, not when it was asked for:
//! a challenge stores nothing. After a success the new nonce is stored before it is told (`NextNonce`), and the one
//! before is good once more, in case that reply is lost.

use crate::{
    exchange::SessionStore,
    identify::Refusal,
    settings::{Md5Policy, SessionSettings},
};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use transom_domain::{
    Context, Timestamp,
    device::DeviceEvent,
    enrollment::{
        Enrollment, EnrollmentState, SessionCredentials,
        check_in::{self, REFUSALS_MAX},
    },
    ports::StoreError,
};
use transom_syncml::{Challenge, Header, auth, code};

/// How often a PC without a certificate may try in one session. It is told by the MsgID, because nothing is stored for
/// somebody who has proven nothing: the first message comes without credentials, then each try has the next number.
pub const TRIES_MAX: u32 = 3;

/// How long a challenge to a PC without a certificate holds, in milliseconds; each is accepted in the next period too.
/// A PC answers within seconds.
const CHALLENGE_PERIOD_MILLIS: i64 = 5 * 60 * 1000;

/// Length of a nonce in bytes: as long as the digest it goes into.
const NONCE_BYTES: usize = 16;

/// What the digest, or its absence, leads to.
pub(crate) enum Proof {
    /// The message is to be processed.
    Accepted {
        /// The code for its header.
        code: u32,
        /// The nonce for the next time.
        next: Option<Challenge>,
        /// Whether the message itself carried a digest that was right.
        proven: bool,
    },
    /// The message is not to be processed: credentials are wanted.
    Challenged(u32, Challenge),
    /// The message is not to be processed, and there is no further try.
    Refused(Refusal),
}

/// Whether a PC must bring a digest.
pub(crate) const fn is_wanted(policy: Md5Policy, by_certificate: bool) -> bool {
    match policy {
        Md5Policy::Off => false,
        Md5Policy::SecondFactor => true,
        Md5Policy::Alone => !by_certificate,
    }
}

/// Checks the digest of a known PC's message. `covered` tells that one was accepted for the whole session before.
pub(crate) fn authenticate(
    tx: &mut (impl SessionStore + ?Sized),
    cx: &mut Context,
    settings: &SessionSettings,
    enrollment: &mut Enrollment,
    header: &Header,
    by_certificate: bool,
    covered: bool,
) -> Result<Proof, StoreError> {
    if !is_wanted(settings.md5, by_certificate) {
        return Ok(accepted(code::OK));
    }
    let covered = covered && by_certificate;
    if header.credentials.is_none() && !covered {
        let nonce = &enrollment.credentials.nonce;
        return Ok(Proof::Challenged(code::MISSING_CREDENTIALS, Challenge::md5(nonce)));
    }
    let derived = if by_certificate {
        Vec::new()
    } else {
        derived_nonces(settings, header, cx.now).to_vec()
    };
    if is_right(&mut enrollment.credentials, &derived, header) {
        let next = cx.bytes::<NONCE_BYTES>().to_vec();
        let challenge = Challenge::md5(&next);
        enrollment.credentials.nonce = next;
        enrollment.refused = 0;
        tx.update_enrollment(enrollment)?;
        return Ok(Proof::Accepted {
            // Without a certificate every message must prove itself: 200 makes the PC send its digest again.
            code: if by_certificate { code::AUTHENTICATED } else { code::OK },
            next: Some(challenge),
            proven: true,
        });
    }
    if covered {
        // It needs none; PCs have been seen to repeat an old one (docs/PROTOCOL.md, 13).
        return Ok(accepted(code::AUTHENTICATED));
    }
    if !by_certificate {
        return Ok(anonymous(settings, header, cx.now));
    }
    // Counted only as far as it matters, so that wrong tries do not write for ever.
    if enrollment.refused < REFUSALS_MAX {
        enrollment.refused += 1;
        tx.update_enrollment(enrollment)?;
        if enrollment.refused == REFUSALS_MAX && enrollment.state == EnrollmentState::Active {
            check_in::distrusted(tx, cx, enrollment.device, DeviceEvent::AuthenticationFailed)?;
        }
    }
    // A new session is challenged in any case: a PC that has missed a nonce and says its digest unasked could otherwise
    // never learn the one that is right.
    if enrollment.refused < REFUSALS_MAX || header.msg_id == 1 {
        let nonce = &enrollment.credentials.nonce;
        return Ok(Proof::Challenged(code::INVALID_CREDENTIALS, Challenge::md5(nonce)));
    }
    Ok(Proof::Refused(Refusal::CredentialsRefused))
}

/// What a PC gets that has neither a certificate nor right credentials: the same, whatever is wrong.
pub(crate) fn anonymous(settings: &SessionSettings, header: &Header, now: Timestamp) -> Proof {
    if header.msg_id > TRIES_MAX {
        return Proof::Refused(Refusal::CredentialsRefused);
    }
    let code = match header.credentials {
        Some(_) => code::INVALID_CREDENTIALS,
        None => code::MISSING_CREDENTIALS,
    };
    let [nonce, _] = derived_nonces(settings, header, now);
    Proof::Challenged(code, Challenge::md5(&nonce))
}

fn accepted(code: u32) -> Proof {
    Proof::Accepted {
        code,
        next: None,
        proven: false,
    }
}

/// Whether the digest is right under a nonce that holds; the nonces are moved on.
fn is_right(credentials: &mut SessionCredentials, derived: &[Vec<u8>], header: &Header) -> bool {
    let Some(presented) = &header.credentials else {
        return false;
    };
    let same_name = header.source_name.as_ref().is_none_or(|name| *name == credentials.name);
    if !same_name || !presented.auth_type.eq_ignore_ascii_case(auth::MD5) {
        return false;
    }
    let fits = |nonce: &[u8]| {
        let expected = auth::md5_digest(&credentials.digest, nonce);
        bool::from(expected.as_bytes().ct_eq(presented.data.as_bytes()))
    };
    if fits(&credentials.nonce) {
        credentials.previous_nonce = Some(credentials.nonce.clone());
        true
    } else if credentials.previous_nonce.as_deref().is_some_and(fits) {
        credentials.previous_nonce = None;
        true
    } else {
        derived.iter().any(|nonce| fits(nonce))
    }
}

/// The nonces with which a PC without a certificate is, and a moment ago was, challenged: made of the server's key, the
/// session and the time, because there is no record yet to keep one in.
fn derived_nonces(settings: &SessionSettings, header: &Header, now: Timestamp) -> [Vec<u8>; 2] {
    let period = now.as_millis().div_euclid(CHALLENGE_PERIOD_MILLIS);
    [period, period - 1].map(|period| {
        let hash = Sha256::new()
            .chain_update(settings.nonce_key.0)
            .chain_update(period.to_be_bytes())
            .chain_update((header.session_id.len() as u64).to_be_bytes())
            .chain_update(header.session_id.as_bytes())
            .chain_update(header.source.as_bytes())
            .finalize();
        hash[..NONCE_BYTES].to_vec()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use transom_syncml::Credentials;

    fn credentials() -> SessionCredentials {
        SessionCredentials {
            name: "device-0001".to_owned(),
            digest: auth::md5_a("device-0001", "correct horse"),
            nonce: vec![1, 2],
            previous_nonce: Some(vec![3, 4]),
            server_secret: String::new(),
            server_nonce: Vec::new(),
        }
    }

    fn header(secret: &str, nonce: &[u8]) -> Header {
        let credentials = Credentials::md5("device-0001", secret, nonce);
        Header::new("1", 2, "s", "d").with_credentials("device-0001", credentials)
    }

    #[test]
    fn the_previous_nonce_is_good_once() {
        let mut kept = credentials();
        assert!(is_right(&mut kept, &[], &header("correct horse", &[3, 4])));
        assert!(!is_right(&mut kept, &[], &header("correct horse", &[3, 4])));
        assert!(is_right(&mut kept, &[], &header("correct horse", &[1, 2])));
        assert_eq!(kept.previous_nonce.as_deref(), Some(&[1, 2][..]));
    }

    #[test]
    fn a_wrong_secret_nonce_name_or_scheme_is_wrong() {
        let wrong = |header: &Header| !is_right(&mut credentials(), &[], header);
        assert!(wrong(&header("wrong", &[1, 2])));
        assert!(wrong(&header("correct horse", &[9])));
        let mut other = header("correct horse", &[1, 2]);
        other.source_name = Some("device-0002".to_owned());
        assert!(wrong(&other));
        let basic = Credentials::basic("device-0001", "correct horse");
        assert!(wrong(
            &Header::new("1", 2, "s", "d").with_credentials("device-0001", basic)
        ));
    }

    #[test]
    fn a_derived_nonce_belongs_to_one_session_of_one_pc_for_a_while() {
        let settings = SessionSettings::default();
        let at = |seconds: i64| Timestamp::from_millis(1_700_000_000_000 + seconds * 1000);
        let header = Header::new("1", 1, "s", "d");
        let [now, _] = derived_nonces(&settings, &header, at(0));
        assert!(derived_nonces(&settings, &header, at(300)).contains(&now));
        assert!(!derived_nonces(&settings, &header, at(900)).contains(&now));
        assert!(!derived_nonces(&settings, &Header::new("1", 1, "s", "e"), at(0)).contains(&now));
    }
}
