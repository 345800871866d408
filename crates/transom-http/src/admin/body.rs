//! Taking in the body of a request, within its route's limit.

use super::{
    error::ApiError,
    json,
    routes::{BodyRule, Route},
    upload::Files,
};
use actix_web::{HttpRequest, http::header, web};
use futures_util::StreamExt;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::time::Duration;
use transom_domain::device::update::Violation;

/// How long a body may take to arrive: 4 MiB at a megabit a second. Slower callers would hold a connection for nothing.
const BODY_ARRIVES_WITHIN: Duration = Duration::from_secs(35);

/// Room made for a body of unknown length, in bytes: most are smaller.
const FIRST_ROOM_BYTES: usize = 4 * 1024;

/// A body that was taken in.
pub struct Received {
    /// Its JSON, or why it is refused. That waits for the step that checks bodies (A.0, step 7).
    pub json: Result<Value, ApiError>,
    /// SHA-256 of its bytes; of none, where it did not arrive.
    pub hash: [u8; 32],
    /// Files that came with it.
    pub files: Files,
}

/// Reads the body as JSON.
pub async fn read(route: &Route, rule: BodyRule, request: &HttpRequest, payload: web::Payload) -> Received {
    let wrong = |violation| ApiError::Invalid {
        code: route.invalid,
        violations: vec![violation],
    };
    let bytes = bytes(rule, request, payload, wrong).await;
    Received {
        hash: Sha256::digest(bytes.as_deref().unwrap_or_default()).into(),
        json: bytes.and_then(|bytes| json::parse(&bytes).map_err(wrong)),
        files: Files::default(),
    }
}

/// The bytes of the body, or why there are none: it is not JSON by its headers, too large, or does not arrive.
async fn bytes(
    rule: BodyRule,
    request: &HttpRequest,
    payload: web::Payload,
    wrong: impl Fn(Violation) -> ApiError,
) -> Result<Vec<u8>, ApiError> {
    let bytes_max = match request.headers().contains_key(header::CONTENT_TYPE) {
        true => check_headers(rule, request).map(|()| rule.bytes_max)?,
        // Whoever sends nothing has no type for it: that is a body that is missing, not one of another type.
        false => 0,
    };
    let bytes = tokio::time::timeout(BODY_ARRIVES_WITHIN, collect(bytes_max, payload))
        .await
        .map_err(|_| ApiError::BodyTimeout(BODY_ARRIVES_WITHIN))?;
    match bytes {
        Ok(bytes) => Ok(bytes),
        Err(Uncollected::TooLarge) if bytes_max == 0 && rule.form.is_some_and(|form| form.is_only) => {
            Err(ApiError::NotMultipart("of no type".to_owned()))
        }
        Err(Uncollected::TooLarge) if bytes_max == 0 => Err(ApiError::UnsupportedMediaType("of no type".to_owned())),
        Err(Uncollected::TooLarge) => Err(ApiError::BodyTooLarge(bytes_max)),
        Err(Uncollected::BrokeOff) => Err(wrong(Violation::new("", "body", "broke off on its way"))),
    }
}

fn check_headers(rule: BodyRule, request: &HttpRequest) -> Result<(), ApiError> {
    let text = |name| request.headers().get(name).and_then(|v| v.to_str().ok());
    let content_type = text(header::CONTENT_TYPE).unwrap_or_default();
    let mut parts = content_type.split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|t| t.eq_ignore_ascii_case("application/json"));
    let is_utf8 = parts
        .filter_map(|p| p.split_once('='))
        .filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
        .all(|(_, charset)| charset.trim().trim_matches('"').eq_ignore_ascii_case("utf-8"));
    if rule.form.is_some_and(|form| form.is_only) {
        return Err(ApiError::NotMultipart(content_type.chars().take(64).collect()));
    }
    if !is_json || !is_utf8 {
        return Err(ApiError::UnsupportedMediaType(content_type.chars().take(64).collect()));
    }
    check_encoding(request)?;
    let length = text(header::CONTENT_LENGTH).and_then(|v| v.parse::<u64>().ok());
    if length.is_some_and(|n| n > rule.bytes_max as u64) {
        return Err(ApiError::BodyTooLarge(rule.bytes_max));
    }
    Ok(())
}

/// Nothing is unpacked: what is small on its way might be large here.
pub fn check_encoding(request: &HttpRequest) -> Result<(), ApiError> {
    let encoding = request.headers().get(header::CONTENT_ENCODING);
    match encoding.and_then(|v| v.to_str().ok()) {
        None | Some("identity") => Ok(()),
        Some(other) => {
            let other = other.chars().take(64).collect::<String>();
            Err(ApiError::UnsupportedMediaType(format!("content encoding {other}")))
        }
    }
}

/// Why a body is not there.
enum Uncollected {
    /// It has more bytes than it may have.
    TooLarge,
    /// It broke off on its way.
    BrokeOff,
}

async fn collect(bytes_max: usize, mut payload: web::Payload) -> Result<Vec<u8>, Uncollected> {
    let mut bytes = Vec::with_capacity(FIRST_ROOM_BYTES.min(bytes_max));
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Uncollected::BrokeOff)?;
        if bytes.len() + chunk.len() > bytes_max {
            return Err(Uncollected::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
