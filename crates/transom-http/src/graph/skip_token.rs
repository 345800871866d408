//! `$skiptoken`: where the next page begins, signed, so that it means what this server meant and nothing else.

use super::error::GraphError;
use crate::admin::AdminState;
use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use transom_domain::{Context, DeviceId, ports::StoreError};
use transom_odata::{ErrorCode, QueryError, Value};

/// The purpose under which the store keeps the key.
const PURPOSE: &str = "graph-paging";

/// The key that tokens are signed with; the same for every process on a store, and after every start.
pub struct PagingKey(hmac::Key);

/// Where a page begins: behind this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The values of the order's keys of the last item.
    pub keys: Vec<Value<'static>>,
    /// Its id.
    pub id: String,
}

/// A position as it is signed.
#[derive(Serialize, Deserialize)]
struct Payload {
    /// What the query asks for, hashed.
    q: String,
    k: Vec<Key>,
    i: String,
}

/// A value of a key.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Key {
    Null,
    Text(String),
    Boolean(bool),
    Number(String),
    Moment(i64),
    Guid(String),
}

impl Position {
    /// The id, where devices are gone through.
    pub fn device(&self) -> Result<DeviceId, GraphError> {
        DeviceId::parse(&self.id).map_err(|_| refused("is not a token that this server made"))
    }
}

impl PagingKey {
    /// The key of this server, made if there is none.
    pub async fn of<'s>(state: &'s AdminState, context: &Context) -> Result<&'s Self, GraphError> {
        let made = || async {
            let stored: Result<Option<Vec<u8>>, StoreError> = state.store.read(|view| view.server_key(PURPOSE)).await;
            let bytes = match stored? {
                Some(bytes) => bytes,
                None => {
                    // Another process may be quicker: what is stored then counts.
                    let written: Result<Option<Vec<u8>>, StoreError> = state
                        .store
                        .write(context, |tx, cx| {
                            let fresh: [u8; 32] = cx.bytes();
                            tx.insert_server_key(PURPOSE, &fresh, cx.now)?;
                            tx.server_key(PURPOSE)
                        })
                        .await;
                    written?.ok_or_else(|| GraphError::fault("the key for paging was not stored"))?
                }
            };
            Ok::<Self, GraphError>(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
        };
        state.graph.paging_key.get_or_try_init(made).await
    }

    /// The token for a position in the answer to a query.
    pub fn sign(&self, query: &str, position: &Position) -> Result<String, GraphError> {
        let payload = Payload {
            q: fingerprint(query),
            k: position.keys.iter().map(Key::of).collect(),
            i: position.id.clone(),
        };
        let payload = serde_json::to_vec(&payload).map_err(|_| GraphError::fault("a position cannot be written"))?;
        let tag = hmac::sign(&self.0, &payload);
        Ok(format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(&payload),
            URL_SAFE_NO_PAD.encode(tag.as_ref())
        ))
    }

    /// The position that a token stands for.
    pub fn open(&self, query: &str, token: &str) -> Result<Position, GraphError> {
        let read = || {
            let (payload, tag) = token.split_once('.')?;
            let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
            let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
            hmac::verify(&self.0, &payload, &tag).ok()?;
            serde_json::from_slice::<Payload>(&payload).ok()
        };
        let payload = read().ok_or_else(|| refused("is not a token that this server made"))?;
        if payload.q != fingerprint(query) {
            return Err(refused("belongs to another query: follow @odata.nextLink as it is"));
        }
        let keys: Option<Vec<Value<'static>>> = payload.k.into_iter().map(Key::value).collect();
        let keys = keys.ok_or_else(|| refused("is not a token that this server made"))?;
        Ok(Position { keys, id: payload.i })
    }
}

fn refused(message: &str) -> GraphError {
    GraphError::Query(QueryError {
        option: "$skiptoken".to_owned(),
        position: None,
        code: ErrorCode::InvalidValue,
        target: None,
        message: message.to_owned(),
    })
}

fn fingerprint(query: &str) -> String {
    hex::encode(&Sha256::digest(query.as_bytes())[..16])
}

impl Key {
    fn of(value: &Value<'_>) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Text(text) => Self::Text(text.to_string()),
            Value::Boolean(truth) => Self::Boolean(*truth),
            Value::Number(number) => Self::Number(number.to_string()),
            Value::Moment(ticks) => Self::Moment(*ticks),
            Value::Guid(guid) => Self::Guid(guid.to_string()),
        }
    }

    fn value(self) -> Option<Value<'static>> {
        Some(match self {
            Self::Null => Value::Null,
            Self::Text(text) => Value::Text(Cow::Owned(text)),
            Self::Boolean(truth) => Value::Boolean(truth),
            Self::Number(number) => Value::Number(number.parse().ok()?),
            Self::Moment(ticks) => Value::Moment(ticks),
            Self::Guid(guid) => Value::Guid(Cow::Owned(guid)),
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_with_its_key_and_its_query_only() {
        let key = |byte| PagingKey(hmac::Key::new(hmac::HMAC_SHA256, &[byte; 32]));
        let position = Position {
            keys: vec![
                Value::Null,
                Value::Text("ä\"".into()),
                Value::Number(-5),
                Value::Moment(7),
                Value::Boolean(true),
            ],
            id: DeviceId::from([7; 12]).to_string(),
        };
        let token = key(1).sign("a", &position).unwrap();
        assert_eq!(key(1).open("a", &token).unwrap(), position);
        assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)));
        assert!(key(2).open("a", &token).is_err());
        assert!(key(1).open("b", &token).is_err());
        for i in 0..token.len() {
            let mut forged = token.clone().into_bytes();
            forged[i] = if forged[i] == b'A' { b'B' } else { b'A' };
            assert!(key(1).open("a", &String::from_utf8(forged).unwrap()).is_err(), "{i}");
        }
    }
}
