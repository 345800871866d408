//! The one table of routes. Registration, the check of permissions, limits of bodies, the audit of refusals, the OpenAPI
//! document and the tests that walk every route all read it.

mod parameters;
mod table;

use super::{error::InvalidCode, query::QueryField};
use crate::graph::routes::{GRAPH_ROUTES, GraphOperation};

pub use parameters::DEVICE_SORTS;
use parameters::WRITE_QUERY;
pub use table::{ABSENT, ROUTES};

/// Largest body of `POST …/commands`, in bytes: 100 commands of a path and a value of 500 characters, each written as an
/// escaped pair of surrogates (12 bytes), are 1.2 MB.
pub const COMMANDS_BODY_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Largest body of `PUT …/devices/{winDeviceId}`, in bytes: clients send back the whole object that they got, with
/// everything the PC reported.
pub const DEVICE_BODY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Largest body of a policy, in bytes: the largest published baselines have 100 KB; icons and profiles fit beside them.
pub const POLICY_BODY_BYTES_MAX: usize = 1024 * 1024;

/// Largest body of the other routes, in bytes: a handful of short fields.
pub const SMALL_BODY_BYTES_MAX: usize = 64 * 1024;

/// What a route does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Whether the process lives.
    Healthz,
    /// Whether it can work.
    Readyz,
    /// The OpenAPI document.
    OpenApi,
    /// The page that shows it.
    Docs,
    /// One page of devices.
    ListDevices,
    /// One device.
    ShowDevice,
    /// Changes a device.
    UpdateDevice,
    /// Moves a device to a segment.
    MoveDevice,
    /// Unenrols a device.
    DeleteDevice,
    /// Puts commands into a device's queue.
    CreateCommands,
    /// One page of a device's batches.
    ListCommands,
    /// One batch.
    ShowCommands,
    /// One page of a batch's commands.
    ListActions,
    /// Cancels what is pending of a batch.
    CancelCommands,
    /// Cancels one command of a batch.
    CancelAction,
    /// The tree of segments.
    ListSegments,
    /// Makes a segment.
    CreateSegment,
    /// One page of the audit record.
    ListAuditLogs,
    /// One entry of the audit record.
    ShowAuditLog,
    /// One page of policies.
    ListPolicies,
    /// Makes a policy.
    CreatePolicy,
    /// One policy.
    ShowPolicy,
    /// Changes a policy.
    UpdatePolicy,
    /// Removes a policy.
    DeletePolicy,
    /// Makes a policy with the content of another.
    ClonePolicy,
    /// One page of a policy's versions.
    ListPolicyVersions,
    /// One version of a policy.
    ShowPolicyVersion,
    /// What differs between two versions of a policy.
    DiffPolicy,
    /// Goes back to an earlier version of a policy.
    RollBackPolicy,
    /// What a device should have, and why.
    ShowEffectivePolicy,
    /// What would change for a device.
    PreviewEffectivePolicy,
    /// One page of users.
    ListUsers,
    /// One page of tags of users.
    ListUserTags,
    /// Makes a user known.
    CreateUser,
    /// One user.
    ShowUser,
    /// Changes a user.
    UpdateUser,
    /// Removes a user.
    RemoveUser,
    /// One page of devices of every platform.
    ListAllDevices,
    /// One page of tags of devices.
    ListDeviceTags,
    /// Versions of operating systems in use.
    ListOsVersions,
    /// The segments in which the caller may do anything.
    ListOwnSegments,
    /// Changes or moves a segment.
    UpdateSegment,
    /// Removes an empty segment.
    RemoveSegment,
    /// The service accounts.
    ListServiceAccounts,
    /// Makes a service account.
    CreateServiceAccount,
    /// One service account.
    ShowServiceAccount,
    /// Changes a service account.
    UpdateServiceAccount,
    /// Removes a service account with its tokens.
    RemoveServiceAccount,
    /// The tokens of a service account.
    ListTokens,
    /// Makes a token.
    CreateToken,
    /// Revokes a token.
    RevokeToken,
    /// The segment roles.
    ListSegmentRoles,
    /// Makes a segment role.
    CreateSegmentRole,
    /// One segment role.
    ShowSegmentRole,
    /// Changes a segment role.
    UpdateSegmentRole,
    /// Removes a segment role.
    RemoveSegmentRole,
    /// What there is to be permitted, and what the caller may do.
    ListPermissions,
    /// One page of enrolment templates.
    ListEnrollmentTemplates,
    /// Makes an enrolment template.
    CreateEnrollmentTemplate,
    /// One enrolment template.
    ShowEnrollmentTemplate,
    /// Changes an enrolment template.
    UpdateEnrollmentTemplate,
    /// Removes an enrolment template.
    RemoveEnrollmentTemplate,
    /// Shows the token of an enrolment template.
    RevealTemplateToken,
    /// Gives an enrolment template another token.
    RotateTemplateToken,
    /// What an enrolment template would do to a PC.
    SimulateEnrollment,
    /// One page of enrolment tokens.
    ListEnrollmentTokens,
    /// Makes an enrolment token.
    CreateEnrollmentToken,
    /// Makes enrolment tokens for several users.
    CreateEnrollmentTokens,
    /// One enrolment token.
    ShowEnrollmentToken,
    /// Changes an enrolment token.
    UpdateEnrollmentToken,
    /// Revokes an enrolment token.
    RemoveEnrollmentToken,
    /// The organization's defaults.
    ListDefaultConfigs,
    /// A default.
    ShowDefaultConfig,
    /// Sets a default.
    CreateDefaultConfig,
    /// Removes a default.
    RemoveDefaultConfig,
    /// One page of audiences.
    ListAudiences,
    /// Makes an audience.
    CreateAudience,
    /// One audience.
    ShowAudience,
    /// Changes an audience.
    UpdateAudience,
    /// Removes an audience.
    RemoveAudience,
    /// Who is in an audience, or would be.
    PreviewAudience,
    /// One page of automation rules.
    ListAutomationRules,
    /// Makes an automation rule.
    CreateAutomationRule,
    /// One automation rule.
    ShowAutomationRule,
    /// Changes an automation rule.
    UpdateAutomationRule,
    /// Removes an automation rule.
    RemoveAutomationRule,
    /// What an automation rule would do.
    DryRunAutomationRule,
    /// One page of the devices that an automation rule matches.
    ListRuleMatches,
    /// One page of applications.
    ListApplications,
    /// One page of the applications with a text in them.
    SearchApplications,
    /// Makes an application.
    CreateApplication,
    /// One application.
    ShowApplication,
    /// Changes an application.
    UpdateApplication,
    /// Removes an application that no policy uses.
    RemoveApplication,
    /// One page of scripts.
    ListScripts,
    /// Makes a script.
    CreateScript,
    /// One script.
    ShowScript,
    /// Changes a script.
    UpdateScript,
    /// Removes a script that nothing uses.
    RemoveScript,
    /// One page of smart attributes.
    ListSmartAttributes,
    /// Makes a smart attribute.
    CreateSmartAttribute,
    /// One smart attribute.
    ShowSmartAttribute,
    /// Changes a smart attribute.
    UpdateSmartAttribute,
    /// Removes a smart attribute of which nobody has a value.
    RemoveSmartAttribute,
    /// One page of assets.
    ListAssets,
    /// Takes in a file.
    CreateAsset,
    /// One asset.
    ShowAsset,
    /// Changes an asset, or what is in it.
    UpdateAsset,
    /// Removes an asset that nothing uses.
    RemoveAsset,
    /// What is in an asset.
    ViewAsset,
    /// One page of ADMX templates.
    ListAdmxConfigs,
    /// Takes in an ADMX template.
    CreateAdmxConfig,
    /// One ADMX template.
    ShowAdmxConfig,
    /// Changes an ADMX template.
    UpdateAdmxConfig,
    /// Removes an ADMX template that nothing uses.
    RemoveAdmxConfig,
    /// One page of the policies that an ADMX template defines.
    ListAdmxDefinitions,
    /// Has areas of a device read again.
    RefreshDevice,
    /// Something that this server does not do, in words.
    Absent(&'static str),
    /// Something of the Microsoft Graph facade.
    Graph(GraphOperation),
}

