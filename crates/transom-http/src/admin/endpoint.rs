//! The way of one request: its id and span, the caller, the handler, the record of a refusal, the envelope.

use super::{
    AdminState,
    call::{self, Call, Caller},
    error::{ApiError, Fault},
    query::Query,
    refusal,
    reply::{self, Answer},
    request_id::{self, REQUEST_ID_HEADER},
    routes::Route,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{HeaderName, HeaderValue},
    web,
};
use futures_util::FutureExt;
use std::{error::Error, future::Future, panic::AssertUnwindSafe};
use tracing::{Instrument, Span, field};

/// Serves a route that takes a token.
pub async fn protected<F, Fut>(
    route: &'static Route,
    handler: F,
    state: web::Data<AdminState>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse
where
    F: Fn(Call) -> Fut,
    Fut: Future<Output = Answer>,
{
    let id = request_id::of(request.headers(), state.environment.as_ref());
    let span = span(&request, Some(route), &id);
    let work = async {
        let caller = unpanicked(Caller::identify(&state, route, &request, &id)).await?;
        Span::current().record("token.id", field::display(caller.token.id));
        let admitted = Call::admit(state.clone(), route, caller.clone(), &request, payload, &id).await;
        let is_dry_run = admitted.as_ref().is_ok_and(|call| call.careful.is_dry_run());
        let result = match admitted {
            Ok(call) => carry_out(&state, handler, call).await,
            Err(error) => Err(error),
        };
        // A dry run leaves no trace, unless it shows that somebody tried what they may not do.
        if let Err(error) = &result
            && (!is_dry_run || matches!(error, ApiError::MissingPermission(_)))
        {
            let context = caller.context(&state, route, call::address(&request), &id);
            refusal::record(&state, route, &caller, &context, call::params(&request), error).await;
        }
        result
    };
    finish(&state, span, &id, route.writes, work).await
}

/// Lets the handler do its work, unless the same request did it before.
async fn carry_out<F, Fut>(state: &AdminState, handler: F, call: Call) -> Answer
where
    F: Fn(Call) -> Fut,
    Fut: Future<Output = Answer>,
{
    let (careful, caller, context) = (call.careful.clone(), call.caller.clone(), call.context.clone());
    if let Some(reply) = careful.earlier(state, &context, &caller).await? {
        return Ok(reply);
    }
    let reply = unpanicked(handler(call)).await?;
    careful.finish(state, &context, &caller, reply).await
}

/// Serves a route that anybody may call.
pub async fn public<F, Fut>(
    route: Option<&'static Route>,
    handler: F,
    state: web::Data<AdminState>,
    request: HttpRequest,
) -> HttpResponse
where
    F: FnOnce(web::Data<AdminState>) -> Fut,
    Fut: Future<Output = Answer>,
{
    let id = request_id::of(request.headers(), state.environment.as_ref());
    let span = span(&request, route, &id);
    let query = route.map(|route| Query::of(route, request.query_string()));
    let answer = handler(state.clone());
    let work = unpanicked(async {
        query.transpose()?;
        answer.await
    });
    finish(&state, span, &id, false, work).await
}

/// A panic in a handler is a fault of the server like any other: the caller gets an answer, the connection stays.
pub(crate) async fn unpanicked<T, E: From<ApiError>>(work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    let outcome = AssertUnwindSafe(work).catch_unwind().await;
    outcome.unwrap_or_else(|_| {
        let fault = Fault("a handler panicked; the panic itself is on standard error");
        Err(ApiError::internal(fault).into())
    })
}

/// The span of a request. It never holds the token, the query or the body.
pub(crate) fn span(request: &HttpRequest, route: Option<&'static Route>, id: &str) -> Span {
    tracing::info_span!(
        "request",
        request.id = id,
        http.method = request.method().as_str(),
        http.route = route.map_or("none", |r| r.path),
        token.id = field::Empty,
        http.status = field::Empty,
        duration_ms = field::Empty,
    )
}

/// Runs the work in its span, logs what came of it once, and writes the response.
async fn finish(
    state: &AdminState,
    span: Span,
    id: &str,
    writes: bool,
    work: impl Future<Output = Answer>,
) -> HttpResponse {
    let start = state.environment.now();
    let result = work.instrument(span.clone()).await;
    let _inside = span.enter();
    let mut response = match result {
        Ok(reply) => reply.into_response(),
        Err(error) => {
            if let ApiError::Internal(cause) = &error {
                tracing::error!(error = chain(cause.as_ref()), "the server failed at this request");
            }
            reply::refusal(&error, id)
        }
    };
    if let Ok(value) = HeaderValue::try_from(id) {
        response
            .headers_mut()
            .insert(HeaderName::from_static(REQUEST_ID_HEADER), value);
    }
    span.record("http.status", response.status().as_u16());
    span.record("duration_ms", state.environment.now().as_millis() - start.as_millis());
    if writes || !response.status().is_success() {
        tracing::info!("request answered");
    } else {
        tracing::debug!("request answered");
    }
    response
}

/// An error with everything that caused it.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |e| (*e).source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
