//! Defaults of the organization (B.1, `default-config`): the template for enrolments that no other speaks for, and the
//! policy of PCs that have no other (E.1).

use super::{
    call::{Call, Caller, Params},
    error::{ApiError, InvalidCode},
    form::{Checked, Form},
    reply::{Answer, Reply},
    view::{Moment, id_schema},
};
use serde::Serialize;
use serde_json::{Value, json};
use transom_domain::{
    DefaultConfigId, EnrollmentTemplateId, PolicyId, Timestamp,
    default_config::{self, DefaultConfig, DefaultConfigError, DefaultElement, DefaultKind},
    enrollment_template::change,
    ports::{DefaultConfigs, Tx, View},
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
    /// `winEnrollmentTemplate` or `winPolicy`.
    #[serde(rename = "type")]
    #[schema(pattern = "^(winEnrollmentTemplate|winPolicy)$")]
    kind: &'static str,
    /// `windows`.
    model_name: &'static str,
    /// The template or the policy.
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
            kind: config.kind().as_str(),
            model_name: MODEL,
            element_id: config.element.to_string(),
            updated_at: Moment(config.updated_at),
            created_at: Moment(config.created_at),
        }
    }
}

/// A default that was removed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RemovedDefaultConfig)]
pub struct RemovedDefaultConfigView {
    #[serde(flatten)]
    config: DefaultConfigView,
    removed: bool,
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
        let (organization, element) = (caller.organization.id, form.value);
        // Whoever may set defaults sees the whole organization, so every policy, too.
        if let DefaultElement::EnrollmentTemplate(id) = element {
            let seen = change::find(tx, organization, &caller.scope, id);
            seen.map_err(|_| DefaultConfigError::UnknownElement(element))?;
        }
        let config = default_config::set(tx, cx, organization, element)?;
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
        Reply::data(&RemovedDefaultConfigView {
            config: (&config).into(),
            removed: true,
        })
    })
    .await
}

/// `GET W/default-config/{defaultConfigId}`
pub async fn show(call: Call) -> Answer {
    let (name, query) = (call.param("defaultConfigId"), call.query());
    let config = call
        .read(move |view, caller| {
            let config = named(view, caller, &name)?;
            query.as_ref().map_err(Clone::clone)?;
            Ok(config)
        })
        .await?;
    Reply::data(&DefaultConfigView::from(&config))
}

/// Locks the default that a path names: all defaults are changed under the lock of their organization.
///
/// # Errors
/// When there is no such default.
pub fn lock(tx: &mut dyn Tx, caller: &Caller, params: &Params) -> Result<(), ApiError> {
    tx.lock_organization(caller.organization.id)?;
    named(tx, caller, identifier(params)).map(drop)
}

/// What `GET W/default-config/{defaultConfigId}` answers at this moment.
///
/// # Errors
/// When there is no such default.
pub fn current(view: &mut dyn View, caller: &Caller, params: &Params, _: Timestamp) -> Answer {
    let config = named(view, caller, identifier(params))?;
    Reply::data(&DefaultConfigView::from(&config))
}

/// The default that a path names.
fn identifier(params: &Params) -> &str {
    params.get("defaultConfigId").map_or("", String::as_str)
}

/// Step 6: the default that the path means.
fn named(view: &mut (impl DefaultConfigs + ?Sized), caller: &Caller, name: &str) -> Result<DefaultConfig, ApiError> {
    let id = DefaultConfigId::parse(name).map_err(|_| ApiError::NotFound)?;
    let configs = view.default_configs(caller.organization.id)?;
    configs.into_iter().find(|c| c.id == id).ok_or(ApiError::NotFound)
}

fn read(body: &Value, code: InvalidCode, strict: bool) -> Result<Checked<DefaultElement>, ApiError> {
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
    let element = kind.zip(element).and_then(|(kind, id)| match kind {
        DefaultKind::WinEnrollmentTemplate => {
            let id = EnrollmentTemplateId::parse(id).ok()?;
            Some(DefaultElement::EnrollmentTemplate(id))
        }
        DefaultKind::WinPolicy => PolicyId::parse(id).ok().map(DefaultElement::Policy),
    });
    form.finish(element, code, strict)
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
