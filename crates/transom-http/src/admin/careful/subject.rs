//! What ETags are about: things that one route shows and others change. A route that changes such a thing, or something
//! below it, takes `If-Match` with the tag of what is shown.

use super::super::{
    admx_configs, applications, assets, audiences, automation_rules,
    call::{Caller, Params},
    commands, default_config, devices, enrollment_templates, enrollment_tokens,
    error::ApiError,
    policies,
    reply::Answer,
    roles,
    routes::{AnswerSchema, Operation, ROUTES, Route, Verb},
    scripts, service_accounts, smart_attributes, users,
};
use transom_domain::{
    Timestamp,
    ports::{Tx, View},
};

/// A kind of thing that has ETags.
pub struct Subject {
    /// The route that shows it.
    pub shown_by: Operation,
    /// Locks it until the unit of work ends, in the order in which its changes lock too.
    pub lock: fn(&mut dyn Tx, &Caller, &Params) -> Result<(), ApiError>,
    /// What that route shows.
    pub show: fn(&mut dyn View, &Caller, &Params, Timestamp) -> Answer,
    /// Fields that change while nobody changes the thing: a check-in must not spoil an administrator's edit.
    pub volatile: &'static [&'static str],
}

/// Every kind of thing that has ETags. A test holds that none is missing.
pub static SUBJECTS: [Subject; 16] = [
    Subject {
        shown_by: Operation::ShowDevice,
        lock: devices::lock,
        show: devices::current,
        volatile: &[
            "config",
            "configDates",
            "conflicts",
            "connectivity",
            "deviceWinPolicy",
            "lastLocation",
            "lastStatusReportTime",
            "refreshInfoNeeded",
            "scriptsInfo",
            "smartAttributes",
            "summary",
            "warnings",
            "winPolicyAssignmentsEnforced",
        ],
    },
    Subject {
        shown_by: Operation::ShowCommands,
        lock: commands::lock,
        show: commands::current,
        volatile: &[],
    },
    Subject {
        shown_by: Operation::ShowPolicy,
        lock: policies::lock,
        show: policies::current,
        // What the policy refers to may be renamed by others, and PCs may be given it.
        volatile: &[
            "admxConfigsInfo",
            "applicationsInfo",
            "assetsInfo",
            "conflicts",
            "conflictsLookedFor",
            "scriptsInfo",
        ],
    },
    Subject {
        shown_by: Operation::ShowDefaultConfig,
        lock: default_config::lock,
        show: default_config::current,
        volatile: &[],
    },
    Subject {
        shown_by: Operation::ShowUser,
        lock: users::lock,
        show: users::current,
        volatile: &[],
    },
    Subject {
        shown_by: Operation::ShowServiceAccount,
        lock: service_accounts::lock,
        show: service_accounts::current,
        volatile: &[],
    },
    Subject {
        shown_by: Operation::ShowSegmentRole,
        lock: roles::lock,
        show: roles::current,
        volatile: &[],
    },
    Subject {
        shown_by: Operation::ShowEnrollmentTemplate,
        lock: enrollment_templates::lock,
        show: enrollment_templates::current,
        // A PC that enrols must not spoil an administrator's edit; a rotated token changes `updatedAt`.
        volatile: &["devicesCount", "warnings", "winEnrollmentToken"],
    },
    Subject {
        shown_by: Operation::ShowEnrollmentToken,
        lock: enrollment_tokens::lock,
        show: enrollment_tokens::current,
        volatile: &["serverUrl", "state", "token", "uses"],
    },
    Subject {
        shown_by: Operation::ShowAudience,
        lock: audiences::lock,
        show: audiences::current,
        volatile: &[],
    },
    Subject {
        shown_by: Operation::ShowAutomationRule,
        lock: automation_rules::lock,
        show: automation_rules::current,
        volatile: &["counts", "deviceAudiences", "evaluation"],
    },
    Subject {
        shown_by: Operation::ShowApplication,
        lock: applications::lock,
        show: applications::current,
        volatile: &["uses"],
    },
    Subject {
        shown_by: Operation::ShowScript,
        lock: scripts::lock,
        show: scripts::current,
        volatile: &["uses"],
    },
    Subject {
        shown_by: Operation::ShowSmartAttribute,
        lock: smart_attributes::lock,
        show: smart_attributes::current,
        volatile: &["counts"],
    },
    Subject {
        shown_by: Operation::ShowAsset,
        lock: assets::lock,
        show: assets::current,
        volatile: &[],
    },
    Subject {
        shown_by: Operation::ShowAdmxConfig,
        lock: admx_configs::lock,
        show: admx_configs::current,
        volatile: &[],
    },
];

/// What a route that writes would change: the thing at its path, or the nearest one above.
#[must_use]
pub fn of(route: &Route) -> Option<&'static Subject> {
    registered(shown_above(route)?.operation)
}

/// What a route shows in its answer, itself or after a change. What was deleted is shown a last time, mostly, and has no
/// tag: there is no state left that a further change could be for.
#[must_use]
pub fn shown_by(route: &Route) -> Option<&'static Subject> {
    if !route.writes {
        return registered(route.operation);
    }
    if route.verb == Verb::Delete {
        return None;
    }
    let shows = shown_above(route)?;
    match (route.answer, shows.answer) {
        (AnswerSchema::Data(answer), AnswerSchema::Data(shown)) if answer == shown => registered(shows.operation),
        _ => None,
    }
}

/// The route that shows the one thing which a route's path names, or the nearest one above.
#[must_use]
pub fn shown_above(route: &Route) -> Option<&'static Route> {
    let mut path = route.path;
    while !path.ends_with("{organizationId}") {
        let shows = |r: &&Route| r.verb == Verb::Get && r.path == path && matches!(r.answer, AnswerSchema::Data(_));
        let names_one = path == route.path || path.ends_with('}');
        if let Some(found) = ROUTES.iter().find(shows).filter(|_| names_one) {
            return Some(found);
        }
        path = path.rsplit_once('/')?.0;
    }
    None
}

fn registered(operation: Operation) -> Option<&'static Subject> {
    SUBJECTS.iter().find(|s| s.shown_by == operation)
}
