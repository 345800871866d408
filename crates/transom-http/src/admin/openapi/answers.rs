//! The answers of a route: the envelope, and each refusal with its codes, messages and an example.

use super::{bad_request, examples::Examples};
use crate::admin::{
    careful::{CHANGES_MAX, subject},
    routes::{AnswerSchema, PartKind, Route},
};
use serde_json::{Map, Value, json};

/// Every answer of a route: what it says when it is done, and each refusal with its codes and messages.
pub(super) fn responses(route: &Route, examples: &Examples<'_>) -> Value {
    let mut responses = Map::new();
    responses.insert("200".to_owned(), done(route, examples));
    let mut answer = |status: &str, about: &str| {
        responses.insert(status.to_owned(), refused(route, status, about));
    };
    answer("500", "1000 `Internal error`, with a `requestId`");
    answer("400", bad_request(route));
    if route.takes_token() {
        answer(
            "401",
            "4002 `No auth token`, 4004 `Invalid Token`, 4001 `Unauthorized` (the permission is missing)",
        );
        answer("404", "3001 `Entity not found`, also for what the caller may not see");
        answer(
            "429",
            "429 `Too many requests`; the header `Retry-After` says when to come back",
        );
    }
    if route.writes {
        answer(
            "409",
            "409 `Conflict`: the idempotency key was used for another request, or its answer was not kept; or the request contradicts the state of what it is about",
        );
        if subject::of(route).is_some() {
            answer(
                "412",
                "412 `Precondition failed`: `If-Match` names another state than the current one, whose `ETag` is in the answer",
            );
        }
    }
    if let Some(body) = route.body {
        answer("408", "408 `Request timeout`: the body did not arrive in time");
        answer("413", "413 `Body too large`");
        let types = match body.form {
            None => "415 `Unsupported media type`: the body is not `application/json`",
            Some(form) if form.is_only => "415 `Unsupported media type`: the body is not `multipart/form-data`",
            Some(_) => "415 `Unsupported media type`: the body is neither `application/json` nor `multipart/form-data`",
        };
        answer("415", types);
        let parts = body.form.map_or(&[][..], |form| form.parts);
        if parts.iter().any(|part| matches!(part.kind, PartKind::File)) {
            answer("507", "507 `Insufficient storage`: there is no room left for files");
        }
    }
    if !matches!(route.answer, AnswerSchema::Plain | AnswerSchema::Html) {
        answer(
            "503",
            "503 `Busy`, 503 `Not ready`; the header `Retry-After` says when to come back",
        );
    }
    if matches!(route.answer, AnswerSchema::Binary) {
        answer(
            "416",
            "416 `Range not satisfiable`: `Range` asks for nothing that is there; `Content-Range` says how much there is",
        );
        responses.extend(parts_of_files());
    }
    if subject::shown_by(route).is_some() {
        let about = "The state of what is shown, for `If-Match`";
        responses["200"]["headers"] = json!({ "ETag": { "description": about, "schema": { "type": "string" } } });
    }
    Value::Object(responses)
}

fn done(route: &Route, examples: &Examples<'_>) -> Value {
    if matches!(route.answer, AnswerSchema::Html) {
        let content = json!({ "text/html": { "schema": { "type": "string" }, "example": "<!doctype html>…" } });
        return json!({ "description": "Done", "content": content });
    }
    if matches!(route.answer, AnswerSchema::Binary) {
        let content = json!({ "*/*": { "schema": binary(), "example": FILE } });
        return json!({ "description": "The file", "content": content });
    }
    let (schema, example) = match route.answer {
        AnswerSchema::Data(name) => (envelope(&reference(name)), enveloped(&examples.of(name))),
        AnswerSchema::List(name) => {
            let list = json!({ "type": "array", "items": reference(name) });
            (envelope(&list), enveloped(&json!([examples.of(name)])))
        }
        AnswerSchema::Page(name) => (
            envelope(&page(&reference(name))),
            enveloped(&one_page(&examples.of(name))),
        ),
        AnswerSchema::Plain | AnswerSchema::Html | AnswerSchema::Binary => (
            json!({ "type": "object" }),
            json!({ "openapi": "3.1.0", "info": { "title": "Transom" } }),
        ),
    };
    let schema = if route.writes { rehearsed(schema) } else { schema };
    let content = json!({ "application/json": { "schema": schema, "example": example } });
    json!({ "description": "Done", "content": content })
}

/// What is in the file of examples.
const FILE: &str = "Write-Output 'done'";

fn binary() -> Value {
    json!({ "type": "string", "format": "binary" })
}

/// The answers to a request for a part of a file, and to one for what the caller has.
fn parts_of_files() -> [(String, Value); 2] {
    let examples = json!({ "part": { "summary": "Range: bytes=0-4", "value": FILE[..5] } });
    let content = json!({ "*/*": { "schema": binary(), "examples": examples } });
    let part = json!({ "description": "The part of the file that `Range` asks for", "content": content });
    let about = "`If-None-Match` names the tag of the file; there is no body";
    [
        ("206".to_owned(), part),
        ("304".to_owned(), json!({ "description": about })),
    ]
}

