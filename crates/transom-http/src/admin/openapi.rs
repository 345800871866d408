//! The OpenAPI document, made from the table of routes and the schemas of the views.

use super::{
    audit_log,
    careful::{CHANGES_MAX, IDEMPOTENCY_KEY, IF_MATCH, subject},
    commands, default_config, devices, effective_policy, enrollment_templates, enrollment_tokens,
    error::InvalidCode,
    permissions, policies, probes,
    query::{QueryField, QueryKind},
    roles,
    routes::{AnswerSchema, ROUTES, Route},
    segments, service_accounts, tags, users,
    view::{id_schema, line_schema},
};
use serde_json::{Map, Value, json};
use transom_domain::{
    device::find::IDENTIFIER_CHARS_MAX,
    idempotency::KEY_CHARS_MAX,
    page::{PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX},
};
use utoipa::OpenApi;

/// The schemas of all views.
#[derive(OpenApi)]
#[openapi(components(schemas(
    devices::view::DeviceView,
    commands::view::BatchView,
    commands::view::BatchDetailsView,
    commands::view::CanceledView,
    commands::view::CommandView,
    segments::SegmentView,
    audit_log::AuditLogView,
    probes::HealthView,
    policies::view::PolicyView,
    policies::view::PolicyVersionView,
    policies::view::RemovedPolicyView,
    policies::view::DiffView,
    effective_policy::view::EffectivePolicyView,
    effective_policy::view::PreviewView,
    users::view::UserView,
    tags::TagCountView,
    service_accounts::view::ServiceAccountView,
    service_accounts::view::TokenView,
    service_accounts::view::IssuedTokenView,
    roles::SegmentRoleView,
    permissions::PermissionView,
    enrollment_templates::view::TemplateView,
    enrollment_templates::view::RevealedTokenView,
    enrollment_templates::simulate::SimulationView,
    enrollment_tokens::view::EnrollmentTokenView,
    default_config::DefaultConfigView,
)))]
struct Views;

/// Keys of views that are left out where there is nothing to say; every other key is always there (A.0, oddity 4).
const BY_PRESENCE: [&str; 4] = ["canceledAt", "sentAt", "receivedAt", "statusCode"];

/// The document as text, as the copy in the repository has it.
#[must_use]
pub fn text() -> String {
    format!("{:#}\n", document())
}

/// The document.
#[must_use]
pub fn document() -> Value {
    let mut paths = Map::new();
    for route in &ROUTES {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.verb.as_str().to_lowercase()] = operation(route);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Transom",
            "description": "Management API of Transom, an open-source MDM server for Windows PCs.",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" }
        },
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } }
        }
    })
}

fn operation(route: &Route) -> Value {
    let mut operation = Map::new();
    let id = format!("{:?}", route.operation);
    operation.insert(
        "operationId".to_owned(),
        json!(format!("{}{}", id[..1].to_lowercase(), &id[1..])),
    );
    operation.insert("summary".to_owned(), json!(route.summary));
    match route.permission {
        Some(permission) => {
            operation.insert(
                "description".to_owned(),
                json!(format!("Takes the permission `{permission}`.")),
            );
            operation.insert("x-permission".to_owned(), json!(permission));
            operation.insert("security".to_owned(), json!([{ "token": [] }]));
        }
        None if route.takes_token() => {
            operation.insert("description".to_owned(), json!("Takes any token of the organization."));
            operation.insert("security".to_owned(), json!([{ "token": [] }]));
        }
        None => {
            operation.insert("security".to_owned(), json!([]));
        }
    }
    operation.insert("parameters".to_owned(), parameters(route));
    if let Some(body) = route.body {
        let content = json!({ "application/json": { "schema": reference(body.schema) } });
        let about = format!("At most {} bytes.", body.bytes_max);
        operation.insert(
            "requestBody".to_owned(),
            json!({ "required": true, "description": about, "content": content }),
        );
    }
    operation.insert("responses".to_owned(), responses(route));
    Value::Object(operation)
}

