//! Passwords: argon2id, always on a blocking thread and never more than a few at once.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier as _, phc::PasswordHash},
};
use async_trait::async_trait;
use std::sync::Arc;
use tokio::sync::Semaphore;
use transom_domain::enrollment::certificate::PasswordVerifier;

/// Passwords checked at once. Each takes some 20 MiB and a core for tens of milliseconds; the queue behind it is bounded
/// by the device listener's own limits and by the throttle of failed sign-ins.
const CHECKS_AT_ONCE: usize = 2;

/// Longest password in bytes, against requests that are to burn time.
pub const PASSWORD_BYTES_MAX: usize = 1024;

/// Hashes and checks passwords with argon2id and its recommended parameters.
pub struct Argon2Passwords {
    permits: Arc<Semaphore>,
    /// A hash that no password has: checked where there is no account, so that it takes as long.
    decoy: String,
}

impl Argon2Passwords {
    /// Prepares the decoy.
    ///
    /// # Errors
    /// When the kernel has no random bytes for a salt.
    pub fn new() -> anyhow::Result<Self> {
        let mut nobody = [0; 32];
        getrandom::fill(&mut nobody).map_err(|error| anyhow::anyhow!("no random bytes: {error}"))?;
        Ok(Self {
            permits: Arc::new(Semaphore::new(CHECKS_AT_ONCE)),
            decoy: hash_bytes(&nobody)?,
        })
    }
}

/// The hash of a password, in PHC form.
///
/// # Errors
/// When the password is empty or too long.
pub fn hash(password: &str) -> anyhow::Result<String> {
    anyhow::ensure!(!password.is_empty(), "the password must not be empty");
    anyhow::ensure!(
        password.len() <= PASSWORD_BYTES_MAX,
        "a password has at most {PASSWORD_BYTES_MAX} bytes"
    );
    hash_bytes(password.as_bytes())
}

fn hash_bytes(password: &[u8]) -> anyhow::Result<String> {
    let hash = Argon2::default()
        .hash_password(password)
        .map_err(|error| anyhow::anyhow!("argon2: {error}"))?;
    Ok(hash.to_string())
}

#[async_trait]
impl PasswordVerifier for Argon2Passwords {
    async fn verify(&self, password: &str, hash: Option<&str>) -> bool {
        if password.len() > PASSWORD_BYTES_MAX {
            return false;
        }
        let Ok(permit) = self.permits.clone().acquire_owned().await else {
            return false;
        };
        let known = hash.is_some();
        let hash = hash.unwrap_or(&self.decoy).to_owned();
        let password = password.to_owned();
        let right = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            PasswordHash::new(&hash)
                .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
        });
        // Waited for in any case: who answers earlier where there is no account tells which accounts there are.
        let right = right.await.unwrap_or(false);
        known && right
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_right_password_and_no_other_is_accepted() {
        let passwords = Argon2Passwords::new().unwrap();
        let hash = hash("correct horse").unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(passwords.verify("correct horse", Some(&hash)).await);
        assert!(!passwords.verify("Correct horse", Some(&hash)).await);
        assert!(!passwords.verify("correct horse", None).await);
        assert!(!passwords.verify("correct horse", Some("not a hash")).await);
    }

    #[tokio::test]
    async fn where_there_is_no_account_a_password_is_checked_to_the_end_all_the_same() {
        let passwords = Argon2Passwords::new().unwrap();
        assert!(!passwords.verify("correct horse", None).await);
        assert_eq!(passwords.permits.available_permits(), CHECKS_AT_ONCE, "a check goes on");
    }
}
