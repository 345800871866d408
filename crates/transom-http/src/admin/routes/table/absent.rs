//! Routes that the vendor publishes and nothing stands behind here yet. They are refused with the reason (5050), in their
//! place in the order of checks (A.0), so that a caller can tell them from a slip in the path.

use super::shapes::looks;
use crate::admin::routes::{AnswerSchema, Operation, Route, Verb};

const fn absent(verb: Verb, path: &'static str, permission: &'static str, feature: &'static str) -> Route {
    let mut route = looks(
        Operation::Absent(feature),
        path,
        permission,
        &[],
        feature,
        AnswerSchema::Plain,
    );
    route.verb = verb;
    route
}

/// The routes. They are in no document that clients are made of, and open no permission.
pub static ABSENT: [Route; 8] = [
    absent(
        Verb::Get,
        windows!(""),
        "mdm.windows.enterprise.get",
        "a domain and a look of the enterprise: enrolment goes to the address that the server's settings name",
    ),
    absent(
        Verb::Get,
        mdm!("/policies"),
        "mdm.global.policy.list",
        "lists of policies of every platform: this server manages Windows, list mdm/windows/enterprise/policies",
    ),
    absent(
        Verb::Get,
        mdm!("/devices/sync-errors"),
        "mdm.global.device.list",
        "faults of check-ins are not counted by device: look at the commands of a device for what failed",
    ),
    absent(
        Verb::Get,
        mdm!("/devices/available-updates"),
        "mdm.global.device.list",
        "the updates that PCs lack are not read yet; mdm/devices/os-versions counts the versions they have",
    ),
    absent(
        Verb::Post,
        mdm!("/assets/edge/asset"),
        "mdm.global.asset.create",
        "files in object stores elsewhere: this server keeps files itself, send them to mdm/assets",
    ),
    absent(
        Verb::Post,
        mdm!("/push-notifications/send"),
        "mdm.global.pushNotification.send",
        "notifications to an agent: PCs are managed by what Windows itself brings, which shows none",
    ),
    absent(
        Verb::Get,
        organization!("/collaborators"),
        "base.organization.collaborator.list",
        "administrators who sign in themselves: whoever calls this API is a service account, list service-accounts",
    ),
    absent(
        Verb::Get,
        organization!("/collaborators/groups"),
        "base.organization.collaboratorGroup.list",
        "groups of administrators: service accounts have roles, list segment-roles",
    ),
];
