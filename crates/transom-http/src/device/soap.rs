//! The frame of the three enrolment services: a SOAP message in, a reply or a fault out.

use super::{
    address::Caller,
    body::{self, BodyError},
    call::Shared,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{CONTENT_TYPE as CONTENT_TYPE_HEADER, HeaderValue, RETRY_AFTER},
    },
    web::Payload,
};
use std::time::Duration;
use transom_domain::{Actor, Context, ports::StoreError};
use transom_mde::{
    DecodeError,
    fault::{ErrorType, Fault, FaultReply, Service, Subcode},
    soap::{CONTENT_TYPE, Reply, ReplyBody, Request, RequestBody, accepts_content_type},
};

/// The one reason that every failed sign-in gives (decision 13): nobody learns whether an account exists, or what is
/// wrong with a token.
const NOT_ACCEPTED: &str = "The user name, the password or the enrolment token is not accepted.";

/// Seconds after which a busy server is worth another try: its queue drains in less.
const BUSY_RETRY: Duration = Duration::from_secs(10);

/// Why a request is refused: what the PC is told, and what the log is.
#[derive(Debug)]
pub(super) struct Refusal {
    fault: Kind,
    /// The HTTP status, where it is not that of every fault.
    status: Option<StatusCode>,
    retry_after: Option<Duration>,
    /// For the log alone. Never a secret.
    cause: String,
}

#[derive(Debug)]
enum Kind {
    Class(Subcode, String),
    Detail(ErrorType, String),
}

impl Refusal {
    /// A refusal of a class; `told` reaches the PC.
    pub(super) fn new(subcode: Subcode, told: impl Into<String>, cause: impl Into<String>) -> Self {
        Self {
            fault: Kind::Class(subcode, told.into()),
            status: None,
            retry_after: None,
            cause: cause.into(),
        }
    }

    /// A refusal that Windows has an error of its own for.
    pub(super) fn detailed(kind: ErrorType, told: impl Into<String>) -> Self {
        let told = told.into();
        Self {
            cause: told.clone(),
            fault: Kind::Detail(kind, told),
            status: None,
            retry_after: None,
        }
    }

    /// What was presented opens nothing.
    pub(super) fn not_accepted(cause: impl Into<String>) -> Self {
        Self::new(Subcode::Authentication, NOT_ACCEPTED, cause)
    }

    /// Too many failed sign-ins (decision 23).
    pub(super) fn throttled(retry_after: Duration) -> Self {
        Self {
            status: Some(StatusCode::TOO_MANY_REQUESTS),
            retry_after: Some(retry_after),
            ..Self::not_accepted("too many failed sign-ins")
        }
    }

    /// The server has too much to do.
    pub(super) fn busy(cause: impl Into<String>) -> Self {
        Self {
            retry_after: Some(BUSY_RETRY),
            ..Self::new(
                Subcode::EnrollmentServer,
                "The server is busy. Try again shortly.",
                cause,
            )
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy | StoreError::Unavailable(_) => Self::busy(error.to_string()),
            _ => Self::new(
                Subcode::EnrollmentServer,
                "The server cannot work at the moment.",
                error.to_string(),
            ),
        }
    }
}

impl From<&DecodeError> for Refusal {
    /// The text says where the message is wrong and holds no value of it.
    fn from(error: &DecodeError) -> Self {
        Self::new(error.subcode(), error.to_string(), error.to_string())
    }
}

impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        let told = error.to_string();
        let (status, subcode) = match &error {
            BodyError::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, Subcode::MessageFormat),
            BodyError::Compressed => (StatusCode::UNSUPPORTED_MEDIA_TYPE, Subcode::MessageFormat),
            BodyError::Slow => (StatusCode::REQUEST_TIMEOUT, Subcode::MessageFormat),
            BodyError::Busy => return Self::busy(told),
            BodyError::Broken(source) => {
                let cause = format!("{told}: {source}");
                return Self::new(Subcode::MessageFormat, told, cause).with_status(StatusCode::BAD_REQUEST);
            }
        };
        Self::new(subcode, told.clone(), told).with_status(status)
    }
}

impl Refusal {
    fn with_status(mut self, status: StatusCode) -> Self {
        self.status = Some(status);
        self
    }
}

