//! The examples of the OpenAPI document: every route has them, they fit their schemas, and the routes take them.

use super::{
    callers::method,
    schema::violations,
    world::{NewDevice, World},
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
            let content = answer["content"].as_object().unwrap();
            for media in content.values() {
                let has = match status.as_str() {
                    "200" => media.get("example").is_some(),
                    _ => media["examples"]
                        .as_object()
                        .is_some_and(|examples| !examples.is_empty()),
                };
                assert!(has, "{name} {status}: {answer}");
            }
        }
        if route.body.is_some() {
            let body = &operation["requestBody"]["content"]["application/json"];
            assert!(body["example"].is_object(), "{name}");
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
            for media in answer["content"].as_object().unwrap().values() {
                check(format!("{} {status}", route.name()), media);
            }
        }
        if let Some(body) = operation["requestBody"]["content"].get("application/json") {
            check(format!("{} body", route.name()), body);
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
                        let answer = world.post(&parent, example(document, route)).await;
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

fn example(document: &Value, route: &Route) -> Value {
    operation(document, route)["requestBody"]["content"]["application/json"]["example"].clone()
}

#[actix_web::test]
async fn every_route_takes_the_example_of_its_body() {
    let document = openapi::document();
    let mut refused = Vec::new();
    for route in ROUTES.iter().filter(|route| route.body.is_some()) {
        let world = World::new().await;
        let path = furnished(&world, &document, route.path).await;
        let strictly = format!("{path}?strict=true");
        let answer = world
            .ask(method(route), &strictly, Some(example(&document, route)), &[])
            .await;
        // What an example refers to need not be there.
        let lacks = answer.status == 404 && answer.body["error"]["details"][0]["rule"] == "exists";
        if answer.status != 200 && !lacks {
            refused.push(format!("{}: {} {}", route.name(), answer.status, answer.body));
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
    let world = World::new().await;
    let mut wrong = Vec::new();
    let shown = ROUTES
        .iter()
        .filter(|r| r.verb == Verb::Get && !matches!(r.answer, AnswerSchema::Html));
    for route in shown {
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