/// A refusal: what it is about names each code with its message, as in "3001 `Entity not found`", and the examples are
/// made of these.
fn refused(route: &Route, status: &str, about: &str) -> Value {
    let mut examples = Map::new();
    for (code, message) in codes(about) {
        let mut error = json!({ "code": code, "message": message });
        if code == 4001 {
            error["details"] = json!({ "requiredPermission": route.permission.unwrap_or_default() });
        }
        if status.starts_with('5') {
            error["requestId"] = json!("8d5c7a41e2f04b6c9a3d1e5f");
        }
        let mut name = code.to_string();
        if examples.contains_key(&name) {
            name = format!("{code} {message}");
        }
        examples.insert(
            name,
            json!({ "summary": message, "value": { "status": false, "error": error } }),
        );
    }
    let content = json!({ "application/json": { "schema": reference("Error"), "examples": examples } });
    json!({ "description": about, "content": content })
}

/// The codes and messages that stand in a text.
fn codes(about: &str) -> Vec<(u32, &str)> {
    let mut parts = about.split('`');
    let mut codes = Vec::new();
    while let (Some(text), Some(quoted)) = (parts.next(), parts.next()) {
        let word = text.trim_end().rsplit([' ', '(']).next().unwrap_or_default();
        if let (Ok(code), true) = (word.parse(), text.ends_with(' ')) {
            codes.push((code, quoted));
        }
    }
    codes
}

fn enveloped(data: &Value) -> Value {
    json!({ "status": true, "data": data })
}

fn one_page(item: &Value) -> Value {
    json!({
        "items": [item], "totalDocs": 1, "limit": 50, "page": 1, "totalPages": 1, "hasPrevPage": false,
        "hasNextPage": false, "prevPage": null, "nextPage": null, "lean": true
    })
}

/// The envelope with what a dry run adds to it.
fn rehearsed(mut envelope: Value) -> Value {
    let about = "Only in the answer of a dry run: nothing was stored";
    envelope["properties"]["dryRun"] = json!({ "type": "boolean", "const": true, "description": about });
    envelope["properties"]["changeCount"] = json!({ "type": "integer", "minimum": 0 });
    envelope["properties"]["changes"] =
        json!({ "type": "array", "maxItems": CHANGES_MAX, "items": reference("DryRunChange") });
    envelope
}

/// One change that a dry run names: an entry of the audit record that was not written.
pub(super) fn change() -> Value {
    json!({
        "type": "object",
        "required": ["action", "target", "before", "after"],
        "properties": {
            "action": { "type": "string" },
            "target": {
                "type": ["object", "null"],
                "properties": { "kind": { "type": "string" }, "id": { "type": ["string", "null"] } }
            },
            "before": { "type": ["object", "null"] },
            "after": { "type": ["object", "null"] }
        }
    })
}

/// A schema by its name.
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn envelope(data: &Value) -> Value {
    json!({
        "type": "object",
        "required": ["status", "data"],
        "properties": { "status": { "type": "boolean", "const": true }, "data": data }
    })
}

fn page(item: &Value) -> Value {
    let count = json!({ "type": "integer", "minimum": 0 });
    let neighbour = json!({ "type": ["integer", "null"], "minimum": 1 });
    let flag = json!({ "type": "boolean" });
    json!({
        "type": "object",
        "required": [
            "items", "totalDocs", "limit", "hasPrevPage", "hasNextPage", "page", "totalPages", "prevPage", "nextPage", "lean"
        ],
        "properties": {
            "items": { "type": "array", "items": item },
            "totalDocs": count, "limit": count, "page": count, "totalPages": count,
            "hasPrevPage": flag, "hasNextPage": flag, "lean": flag,
            "prevPage": neighbour, "nextPage": neighbour
        }
    })
}

/// The envelope of a refusal.
pub(super) fn error() -> Value {
    let violation = json!({
        "type": "object",
        "required": ["path", "rule", "message"],
        "properties": {
            "path": { "type": "string", "description": "Where in the request, e.g. commands[3].config.format" },
            "rule": { "type": "string", "description": "snake_case name of the rule" },
            "message": { "type": "string" }
        }
    });
    let scope = json!({ "type": "object", "properties": { "requiredPermission": { "type": "string" }, "feature": { "type": "string" } } });
    json!({
        "type": "object",
        "required": ["status", "error"],
        "properties": {
            "status": { "type": "boolean", "const": false },
            "error": {
                "type": "object",
                "required": ["code", "message"],
                "properties": {
                    "code": { "type": "integer" },
                    "message": { "type": "string" },
                    "details": { "oneOf": [{ "type": "array", "items": violation }, scope] },
                    "requestId": { "type": "string", "description": "In answers of 5xx: the request's id in the log" }
                }
            }
        }
    })
}
