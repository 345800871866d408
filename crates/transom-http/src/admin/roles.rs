//! Segment roles (B.7, B.8): those that every organization has, and its own.

use super::{
    call::{Call, Caller, Params},
    error::{ApiError, InvalidCode},
    form::{Checked, Form},
    permissions::check_grants,
    reply::{Answer, Reply},
    view::{Moment, text_schema},
};
use serde::Serialize;
use serde_json::{Value, json};
use transom_domain::{
    SegmentRoleId, Timestamp,
    permission::{GRANTS_MAX, PERMISSION_CHARS_MAX},
    ports::{SegmentRoles, Tx, View},
    role::{self, BuiltInRole, NAME_CHARS_MAX, RoleError, SLUG_CHARS_MAX, SegmentRole, WriteRole},
};
use utoipa::ToSchema;

/// A segment role.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SegmentRole)]
pub struct SegmentRoleView {
    /// `viewer`, `developer`, `admin`, or 24 hexadecimal characters.
    id: String,
    #[schema(max_length = 128)]
    name: String,
    #[schema(max_length = 64)]
    slug: String,
    /// Permissions; `*` at the end stands for everything that begins so, `*.get` for one verb of everything.
    actions: Vec<String>,
    /// Whether every organization has it; then it cannot be changed.
    built_in: bool,
    updated_at: Option<Moment>,
    created_at: Option<Moment>,
}

impl SegmentRoleView {
    fn new(role: &SegmentRole) -> Self {
        Self {
            id: role.id.to_string(),
            name: role.name.clone(),
            slug: role.slug.clone(),
            actions: role.actions.texts().into_iter().map(str::to_owned).collect(),
            built_in: false,
            updated_at: Some(Moment(role.updated_at)),
            created_at: Some(Moment(role.created_at)),
        }
    }

    fn built_in(role: BuiltInRole) -> Self {
        Self {
            id: role.as_str().to_owned(),
            name: role.title().to_owned(),
            slug: role.as_str().to_owned(),
            actions: role.actions().texts().into_iter().map(str::to_owned).collect(),
            built_in: true,
            updated_at: None,
            created_at: None,
        }
    }
}

impl From<RoleError> for ApiError {
    fn from(error: RoleError) -> Self {
        let invalid =
            |path: &str, rule, error: &dyn ToString| Self::invalid(InvalidCode::Input, path, rule, error.to_string());
        match error {
            RoleError::Field { field, error } => invalid(field, "text", &error),
            RoleError::Action(..) => invalid("actions", "permission", &error),
            RoleError::Actions => invalid("actions", "length", &error),
            RoleError::Taken(_) => invalid("slug", "unique", &error),
            RoleError::Excess(permission) => Self::Escalation(permission),
            RoleError::InUse(accounts) => {
                let accounts: Vec<_> = accounts.iter().map(ToString::to_string).collect();
                invalid(
                    "roleId",
                    "in_use",
                    &format!("service accounts have it: {}", accounts.join(", ")),
                )
            }
            RoleError::LimitExceeded => Self::LimitExceeded(error.to_string()),
            RoleError::Unknown => Self::NotFound,
            RoleError::Store(error) => error.into(),
        }
    }
}

/// A role of the organization's own, for a change.
fn own(text: &str) -> Result<SegmentRoleId, ApiError> {
    if BuiltInRole::from_name(text).is_some() {
        let message = "every organization has this role; it can be neither changed nor removed";
        return Err(ApiError::invalid(InvalidCode::Input, "roleId", "built_in", message));
    }
    SegmentRoleId::parse(text).map_err(|_| ApiError::NotFound)
}

/// `GET O/segment-roles`
pub async fn list(call: Call) -> Answer {
    call.query()?;
    let roles = call
        .read(|view, caller| Ok(view.segment_roles(caller.organization.id)?))
        .await?;
    let views: Vec<_> = BuiltInRole::ALL
        .into_iter()
        .map(SegmentRoleView::built_in)
        .chain(roles.iter().map(SegmentRoleView::new))
        .collect();
    Reply::data(&views)
}

/// `GET O/segment-roles/{roleId}`
pub async fn show(call: Call) -> Answer {
    let (name, query) = (call.param("roleId"), call.query());
    if let Some(role) = BuiltInRole::from_name(&name) {
        query?;
        return Reply::data(&SegmentRoleView::built_in(role));
    }
    let role = call
        .read(move |view, caller| {
            let role = view.segment_role(caller.organization.id, own(&name)?)?;
            let role = role.ok_or(ApiError::NotFound)?;
            query.as_ref().map_err(Clone::clone)?;
            Ok(role)
        })
        .await?;
    Reply::data(&SegmentRoleView::new(&role))
}

