//! `$batch`: up to twenty requests in one, in the JSON form of Graph. Each goes the way that it would go alone: its own
//! rate, permission, record and answer.

use super::{
    devices::properties,
    endpoint::{self, GraphCall, Headers},
    error::GraphError,
    reply::GraphReply,
    routes::{GRAPH_ROUTES, Version},
};
use crate::admin::{
    call::Params,
    error::ApiError,
    routes::{Operation, Route},
};
use crate::graph::routes::GraphOperation;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use transom_domain::device::update::Violation;

/// Most requests of a batch: Graph's own limit.
const REQUESTS_MAX: usize = 20;

/// One request of a batch.
struct Item {
    id: String,
    method: String,
    url: String,
    headers: Headers,
    body: Option<Value>,
    depends_on: Vec<String>,
}

/// `POST $batch`
pub async fn run(call: GraphCall) -> Result<GraphReply, GraphError> {
    properties::nothing_asked(&call.call)?;
    let items = read(call.call.json()?).map_err(GraphError::invalid)?;
    let mut statuses: BTreeMap<String, u16> = BTreeMap::new();
    let mut answers = Vec::with_capacity(items.len());
    for item in items {
        let failed = item
            .depends_on
            .iter()
            .find(|id| statuses.get(*id).is_none_or(|s| *s >= 400));
        let outcome = match failed {
            Some(id) => Outcome::Untried(id.clone()),
            None => match single(&call, &item).await {
                Ok(reply) => Outcome::Done(reply),
                Err(error) => Outcome::Refused(error),
            },
        };
        let answer = answer(&call, &item.id, outcome);
        statuses.insert(
            item.id,
            answer["status"]
                .as_u64()
                .and_then(|s| u16::try_from(s).ok())
                .unwrap_or(500),
        );
        answers.push(answer);
    }
    Ok(GraphReply::Json(json!({ "responses": answers })))
}

/// What came of a request.
enum Outcome {
    /// It was carried out.
    Done(GraphReply),
    /// It was refused.
    Refused(GraphError),
    /// It was not tried, because this one failed, which it depends on.
    Untried(String),
}

/// Reads the requests of a batch.
fn read(body: &Value) -> Result<Vec<Item>, Vec<Violation>> {
    let one = |path: &str, rule, message: &str| vec![Violation::new(path, rule, message)];
    let Some(Value::Array(requests)) = body.get("requests") else {
        return Err(one("requests", "type", "must be a list"));
    };
    if requests.is_empty() || requests.len() > REQUESTS_MAX {
        return Err(one(
            "requests",
            "items",
            &format!("must have 1 to {REQUESTS_MAX} requests"),
        ));
    }
    let mut items: Vec<Item> = Vec::new();
    for (index, request) in requests.iter().enumerate() {
        let place = |name: &str| format!("requests[{index}].{name}");
        let text = |name: &str| match request.get(name).and_then(Value::as_str) {
            Some(text) if !text.is_empty() => Ok(text.to_owned()),
            _ => Err(one(&place(name), "required", "is required, as a text")),
        };
        let id = text("id")?;
        if items.iter().any(|item| item.id == id) {
            return Err(one(&place("id"), "unique", "is the id of another request"));
        }
        let mut depends_on = Vec::new();
        // The Python SDK spells it the other way.
        match request.get("dependsOn").or_else(|| request.get("depends_on")) {
            None | Some(Value::Null) => {}
            Some(Value::Array(ids)) => {
                for earlier in ids {
                    // Only what comes before, so that no two can wait for each other.
                    match earlier.as_str().filter(|id| items.iter().any(|item| item.id == *id)) {
                        Some(id) => depends_on.push(id.to_owned()),
                        None => return Err(one(&place("dependsOn"), "exists", "must name requests before this one")),
                    }
                }
            }
            Some(_) => return Err(one(&place("dependsOn"), "type", "must be a list of ids")),
        }
        let (method, url) = (text("method")?, text("url")?);
        let headers = headers(request.get("headers")).map_err(|message| one(&place("headers"), "type", message))?;
        let body = request.get("body").filter(|b| !b.is_null()).cloned();
        items.push(Item {
            id,
            method,
            url,
            headers: Headers {
                has_body: body.is_some(),
                ..headers
            },
            body,
            depends_on,
        });
    }
    Ok(items)
}

fn headers(given: Option<&Value>) -> Result<Headers, &'static str> {
    let mut headers = Headers::default();
    let Some(given) = given.filter(|g| !g.is_null()) else {
        return Ok(headers);
    };
    let Value::Object(given) = given else {
        return Err("must be an object of texts");
    };
    for (name, value) in given {
        let Value::String(value) = value else {
            return Err("must be an object of texts");
        };
        if name.eq_ignore_ascii_case("prefer") {
            headers.strict |= value
                .split([',', ';'])
                .any(|p| p.trim().eq_ignore_ascii_case("handling=strict"));
        }
        if name.eq_ignore_ascii_case("if-match") {
            headers.conditional |= value.trim() != "*";
        }
    }
    Ok(headers)
}

/// Carries out one request of a batch, under the ids of the batch.
async fn single(outer: &GraphCall, item: &Item) -> Result<GraphReply, GraphError> {
    outer.call.caller.take_slot(&outer.call.state)?;
    let (path, query) = item.url.split_once('?').unwrap_or((&item.url, ""));
    let path = normalized(outer.version, path);
    let (route, params) = matching(&path, &item.method)?;
    let call = outer.call.within(route, params, query.to_owned(), item.body.clone());
    endpoint::carry_out(call, path, item.headers, outer.ids.clone()).await
}