fn parameters(route: &Route) -> Value {
    let in_path = route.path.split(['{', '}']).skip(1).step_by(2).map(|name| {
        let schema = match name {
            "organizationId" => json!({ "type": "string", "pattern": "^(([a-fA-F0-9]{24})|([a-zA-Z0-9-]{3,64}))$" }),
            "winDeviceId" => json!({ "type": "string", "minLength": 1, "maxLength": IDENTIFIER_CHARS_MAX }),
            "version" => json!({ "type": "integer", "minimum": 1 }),
            "roleId" => json!({ "type": "string", "pattern": "^([a-fA-F0-9]{24}|viewer|developer|admin)$" }),
            "segmentId" => json!({ "type": "integer", "minimum": 0 }),
            _ => id_schema(),
        };
        json!({ "name": name, "in": "path", "required": true, "schema": schema })
    });
    let in_query = route.fields().map(|field| {
        json!({
            "name": field.name,
            "in": "query",
            "required": false,
            "description": field.about,
            "schema": query_schema(field)
        })
    });
    in_path.chain(in_query).chain(headers(route)).collect()
}

/// The headers of careful writes.
fn headers(route: &Route) -> Vec<Value> {
    let header = |name: &str, about: &str, schema: Value| json!({ "name": name, "in": "header", "required": false, "description": about, "schema": schema });
    let mut headers = Vec::new();
    if route.writes {
        let about = "Under one key a request is carried out once; for 24 hours a repetition gets the same answer.";
        let schema =
            json!({ "type": "string", "minLength": 1, "maxLength": KEY_CHARS_MAX, "pattern": "^[!-~]([ -~]*[!-~])?$" });
        headers.push(header(IDEMPOTENCY_KEY, about, schema));
        if subject::of(route).is_some() {
            let about = "The request counts only if the thing still has this ETag; * stands for whatever is there.";
            headers.push(header(IF_MATCH, about, json!({ "type": "string" })));
        }
    }
    headers
}

fn query_schema(field: &QueryField) -> Value {
    let one = match field.kind {
        QueryKind::Page => json!({ "type": "integer", "minimum": 1, "default": 1 }),
        QueryKind::Limit => {
            json!({ "type": "integer", "minimum": 1, "maximum": PAGE_LIMIT_MAX, "default": PAGE_LIMIT_DEFAULT })
        }
        QueryKind::Sort(fields) => {
            let pattern = format!("^({})?(:asc|:desc)?$", fields.join("|").replace('.', "\\."));
            json!({ "type": "string", "pattern": pattern })
        }
        QueryKind::Choice(words) => json!({ "type": "string", "enum": words }),
        QueryKind::Flag => json!({ "type": "boolean", "default": false }),
        QueryKind::Id => id_schema(),
        QueryKind::Segment => json!({ "type": "integer", "minimum": 0 }),
        QueryKind::Number => json!({ "type": "integer", "minimum": 1 }),
        QueryKind::Text(max) => line_schema(max),
    };
    if field.times_max == 1 {
        one
    } else {
        json!({ "type": "array", "items": one, "maxItems": field.times_max })
    }
}

