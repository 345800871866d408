//! The actix application of the management API, made from the table of routes.

use super::{
    AdminState, admx_configs, applications, assets, audiences, audit_log, automation_rules,
    call::Call,
    commands, default_config, devices, docs, effective_policy, endpoint, enrollment_templates, enrollment_tokens,
    error::ApiError,
    permissions, policies, probes,
    reply::Answer,
    roles,
    routes::{self, ABSENT, Operation, ROUTES, Route, Verb},
    scripts, segments, service_accounts, smart_attributes, tags, users,
};
use crate::graph;
use actix_web::{
    App, Error, HttpRequest,
    body::MessageBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    guard,
    middleware::NormalizePath,
    web::{self, ServiceConfig},
};
use std::{
    collections::BTreeSet,
    future::{Future, ready},
};

/// The whole application: a final slash is optional, double slashes are one (A.0, oddity 3), nothing is redirected.
pub fn app(
    state: web::Data<AdminState>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    App::new().configure(configure(state)).wrap(NormalizePath::trim())
}

/// Registers every route, and the answers to unknown routes and methods.
pub fn configure(state: web::Data<AdminState>) -> impl FnOnce(&mut ServiceConfig) {
    move |config| {
        config.app_data(state);
        let all = || ROUTES.iter().chain(&ABSENT);
        let paths: BTreeSet<&'static str> = all().map(|route| route.path).collect();
        for path in paths {
            let mut resource = web::resource(path);
            for route in all().filter(|route| route.path == path) {
                resource = resource.route(register(route));
            }
            config.service(resource.default_service(refuse(move || ApiError::MethodNotAllowed(routes::allowed(path)))));
        }
        graph::configure(config);
        config.default_service(refuse(|| ApiError::UnknownRoute));
    }
}