/// Locks the role that a path names, by the organization's row as its changes do.
///
/// # Errors
/// When there is no such role, or every organization has it.
pub fn lock(tx: &mut dyn Tx, caller: &Caller, params: &Params) -> Result<(), ApiError> {
    named(tx, caller, params)?;
    tx.lock_organization(caller.organization.id)?;
    Ok(())
}

/// What `GET O/segment-roles/{roleId}` answers at this moment.
///
/// # Errors
/// When there is no such role, or every organization has it.
pub fn current(view: &mut dyn View, caller: &Caller, params: &Params, _: Timestamp) -> Answer {
    Reply::data(&SegmentRoleView::new(&named(view, caller, params)?))
}

/// The role of the organization's own that a path names.
fn named(view: &mut (impl SegmentRoles + ?Sized), caller: &Caller, params: &Params) -> Result<SegmentRole, ApiError> {
    let id = own(params.get("roleId").map_or("", String::as_str))?;
    view.segment_role(caller.organization.id, id)?.ok_or(ApiError::NotFound)
}

/// `POST O/segment-roles`
pub async fn create(call: Call) -> Answer {
    let form = call.form(|body, code, strict| read(body, code, strict, true))?;
    let ignored = form.ignored;
    let role = call
        .write(move |tx, cx, caller| {
            let organization = caller.organization.id;
            Ok(role::create(tx, cx, organization, &caller.authority, &form.value)?)
        })
        .await?;
    Ok(Reply::data(&SegmentRoleView::new(&role))?.ignoring(ignored))
}

/// `PUT O/segment-roles/{roleId}`
pub async fn update(call: Call) -> Answer {
    let name = call.param("roleId");
    let form = call.form(|body, code, strict| read(body, code, strict, false));
    let ignored = form.as_ref().map(|f| f.ignored.clone()).unwrap_or_default();
    let role = call
        .write(move |tx, cx, caller| {
            let (id, organization) = (own(&name)?, caller.organization.id);
            tx.segment_role(organization, id)?.ok_or(ApiError::NotFound)?;
            let request = &form.as_ref().map_err(Clone::clone)?.value;
            Ok(role::update(tx, cx, organization, &caller.authority, id, request)?)
        })
        .await?;
    Ok(Reply::data(&SegmentRoleView::new(&role))?.ignoring(ignored))
}

/// `DELETE O/segment-roles/{roleId}`
pub async fn remove(call: Call) -> Answer {
    let (name, query) = (call.param("roleId"), call.query());
    let role = call
        .write(move |tx, cx, caller| {
            let (id, organization) = (own(&name)?, caller.organization.id);
            tx.segment_role(organization, id)?.ok_or(ApiError::NotFound)?;
            query.as_ref().map_err(Clone::clone)?;
            Ok(role::remove(tx, cx, organization, id)?)
        })
        .await?;
    Reply::data(&SegmentRoleView::new(&role))
}

fn read(body: &Value, code: InvalidCode, strict: bool, is_new: bool) -> Result<Checked<WriteRole>, ApiError> {
    let mut form = Form::default();
    let mut request = WriteRole::default();
    let Some(fields) = form.object("", body, &["name", "slug", "actions"]) else {
        return form.finish(None, code, strict);
    };
    if is_new {
        request.name = form.required_text("", "name", fields).map(str::to_owned);
    } else if let Some(value) = fields.get("name") {
        request.name = form.text("name", value).map(str::to_owned);
    }
    if let Some(value) = fields.get("slug") {
        request.slug = form.text("slug", value).map(str::to_owned);
    }
    match fields.get("actions") {
        Some(value) => {
            request.actions = form.texts("actions", value);
            check_grants(&mut form, "actions", request.actions.as_deref().unwrap_or_default());
        }
        None if is_new => form.refuse("actions", "required", "is required"),
        None => {}
    }
    form.finish(Some(request), code, strict)
}

/// The schema of a list of permissions.
pub fn actions_schema() -> Value {
    json!({ "type": "array", "minItems": 1, "maxItems": GRANTS_MAX, "items": text_schema(PERMISSION_CHARS_MAX) })
}

/// The schemas of both bodies.
pub fn schemas() -> [(&'static str, Value); 2] {
    let update = json!({
        "type": "object",
        "description": "Absent fields stay as they are.",
        "properties": {
            "name": text_schema(NAME_CHARS_MAX),
            "slug": text_schema(SLUG_CHARS_MAX),
            "actions": actions_schema()
        }
    });
    let mut create = update.clone();
    create["required"] = json!(["name", "actions"]);
    create["description"] = json!("Without a slug, one is made of the name.");
    [("CreateSegmentRole", create), ("UpdateSegmentRole", update)]
}
