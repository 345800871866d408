//! The OpenAPI document, made from the table of routes and the schemas of the views.

mod answers;
mod examples;
mod parameters;

use super::{
    admx_configs, applications, assets, audiences, audit_log, automation_rules, commands, default_config, devices,
    effective_policy, enrollment_templates, enrollment_tokens,
    error::InvalidCode,
    library, permissions, policies, probes, roles,
    routes::{BodyRule, ROUTES, Route},
    scripts, segments, service_accounts, smart_attributes, tags, users,
    view::id_schema,
};
use answers::{change, error, reference, responses};
use examples::Examples;
use parameters::{headers, query_schema};
use serde_json::{Map, Value, json};
use transom_domain::device::find::IDENTIFIER_CHARS_MAX;
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
    tags::OsVersionCountView,
    tags::TagCountView,
    service_accounts::view::ServiceAccountView,
    service_accounts::view::TokenView,
    service_accounts::view::IssuedTokenView,
    roles::SegmentRoleView,
    permissions::PermissionView,
    enrollment_templates::view::TemplateView,
    enrollment_templates::view::RevealedTokenView,
    enrollment_templates::view::RemovedTemplateView,
    enrollment_templates::simulate::SimulationView,
    enrollment_tokens::view::EnrollmentTokenView,
    default_config::DefaultConfigView,
    default_config::RemovedDefaultConfigView,
    audiences::view::AudienceView,
    audiences::view::AudiencePreviewView,
    automation_rules::view::RuleView,
    automation_rules::view::RemovedView,
    automation_rules::view::RuleMatchView,
    automation_rules::dry_run::DryRunView,
    applications::view::ApplicationView,
    scripts::view::ScriptSummaryView,
    scripts::view::ScriptView,
    smart_attributes::view::SmartAttributeView,
    library::RemovedView,
    assets::view::AssetView,
    assets::view::RemovedAssetView,
    admx_configs::view::AdmxConfigView,
    admx_configs::view::DefinitionView,
    admx_configs::view::RemovedAdmxConfigView,
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
    let schemas = schemas();
    let examples = Examples::new(&schemas);
    let mut paths = Map::new();
    for route in &ROUTES {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.verb.as_str().to_lowercase()] = operation(route, &examples);
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
            "schemas": schemas,
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } }
        }
    })
}

fn operation(route: &Route, examples: &Examples<'_>) -> Value {
    let mut operation = Map::new();
    let id = format!("{:?}", route.operation);
    operation.insert(
        "operationId".to_owned(),
        json!(format!("{}{}", id[..1].to_lowercase(), &id[1..])),
    );
    operation.insert("summary".to_owned(), json!(route.summary));
    operation.insert("tags".to_owned(), json!([tag(route)]));
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
        let mut described = request_body(body, examples);
        described["required"] = json!(!may_lack_body(route));
        operation.insert("requestBody".to_owned(), described);
    }
    operation.insert("responses".to_owned(), responses(route, examples));
    Value::Object(operation)
}

/// A body in each form that the route takes.
fn request_body(body: BodyRule, examples: &Examples<'_>) -> Value {
    let shown = |schema| json!({ "schema": reference(schema), "example": examples.of(schema) });
    let bytes_max = body.bytes_max;
    let about = match body.form {
        None => format!("At most {bytes_max} bytes."),
        Some(form) if form.is_only => "Each part has its own limit.".to_owned(),
        Some(_) => format!("As JSON at most {bytes_max} bytes; in a form each part has its own limit."),
    };
    let mut content = Map::new();
    if body.form.is_none_or(|form| !form.is_only) {
        content.insert("application/json".to_owned(), shown(body.schema));
    }
    if let Some(form) = body.form {
        content.insert("multipart/form-data".to_owned(), shown(form.schema));
    }
    json!({ "description": about, "content": content })
}

/// Whether a body that is left out is taken for an empty object: what is supposed is what is so.
fn may_lack_body(route: &Route) -> bool {
    use super::routes::Operation;
    matches!(
        route.operation,
        Operation::PreviewAudience | Operation::DryRunAutomationRule
    )
}

/// What a route is about: its permission without the verb.
fn tag(route: &Route) -> &'static str {
    let about = route.permission.and_then(|permission| permission.rsplit_once('.'));
    match about {
        Some((about, _)) => about,
        None if route.takes_token() => "base.organization",
        None => "server",
    }
}

/// The words for which there is no example, each as `Schema.property`.
#[must_use]
pub fn without_example() -> Vec<String> {
    let schemas = schemas();
    let examples = Examples::new(&schemas);
    for route in &ROUTES {
        operation(route, &examples);
    }
    examples.missing()
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
            "5091 `Invalid data` (devices, enrolment templates or tokens have the policy; they are named), 5209 `Invalid input`"
        }
        (Operation::CreateUser | Operation::UpdateUser, _) => "5209 `Invalid input`, 5048 `Mdm user already exists`",
        (Operation::CreateEnrollmentToken | Operation::CreateEnrollmentTokens, _) => {
            "5209 `Invalid input`, 5050 `Feature not allowed for you billing plan` (sending e-mail)"
        }
        (
            Operation::CreateEnrollmentTemplate
            | Operation::CreateSegment
            | Operation::UpdateSegment
            | Operation::CreateServiceAccount
            | Operation::CreateToken
            | Operation::CreateSegmentRole
            | Operation::CreateAsset
            | Operation::UpdateAsset
            | Operation::CreateAdmxConfig
            | Operation::CreateAudience
            | Operation::CreateAutomationRule,
            _,
        ) => "5209 `Invalid input`, 5017 `Limit Exceeded`",
        (_, InvalidCode::Data) => "5091 `Invalid data`",
        (_, InvalidCode::Input) => "5209 `Invalid input`",
    }
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
            .chain(enrollment_tokens::request::schemas())
            .chain(audiences::request::schemas())
            .chain(automation_rules::request::schemas())
            .chain(applications::request::schemas())
            .chain(scripts::request::schemas())
            .chain(smart_attributes::request::schemas())
            .chain(assets::request::schemas())
            .chain(admx_configs::request::schemas());
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
