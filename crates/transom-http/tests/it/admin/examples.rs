//! The examples of the OpenAPI document: every route has them, they fit their schemas, and the routes take them.

use super::{
    callers::method,
    schema::violations,
    world::{NewDevice, Response, World},
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, future::Future, path::Path, pin::Pin};
use transom_http::admin::{
    openapi,
    routes::{AnswerSchema, ROUTES, Route, Verb},
};

const NOBODY: &str = "507f1f77bcf86cd799439011";

fn operation<'d>(document: &'d Value, route: &Route) -> &'d Value {
    &document["paths"][route.path][route.verb.as_str().to_lowercase()]
}

#[test]
fn every_text_has_an_example() {
    let missing = openapi::without_example();
    assert!(
        missing.is_empty(),
        "these have no example: {missing:#?}\nGive each one in its schema (`#[schema(example = \"…\")]`, or \"example\" in the \
         JSON of a body), or as a row (\"Schema.property\", r#\"\"…\"\"#) of its room in \
         crates/transom-http/src/admin/openapi/examples/; a row (\"Schema\", …) gives a whole one."
    );
}

#[test]
fn every_route_has_an_example_of_its_body_of_its_answer_and_of_each_refusal() {
    let document = openapi::document();
    for route in &ROUTES {
        let (operation, name) = (operation(&document, route), route.name());
        assert!(operation["tags"][0].is_string(), "{name}");
        for (status, answer) in operation["responses"].as_object().unwrap() {
            // What the caller has already is answered without a body.
            assert!(answer["content"].is_object() || status == "304", "{name} {status}");
            for media in answer["content"]
                .as_object()
                .into_iter()
                .flat_map(|media| media.values())
            {
                let has = match status.as_str() {
                    "200" => media.get("example").is_some(),
                    _ => media["examples"]
                        .as_object()
                        .is_some_and(|examples| !examples.is_empty()),
                };
                assert!(has, "{name} {status}: {answer}");
            }
        }
        for media in bodies(&document, route) {
            let body = &operation["requestBody"]["content"][&media];
            assert!(body["example"].is_object(), "{name} {media}");
        }
    }
}

#[test]
fn every_example_fits_its_schema() {
    let document = openapi::document();
    let mut wrong = Vec::new();
    let mut check = |place: String, media: &Value| {
        let named = media["examples"].as_object().into_iter().flatten();
        let examples = media.get("example").into_iter().chain(named.map(|(_, e)| &e["value"]));
        for example in examples {
            let found = violations(&document, &media["schema"], example);
            wrong.extend(found.into_iter().map(|violation| format!("{place}: {violation}")));
        }
    };
    for route in &ROUTES {
        let operation = operation(&document, route);
        for (status, answer) in operation["responses"].as_object().unwrap() {
            for media in answer["content"]
                .as_object()
                .into_iter()
                .flat_map(|media| media.values())
            {
                check(format!("{} {status}", route.name()), media);
            }
        }
        for media in bodies(&document, route) {
            let body = &operation["requestBody"]["content"][&media];
            check(format!("{} body as {media}", route.name()), body);
        }
    }
    wrong.dedup();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_refusal_in_the_document_is_one_of_the_handbook() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/API.md");
    let handbook = std::fs::read_to_string(path).unwrap();
    let document = openapi::document();
    let mut rows = BTreeSet::new();
    for route in &ROUTES {
        for (status, answer) in operation(&document, route)["responses"].as_object().unwrap() {
            let examples = answer["content"]["application/json"]["examples"].as_object();
            for example in examples.into_iter().flatten() {
                let error = &example.1["value"]["error"];
                rows.insert(format!(
                    "| {status} | {} | `{}` |",
                    error["code"],
                    error["message"].as_str().unwrap()
                ));
            }
        }
    }
    assert!(rows.len() > 15, "{rows:#?}");
    for row in rows {
        assert!(handbook.contains(&row), "docs/API.md lacks the row {row}");
    }
}

