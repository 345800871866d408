//! Answers kept for a repetition. They may hold what is shown once, such as a new token, so they are encrypted with a key
//! that comes of the caller's bearer token: the server keeps only a hash of that, and so cannot read them by itself.

use super::super::reply::Reply;
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    hkdf::{HKDF_SHA256, Salt},
};
use serde::{Deserialize, Serialize};
use transom_domain::{idempotency::ANSWER_BYTES_MAX, secret::Secret};

/// What the key is derived for, so that it is none for anything else.
const PURPOSE: &[u8] = b"transom idempotent answer 1";

/// Bytes of a key of AES-256.
const KEY_BYTES: usize = 32;

/// The key of one token's answers.
pub struct AnswerKey(Option<RandomizedNonceKey>);

#[derive(Serialize, Deserialize)]
struct Kept {
    ignored: Vec<String>,
    data: String,
}

impl AnswerKey {
    /// The key that a token gives (RFC 5869).
    pub fn of(token: &Secret) -> Self {
        let derived = Salt::new(HKDF_SHA256, PURPOSE).extract(token.reveal().as_bytes());
        let mut key = [0; KEY_BYTES];
        let filled = derived
            .expand(&[b"key"], HKDF_SHA256)
            .and_then(|okm| okm.fill(&mut key));
        Self(
            filled
                .ok()
                .and_then(|()| RandomizedNonceKey::new(&AES_256_GCM, &key).ok()),
        )
    }

    /// The answer, encrypted so that it opens with the same `bound` only; none if it is too large to be kept.
    pub fn seal(&self, reply: &Reply, bound: &[u8]) -> Option<Vec<u8>> {
        let kept = Kept {
            ignored: reply.ignored().to_vec(),
            data: String::from_utf8(reply.content().to_vec()).ok()?,
        };
        let mut bytes = serde_json::to_vec(&kept).ok()?;
        if bytes.len() > ANSWER_BYTES_MAX {
            return None;
        }
        let nonce = self
            .0
            .as_ref()?
            .seal_in_place_append_tag(Aad::from(bound), &mut bytes)
            .ok()?;
        let mut sealed = nonce.as_ref().to_vec();
        sealed.append(&mut bytes);
        Some(sealed)
    }

    /// The answer that was bound to `bound`; none if it was bound to anything else, or is not one of this token's.
    pub fn open(&self, sealed: &[u8], bound: &[u8]) -> Option<Reply> {
        let (nonce, bytes) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut bytes = bytes.to_vec();
        let opened = self
            .0
            .as_ref()?
            .open_in_place(nonce, Aad::from(bound), &mut bytes)
            .ok()?;
        let kept: Kept = serde_json::from_slice(opened).ok()?;
        Some(Reply::of_json(kept.data.into_bytes()).ignoring(kept.ignored))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_opens_for_the_token_and_the_request_it_was_for() {
        let key = AnswerKey::of(&Secret::presented("trm_one"));
        let reply = Reply::of_json(b"{\"secret\":\"once\"}".to_vec()).ignoring(vec!["a".to_owned()]);
        let sealed = key.seal(&reply, &[1; 32]).unwrap();
        assert!(!sealed.windows(4).any(|w| w == b"once"));
        let opened = AnswerKey::of(&Secret::presented("trm_one"))
            .open(&sealed, &[1; 32])
            .unwrap();
        assert_eq!((opened.content(), opened.ignored()), (reply.content(), reply.ignored()));
        assert!(key.open(&sealed, &[2; 32]).is_none());
        assert!(
            AnswerKey::of(&Secret::presented("trm_two"))
                .open(&sealed, &[1; 32])
                .is_none()
        );
        assert!(key.open(&sealed[..7], &[1; 32]).is_none());
    }

    #[test]
    fn an_answer_beyond_the_limit_is_not_kept() {
        let key = AnswerKey::of(&Secret::presented("trm_one"));
        let frame = serde_json::to_vec(&Kept {
            ignored: Vec::new(),
            data: String::new(),
        })
        .unwrap()
        .len();
        let sealed = |bytes| key.seal(&Reply::of_json(vec![b'7'; bytes]), &[1; 32]);
        assert!(sealed(ANSWER_BYTES_MAX - frame).is_some());
        assert!(sealed(ANSWER_BYTES_MAX - frame + 1).is_none());
    }
}
