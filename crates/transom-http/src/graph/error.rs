//! Refusals in Graph's own shape (C.5).

use crate::admin::{
    error::{ApiError, Fault, InvalidCode},
    routes::Verb,
};
use serde_json::{Map, Value, json};
use transom_domain::{Timestamp, device::update::Violation};
use transom_odata::QueryError;

/// Most faults named in one answer.
const DETAILS_MAX: usize = 100;

/// Why a request to the facade is refused.
#[derive(Debug, Clone, thiserror::Error)]
pub enum GraphError {
    /// As the management API would refuse it.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The query cannot be understood, or asks for what is not offered.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// What is asked for is not possible for a Windows PC, or not built.
    #[error("{0}")]
    NotSupported(String),
}

impl From<transom_domain::ports::StoreError> for GraphError {
    fn from(error: transom_domain::ports::StoreError) -> Self {
        Self::Api(error.into())
    }
}

/// What an answer says of a fault.
struct Said {
    status: u16,
    code: &'static str,
    message: String,
    target: Option<String>,
    details: Vec<Value>,
}

impl Said {
    fn new(status: u16, code: &'static str, message: impl ToString) -> Self {
        Self {
            status,
            code,
            message: message.to_string(),
            target: None,
            details: Vec::new(),
        }
    }
}

impl GraphError {
    /// Something in the body or the headers that does not hold to its rule.
    pub fn invalid(violations: Vec<Violation>) -> Self {
        let code = InvalidCode::Input;
        Self::Api(ApiError::Invalid { code, violations })
    }

    /// A fault of the server.
    pub fn fault(what: &'static str) -> Self {
        Self::Api(ApiError::internal(Fault(what)))
    }

    /// The same as the record of refusals knows it.
    pub fn recorded(&self) -> ApiError {
        match self {
            Self::Api(error) => error.clone(),
            Self::Query(error) => ApiError::invalid(
                InvalidCode::Input,
                error.option.clone(),
                "query",
                "cannot be understood",
            ),
            Self::NotSupported(message) => ApiError::invalid(InvalidCode::Input, "action", "supported", message),
        }
    }

    /// The status of the answer.
    pub fn status(&self) -> u16 {
        self.said().status
    }

    /// Headers that belong to the answer.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        match self {
            // Its scope is a permission, which is no ground to sign in again.
            Self::Api(ApiError::MissingPermission(_) | ApiError::Escalation(_)) => Vec::new(),
            Self::Api(error) => error.answer().headers,
            Self::Query(_) | Self::NotSupported(_) => Vec::new(),
        }
    }

    /// The body of the answer.
    pub fn body(&self, now: Timestamp, request_id: &str, client_request_id: &str) -> Value {
        let said = self.said();
        let mut error = Map::new();
        error.insert("code".to_owned(), json!(said.code));
        error.insert("message".to_owned(), json!(said.message));
        if let Some(target) = said.target {
            error.insert("target".to_owned(), json!(target));
        }
        if !said.details.is_empty() {
            error.insert("details".to_owned(), json!(said.details));
        }
        let date = now.to_string();
        let date = date.split('.').next().unwrap_or_default();
        let inner = json!({ "date": date, "request-id": request_id, "client-request-id": client_request_id });
        error.insert("innerError".to_owned(), inner);
        json!({ "error": error })
    }

    fn said(&self) -> Said {
        match self {
            Self::Api(error) => of_api(error),
            Self::Query(error) => {
                let mut said = Said::new(400, "BadRequest", error);
                said.target = Some(error.option.clone());
                let mut detail = json!({ "code": error.code.as_str(), "message": error.message });
                detail["target"] = json!(error.target.as_ref().unwrap_or(&error.option));
                if let Some(position) = error.position {
                    detail["position"] = json!(position);
                }
                said.details.push(detail);
                said
            }
            Self::NotSupported(message) => Said::new(400, "NotSupported", message),
        }
    }
}

fn of_api(error: &ApiError) -> Said {
    match error {
        ApiError::NoToken | ApiError::InvalidToken => Said::new(401, "InvalidAuthenticationToken", error),
        ApiError::MissingPermission(_) | ApiError::Escalation(_) => Said::new(
            403,
            "Authorization_RequestDenied",
            format!("Insufficient privileges: {error}"),
        ),
        ApiError::NotFound => Said::new(404, "ResourceNotFound", "The resource does not exist"),
        ApiError::UnknownReference { path, .. } => {
            let mut said = Said::new(404, "ResourceNotFound", error);
            said.target = Some(path.clone());
            said
        }
        ApiError::UnknownRoute => Said::new(
            404,
            "ResourceNotFound",
            "Resource not found for the segment: it is not served",
        ),
        ApiError::MethodNotAllowed(verbs) => {
            let names: Vec<&str> = verbs.iter().copied().map(Verb::as_str).collect();
            Said::new(
                405,
                "MethodNotAllowed",
                format!("The path answers {} only", names.join(", ")),
            )
        }
        ApiError::Invalid { violations, .. } => {
            let first = violations.first();
            let message = match first {
                Some(v) if v.path.is_empty() => format!("The body {}", v.message),
                Some(v) => format!("{} {}", v.path, v.message),
                None => error.to_string(),
            };
            let mut said = Said::new(400, "BadRequest", message);
            said.target = first.map(|v| v.path.clone()).filter(|path| !path.is_empty());
            said.details = violations.iter().take(DETAILS_MAX).map(detail).collect();
            said
        }
        ApiError::Conflict { path, .. } => {
            let mut said = Said::new(400, "BadRequest", error);
            said.target = Some((*path).to_owned()).filter(|path| !path.is_empty());
            said
        }
        ApiError::Ambiguous(_)
        | ApiError::UserExists
        | ApiError::NotActive(_)
        | ApiError::LimitExceeded(_)
        | ApiError::PolicyInUse { .. }
        | ApiError::RecordInUse(_)
        | ApiError::FeatureNotAllowed(_)
        | ApiError::NothingPending => Said::new(400, "BadRequest", error),
        ApiError::KeyReused | ApiError::KeyInUse | ApiError::AnswerNotKept => Said::new(409, "Conflict", error),
        ApiError::PreconditionFailed { .. } => Said::new(412, "PreconditionFailed", error),
        ApiError::RangeNotSatisfiable(_) => Said::new(416, "RequestedRangeNotSatisfiable", error),
        ApiError::BodyTooLarge(_) => Said::new(413, "RequestEntityTooLarge", error),
        ApiError::UnsupportedMediaType(_) | ApiError::NotMultipart(_) => Said::new(415, "UnsupportedMediaType", error),
        ApiError::BodyTimeout(_) => Said::new(408, "RequestTimeout", error),
        ApiError::TooManyRequests(_) => Said::new(429, "TooManyRequests", error),
        ApiError::Busy | ApiError::NotReady => Said::new(503, "ServiceUnavailable", error),
        ApiError::StorageFull => Said::new(507, "InsufficientStorage", error),
        ApiError::Internal(_) => Said::new(500, "InternalServerError", error),
    }
}

/// What is wrong with one property.
fn detail(violation: &Violation) -> Value {
    let code = match violation.rule {
        "unknown" => "InvalidProperty",
        "type" => "InvalidType",
        "enum" => "InvalidEnumValue",
        "readOnly" => "ReadOnlyProperty",
        _ => "InvalidValue",
    };
    json!({ "code": code, "message": violation.message, "target": violation.path })
}
