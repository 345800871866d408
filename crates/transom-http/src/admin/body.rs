//! Taking in the body of a request, within its route's limit.

use super::{error::ApiError, json, routes::BodyRule};
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
    /// Its JSON, or what is wrong with that.
    pub json: Result<Value, Violation>,
    /// SHA-256 of its bytes.
    pub hash: [u8; 32],
}

/// Reads the body as JSON. What is wrong with the JSON itself is left to the step that checks bodies (A.0, step 7).
///
/// # Errors
/// When it is not JSON by its headers, too large, or does not arrive.
pub async fn read(rule: BodyRule, request: &HttpRequest, payload: web::Payload) -> Result<Received, ApiError> {
    check_headers(rule, request)?;
    let bytes = tokio::time::timeout(BODY_ARRIVES_WITHIN, collect(rule.bytes_max, payload))
        .await
        .map_err(|_| ApiError::BodyTimeout(BODY_ARRIVES_WITHIN))??;
    Ok(Received {
        hash: Sha256::digest(&bytes).into(),
        json: json::parse(&bytes),
    })
}

fn check_headers(rule: BodyRule, request: &HttpRequest) -> Result<(), ApiError> {
    let text = |name| request.headers().get(name).and_then(|v| v.to_str().ok());
    let content_type = text(header::CONTENT_TYPE).unwrap_or("nothing");
    let mut parts = content_type.split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|t| t.eq_ignore_ascii_case("application/json"));
    let is_utf8 = parts
        .filter_map(|p| p.split_once('='))
        .filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
        .all(|(_, charset)| charset.trim().trim_matches('"').eq_ignore_ascii_case("utf-8"));
    if !is_json || !is_utf8 {
        return Err(ApiError::UnsupportedMediaType(content_type.chars().take(64).collect()));
    }
    match text(header::CONTENT_ENCODING) {
        None | Some("identity") => {}
        Some(other) => {
            let other = other.chars().take(64).collect::<String>();
            return Err(ApiError::UnsupportedMediaType(format!("content encoding {other}")));
        }
    }
    let length = text(header::CONTENT_LENGTH).and_then(|v| v.parse::<u64>().ok());
    if length.is_some_and(|n| n > rule.bytes_max as u64) {
        return Err(ApiError::BodyTooLarge(rule.bytes_max));
    }
    Ok(())
}

async fn collect(bytes_max: usize, mut payload: web::Payload) -> Result<Vec<u8>, ApiError> {
    let mut bytes = Vec::with_capacity(FIRST_ROOM_BYTES);
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| ApiError::BodyBrokeOff)?;
        if bytes.len() + chunk.len() > bytes_max {
            return Err(ApiError::BodyTooLarge(bytes_max));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
