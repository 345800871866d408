//! Each limit of each field of each body that the OpenAPI document promises: one above it is refused with the field's
//! path, what lies at it is not.

use super::{Target, request, samples, targets};
use crate::admin::{careful::Lab, world::Response};
use serde_json::{Map, Value, json};
use transom_http::admin::routes::Operation;

/// A place in a body.
struct Spot {
    /// As `details` name it.
    path: String,
    /// The field's name.
    name: String,
    schema: Value,
    /// The steps to it, from the top.
    steps: Vec<Step>,
    is_required: bool,
}

#[derive(Clone)]
enum Step {
    Field(String),
    /// The only item of a list.
    Item,
}

/// Every place of a body that has a rule of its own, in depth.
fn spots(schema: &Value, path: &str, steps: &[Step], found: &mut Vec<Spot>) {
    let schema = samples::main(schema);
    let required: Vec<&str> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        let path = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        let steps = [steps, &[Step::Field(name.clone())]].concat();
        found.push(Spot {
            path: path.clone(),
            name: name.clone(),
            schema: inner.clone(),
            steps: steps.clone(),
            is_required: required.contains(&name.as_str()),
        });
        within(inner, name, &path, &steps, found);
    }
}

/// The places inside of a field: of its items, or of its fields.
fn within(schema: &Value, name: &str, path: &str, steps: &[Step], found: &mut Vec<Spot>) {
    let schema = samples::main(schema);
    let items = &schema["items"];
    if items.is_null() || *items == json!({ "type": "object" }) {
        return spots(schema, path, steps, found);
    }
    let (path, steps) = (format!("{path}[0]"), [steps, &[Step::Item]].concat());
    found.push(Spot {
        path: path.clone(),
        name: name.to_owned(),
        schema: items.clone(),
        steps: steps.clone(),
        is_required: false,
    });
    within(items, name, &path, &steps, found);
}

/// The body with a value at a place; none to take the field away. What is on the way there is made to fit.
fn with(body: &Value, schema: &Value, name: &str, steps: &[Step], value: Option<&Value>) -> Option<Value> {
    let schema = samples::main(schema);
    let Some((step, rest)) = steps.split_first() else {
        return value.cloned();
    };
    match step {
        Step::Item => {
            let item = body.get(0).cloned();
            let item = item.unwrap_or_else(|| samples::fitting(&schema["items"], name, 0));
            Some(json!([with(&item, &schema["items"], name, rest, value)?]))
        }
        Step::Field(field) => {
            let mut fields = match body {
                Value::Object(fields) => fields.clone(),
                _ => Map::new(),
            };
            let inner = &schema["properties"][field.as_str()];
            let old = fields
                .get(field)
                .cloned()
                .unwrap_or_else(|| samples::fitting(inner, field, 0));
            match with(&old, inner, field, rest, value) {
                Some(new) => fields.insert(field.clone(), new),
                None => fields.remove(field),
            };
            Some(Value::Object(fields))
        }
    }
}

struct Trial<'a> {
    lab: &'a Lab,
    target: &'a Target,
    spot: &'a Spot,
    tried: &'a mut usize,
    wrong: &'a mut Vec<String>,
}