/// The handler of each operation.
fn register(route: &'static Route) -> actix_web::Route {
    match route.operation {
        Operation::Healthz => open(route, probes::healthz),
        Operation::Readyz => open(route, probes::readyz),
        Operation::OpenApi => open(route, probes::openapi),
        Operation::Docs => open(route, docs::show),
        Operation::ListDevices => closed(route, devices::list),
        Operation::ShowDevice => closed(route, devices::show),
        Operation::UpdateDevice => closed(route, devices::update),
        Operation::MoveDevice => closed(route, devices::relocate),
        Operation::DeleteDevice => closed(route, devices::remove),
        Operation::CreateCommands => closed(route, commands::create),
        Operation::ListCommands => closed(route, commands::list),
        Operation::ShowCommands => closed(route, commands::show),
        Operation::ListActions => closed(route, commands::actions),
        Operation::CancelCommands => closed(route, commands::cancel),
        Operation::CancelAction => closed(route, commands::cancel_action),
        Operation::ListSegments => closed(route, segments::list),
        Operation::CreateSegment => closed(route, segments::create),
        Operation::ListAuditLogs => closed(route, audit_log::list),
        Operation::ShowAuditLog => closed(route, audit_log::show),
        Operation::ListPolicies => closed(route, policies::list),
        Operation::CreatePolicy => closed(route, policies::create),
        Operation::ShowPolicy => closed(route, policies::show),
        Operation::UpdatePolicy => closed(route, policies::update),
        Operation::DeletePolicy => closed(route, policies::remove),
        Operation::ClonePolicy => closed(route, policies::clone),
        Operation::ListPolicyVersions => closed(route, policies::versions),
        Operation::ShowPolicyVersion => closed(route, policies::version),
        Operation::DiffPolicy => closed(route, policies::diff),
        Operation::RollBackPolicy => closed(route, policies::rollback),
        Operation::ShowEffectivePolicy => closed(route, effective_policy::show),
        Operation::PreviewEffectivePolicy => closed(route, effective_policy::preview),
        Operation::ListUsers => closed(route, users::list),
        Operation::ListUserTags => closed(route, tags::of_users),
        Operation::CreateUser => closed(route, users::create),
        Operation::ShowUser => closed(route, users::show),
        Operation::UpdateUser => closed(route, users::update),
        Operation::RemoveUser => closed(route, users::remove),
        Operation::ListAllDevices => closed(route, devices::list),
        Operation::ListDeviceTags => closed(route, tags::of_devices),
        Operation::ListOsVersions => closed(route, tags::os_versions),
        Operation::ListOwnSegments => closed(route, segments::own),
        Operation::UpdateSegment => closed(route, segments::update),
        Operation::RemoveSegment => closed(route, segments::remove),
        Operation::ListServiceAccounts => closed(route, service_accounts::list),
        Operation::CreateServiceAccount => closed(route, service_accounts::create),
        Operation::ShowServiceAccount => closed(route, service_accounts::show),
        Operation::UpdateServiceAccount => closed(route, service_accounts::update),
        Operation::RemoveServiceAccount => closed(route, service_accounts::remove),
        Operation::ListTokens => closed(route, service_accounts::tokens::list),
        Operation::CreateToken => closed(route, service_accounts::tokens::create),
        Operation::RevokeToken => closed(route, service_accounts::tokens::revoke),
        Operation::ListSegmentRoles => closed(route, roles::list),
        Operation::CreateSegmentRole => closed(route, roles::create),
        Operation::ShowSegmentRole => closed(route, roles::show),
        Operation::UpdateSegmentRole => closed(route, roles::update),
        Operation::RemoveSegmentRole => closed(route, roles::remove),
        Operation::ListApplications => closed(route, applications::list),
        Operation::SearchApplications => closed(route, applications::search),
        Operation::CreateApplication => closed(route, applications::create),
        Operation::ShowApplication => closed(route, applications::show),
        Operation::UpdateApplication => closed(route, applications::update),
        Operation::RemoveApplication => closed(route, applications::remove),
        Operation::ListScripts => closed(route, scripts::list),
        Operation::CreateScript => closed(route, scripts::create),
        Operation::ShowScript => closed(route, scripts::show),
        Operation::UpdateScript => closed(route, scripts::update),
        Operation::RemoveScript => closed(route, scripts::remove),
        Operation::ListSmartAttributes => closed(route, smart_attributes::list),
        Operation::CreateSmartAttribute => closed(route, smart_attributes::create),
        Operation::ShowSmartAttribute => closed(route, smart_attributes::show),
        Operation::UpdateSmartAttribute => closed(route, smart_attributes::update),
        Operation::RemoveSmartAttribute => closed(route, smart_attributes::remove),
        Operation::ListPermissions => closed(route, permissions::list),
        Operation::ListEnrollmentTemplates => closed(route, enrollment_templates::list),
        Operation::CreateEnrollmentTemplate => closed(route, enrollment_templates::create),
        Operation::ShowEnrollmentTemplate => closed(route, enrollment_templates::show),
        Operation::UpdateEnrollmentTemplate => closed(route, enrollment_templates::update),
        Operation::RemoveEnrollmentTemplate => closed(route, enrollment_templates::remove),
        Operation::RevealTemplateToken => closed(route, enrollment_templates::reveal_token),
        Operation::RotateTemplateToken => closed(route, enrollment_templates::rotate_token),
        Operation::SimulateEnrollment => closed(route, enrollment_templates::simulate),
        Operation::ListEnrollmentTokens => closed(route, enrollment_tokens::list),
        Operation::CreateEnrollmentToken => closed(route, enrollment_tokens::create),
        Operation::CreateEnrollmentTokens => closed(route, enrollment_tokens::create_many),
        Operation::ShowEnrollmentToken => closed(route, enrollment_tokens::show),
        Operation::UpdateEnrollmentToken => closed(route, enrollment_tokens::update),
        Operation::RemoveEnrollmentToken => closed(route, enrollment_tokens::remove),
        Operation::ListDefaultConfigs => closed(route, default_config::list),
        Operation::ShowDefaultConfig => closed(route, default_config::show),
        Operation::CreateDefaultConfig => closed(route, default_config::create),
        Operation::RemoveDefaultConfig => closed(route, default_config::remove),
        Operation::ListAudiences => closed(route, audiences::list),
        Operation::CreateAudience => closed(route, audiences::create),
        Operation::ShowAudience => closed(route, audiences::show),
        Operation::UpdateAudience => closed(route, audiences::update),
        Operation::RemoveAudience => closed(route, audiences::remove),
        Operation::PreviewAudience => closed(route, audiences::preview),
        Operation::ListAutomationRules => closed(route, automation_rules::list),
        Operation::CreateAutomationRule => closed(route, automation_rules::create),
        Operation::ShowAutomationRule => closed(route, automation_rules::show),
        Operation::UpdateAutomationRule => closed(route, automation_rules::update),
        Operation::RemoveAutomationRule => closed(route, automation_rules::remove),
        Operation::DryRunAutomationRule => closed(route, automation_rules::dry_run::dry_run),
        Operation::ListRuleMatches => closed(route, automation_rules::matches),
        Operation::ListAssets => closed(route, assets::list),
        Operation::CreateAsset => closed(route, assets::create),
        Operation::ShowAsset => closed(route, assets::show),
        Operation::UpdateAsset => closed(route, assets::update),
        Operation::RemoveAsset => closed(route, assets::remove),
        Operation::ViewAsset => closed(route, assets::view_file),
        Operation::ListAdmxConfigs => closed(route, admx_configs::list),
        Operation::CreateAdmxConfig => closed(route, admx_configs::create),
        Operation::ShowAdmxConfig => closed(route, admx_configs::show),
        Operation::UpdateAdmxConfig => closed(route, admx_configs::update),
        Operation::RemoveAdmxConfig => closed(route, admx_configs::remove),
        Operation::ListAdmxDefinitions => closed(route, admx_configs::definitions),
        Operation::RefreshDevice => closed(route, devices::refresh),
        Operation::Absent(feature) => closed(route, move |_| {
            ready(Err(ApiError::FeatureNotAllowed(feature.to_owned())))
        }),
        Operation::Graph(_) => refuse(|| ApiError::UnknownRoute),
    }
}