/// A method of HTTP that the API uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// GET
    Get,
    /// POST
    Post,
    /// PUT
    Put,
    /// DELETE
    Delete,
    /// PATCH
    Patch,
}

impl Verb {
    /// The method's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Verb::Get => "GET",
            Verb::Post => "POST",
            Verb::Put => "PUT",
            Verb::Delete => "DELETE",
            Verb::Patch => "PATCH",
        }
    }

    /// The methods that get its answer: what answers GET answers HEAD too (RFC 9110, 9.1).
    #[must_use]
    pub const fn methods(self) -> &'static [&'static str] {
        match self {
            Verb::Get => &["GET", "HEAD"],
            Verb::Post => &["POST"],
            Verb::Put => &["PUT"],
            Verb::Delete => &["DELETE"],
            Verb::Patch => &["PATCH"],
        }
    }
}

/// The body that a route takes.
#[derive(Debug, Clone, Copy)]
pub struct BodyRule {
    /// The most bytes it may have.
    pub bytes_max: usize,
    /// Its schema in the OpenAPI document.
    pub schema: &'static str,
    /// The form in parts that it may be or has to be.
    pub form: Option<FormRule>,
}

/// A body of several parts (`multipart/form-data`).
#[derive(Debug, Clone, Copy)]
pub struct FormRule {
    /// Its parts. Others are ignored.
    pub parts: &'static [Part],
    /// Its schema in the OpenAPI document.
    pub schema: &'static str,
    /// Whether it is the only kind of body; else it may be JSON as well.
    pub is_only: bool,
}