fn responses(route: &Route) -> Value {
    let data = match route.answer {
        AnswerSchema::Data(name) => envelope(&reference(name)),
        AnswerSchema::List(name) => envelope(&json!({ "type": "array", "items": reference(name) })),
        AnswerSchema::Page(name) => envelope(&page(&reference(name))),
        AnswerSchema::Plain => json!({ "type": "object" }),
    };
    let data = if route.writes { rehearsed(data) } else { data };
    let mut responses = Map::new();
    let mut answer = |status: &str, about: &str, schema: Value| {
        let content = json!({ "application/json": { "schema": schema } });
        responses.insert(status.to_owned(), json!({ "description": about, "content": content }));
    };
    answer("200", "Done", data);
    answer("500", "1000 `Internal error`, with a `requestId`", reference("Error"));
    if route.takes_token() {
        answer("400", bad_request(route), reference("Error"));
        answer(
            "401",
            "4002 `No auth token`, 4004 `Invalid Token`, 4001 `Unauthorized` (the permission is missing)",
            reference("Error"),
        );
        answer(
            "404",
            "3001 `Entity not found`, also for what the caller may not see",
            reference("Error"),
        );
        answer(
            "429",
            "Too many requests; `Retry-After` says when to come back",
            reference("Error"),
        );
    }
    if route.writes {
        answer(
            "409",
            "The idempotency key was used for another request, or its answer was not kept",
            reference("Error"),
        );
        if subject::of(route).is_some() {
            answer(
                "412",
                "`If-Match` names another state than the current one, whose `ETag` is in the answer",
                reference("Error"),
            );
        }
    }
    if route.body.is_some() {
        answer("408", "The body did not arrive in time", reference("Error"));
        answer("413", "The body is too large", reference("Error"));
        answer("415", "The body is not `application/json`", reference("Error"));
    }
    if !matches!(route.answer, AnswerSchema::Plain) {
        answer(
            "503",
            "The server is busy or not ready; `Retry-After` says when to come back",
            reference("Error"),
        );
    }
    if subject::shown_by(route).is_some() {
        let about = "The state of what is shown, for `If-Match`";
        responses["200"]["headers"] = json!({ "ETag": { "description": about, "schema": { "type": "string" } } });
    }
    Value::Object(responses)
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
fn change() -> Value {
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

fn bad_request(route: &Route) -> &'static str {
    use super::routes::Operation;
    match (route.operation, route.invalid) {
        (Operation::CreateCommands, _) => {
            "5091 `Invalid data`, 5142 `Win Device not active`, 5017 `Limit Exceeded` (the device's queue is full)"
        }
        (Operation::CancelCommands | Operation::CancelAction, _) => {
            "5091 `Invalid data`, 5106 `AdmCommand not status pending or tried`"
        }
        (Operation::DeletePolicy, _) => {
            "5091 `Invalid data` (devices have the policy; they are named), 5209 `Invalid input`"
        }
        (Operation::CreateUser | Operation::UpdateUser, _) => "5209 `Invalid input`, 5048 `Mdm user already exists`",
        (
            Operation::CreateSegment
            | Operation::UpdateSegment
            | Operation::CreateServiceAccount
            | Operation::CreateToken
            | Operation::CreateSegmentRole,
            _,
        ) => "5209 `Invalid input`, 5017 `Limit Exceeded`",
        (_, InvalidCode::Data) => "5091 `Invalid data`",
        (_, InvalidCode::Input) => "5209 `Invalid input`",
    }
}

fn reference(name: &str) -> Value {
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

/// The schemas of views and bodies, and of the envelope of a refusal.
fn schemas() -> Value {
    let mut views = serde_json::to_value(Views::openapi()).unwrap_or_default();
    let mut schemas = views["components"]["schemas"].take();
    if let Value::Object(schemas) = &mut schemas {
        schemas.values_mut().for_each(require_all);
        let bodies = devices::request::schemas()
            .into_iter()
            .chain([
                commands::request::schema(),
                segments::schema(),
                segments::update_schema(),
            ])
            .chain(policies::request::schemas())
            .chain([effective_policy::schema()])
            .chain(users::request::schemas())
            .chain(service_accounts::request::schemas())
            .chain(roles::schemas())
            .chain(enrollment_templates::request::schemas())
            .chain([enrollment_templates::simulate::schema(), default_config::schema()])
            .chain(enrollment_tokens::request::schemas());
        schemas.extend(bodies.map(|(name, schema)| (name.to_owned(), schema)));
        schemas.insert("Error".to_owned(), error());
        schemas.insert("DryRunChange".to_owned(), change());
    }
    schemas
}

/// Views always have all their keys, whether or not a value may be null.
fn require_all(schema: &mut Value) {
    if let Some(parts) = schema.get_mut("allOf").and_then(Value::as_array_mut) {
        parts.iter_mut().for_each(require_all);
    }
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        let required = properties.keys().filter(|k| !BY_PRESENCE.contains(&k.as_str()));
        schema["required"] = required.map(|k| json!(k)).collect();
    }
}

fn error() -> Value {
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
