//! `GET /docs`: the API reference as a page. It is one file in the binary, loads nothing but `/openapi.json`, and its
//! `Content-Security-Policy` allows just that: the script and the style in it, by their hashes.

use super::{
    AdminState,
    reply::{Answer, Reply},
};
use actix_web::web;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};
use std::sync::LazyLock;

/// The page.
pub const PAGE: &str = include_str!("docs/page.html");

static POLICY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "default-src 'none'; connect-src 'self'; script-src '{}'; style-src '{}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
        hash("<script>", "</script>"),
        hash("<style>", "</style>")
    )
});

/// What the policy knows a part of the page by: the hash of what stands between its tags (CSP Level 3, 2.3.1).
fn hash(begin: &str, end: &str) -> String {
    let part = PAGE.split_once(begin).and_then(|(_, rest)| rest.split_once(end));
    let (text, _) = part.unwrap_or_default();
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

/// `GET /docs`
pub async fn show(_state: web::Data<AdminState>) -> Answer {
    Ok(Reply::html(PAGE, POLICY.as_str()))
}