/// A part of a form.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// Its name.
    pub name: &'static str,
    /// What is in it.
    pub kind: PartKind,
}

/// What is in a part.
#[derive(Debug, Clone, Copy)]
pub enum PartKind {
    /// The text of a field.
    Text,
    /// A file of at most so many bytes, held in memory.
    Document(usize),
    /// A file of any size that the settings allow, never held in memory.
    File,
}

/// One route.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// What it does; also its `operationId`.
    pub operation: Operation,
    /// Its method.
    pub verb: Verb,
    /// Its path, with parameters in braces.
    pub path: &'static str,
    /// The permission it takes; none: any token opens it, or, outside of organizations, anybody may call it.
    pub permission: Option<&'static str>,
    /// The body it takes.
    pub body: Option<BodyRule>,
    /// The error code of malformed input.
    pub invalid: InvalidCode,
    /// Whether it changes something, so that refusals are audited too.
    pub writes: bool,
    /// What may stand in the query.
    pub query: &'static [QueryField],
    /// What it does, in a line.
    pub summary: &'static str,
    /// The schema of `data` in its answer.
    pub answer: AnswerSchema,
}

/// How an answer looks in the OpenAPI document.
#[derive(Debug, Clone, Copy)]
pub enum AnswerSchema {
    /// The envelope around this.
    Data(&'static str),
    /// The envelope around a list of these.
    List(&'static str),
    /// The envelope around one page of these.
    Page(&'static str),
    /// A JSON document without an envelope.
    Plain,
    /// A page for people.
    Html,
    /// The content of a file.
    Binary,
}

impl Route {
    /// Whether it takes a token.
    #[must_use]
    pub fn takes_token(&self) -> bool {
        self.path.starts_with("/v1/")
    }

    /// Method and path, as log and audit record name it.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.verb.as_str(), self.path)
    }

    /// What may stand in the query: the route's own parameters, then those of every route that writes.
    pub fn fields(&self) -> impl Iterator<Item = &'static QueryField> + use<> {
        let own = self.query;
        let shared: &[QueryField] = if self.writes { WRITE_QUERY } else { &[] };
        own.iter()
            .chain(shared.iter().filter(|s| own.iter().all(|o| o.name != s.name)))
    }
}

/// Every route of both halves: whoever may do what is decided by this one table.
pub fn all() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().chain(&GRAPH_ROUTES)
}

/// The methods that a path answers, for `Allow`.
#[must_use]
pub fn allowed(path: &str) -> Vec<Verb> {
    let all = all().chain(&ABSENT);
    all.filter(|r| r.path == path).map(|r| r.verb).collect()
}
