//! Defaults of the organization (B.1, `default-config`): the template for enrolments that no other speaks for.

use super::{
    call::{Call, Caller},
    error::{ApiError, InvalidCode},
    form::{Checked, Form},
    reply::{Answer, Reply},
    view::{Moment, id_schema},
};
use serde::Serialize;
use serde_json::{Value, json};
use transom_domain::{
    DefaultConfigId, EnrollmentTemplateId,
    default_config::{self, DefaultConfig, DefaultConfigError, DefaultKind},
    enrollment_template::change,
    ports::DefaultConfigs,
};
use utoipa::ToSchema;

/// The one platform there is.
const MODEL: &str = "windows";

/// A default.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DefaultConfig)]
pub struct DefaultConfigView {
    #[schema(pattern = "^[a-f0-9]{24}$")]
    id: String,
    #[schema(pattern = "^[a-f0-9]{24}$")]
    organization_id: String,
    /// `winEnrollmentTemplate`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// `windows`.
    model_name: &'static str,
    /// The template.
    #[schema(pattern = "^[a-f0-9]{24}$")]
    element_id: String,
    updated_at: Moment,
    created_at: Moment,
}

impl From<&DefaultConfig> for DefaultConfigView {
    fn from(config: &DefaultConfig) -> Self {
        Self {
            id: config.id.to_string(),
            organization_id: config.organization.to_string(),
            kind: config.kind.as_str(),
            model_name: MODEL,
            element_id: config.element.to_string(),
            updated_at: Moment(config.updated_at),
            created_at: Moment(config.created_at),
        }
    }
}

impl From<DefaultConfigError> for ApiError {
    fn from(error: DefaultConfigError) -> Self {
        match error {
            DefaultConfigError::UnknownElement(id) => Self::UnknownReference {
                path: "elementId".to_owned(),
                id: id.to_string(),
            },
            DefaultConfigError::Unknown => Self::NotFound,
            DefaultConfigError::Store(error) => error.into(),
        }
    }
}

/// `GET W/default-config`
pub async fn list(call: Call) -> Answer {
    call.query()?;
    let configs = call
        .read(|view, caller| Ok(view.default_configs(caller.organization.id)?))
        .await?;
    Reply::data(&configs.iter().map(DefaultConfigView::from).collect::<Vec<_>>())
}

/// `POST W/default-config`
pub async fn create(call: Call) -> Answer {
    let form = call.form(read)?;
    call.answer(move |tx, cx, caller| {
        let (kind, element) = form.value;
        let organization = caller.organization.id;
        let seen = change::find(tx, organization, &caller.scope, element);
        seen.map_err(|_| DefaultConfigError::UnknownElement(element))?;
        let config = default_config::set(tx, cx, organization, kind, element)?;
        Ok(Reply::data(&DefaultConfigView::from(&config))?.ignoring(form.ignored.clone()))
    })
    .await
}

/// `DELETE W/default-config/{defaultConfigId}`
pub async fn remove(call: Call) -> Answer {
    let (name, query) = (call.param("defaultConfigId"), call.query());
    call.answer(move |tx, cx, caller| {
        let config = named(tx, caller, &name)?;
        query.as_ref().map_err(Clone::clone)?;
        let config = default_config::remove(tx, cx, caller.organization.id, config.id)?;
        Reply::data(&DefaultConfigView::from(&config))
    })
    .await
}

/// Step 6: the default that the path means.
fn named(view: &mut (impl DefaultConfigs + ?Sized), caller: &Caller, name: &str) -> Result<DefaultConfig, ApiError> {
    let id = DefaultConfigId::parse(name).map_err(|_| ApiError::NotFound)?;
    let configs = view.default_configs(caller.organization.id)?;
    configs.into_iter().find(|c| c.id == id).ok_or(ApiError::NotFound)
}

fn read(
    body: &Value,
    code: InvalidCode,
    strict: bool,
) -> Result<Checked<(DefaultKind, EnrollmentTemplateId)>, ApiError> {
    let mut form = Form::default();
    let Some(fields) = form.object("", body, &["type", "modelName", "elementId"]) else {
        return form.finish(None, code, strict);
    };
    let kind = form.required_text("", "type", fields).and_then(|text| {
        let kind = DefaultKind::from_name(text);
        if kind.is_none() {
            let names = DefaultKind::ALL.map(DefaultKind::as_str).join(", ");
            form.refuse("type", "enum", format!("must be one of {names}"));
        }
        kind
    });
    if form
        .required_text("", "modelName", fields)
        .is_some_and(|model| model != MODEL)
    {
        form.refuse("modelName", "enum", format!("must be one of {MODEL}"));
    }
    if !fields.contains_key("elementId") {
        form.refuse("elementId", "required", "is required");
    }
    let element = fields.get("elementId").and_then(|value| form.id("elementId", value));
    let element = element.and_then(|id| EnrollmentTemplateId::parse(id).ok());
    form.finish(kind.zip(element), code, strict)
}

/// The schema of the body.
pub fn schema() -> (&'static str, Value) {
    let schema = json!({
        "type": "object",
        "required": ["type", "modelName", "elementId"],
        "properties": {
            "type": { "enum": DefaultKind::ALL.map(DefaultKind::as_str) },
            "modelName": { "enum": [MODEL] },
            "elementId": id_schema()
        }
    });
    ("CreateDefaultConfig", schema)
}
