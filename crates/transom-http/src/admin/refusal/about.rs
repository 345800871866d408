//! What a refused write was about: the thing that its path names, and the segment that it is in.

use super::super::{
    AdminState,
    call::{Caller, Params},
    careful::subject,
    error::ApiError,
    query,
    routes::{ROUTES, Route},
};
use serde_json::Value;
use std::sync::Arc;
use transom_domain::{
    AdmxConfigId, ApiTokenId, ApplicationId, AssetId, AudienceId, DefaultConfigId, EnrollmentTemplateId,
    EnrollmentTokenId, PolicyId, RuleId, ScriptId, SegmentRoleId, ServiceAccountId, SmartAttributeId, Timestamp,
    UserId, audit::Target, device::find, ports::View, segment::SegmentId,
};

/// Longest identifier kept of a request that was refused, in characters.
const IDENTIFIER_CHARS_MAX: usize = 128;

/// The device's name in paths. What is below a device is on record with the device, when it is done and when it is refused.
const DEVICE: &str = "winDeviceId";

/// The same in the paths of the Microsoft Graph facade.
const GRAPH_DEVICE: &str = "id";

/// What an entry of the audit record is about.
#[derive(Debug, Clone)]
pub(super) struct About {
    /// The thing; where the caller sees none, what the path said.
    pub(super) target: Option<Target>,
    /// Where it is, if it is there and belongs to a segment.
    pub(super) segment: Option<SegmentId>,
}

impl About {
    /// What the path of a request means to the caller. It is seen wherever the caller may do anything, not only where it
    /// has the permission that it may just have been found to lack.
    pub(super) async fn find(
        state: &AdminState,
        route: &'static Route,
        caller: &Caller,
        params: Params,
        now: Timestamp,
    ) -> Self {
        let Some((name, identifier)) = last(route, &params) else {
            return Self {
                target: None,
                segment: None,
            };
        };
        let unknown = Self {
            target: Some(Target::Named(identifier.chars().take(IDENTIFIER_CHARS_MAX).collect())),
            segment: None,
        };
        let seer = Arc::new(Caller {
            scope: caller.authority.reach(),
            ..caller.clone()
        });
        let found: Result<Option<Self>, ApiError> = state
            .store
            .read(move |view| look(view, route, &seer, (name, &identifier), &params, now))
            .await;
        found.ok().flatten().unwrap_or(unknown)
    }
}

/// The name in the path that says what a request is about, and its value: the device, else the last one.
fn last(route: &Route, params: &Params) -> Option<(&'static str, String)> {
    let names = route
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let names: Vec<&'static str> = names
        .filter(|name| (name.ends_with("Id") && *name != "organizationId") || *name == GRAPH_DEVICE)
        .collect();
    let device = names.iter().find(|name| [DEVICE, GRAPH_DEVICE].contains(*name));
    let name = device.or(names.last()).copied()?;
    Some((name, params.get(name)?.clone()))
}

fn look(
    view: &mut dyn View,
    route: &'static Route,
    seer: &Caller,
    (name, identifier): (&'static str, &str),
    params: &Params,
    now: Timestamp,
) -> Result<Option<About>, ApiError> {
    if [DEVICE, GRAPH_DEVICE].contains(&name) {
        let device = find::find(view, seer.organization.id, &seer.scope, identifier)?;
        return Ok(Some(About {
            target: Some(Target::Device(device.id)),
            segment: Some(device.segment),
        }));
    }
    if name == "segmentId" {
        let segment = query::segment(identifier).filter(|id| seer.scope.contains(*id));
        let segments = view.segments(seer.organization.id)?;
        let segment = segment.filter(|id| segments.iter().any(|segment| segment.id == *id));
        return Ok(segment.map(|id| About {
            target: Some(Target::Segment(id)),
            segment: Some(id),
        }));
    }
    if name == "defaultConfigId" {
        let configs = view.default_configs(seer.organization.id)?;
        let config = DefaultConfigId::parse(identifier).ok();
        let config = config.filter(|id| configs.iter().any(|config| config.id == *id));
        return Ok(config.map(|id| About {
            target: Some(Target::DefaultConfig(id)),
            segment: None,
        }));
    }
    // Whoever does not see the thing, or the one that it belongs to, is told nothing of it.
    let Some(subject) = subject::of(route) else {
        return Ok(None);
    };
    let shown = (subject.show)(view, seer, params, now)?;
    let shows = ROUTES.iter().find(|shows| shows.operation == subject.shown_by);
    if !shows.is_some_and(|shows| shows.path.ends_with(&format!("{{{name}}}"))) {
        let token = ApiTokenId::parse(identifier).ok().filter(|_| name == "tokenId");
        let token = token.map(|id| view.api_token(seer.organization.id, id)).transpose()?;
        return Ok(token.flatten().map(|token| About {
            target: Some(Target::ApiToken(token.id)),
            segment: None,
        }));
    }
    let shown: Value = serde_json::from_slice(shown.content()).unwrap_or_default();
    let segment = shown["segmentId"].as_u64().and_then(|id| u32::try_from(id).ok());
    Ok(target(name, identifier).map(|target| About {
        target: Some(target),
        segment: segment.map(SegmentId),
    }))
}

/// The thing that a name in a path means. A test holds that every such name is known.
fn target(name: &str, identifier: &str) -> Option<Target> {
    match name {
        "winPolicyId" => PolicyId::parse(identifier).ok().map(Target::Policy),
        "mdmUserId" => UserId::parse(identifier).ok().map(Target::User),
        "serviceAccountId" => ServiceAccountId::parse(identifier).ok().map(Target::ServiceAccount),
        "roleId" => SegmentRoleId::parse(identifier).ok().map(Target::SegmentRole),
        "winEnrollmentTemplateId" => EnrollmentTemplateId::parse(identifier)
            .ok()
            .map(Target::EnrollmentTemplate),
        "enrollmentTokenId" => EnrollmentTokenId::parse(identifier).ok().map(Target::EnrollmentToken),
        "deviceAudienceId" => AudienceId::parse(identifier).ok().map(Target::Audience),
        "automationRuleId" => RuleId::parse(identifier).ok().map(Target::AutomationRule),
        "winApplicationId" => ApplicationId::parse(identifier).ok().map(Target::Application),
        "scriptId" => ScriptId::parse(identifier).ok().map(Target::Script),
        "smartAttributeId" => SmartAttributeId::parse(identifier).ok().map(Target::SmartAttribute),
        "mdmAssetId" => AssetId::parse(identifier).ok().map(Target::Asset),
        "winAdmxConfigId" => AdmxConfigId::parse(identifier).ok().map(Target::AdmxConfig),
        _ => None,
    }
}
