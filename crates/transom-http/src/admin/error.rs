//! What the API answers when it refuses: the numeric codes and messages of the contract, kept byte for byte, and where
//! each comes from.

mod rules;

use super::routes::Verb;
use serde_json::{Value, json};
use std::{error::Error, sync::Arc, time::Duration};
use transom_domain::{
    DeviceId,
    device::{DeviceState, update::Violation},
    library::Users,
    policy::{PolicyError, PolicyUses},
    script::assignment::Target,
};

/// How long a caller is asked to wait when the store is busy, in seconds: its queue drains in well under one.
const BUSY_RETRY_SECONDS: u64 = 1;

/// Most violations named in one answer: more than anybody repairs at once.
const DETAILS_MAX: usize = 100;

/// Which code malformed input gets: device and command routes have another one than the rest (A.0).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidCode {
    /// 5091 `Invalid data`.
    Data,
    /// 5209 `Invalid input`.
    Input,
}

/// Why a request is refused.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ApiError {
    /// No bearer token came.
    #[error("the request has no bearer token")]
    NoToken,
    /// The token is unknown, malformed, expired or revoked.
    #[error("the bearer token is not valid")]
    InvalidToken,
    /// The token may not do this.
    #[error("the token lacks the permission {0}")]
    MissingPermission(&'static str),
    /// The caller would give others what it does not have itself.
    #[error("the token lacks {0} where it would give it")]
    Escalation(String),
    /// The e-mail is taken.
    #[error("a user with this e-mail exists already")]
    UserExists,
    /// What the path names does not exist, or not for this caller.
    #[error("the entity does not exist")]
    NotFound,
    /// Something that the request refers to does not exist, or not for this caller.
    #[error("{path} names something that does not exist")]
    UnknownReference {
        /// Where in the request.
        path: String,
        /// What it names.
        id: String,
    },
    /// There is no such route.
    #[error("there is no such route")]
    UnknownRoute,
    /// The path does not answer this method.
    #[error("the path does not answer this method")]
    MethodNotAllowed(Vec<Verb>),
    /// The request is malformed.
    #[error("the request has {} invalid fields", .violations.len())]
    Invalid {
        /// Which code it gets.
        code: InvalidCode,
        /// What is wrong, and where.
        violations: Vec<Violation>,
    },
    /// Several devices have the identifier in the path.
    #[error("{} devices have this identifier", .0.len())]
    Ambiguous(Vec<DeviceId>),
    /// The device takes no commands in its state.
    #[error("the device is {}, not ACTIVE", .0.as_str())]
    NotActive(DeviceState),
    /// A limit of the server is reached.
    #[error("{0}")]
    LimitExceeded(String),
    /// Devices have the policy that is to be removed or will get it, or rules give it.
    #[error("{} assignments, rules, enrolment templates and tokens name the policy", .0.total())]
    PolicyInUse(Box<PolicyUses>),
    /// The request contradicts the state of what it is about.
    #[error("{message}")]
    Conflict {
        /// What it is about.
        path: &'static str,
        /// A name for the rule.
        rule: &'static str,
        /// What is wrong, in a sentence.
        message: String,
    },
    /// Policies, devices or applications use the record that is to be removed or taken out of their reach.
    #[error("{0} use it")]
    RecordInUse(Box<Users>),
    /// The server does not offer it.
    #[error("{0}")]
    FeatureNotAllowed(String),
    /// Nothing is left to cancel.
    #[error("nothing of it is pending")]
    NothingPending,
    /// The idempotency key was used for another request.
    #[error("the key was used for another request")]
    KeyReused,
    /// A request with the same idempotency key was carried out at the same moment.
    #[error("a request with this key was carried out just now; sent again, it is answered")]
    KeyInUse,
    /// The request was carried out before, and its answer is not there any more.
    #[error("the request was carried out; its answer was not kept")]
    AnswerNotKept,
    /// The thing is not in the state that the request is meant for.
    #[error("the current state is not the one that If-Match names")]
    PreconditionFailed {
        /// The tag of the current state.
        current: String,
        /// Fields that have changed, as far as the tags tell.
        changed: Vec<String>,
    },
    /// Nothing that is in a file of so many bytes is asked for.
    #[error("the file has {0} bytes")]
    RangeNotSatisfiable(u64),
    /// The body is too large.
    #[error("the body has more than {0} bytes")]
    BodyTooLarge(usize),
    /// The body is not JSON by its headers.
    #[error("the body must be application/json, not {0}")]
    UnsupportedMediaType(String),
    /// The body is no form by its headers.
    #[error("the body must be multipart/form-data with a boundary, not {0}")]
    NotMultipart(String),
    /// There is no room for files.
    #[error("there is no room left for files")]
    StorageFull,
    /// The body did not arrive in time.
    #[error("the body did not arrive within {} s", .0.as_secs())]
    BodyTimeout(Duration),
    /// Too many requests; how long to wait.
    #[error("too many requests")]
    TooManyRequests(Duration),
    /// The store has too much to do.
    #[error("the server is busy")]
    Busy,
    /// The server cannot work.
    #[error("the server is not ready")]
    NotReady,
    /// A fault of the server. Callers learn the request's id and nothing else.
    #[error("internal error")]
    Internal(#[source] Arc<dyn Error + Send + Sync>),
}

/// A fault that has no error type of its own.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Fault(pub &'static str);

/// What an error says to the caller.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorAnswer {
    /// The HTTP status.
    pub http: u16,
    /// The code in the envelope.
    pub code: u32,
    /// The message in the envelope.
    pub message: &'static str,
    /// More about it.
    pub details: Option<Value>,
    /// Headers that belong to it.
    pub headers: Vec<(&'static str, String)>,
}

impl ErrorAnswer {
    fn new(http: u16, code: u32, message: &'static str) -> Self {
        Self {
            http,
            code,
            message,
            details: None,
            headers: Vec::new(),
        }
    }

    fn details(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    fn header(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }
}

impl ApiError {
    /// A single violation.
    pub fn invalid(code: InvalidCode, path: impl Into<String>, rule: &'static str, message: impl ToString) -> Self {
        Self::Invalid {
            code,
            violations: vec![Violation::new(path, rule, message)],
        }
    }

    /// A fault of the server.
    pub fn internal(error: impl Error + Send + Sync + 'static) -> Self {
        Self::Internal(Arc::new(error))
    }

    /// A refusal by the rules of policies, at a route with this permission.
    #[must_use]
    pub fn policy(error: PolicyError, permission: &'static str) -> Self {
        match error {
            // The token has the permission, but not in the policy's segment.
            PolicyError::NotOwn => Self::MissingPermission(permission),
            other => other.into(),
        }
    }

    /// Status, code, message, details and headers.
    #[must_use]
    pub fn answer(&self) -> ErrorAnswer {
        match self {
            Self::NoToken => ErrorAnswer::new(401, 4002, "No auth token").header("WWW-Authenticate", "Bearer"),
            Self::InvalidToken => ErrorAnswer::new(401, 4004, "Invalid Token")
                .header("WWW-Authenticate", "Bearer error=\"invalid_token\""),
            Self::MissingPermission(permission) => ErrorAnswer::new(401, 4001, "Unauthorized")
                .details(json!({ "requiredPermission": permission }))
                .header(
                    "WWW-Authenticate",
                    format!("Bearer error=\"insufficient_scope\", scope=\"{permission}\""),
                ),
            Self::Escalation(permission) => ErrorAnswer::new(401, 4001, "Unauthorized")
                .details(json!({ "requiredPermission": permission }))
                .header(
                    "WWW-Authenticate",
                    format!("Bearer error=\"insufficient_scope\", scope=\"{permission}\""),
                ),
            Self::UserExists => ErrorAnswer::new(400, 5048, "Mdm user already exists")
                .details(details(&[Violation::new("email", "unique", self)])),
            Self::NotFound => not_found(),
            Self::UnknownReference { path, id } => {
                let message = format!("does not exist: {}", id.chars().take(64).collect::<String>());
                not_found().details(details(&[Violation::new(path, "exists", message)]))
            }
            Self::UnknownRoute => not_found().details(details(&[Violation::new("path", "route", self)])),
            Self::MethodNotAllowed(verbs) => {
                let methods = verbs.iter().flat_map(|v| v.methods()).copied();
                let allow = methods.collect::<Vec<_>>().join(", ");
                ErrorAnswer::new(405, 405, "Method not allowed").header("Allow", allow)
            }
            Self::Invalid { code, violations } => invalid(*code).details(details(violations)),
            Self::Ambiguous(ids) => {
                let ids = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                let message = format!("ambiguous identifier: it belongs to {ids}");
                invalid(InvalidCode::Data).details(details(&[Violation::new("winDeviceId", "ambiguous", message)]))
            }
            Self::NotActive(_) => ErrorAnswer::new(400, 5142, "Win Device not active")
                .details(details(&[Violation::new("winDeviceId", "state", self)])),
            Self::LimitExceeded(message) => {
                ErrorAnswer::new(400, 5017, "Limit Exceeded").details(details(&[Violation::new("", "limit", message)]))
            }
            Self::PolicyInUse(uses) => invalid(InvalidCode::Data).details(details(&rules::in_use(uses))),
            Self::Conflict { path, rule, message } => {
                ErrorAnswer::new(409, 409, "Conflict").details(details(&[Violation::new(*path, rule, message)]))
            }
            Self::RecordInUse(users) => {
                let policies = users
                    .policies
                    .iter()
                    .map(|p| format!("policy {} ({})", p.policy, p.name));
                let devices = users
                    .devices
                    .iter()
                    .map(|d| format!("device {} ({})", d.device, d.display_name));
                let applications = users.applications.iter();
                let applications = applications.map(|a| format!("application {} ({})", a.application, a.name));
                let assignments = users.assignments.iter().map(|target| match target {
                    Target::AllDevices => "assignment to all devices".to_owned(),
                    Target::Audience(id) => format!("assignment to audience {id}"),
                    Target::NotAudience(id) => format!("assignment to all but audience {id}"),
                });
                let named = policies.chain(devices).chain(applications).chain(assignments);
                let named = named.map(|user| Violation::new("id", "used", user));
                let all: Vec<Violation> = std::iter::once(Violation::new("id", "in_use", self))
                    .chain(named)
                    .collect();
                invalid(InvalidCode::Input).details(details(&all))
            }
            Self::FeatureNotAllowed(feature) => ErrorAnswer::new(400, 5050, "Feature not allowed for you billing plan")
                .details(json!({ "feature": feature })),
            Self::NothingPending => ErrorAnswer::new(400, 5106, "AdmCommand not status pending or tried")
                .details(details(&[Violation::new("winCommandId", "pending", self)])),
            Self::KeyReused => conflict("reused", self),
            Self::KeyInUse => conflict("in_use", self),
            Self::AnswerNotKept => conflict("answer_not_kept", self),
            Self::PreconditionFailed { current, changed } => {
                let mut violations = vec![Violation::new("If-Match", "etag", self)];
                let has_changed = |field: &String| Violation::new(field, "changed", "has changed since");
                violations.extend(changed.iter().map(has_changed));
                ErrorAnswer::new(412, 412, "Precondition failed")
                    .details(details(&violations))
                    .header("ETag", current)
            }
            Self::RangeNotSatisfiable(size) => ErrorAnswer::new(416, 416, "Range not satisfiable")
                .details(details(&[Violation::new("Range", "range", self)]))
                .header("Content-Range", format!("bytes */{size}")),
            Self::BodyTooLarge(_) => {
                ErrorAnswer::new(413, 413, "Body too large").details(details(&[Violation::new("", "max_bytes", self)]))
            }
            Self::UnsupportedMediaType(_) | Self::NotMultipart(_) => ErrorAnswer::new(
                415,
                415,
                "Unsupported media type",
            )
            .details(details(&[Violation::new("", "content_type", self)])),
            Self::StorageFull => ErrorAnswer::new(507, 507, "Insufficient storage"),
            Self::BodyTimeout(_) => ErrorAnswer::new(408, 408, "Request timeout"),
            Self::TooManyRequests(wait) => {
                ErrorAnswer::new(429, 429, "Too many requests").header("Retry-After", whole_seconds(*wait))
            }
            Self::Busy => ErrorAnswer::new(503, 503, "Busy").header("Retry-After", BUSY_RETRY_SECONDS),
            Self::NotReady => ErrorAnswer::new(503, 503, "Not ready").header("Retry-After", BUSY_RETRY_SECONDS),
            Self::Internal(_) => ErrorAnswer::new(500, 1000, "Internal error"),
        }
    }
}

fn not_found() -> ErrorAnswer {
    ErrorAnswer::new(404, 3001, "Entity not found")
}

/// A refusal of an idempotency key.
fn conflict(rule: &'static str, error: &ApiError) -> ErrorAnswer {
    ErrorAnswer::new(409, 409, "Conflict").details(details(&[Violation::new("Idempotency-Key", rule, error)]))
}

fn invalid(code: InvalidCode) -> ErrorAnswer {
    match code {
        InvalidCode::Data => ErrorAnswer::new(400, 5091, "Invalid data"),
        InvalidCode::Input => ErrorAnswer::new(400, 5209, "Invalid input"),
    }
}

/// A wait, rounded up: a caller that comes back after it is served.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// `[{path, rule, message}]`.
fn details(violations: &[Violation]) -> Value {
    let entry = |v: &Violation| json!({ "path": v.path, "rule": snake_case(v.rule), "message": v.message });
    violations.iter().take(DETAILS_MAX).map(entry).collect()
}

/// Names of rules are written in snake_case in the API.
fn snake_case(rule: &str) -> String {
    let mut name = String::with_capacity(rule.len() + 4);
    for c in rule.chars() {
        if c.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use transom_domain::ports::StoreError;

    #[test]
    fn rules_are_named_in_snake_case() {
        assert_eq!(snake_case("maxLength"), "max_length");
        assert_eq!(snake_case("enum"), "enum");
    }

    #[test]
    fn a_wait_is_rounded_up() {
        assert_eq!(whole_seconds(Duration::from_millis(1)), 1);
        assert_eq!(whole_seconds(Duration::from_secs(2)), 2);
        assert_eq!(whole_seconds(Duration::from_millis(2_001)), 3);
    }

    #[test]
    fn a_fault_of_the_server_tells_the_caller_nothing() {
        let error = ApiError::from(StoreError::Failed("password of the database".to_owned()));
        let answer = error.answer();
        assert_eq!(
            (answer.http, answer.code, answer.message),
            (500, 1000, "Internal error")
        );
        assert_eq!(answer.details, None);
        assert!(!error.to_string().contains("password"));
    }

    #[test]
    fn a_busy_store_asks_to_come_back() {
        let answer = ApiError::from(StoreError::Busy).answer();
        assert_eq!(answer.http, 503);
        assert_eq!(answer.headers, [("Retry-After", "1".to_owned())]);
    }
}