/// Fields of bodies that name things, and the routes that make these things.
const REFERENCES: &[(&str, &str)] = &[
    (
        "deviceAudienceIds",
        "/v1/organizations/{organizationId}/mdm/device-audiences",
    ),
    (
        "elementId",
        "/v1/organizations/{organizationId}/mdm/windows/enterprise/enrollment-templates",
    ),
    (
        "winPolicyId",
        "/v1/organizations/{organizationId}/mdm/windows/enterprise/policies",
    ),
];

/// A body that names things which are there: what an example refers to is made.
fn standing<'w>(world: &'w World, document: &'w Value, body: Value) -> Pin<Box<dyn Future<Output = Value> + 'w>> {
    Box::pin(async move {
        let fields = match body {
            Value::Object(fields) => fields,
            Value::Array(items) => {
                let mut made = Vec::new();
                for item in items {
                    made.push(standing(world, document, item).await);
                }
                return Value::Array(made);
            }
            other => return other,
        };
        let mut made = serde_json::Map::new();
        for (name, value) in fields {
            let value = match REFERENCES.iter().find(|(field, _)| *field == name) {
                Some((_, path)) => {
                    let id = json!(made_at(world, document, path).await);
                    if value.is_array() { json!([id]) } else { id }
                }
                None => standing(world, document, value).await,
            };
            made.insert(name, value);
        }
        Value::Object(made)
    })
}

/// Makes a thing with the example of the route that makes such things, and tells its id.
async fn made_at(world: &World, document: &Value, path: &str) -> String {
    let one = format!("{path}/{{id}}");
    let path = furnished(world, document, &one).await;
    path.rsplit('/').next().unwrap().to_owned()
}

/// The path of a route on which everything is there: what a parameter names is made with the example of the route that
/// makes such things.
fn furnished<'w>(world: &'w World, document: &'w Value, path: &'w str) -> Pin<Box<dyn Future<Output = String> + 'w>> {
    Box::pin(async move {
        let Some(begin) = path.rfind("/{") else {
            return path.to_owned();
        };
        let (above, rest) = path.split_at(begin);
        let (name, rest) = rest[2..].split_once('}').unwrap();
        let parent = furnished(world, document, above).await;
        let value = match name {
            "organizationId" => "default".to_owned(),
            "winDeviceId" => world.device(NewDevice::default()).await.to_string(),
            "version" => "1".to_owned(),
            _ => {
                let makes = |route: &&Route| route.path == above && route.verb == Verb::Post && route.body.is_some();
                match ROUTES.iter().find(makes) {
                    Some(route) => {
                        let media = bodies(document, route).remove(0);
                        let example = standing(world, document, example(document, route, &media)).await;
                        let answer = send(world, document, route, (&parent, &media), example).await;
                        let id = &answer.data()["id"];
                        id.as_str().map_or_else(|| id.to_string(), str::to_owned)
                    }
                    None => NOBODY.to_owned(),
                }
            }
        };
        format!("{parent}/{value}{rest}")
    })
}

/// The media types that a route takes.
fn bodies(document: &Value, route: &Route) -> Vec<String> {
    let content = operation(document, route)["requestBody"]["content"].as_object();
    content.into_iter().flat_map(|c| c.keys()).cloned().collect()
}

fn example(document: &Value, route: &Route, media: &str) -> Value {
    operation(document, route)["requestBody"]["content"][media]["example"].clone()
}

