//! Bodies of every route of the table: what is no proper JSON, what breaks a limit, what has the wrong type. The limits are
//! those of the OpenAPI document, so that each one that is promised is tried, those of later routes too.

mod contract;
mod hostile;
mod limits;
mod samples;

use super::{
    callers,
    careful::{Lab, method, nowhere},
    world::{NewDevice, W},
};
use actix_web::test::TestRequest;
use serde_json::{Value, json};
use transom_http::admin::{
    openapi,
    routes::{Operation, ROUTES, Route},
};

/// A route with a body, something that it can be sent to, and a body that it takes.
struct Target {
    route: &'static Route,
    path: String,
    body: Value,
    /// The schema of the body.
    schema: Value,
    /// Whether the path names something: otherwise the answer to anything is that nothing is there.
    is_there: bool,
}

/// All routes whose bodies are JSON.
async fn targets(lab: &Lab) -> Vec<Target> {
    let document = openapi::document();
    let mut targets = Vec::new();
    for route in ROUTES.iter().filter(|route| route.body.is_some()) {
        let operation = &document["paths"][route.path][route.verb.as_str().to_lowercase()];
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        if schema.is_null() {
            continue;
        }
        let schema = resolved(schema, &document);
        let prepared = match route.writes {
            true => Some(lab.prepare(route).await),
            false => None,
        };
        let own = own_path(lab, route).await;
        let is_there = own.is_some() || prepared.is_some() || !route.path.replace("{organizationId}", "").contains('{');
        let body = match route.operation {
            // A command whose value may be anything.
            Operation::CreateCommands => {
                let config = json!({ "path": "./A", "action": "Replace", "format": "chr", "value": "x" });
                Some(json!({ "commands": [{ "config": config }] }))
            }
            // The one input that has options.
            Operation::CreateSmartAttribute | Operation::UpdateSmartAttribute => {
                let input = json!({ "type": "enum", "options": ["a"] });
                Some(json!({ "name": "walk", "input": input, "output": { "type": "string" } }))
            }
            _ => prepared.as_ref().and_then(|prepared| prepared.body.clone()),
        };
        targets.push(Target {
            route,
            body: body.or_else(|| callers::body(route)).unwrap(),
            path: own
                .or(prepared.map(|prepared| prepared.path))
                .unwrap_or_else(|| nowhere(route)),
            schema,
            is_there,
        });
    }
    assert!(targets.len() > 15, "{}", targets.len());
    targets
}

/// A path for routes that write nothing, which `Lab::prepare` does not know.
async fn own_path(lab: &Lab, route: &Route) -> Option<String> {
    let made = |path: String, body: Value| async move {
        let answer = lab.world.post(&path, body).await;
        let id = answer.data()["id"].to_string();
        format!("{path}/{}", id.trim_matches('"'))
    };
    Some(match route.operation {
        Operation::PreviewEffectivePolicy => {
            let device = lab.world.device(NewDevice::default()).await;
            format!("{W}/devices/{device}/effective-policy/preview")
        }
        Operation::SimulateEnrollment => {
            let policy = made(format!("{W}/policies"), json!({ "name": "Given" })).await;
            let rules = json!([{ "winPolicyId": policy.rsplit('/').next() }]);
            let template = json!({ "name": "Simulated", "rules": rules });
            let template = made(format!("{W}/enrollment-templates"), template).await;
            format!("{template}/simulate")
        }
        _ => return None,
    })
}

/// A schema with what it refers to in place.
fn resolved(schema: &Value, document: &Value) -> Value {
    match schema {
        Value::Object(fields) => match fields.get("$ref").and_then(Value::as_str) {
            Some(reference) => {
                let pointer = reference.trim_start_matches('#');
                resolved(document.pointer(pointer).expect("what is referred to"), document)
            }
            None => fields
                .iter()
                .map(|(name, v)| (name.clone(), resolved(v, document)))
                .collect(),
        },
        Value::Array(items) => items.iter().map(|item| resolved(item, document)).collect(),
        other => other.clone(),
    }
}

/// A request of the administrator with any bytes as its body.
fn request(lab: &Lab, target: &Target, query: &str) -> TestRequest {
    TestRequest::with_uri(&format!("{}{query}", target.path))
        .method(method(target.route))
        .insert_header(("Authorization", format!("Bearer {}", lab.world.admin)))
}