/// One request to an enrolment service.
pub(super) struct Call<'a> {
    pub(super) shared: &'a Shared,
    pub(super) request: &'a HttpRequest,
    pub(super) caller: Caller,
    pub(super) route: &'static str,
}

impl<'a> Call<'a> {
    pub(super) fn new(shared: &'a Shared, request: &'a HttpRequest, route: &'static str) -> Self {
        Self {
            shared,
            request,
            caller: Caller::of(request, shared.state.settings.proxy.as_ref()),
            route,
        }
    }

    /// Reads a message, has it answered, and writes the reply or the fault.
    pub(super) async fn answer<B, R>(
        &self,
        service: Service,
        payload: Payload,
        limit: usize,
        handle: impl AsyncFnOnce(&mut Context, Request<B>) -> Result<R, Refusal>,
    ) -> HttpResponse
    where
        B: RequestBody,
        R: ReplyBody,
    {
        // The account is not known yet; whoever finds it out puts it in.
        let actor = Actor::Enrolling { account: String::new() };
        let (mut cx, id) = self.shared.context(actor, self.route, &self.caller);
        let mut message_id = None;
        let answered = async {
            let request = self.read::<B>(payload, limit, &mut message_id).await?;
            handle(&mut cx, request).await
        }
        .await;
        match answered {
            Ok(body) => {
                tracing::info!(request.id = %id, message.id = shown(&message_id), route = self.route, "answered");
                respond(StatusCode::OK, Reply::new(message_id, Some(id), body).encode())
            }
            Err(refusal) => self.refuse(service, message_id, id, refusal),
        }
    }

    async fn read<B: RequestBody>(
        &self,
        payload: Payload,
        limit: usize,
        message_id: &mut Option<String>,
    ) -> Result<Request<B>, Refusal> {
        let content_type = self.request.headers().get(CONTENT_TYPE_HEADER);
        let is_soap = content_type
            .and_then(|value| value.to_str().ok())
            .is_some_and(accepts_content_type);
        if !is_soap {
            let told = "The message is not application/soap+xml.";
            return Err(
                Refusal::new(Subcode::MessageFormat, told, told).with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE)
            );
        }
        let body = body::read(self.request, payload, limit, &self.shared.large_bodies).await?;
        match Request::<B>::decode(&body.bytes) {
            Ok(request) => {
                message_id.clone_from(&request.header.message_id);
                Ok(request)
            }
            Err(error) => {
                message_id.clone_from(&error.message_id);
                Err(Refusal::from(&error))
            }
        }
    }

    fn refuse(&self, service: Service, message_id: Option<String>, id: String, refusal: Refusal) -> HttpResponse {
        let fault = match refusal.fault {
            Kind::Class(subcode, told) => Fault::new(subcode, told),
            Kind::Detail(kind, told) => Fault::detailed(kind, told, &id),
        };
        tracing::info!(
            request.id = %id,
            message.id = shown(&message_id),
            route = self.route,
            address = %self.caller.address,
            fault = fault.name(),
            hresult = format_args!("{:#010x}", fault.hresult()),
            reason = %refusal.cause,
            "refused"
        );
        let style = self.shared.state.settings.fault;
        let status = refusal
            .status
            .or_else(|| StatusCode::from_u16(style.http_status).ok())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let text = FaultReply::new(service, message_id, Some(id), fault).encode(style);
        let mut response = respond(status, text);
        if let Some(wait) = refusal.retry_after {
            response.headers_mut().insert(RETRY_AFTER, seconds(wait));
        }
        response
    }
}

/// A whole text as the answer: Windows wants `Content-Length`, and refuses what is chunked (docs/PROTOCOL.md, 1).
fn respond(status: StatusCode, text: String) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE_HEADER, HeaderValue::from_static(CONTENT_TYPE)))
        .body(text)
}

/// `Retry-After` in whole seconds, rounded up: a caller who comes back at that moment must not be too early.
pub(super) fn seconds(wait: Duration) -> HeaderValue {
    HeaderValue::from(wait.as_millis().div_ceil(1000).clamp(1, 86_400) as u64)
}

/// A `MessageID` for the log. The codec limits its length; `Debug` escapes what would break a line.
fn shown(message_id: &Option<String>) -> tracing::field::DebugValue<&str> {
    tracing::field::debug(message_id.as_deref().unwrap_or_default())
}