/// Sends a body as JSON, or as a form in parts.
async fn send(world: &World, document: &Value, route: &Route, (path, media): (&str, &str), body: Value) -> Response {
    if media == "application/json" {
        return world.ask(method(route), path, Some(body), &[]).await;
    }
    let schema = operation(document, route)["requestBody"]["content"][media]["schema"]["$ref"]
        .as_str()
        .unwrap()
        .trim_start_matches('#');
    let fields = &document.pointer(schema).unwrap()["properties"];
    let part = |(name, value): (&String, &Value)| {
        let name = match (fields[name]["format"] == "binary", name.as_str()) {
            (true, "file") => "file=clean-up.ps1".to_owned(),
            (true, _) => format!("{name}=contoso.{name}"),
            (false, _) => name.clone(),
        };
        (name, value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    };
    let parts: Vec<_> = body.as_object().unwrap().iter().map(part).collect();
    let parts: Vec<(&str, &[u8])> = parts.iter().map(|(n, v)| (n.as_str(), v.as_bytes())).collect();
    world.upload(method(route), path, &parts, &[]).await
}

#[actix_web::test]
async fn every_route_takes_the_example_of_its_body() {
    let document = openapi::document();
    let mut refused = Vec::new();
    let routes = ROUTES
        .iter()
        .flat_map(|route| bodies(&document, route).into_iter().map(move |media| (route, media)));
    for (route, media) in routes {
        let world = World::new().await;
        let path = furnished(&world, &document, route.path).await;
        let strictly = format!("{path}?strict=true");
        let example = example(&document, route, &media);
        let answer = send(&world, &document, route, (&strictly, &media), example).await;
        // What an example refers to need not be there.
        let lacks = answer.status == 404 && answer.body["error"]["details"][0]["rule"] == "exists";
        if answer.status != 200 && !lacks {
            refused.push(format!(
                "{} as {media}: {} {}",
                route.name(),
                answer.status,
                answer.body
            ));
        } else if answer.status == 200 {
            // What the route really answers fits the schema of its answer.
            let schema = &operation(&document, route)["responses"]["200"]["content"]["application/json"]["schema"];
            let found = violations(&document, schema, &answer.body);
            refused.extend(found.iter().map(|v| format!("{}: its answer: {v}", route.name())));
        }
    }
    assert!(refused.is_empty(), "{refused:#?}");
}

#[actix_web::test]
async fn every_list_and_every_thing_fits_the_schema_of_its_answer() {
    let document = openapi::document();
    let mut wrong = Vec::new();
    let shown = ROUTES
        .iter()
        .filter(|r| r.verb == Verb::Get && !matches!(r.answer, AnswerSchema::Html | AnswerSchema::Binary));
    for route in shown {
        let world = World::new().await;
        let path = furnished(&world, &document, route.path).await;
        let answer = world.get(&path).await;
        let status = answer.status.as_str().to_owned();
        let media = &operation(&document, route)["responses"][&status]["content"]["application/json"];
        if media.is_null() {
            wrong.push(format!(
                "{}: {status} is not in the document: {}",
                route.name(),
                answer.body
            ));
            continue;
        }
        let found = violations(&document, &media["schema"], &answer.body);
        wrong.extend(found.iter().map(|v| format!("{} {status}: {v}", route.name())));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_checker_of_examples_finds_what_is_wrong() {
    let document = json!({ "components": { "schemas": { "N": { "type": ["integer", "null"], "minimum": 2 } } } });
    let schema = json!({
        "type": "object", "required": ["a"],
        "properties": {
            "a": { "$ref": "#/components/schemas/N" },
            "b": { "type": "array", "maxItems": 1, "items": { "enum": ["x"] } },
            "c": { "oneOf": [{ "type": "boolean" }, { "type": "string", "maxLength": 2 }] }
        }
    });
    let found = |value: Value| violations(&document, &schema, &value).len();
    assert_eq!(found(json!({ "a": 2, "b": ["x"], "c": "no" })), 0);
    assert_eq!(found(json!({ "a": null, "c": true })), 0);
    for wrong in [
        json!([]),
        json!({}),
        json!({ "a": 1 }),
        json!({ "a": "2" }),
        json!({ "a": 2, "b": ["y"] }),
        json!({ "a": 2, "b": ["x", "x"] }),
        json!({ "a": 2, "c": 3 }),
        json!({ "a": 2, "c": "long" }),
    ] {
        assert_eq!(found(wrong.clone()), 1, "{wrong}");
    }
}
