//! The OpenAPI document: its copy in the repository, and what it says.

use super::world::World;
use serde_json::Value;
use std::{collections::BTreeSet, path::Path, time::Duration};
use transom_domain::{command::CommandStatus, device::DeviceState};
use transom_http::admin::{
    error::{ApiError, InvalidCode},
    openapi,
    routes::ROUTES,
};

/// Set to write the copy anew instead of comparing it.
const UPDATE: &str = "UPDATE_OPENAPI";

#[test]
fn the_copy_in_the_repository_is_the_document() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let document = openapi::text();
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&path, document).unwrap();
        return;
    }
    let copy = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        copy == document,
        "docs/openapi.json is out of date: run the tests once with {UPDATE}=1"
    );
}

#[actix_web::test]
async fn the_server_answers_with_the_document() {
    let world = World::new().await;
    let answer = world.get("/openapi.json").await;
    assert_eq!(answer.body, openapi::document());
    assert_eq!(answer.body["info"]["title"], "Transom");
}

#[test]
fn every_route_is_described_with_its_permission() {
    let document = openapi::document();
    for route in &ROUTES {
        let operation = &document["paths"][route.path][route.verb.as_str().to_lowercase()];
        assert_eq!(operation["x-permission"].as_str(), route.permission, "{}", route.name());
        assert!(operation["responses"]["200"].is_object(), "{}", route.name());
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = openapi::document();
    let mut references = BTreeSet::new();
    collect(&document, &mut references);
    assert!(references.len() > 10);
    for reference in references {
        let name = reference.strip_prefix("#/components/schemas/").unwrap();
        assert!(document["components"]["schemas"][name].is_object(), "{name}");
    }
}

fn collect(value: &Value, references: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            references.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|v| collect(v, references));
        }
        Value::Array(items) => items.iter().for_each(|v| collect(v, references)),
        _ => {}
    }
}

#[test]
fn limits_and_enums_are_in_the_document() {
    let schemas = &openapi::document()["components"]["schemas"];
    let statuses: Vec<_> = CommandStatus::all().map(CommandStatus::as_str).collect();
    assert_eq!(statuses.len(), 65);
    assert_eq!(
        schemas["Command"]["properties"]["status"]["enum"],
        serde_json::json!(statuses)
    );
    let commands = &schemas["SendCommands"]["properties"]["commands"];
    assert_eq!(commands["maxItems"], 100);
    assert_eq!(
        commands["items"]["properties"]["config"]["properties"]["path"]["maxLength"],
        500
    );
    assert_eq!(schemas["UpdateDevice"]["properties"]["tags"]["maxItems"], 100);
    let required = schemas["Command"]["required"].as_array().unwrap();
    assert!(required.contains(&"expiresAt".into()) && !required.contains(&"canceledAt".into()));
    assert!(
        schemas["Device"]["required"]
            .as_array()
            .unwrap()
            .contains(&"winPolicy".into())
    );
}

#[test]
fn the_handbook_lists_every_route_with_its_permission() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/API.md");
    let handbook = std::fs::read_to_string(path).unwrap();
    for route in &ROUTES {
        let short = route
            .path
            .replace(
                "/v1/organizations/{organizationId}/mdm/windows/enterprise/devices/{winDeviceId}",
                "D",
            )
            .replace("/v1/organizations/{organizationId}/mdm/windows/enterprise", "W")
            .replace("/v1/organizations/{organizationId}", "O");
        let permission = route.permission.map_or("none".to_owned(), |p| format!("`{p}`"));
        let row = format!("| {} | `{short}` | {permission} |", route.verb.as_str());
        assert!(handbook.contains(&row), "docs/API.md lacks the row {row}");
    }
}

#[test]
fn the_handbook_lists_every_error() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/API.md");
    let handbook = std::fs::read_to_string(path).unwrap();
    let invalid = |code| ApiError::invalid(code, "a", "b", "c");
    for error in [
        ApiError::NoToken,
        ApiError::InvalidToken,
        ApiError::MissingPermission("a.b"),
        ApiError::NotFound,
        ApiError::UserExists,
        ApiError::MethodNotAllowed(Vec::new()),
        invalid(InvalidCode::Data),
        invalid(InvalidCode::Input),
        ApiError::NotActive(DeviceState::Unknown),
        ApiError::LimitExceeded(String::new()),
        ApiError::NothingPending,
        ApiError::KeyReused,
        ApiError::KeyInUse,
        ApiError::AnswerNotKept,
        ApiError::PreconditionFailed {
            current: String::new(),
            changed: Vec::new(),
        },
        ApiError::BodyTooLarge(1),
        ApiError::UnsupportedMediaType(String::new()),
        ApiError::StorageFull,
        ApiError::BodyTimeout(Duration::from_secs(1)),
        ApiError::TooManyRequests(Duration::from_secs(1)),
        ApiError::Busy,
        ApiError::NotReady,
        ApiError::internal(std::fmt::Error),
    ] {
        let answer = error.answer();
        let row = format!("| {} | {} | `{}` |", answer.http, answer.code, answer.message);
        assert!(handbook.contains(&row), "docs/API.md lacks the row {row}");
    }
}

/// An ellipsis stands for more of the same; everything else of an example is JSON.
#[test]
fn the_handbooks_examples_are_json() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/API.md");
    let handbook = std::fs::read_to_string(path).unwrap();
    let mut examples = 0;
    for rest in handbook.split("```json\n").skip(1) {
        let example = rest.split("```").next().unwrap();
        let mut text = String::new();
        for part in example.replace("…,", "").replace('…', "").split(',') {
            // A comma before an ellipsis that ended its list.
            let ends = part.trim_start().starts_with(['}', ']']);
            if !text.is_empty() && !ends {
                text.push(',');
            }
            text.push_str(part);
        }
        // A field by itself.
        if text.starts_with('"') {
            text = format!("{{{text}}}");
        }
        for value in serde_json::Deserializer::from_str(&text).into_iter::<serde_json::Value>() {
            assert!(value.is_ok(), "{value:?} in docs/API.md: {example}");
            examples += 1;
        }
    }
    assert!(examples > 10, "{examples}");
}