pub(crate) fn method(verb: Verb) -> actix_web::Route {
    match verb {
        // The body of an answer to HEAD is left out on its way to the connection.
        Verb::Get => web::route().guard(guard::Any(guard::Get()).or(guard::Head())),
        Verb::Post => web::post(),
        Verb::Put => web::put(),
        Verb::Delete => web::delete(),
        Verb::Patch => web::patch(),
    }
}

/// A route that takes a token.
fn closed<F, Fut>(route: &'static Route, handler: F) -> actix_web::Route
where
    F: Fn(Call) -> Fut + Copy + 'static,
    Fut: Future<Output = Answer> + 'static,
{
    method(route.verb).to(
        move |state: web::Data<AdminState>, request: HttpRequest, payload: web::Payload| {
            endpoint::protected(route, handler, state, request, payload)
        },
    )
}

/// A route that anybody may call.
fn open<F, Fut>(route: &'static Route, handler: F) -> actix_web::Route
where
    F: Fn(web::Data<AdminState>) -> Fut + Copy + 'static,
    Fut: Future<Output = Answer> + 'static,
{
    method(route.verb).to(move |state: web::Data<AdminState>, request: HttpRequest| {
        endpoint::public(Some(route), handler, state, request)
    })
}

/// An answer to whatever is no route.
fn refuse(error: impl Fn() -> ApiError + Copy + 'static) -> actix_web::Route {
    web::to(move |state: web::Data<AdminState>, request: HttpRequest| {
        endpoint::public(None, move |_| ready(Err(error())), state, request)
    })
}