impl Trial<'_> {
    async fn send(&mut self, value: Option<Value>) -> Response {
        *self.tried += 1;
        let body = with(
            &self.target.body,
            &self.target.schema,
            "",
            &self.spot.steps,
            value.as_ref(),
        )
        .unwrap();
        let query = if self.target.route.writes { "?dryRun=true" } else { "" };
        let sent = request(self.lab, self.target, query).set_json(body);
        self.lab.world.send(sent).await
    }

    fn note(&mut self, what: &str, answer: &Response) {
        let body: String = answer.body.to_string().chars().take(300).collect();
        let (route, path) = (self.target.route.name(), &self.spot.path);
        self.wrong
            .push(format!("{route} {path}: {what}: {} {body}", answer.status));
    }

    /// The value is refused, and its place is named.
    async fn refuses(&mut self, what: &str, value: Option<Value>) -> Option<Response> {
        let answer = self.send(value).await;
        // A rule for a list may name the item that is too much, and a rule for an item the list that it stands in.
        let is_near = |path: &str| {
            path == self.spot.path
                || is_inside(path, &self.spot.path)
                || (!path.is_empty() && is_inside(&self.spot.path, path))
        };
        // What a value may be can depend on what stands beside it: that has to be known first.
        let beside = self.spot.path.rsplit_once('.').map(|(item, _)| format!("{item}."));
        let is_beside = |path: &str| beside.as_ref().is_some_and(|item| path.starts_with(item.as_str()));
        let is_named = match answer.status.as_u16() {
            400 => answer.wrong().into_iter().any(is_near),
            404 if self.spot.path.contains("].") => answer.wrong().into_iter().all(is_beside),
            _ => false,
        };
        if is_named {
            return Some(answer);
        }
        self.note(what, &answer);
        None
    }

    /// One above a limit is refused, and what lies at it is not: at least not for that.
    async fn keeps(&mut self, limit: &str, above: Value, at: Option<Value>) {
        let Some(refused) = self.refuses(&format!("above {limit}"), Some(above)).await else {
            return;
        };
        let Some(at) = at else { return };
        let answer = self.send(Some(at)).await;
        let path = self.spot.path.clone();
        let rules = |answer: &Response| -> Vec<String> {
            let details = answer.body["error"]["details"].as_array().cloned().unwrap_or_default();
            let here = details.iter().filter(|detail| detail["path"] == path.as_str());
            here.map(|detail| detail["rule"].to_string()).collect()
        };
        let broken = rules(&refused);
        if matches!(answer.status.as_u16(), 413 | 500..) || rules(&answer).iter().any(|rule| broken.contains(rule)) {
            self.note(&format!("at {limit}"), &answer);
        }
    }

    async fn all(&mut self) {
        let (schema, name) = (samples::main(&self.spot.schema).clone(), self.spot.name.clone());
        if let Some(misfit) = samples::misfit(&self.spot.schema) {
            self.refuses("another type", Some(misfit)).await;
        }
        if !samples::types(&self.spot.schema).iter().any(|name| name == "null") {
            self.refuses("null", Some(Value::Null)).await;
        }
        if self.spot.is_required {
            self.refuses("left out", None).await;
        }
        if let Some(max) = size(&schema, "maxLength") {
            let long = samples::text_of(&schema, &name, max + 1).unwrap_or_else(|| "x".repeat(max + 1));
            let fits = samples::text_of(&schema, &name, max).map(Value::String);
            self.keeps("the longest text", json!(long), fits).await;
        }
        if size(&schema, "minLength") == Some(1) {
            self.refuses("an empty text", Some(json!(""))).await;
        }
        if let Some(max) = size(&schema, "maxItems") {
            let items = |count| -> Value {
                (0..count)
                    .map(|n| samples::fitting(&schema["items"], &name, n))
                    .collect()
            };
            self.keeps("the most items", items(max + 1), Some(items(max))).await;
        }
        if size(&schema, "minItems") == Some(1) {
            self.refuses("no items", Some(json!([]))).await;
        }
        if let Some(max) = size(&schema, "maxProperties") {
            let field = |n: usize| (format!("./K{n}"), json!("v"));
            let fields = |count| Value::Object((0..count).map(field).collect());
            self.keeps("the most fields", fields(max + 1), Some(fields(max))).await;
        }
        if let Some(max) = size(&schema["additionalProperties"], "maxLength") {
            let field = |count| json!({ "./K": "x".repeat(count) });
            self.keeps("the longest value", field(max + 1), Some(field(max))).await;
            self.refuses("a value that is a list", Some(json!({ "./K": [] }))).await;
            self.refuses("a value that is an object", Some(json!({ "./K": {} })))
                .await;
        }
        if let Some(max) = schema["maximum"].as_u64() {
            self.keeps("the largest", json!(max + 1), Some(json!(max))).await;
        }
        if let Some(min) = schema["minimum"].as_i64() {
            self.keeps("the smallest", json!(min - 1), Some(json!(min))).await;
            for far in [json!(1.5), json!(1e30), json!(i64::MIN), json!(u64::MAX)] {
                self.refuses("no number that it could be", Some(far)).await;
            }
        }
        if schema["pattern"]
            .as_str()
            .is_some_and(|pattern| pattern.contains("{24}"))
        {
            for id in [
                "",
                "507f1f77bcf86cd79943901",
                "507f1f77bcf86cd7994390111",
                "507f1f77bcf86cd79943901g",
            ] {
                self.refuses("no id", Some(json!(id))).await;
            }
        }
        if schema["format"] == "date-time" {
            for date in ["", "yesterday", "2026-02-30T00:00:00Z", "2026-02-10T10: 00: 00.000Z"] {
                self.refuses("no date", Some(json!(date))).await;
            }
        }
        let words: Vec<&str> = schema["enum"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        if !words.is_empty()
            && let Some(answer) = self.refuses("an unknown word", Some(json!("nonsense"))).await
        {
            let details = answer.body["error"]["details"].to_string();
            if let Some(missing) = words.iter().find(|word| !details.contains(**word)) {
                self.note(&format!("{missing} is not named among what is allowed"), &answer);
            }
        }
    }
}

