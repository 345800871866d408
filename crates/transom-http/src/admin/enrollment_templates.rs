//! Enrolment templates (S5, B.6): list, make, show, change, remove, try out; reveal and rotate their tokens.

pub mod request;
pub mod simulate;
pub mod view;

use super::{
    call::{Call, Caller, Params},
    devices::filter::narrowed,
    error::{ApiError, InvalidCode},
    reply::{Answer, PageView, Reply},
    segments::only_segment,
};
use transom_domain::{
    Context, EnrollmentTemplateId, OrganizationId, Timestamp,
    enrollment_template::{
        EnrollmentTemplate, TemplateQuery, TemplateSort,
        change::{self, MASK, TemplateError},
        check,
    },
    ports::{EnrollmentTemplates, Policies, Segments, StoreError, Tx, View},
    secret::Secret,
    segment::SegmentScope,
};
use view::{RemovedTemplateView, RevealedTokenView, TemplateView};

/// Where PCs find the server, as a person types it into Windows (MS-MDE2, 3.1).
pub const DISCOVERY_PATH: &str = "/EnrollmentServer/Discovery.svc";

impl From<TemplateError> for ApiError {
    fn from(error: TemplateError) -> Self {
        match error {
            TemplateError::Invalid(violations) => Self::Invalid {
                code: InvalidCode::Input,
                violations,
            },
            TemplateError::UnknownReference { path, id } => Self::UnknownReference { path, id },
            TemplateError::IsDefault => Self::invalid(InvalidCode::Input, "winEnrollmentTemplateId", "in_use", error),
            TemplateError::TokenLost => Self::Conflict {
                path: "winEnrollmentTokenId",
                rule: "lost",
                message: error.to_string(),
            },
            TemplateError::LimitExceeded => Self::LimitExceeded(error.to_string()),
            TemplateError::Unknown => Self::NotFound,
            TemplateError::Store(error) => error.into(),
        }
    }
}

/// Step 6: the template that the path means.
fn named(
    view: &mut (impl EnrollmentTemplates + ?Sized),
    caller: &Caller,
    name: &str,
) -> Result<EnrollmentTemplate, ApiError> {
    let id = EnrollmentTemplateId::parse(name).map_err(|_| ApiError::NotFound)?;
    Ok(change::find(view, caller.organization.id, &caller.scope, id)?)
}

/// A template with how many devices it has, and its token if it is to be seen.
fn shown(
    view: &mut (impl EnrollmentTemplates + ?Sized),
    template: &EnrollmentTemplate,
    token: Option<&Secret>,
    server: &str,
) -> Result<TemplateView, StoreError> {
    let devices = view.enrollment_template_devices(&[template.id])?;
    let devices = devices.first().map_or(0, |(_, count)| *count);
    Ok(TemplateView::new(template, devices, token, server))
}

/// The warning of a template whose client secret a rotation of keys had to give up.
const CLIENT_SECRET_LOST: &str =
    "entraId.mobilityApp.clientSecret: the secret was lost with the key that it was sealed with; enter it again";

/// The same, with what somebody who writes it should know.
fn shown_with_warnings(
    view: &mut (impl EnrollmentTemplates + Policies + Segments + ?Sized),
    template: &EnrollmentTemplate,
    token: Option<&Secret>,
    server: &str,
) -> Result<TemplateView, StoreError> {
    let mut shown = shown(view, template, token, server)?;
    let policies = match template.policies() {
        none if none.is_empty() => Vec::new(),
        some => view.policies_by_id(template.organization, &some)?,
    };
    let segments = view.segments(template.organization)?;
    shown.warnings = check::warnings(template, &policies, &segments);
    if template.mobility_app.as_ref().is_some_and(|app| app.secret.is_lost()) {
        shown.warnings.push(CLIENT_SECRET_LOST.to_owned());
    }
    Ok(shown)
}

/// `GET W/enrollment-templates`
pub async fn list(call: Call) -> Answer {
    let query = call.query()?;
    let (page, devices) = call
        .read(move |view, caller| {
            let (sort, descending) = query.sort().unwrap_or(("createdAt", true));
            let segments = view.segments(caller.organization.id)?;
            let page = view.enrollment_template_page(&TemplateQuery {
                organization: caller.organization.id,
                scope: narrowed(&query, caller, &segments, InvalidCode::Input)?,
                name: query.first("name").map(|n| n.trim().to_owned()),
                sort: match sort {
                    "updatedAt" => TemplateSort::UpdatedAt,
                    "name" => TemplateSort::Name,
                    _ => TemplateSort::CreatedAt,
                },
                descending,
                page: query.page(),
            })?;
            let ids: Vec<_> = page.items.iter().map(|t| t.id).collect();
            Ok((page, view.enrollment_template_devices(&ids)?))
        })
        .await?;
    let count = |id| devices.iter().find(|(t, _)| *t == id).map_or(0, |(_, count)| *count);
    let server = call.state.device_url();
    Reply::data(&PageView::new(page, |template| {
        TemplateView::new(&template, count(template.id), None, server)
    }))
}

/// `GET W/enrollment-templates/{winEnrollmentTemplateId}`
pub async fn show(call: Call) -> Answer {
    let (name, query) = (call.param("winEnrollmentTemplateId"), call.query());
    let server = call.state.device_url().to_owned();
    let view = call
        .read(move |view, caller| {
            let template = named(view, caller, &name)?;
            query.as_ref().map_err(Clone::clone)?;
            Ok(shown_with_warnings(view, &template, None, &server)?)
        })
        .await?;
    Reply::data(&view)
}