/// The whole path of a request, which a batch gives below its version's root; without double and final slashes.
///
/// The Python SDK gives whole addresses as soon as it has sent anything. Their host is as callers reach the server, which
/// may be another name than the server's own, so what counts is the path behind the version.
fn normalized(version: Version, path: &str) -> String {
    let root = format!("/{}/", version.as_str());
    let address = path.strip_prefix("https://").or_else(|| path.strip_prefix("http://"));
    let below = address.and_then(|address| Some(address.split_once(&root)?.1));
    let parts: Vec<&str> = below.unwrap_or(path).split('/').filter(|p| !p.is_empty()).collect();
    format!("{root}{}", parts.join("/"))
}

/// The route for a path and a method, and the names in the path. As in the listener, fixed words go before names.
fn matching(path: &str, method: &str) -> Result<(&'static Route, Params), GraphError> {
    let verb = endpoint::verb(method);
    let mut methods = Vec::new();
    let mut routes: Vec<&'static Route> = GRAPH_ROUTES.iter().collect();
    routes.sort_by_key(|route| route.path);
    let mut found_path = None;
    for route in routes {
        // A batch within a batch is no request of its own.
        if route.operation == Operation::Graph(GraphOperation::Batch) || found_path.is_some_and(|p| p != route.path) {
            continue;
        }
        let Some(params) = params(route.path, path) else {
            continue;
        };
        found_path = Some(route.path);
        if Some(route.verb) == verb {
            return Ok((route, params));
        }
        methods.push(route.verb);
    }
    match methods.is_empty() {
        true => Err(ApiError::UnknownRoute.into()),
        false => Err(ApiError::MethodNotAllowed(methods).into()),
    }
}

/// The names in a path, if it is of a pattern.
fn params(pattern: &str, path: &str) -> Option<Params> {
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    let mut params = Params::new();
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(params),
            (Some(wanted), Some(given)) => match wanted.strip_prefix('{').and_then(|w| w.strip_suffix('}')) {
                Some(name) => {
                    params.insert(name.to_owned(), percent_decoded(given));
                }
                None if wanted == given => {}
                None => return None,
            },
            _ => return None,
        }
    }
}

/// A segment of a path without its escapes; what is malformed stays, and names nothing.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        match (first, tail) {
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                let digit = |b: &u8| {
                    char::from(*b)
                        .to_digit(16)
                        .and_then(|d| u8::try_from(d).ok())
                        .unwrap_or(0)
                };
                bytes.push(digit(high) * 16 + digit(low));
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// The answer to one request of a batch.
fn answer(call: &GraphCall, id: &str, outcome: Outcome) -> Value {
    let json_type = || json!({ "Content-Type": "application/json" });
    match outcome {
        Outcome::Done(reply) => {
            let mut answer = Map::new();
            answer.insert("id".to_owned(), json!(id));
            answer.insert("status".to_owned(), json!(reply.status()));
            let (headers, body) = match reply {
                GraphReply::Json(value) | GraphReply::Created(value) => (json_type(), Some(value)),
                GraphReply::Text(text) => (json!({ "Content-Type": "text/plain" }), Some(json!(text))),
                // What is not JSON is base64 in a batch.
                GraphReply::Xml(xml) => (
                    json!({ "Content-Type": "application/xml" }),
                    Some(json!(STANDARD.encode(xml))),
                ),
                GraphReply::Nothing | GraphReply::Done => (json!({}), None),
            };
            answer.insert("headers".to_owned(), headers);
            if let Some(body) = body {
                answer.insert("body".to_owned(), body);
            }
            Value::Object(answer)
        }
        Outcome::Refused(error) => {
            let mut headers = json_type();
            for (name, value) in error.headers() {
                headers[name] = json!(value);
            }
            let body = error.body(call.call.context.now, &call.ids.own, &call.ids.client);
            json!({ "id": id, "status": error.status(), "headers": headers, "body": body })
        }
        Outcome::Untried(earlier) => {
            let earlier: String = earlier.chars().take(64).collect();
            let message = format!("Request {earlier}, which this one depends on, failed");
            let body = json!({ "error": { "code": "FailedDependency", "message": message } });
            json!({ "id": id, "status": 424, "headers": json_type(), "body": body })
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn whole_addresses_are_paths_behind_their_version() {
        for url in [
            "/deviceManagement/managedDevices",
            "deviceManagement//managedDevices/",
            "https://mdm.example.com/v1.0/deviceManagement/managedDevices",
            "http://localhost:8080/behind/a/proxy/v1.0/deviceManagement/managedDevices",
        ] {
            assert_eq!(normalized(Version::V1, url), "/v1.0/deviceManagement/managedDevices");
        }
        // Another version than that of the batch is no route.
        let beta = normalized(
            Version::V1,
            "https://mdm.example.com/beta/deviceManagement/managedDevices",
        );
        assert!(matching(&beta, "GET").is_err(), "{beta}");
    }

    #[test]
    fn fixed_words_go_before_names() {
        let found = |path: &str, method: &str| {
            let (route, params) = matching(path, method).unwrap();
            let mut names: Vec<String> = params.into_iter().map(|(n, v)| format!("{n}={v}")).collect();
            names.sort();
            (route.name(), names)
        };
        assert_eq!(
            found("/v1.0/deviceManagement/managedDevices/$count", "get").0,
            "GET /v1.0/deviceManagement/managedDevices/$count"
        );
        assert_eq!(
            found("/beta/deviceManagement/managedDevices/a%20b/wipe", "POST").1,
            ["action=wipe", "id=a b"]
        );
        assert!(matching("/v1.0/$batch", "POST").is_err());
        let refused = matching("/v1.0/deviceManagement/managedDeviceOverview", "DELETE")
            .err()
            .unwrap();
        assert_eq!(refused.status(), 405);
    }
}