/// Whether a path leads into another.
fn is_inside(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer)
        .is_some_and(|rest| rest.starts_with(['[', '.']))
}

fn size(schema: &Value, keyword: &str) -> Option<usize> {
    schema[keyword].as_u64().map(|n| n as usize)
}

#[actix_web::test]
async fn every_promised_limit_of_a_body_is_kept() {
    let lab = Lab::patient().await;
    let targets = targets(&lab).await;
    let before = lab.dump_unaudited();
    let (mut tried, mut wrong) = (0, Vec::new());
    for target in targets.iter().filter(|target| target.is_there) {
        let mut found = Vec::new();
        spots(&target.schema, "", &[], &mut found);
        assert!(!found.is_empty(), "{} has a body without fields", target.route.name());
        for spot in &found {
            let mut trial = Trial {
                lab: &lab,
                target,
                spot,
                tried: &mut tried,
                wrong: &mut wrong,
            };
            trial.all().await;
        }
    }
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(tried > 500, "{tried}");
    assert_eq!(lab.dump_unaudited(), before, "a dry run stored something");
}

/// Routes that take less than their schema would allow if all of it were there at once, each with the reason.
const TAKE_LESS: &[(Operation, &str)] = &[
    (Operation::CreateAudience, SELECTORS),
    (Operation::UpdateAudience, SELECTORS),
    (Operation::PreviewAudience, SELECTORS),
    (Operation::CreateEnrollmentTemplate, RULES),
    (Operation::UpdateEnrollmentTemplate, RULES),
    (Operation::CreatePolicy, POLICY),
    (Operation::UpdatePolicy, POLICY),
    (Operation::UpdateDevice, ARGUMENTS),
    (Operation::CreateScript, ASCII),
    (Operation::UpdateScript, ASCII),
    (Operation::CreateServiceAccount, ASCII),
    (Operation::UpdateServiceAccount, ASCII),
    (Operation::CreateAdmxConfig, FILES),
    (Operation::UpdateAdmxConfig, FILES),
];

const SELECTORS: &str = "groups of groups, all at their limits, are 130 MB; the handbook says 4 MiB";
const RULES: &str = "conditions of rules, all at their limits, are gigabytes; the handbook says 1 MiB";
const POLICY: &str = "settings of any number and any size; the handbook says how large the whole may be";
const ARGUMENTS: &str = "arguments of scripts, all at their limits and escaped, are 10 MB; the handbook says 4 MiB";
const ASCII: &str =
    "code and names of permissions are ASCII and fit, even with an escape for each character of a script";
const FILES: &str = "files are limited in bytes, beyond what their schema says";

#[actix_web::test]
async fn every_body_whose_fields_are_all_at_their_limits_is_taken() {
    let lab = Lab::patient().await;
    let mut wrong = Vec::new();
    let mut checked = 0;
    for target in targets(&lab).await {
        let (route, most) = (target.route, target.route.body.unwrap().bytes_max);
        let exempt = TAKE_LESS.iter().any(|(operation, _)| *operation == route.operation);
        let largest = samples::largest(&target.schema);
        match largest {
            Some(largest) if largest <= most => {
                checked += 1;
                assert!(!exempt, "{} is no exception any more", route.name());
            }
            _ if exempt => {}
            _ => wrong.push(format!("{} takes {most} bytes, not {largest:?}", route.name())),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(checked > 20, "{checked}");
}

#[actix_web::test]
async fn a_simulation_is_taken_with_everything_at_its_limit() {
    let lab = Lab::patient().await;
    let targets = targets(&lab).await;
    let simulate = targets
        .iter()
        .find(|t| t.route.operation == Operation::SimulateEnrollment);
    let simulate = simulate.unwrap();
    // U+10000, in the longest way that JSON has for it.
    let wide = |count: usize| "\\ud800\\udc00".repeat(count);
    let list = |count: usize, item: &dyn Fn(usize) -> String| (0..count).map(item).collect::<Vec<_>>().join(",");
    let tags = list(100, &|n| format!("\"{}{n:03}\"", wide(125)));
    let answers = list(50, &|n| format!("\"{}{n:02}\":\"{}\"", wide(126), wide(128)));
    let body = format!("{{\"userTags\":[{tags}],\"auxiliaryFields\":{{{answers}}}}}");
    assert!(body.len() > 250 * 1024, "{}", body.len());
    let sent = request(&lab, simulate, "").insert_header(("Content-Type", "application/json"));
    lab.world.send(sent.set_payload(body)).await.data();
}