/// Locks the template that a path names.
///
/// # Errors
/// When the caller sees no such template.
pub fn lock(tx: &mut dyn Tx, caller: &Caller, params: &Params) -> Result<(), ApiError> {
    let template = named(tx, caller, identifier(params))?;
    // Its changes begin with the organization's row, because names are unique.
    tx.lock_organization(caller.organization.id)?;
    tx.lock_enrollment_template(caller.organization.id, template.id)?
        .ok_or(ApiError::NotFound)?;
    Ok(())
}

/// What `GET W/enrollment-templates/{winEnrollmentTemplateId}` answers at this moment, but for the server's address.
///
/// # Errors
/// When the caller sees no such template.
pub fn current(view: &mut dyn View, caller: &Caller, params: &Params, _: Timestamp) -> Answer {
    let template = named(view, caller, identifier(params))?;
    Reply::data(&shown_with_warnings(view, &template, None, "")?)
}

fn identifier(params: &Params) -> &str {
    params.get("winEnrollmentTemplateId").map_or("", String::as_str)
}

/// `POST W/enrollment-templates`
pub async fn create(call: Call) -> Answer {
    let top = only_segment(&call).await?;
    let server = call.state.device_url().to_owned();
    let form = call.form(|body, code, strict| request::create(body, code, strict, top))?;
    change::prepare(&form.value);
    // The token is shown here: a repetition finds it in the answer that is kept with the template.
    call.answer(move |tx, cx, caller| {
        let made = change::create(tx, cx, caller.organization.id, &caller.scope, &form.value);
        let (template, token) = made?;
        let view = shown_with_warnings(tx, &template, Some(&token), &server)?;
        Ok(Reply::data(&view)?.ignoring(form.ignored.clone()))
    })
    .await
}

/// `PUT W/enrollment-templates/{winEnrollmentTemplateId}`
pub async fn update(call: Call) -> Answer {
    let name = call.param("winEnrollmentTemplateId");
    let server = call.state.device_url().to_owned();
    let form = call.form(request::update);
    if let Ok(form) = &form {
        change::prepare(&form.value);
    }
    call.answer(move |tx, cx, caller| {
        let template = named(tx, caller, &name)?;
        let form = form.as_ref().map_err(Clone::clone)?;
        let (organization, scope) = (caller.organization.id, &caller.scope);
        let template = change::update(tx, cx, organization, scope, template.id, &form.value)?;
        let view = shown_with_warnings(tx, &template, None, &server)?;
        Ok(Reply::data(&view)?.ignoring(form.ignored.clone()))
    })
    .await
}

/// `DELETE W/enrollment-templates/{winEnrollmentTemplateId}`
pub async fn remove(call: Call) -> Answer {
    let (name, query) = (call.param("winEnrollmentTemplateId"), call.query());
    call.answer(move |tx, cx, caller| {
        let template = named(tx, caller, &name)?;
        query.as_ref().map_err(Clone::clone)?;
        let template = change::remove(tx, cx, caller.organization.id, &caller.scope, template.id)?;
        Reply::data(&RemovedTemplateView::new(&template))
    })
    .await
}

/// `POST W/enrollment-templates/{winEnrollmentTemplateId}/token/reveal`
pub async fn reveal_token(call: Call) -> Answer {
    token(call, |tx, cx, organization, scope, id| {
        change::reveal_token(tx, cx, organization, scope, id)
    })
    .await
}

/// `POST W/enrollment-templates/{winEnrollmentTemplateId}/token/rotate`
pub async fn rotate_token(call: Call) -> Answer {
    token(call, |tx, cx, organization, scope, id| {
        change::rotate_token(tx, cx, organization, scope, id)
    })
    .await
}

/// Something that is done with a template's token.
type WithToken = fn(
    &mut dyn Tx,
    &mut Context,
    OrganizationId,
    &SegmentScope,
    EnrollmentTemplateId,
) -> Result<(EnrollmentTemplate, Secret), TemplateError>;

/// Does something with a template's token, and shows it.
async fn token(call: Call, work: WithToken) -> Answer {
    let (name, query) = (call.param("winEnrollmentTemplateId"), call.query());
    let server = call.state.device_url().to_owned();
    // A dry run leaves nothing on record, so it must not tell the secret.
    let masked = call.careful.is_dry_run().then(|| Secret::presented(MASK));
    call.answer(move |tx, cx, caller| {
        let template = named(tx, caller, &name)?;
        query.as_ref().map_err(Clone::clone)?;
        let (template, token) = work(tx, cx, caller.organization.id, &caller.scope, template.id)?;
        let token = masked.clone().unwrap_or(token);
        Reply::data(&RevealedTokenView::new(&template, &token, &server))
    })
    .await
}

/// `POST W/enrollment-templates/{winEnrollmentTemplateId}/simulate`. Looks only: nothing is stored.
pub async fn simulate(call: Call) -> Answer {
    let (name, now) = (call.param("winEnrollmentTemplateId"), call.context.now);
    let form = call.form(simulate::read);
    let ignored = form.as_ref().map(|f| f.ignored.clone()).unwrap_or_default();
    let view = call
        .read(move |view, caller| {
            let template = named(view, caller, &name)?;
            let supposed = &form.as_ref().map_err(Clone::clone)?.value;
            simulate::run(view, &caller.scope, &template, supposed, now)
        })
        .await?;
    Ok(Reply::data(&view)?.ignoring(ignored))
}
