//! The way of one request to the facade: its ids and span, the caller, the handler, the record of a refusal, the answer.

use super::{
    batch, detected_apps, devices,
    error::GraphError,
    metadata,
    reply::{self, GraphReply, RequestIds},
    routes::{GraphOperation, Version},
    scripts,
};
use crate::admin::{
    AdminState,
    call::{self, Call, Caller},
    endpoint::{chain, span, unpanicked},
    error::ApiError,
    refusal, request_id,
    routes::{self, Operation, Route, Verb},
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderMap},
    web,
};
use std::{error::Error as _, future::Future};
use tracing::{Instrument, Span, field};

/// What no route is for.
#[derive(Debug, Clone, Copy)]
pub enum Unknown {
    /// The path.
    Route,
    /// The method at this path.
    Method(&'static str),
}

/// A request of a caller who may do what the route does.
pub struct GraphCall {
    /// The call as the management API knows it.
    pub call: Call,
    /// Which version of Graph is meant.
    pub version: Version,
    /// The path as it came, without double and final slashes.
    pub path: String,
    /// Whether a property that the server owns is to be refused (`Prefer: handling=strict`).
    pub strict: bool,
    /// Whether a body came.
    pub has_body: bool,
    /// Ids of the request.
    pub ids: RequestIds,
}

impl GraphCall {
    /// The address of a version's root, as callers reach it.
    pub fn root(&self) -> String {
        format!("{}/{}", self.call.state.graph.public_url, self.version.as_str())
    }

    /// The address of the next page: the same query, with the token in place of what it stands for.
    pub fn next_link(&self, token: &str) -> String {
        let replaced = ["skiptoken", "skip", "count"];
        let kept = self
            .call
            .raw_query()
            .split('&')
            .filter(|pair| !pair.is_empty())
            .filter(|pair| {
                let name = pair.split('=').next().unwrap_or_default().replace("%24", "$");
                let bare = name.strip_prefix('$').unwrap_or(&name).to_ascii_lowercase();
                !replaced.contains(&bare.as_str())
            });
        let query: String = kept.map(|pair| format!("{pair}&")).collect();
        let public_url = &self.call.state.graph.public_url;
        format!("{public_url}{}?{query}$skiptoken={token}", self.path)
    }
}

/// Serves a route.
pub async fn serve(
    route: &'static Route,
    state: web::Data<AdminState>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let ids = ids(&state, request.headers());
    let span = span(&request, Some(route), &ids.own);
    let work = async {
        let caller = unpanicked(Caller::identify(&state, route, &request, &ids.own)).await?;
        Span::current().record("token.id", field::display(caller.token.id));
        let headers = Headers::of(request.headers());
        let admitted = Call::admit(state.clone(), route, caller.clone(), &request, payload, &ids.own).await;
        match admitted {
            Ok(call) => carry_out(call, request.path().to_owned(), headers, ids.clone()).await,
            Err(error) => {
                let context = caller.context(&state, route, call::address(&request), &ids.own);
                refusal::record(&state, route, &caller, &context, call::params(&request), &error).await;
                Err(error.into())
            }
        }
    };
    finish(&state, span, &ids, route.writes, work).await
}

/// Refuses what no route is for.
pub async fn refuse(what: Unknown, state: web::Data<AdminState>, request: HttpRequest) -> HttpResponse {
    let ids = ids(&state, request.headers());
    let span = span(&request, None, &ids.own);
    let error = match what {
        Unknown::Route => ApiError::UnknownRoute,
        Unknown::Method(path) => ApiError::MethodNotAllowed(routes::allowed(path)),
    };
    finish(&state, span, &ids, false, std::future::ready(Err(error.into()))).await
}

/// What the facade looks for in the headers of a request.
#[derive(Debug, Clone, Copy, Default)]
pub struct Headers {
    /// `Prefer: handling=strict`.
    pub strict: bool,
    /// Whether a body came.
    pub has_body: bool,
    /// `If-Match` with anything but `*`.
    pub conditional: bool,
}

impl Headers {
    fn of(headers: &HeaderMap) -> Self {
        let text = |name: header::HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
        let strict = headers
            .get_all("prefer")
            .filter_map(|v| v.to_str().ok())
            .flat_map(|v| v.split([',', ';']))
            .any(|preference| preference.trim().eq_ignore_ascii_case("handling=strict"));
        let length = text(header::CONTENT_LENGTH).and_then(|v| v.trim().parse::<u64>().ok());
        Self {
            strict,
            has_body: length.map_or(headers.contains_key(header::TRANSFER_ENCODING), |n| n > 0),
            conditional: text(header::IF_MATCH).is_some_and(|v| v.trim() != "*"),
        }
    }
}

/// Carries out a request that was admitted, and puts it on record if it is refused.
pub async fn carry_out(call: Call, path: String, headers: Headers, ids: RequestIds) -> Result<GraphReply, GraphError> {
    let (state, route, caller) = (call.state.clone(), call.route, call.caller.clone());
    let (context, params) = (call.context.clone(), call.params());
    let result = if let Some(error) = route.permission.and_then(|p| caller.check_permission(p).err()) {
        // What came alone was checked before its body was read; what came in a batch is checked here.
        Err(error.into())
    } else if headers.conditional && route.writes {
        // Nothing here has a tag, so none can be the one that is named.
        Err(ApiError::PreconditionFailed {
            current: String::new(),
            changed: Vec::new(),
        }
        .into())
    } else {
        let call = GraphCall {
            version: Version::of(route),
            path,
            strict: headers.strict,
            has_body: headers.has_body,
            ids,
            call,
        };
        unpanicked(handle(call)).await
    };
    if let Err(error) = &result {
        refusal::record(&state, route, &caller, &context, params, &error.recorded()).await;
    }
    result
}

/// The handler of each operation.
async fn handle(call: GraphCall) -> Result<GraphReply, GraphError> {
    let Operation::Graph(operation) = call.call.route.operation else {
        return Err(GraphError::fault("a route of another half came to the facade"));
    };
    match operation {
        GraphOperation::ListDevices => devices::list(call).await,
        GraphOperation::CountDevices => devices::count(call).await,
        GraphOperation::ShowDevice => devices::show(call).await,
        GraphOperation::UpdateDevice => devices::update(call).await,
        GraphOperation::RemoveDevice => devices::remove(call).await,
        GraphOperation::ActOnDevice => devices::actions::act(call).await,
        GraphOperation::ActOnDevices => devices::actions::act_on_all(call).await,
        GraphOperation::ListApps => detected_apps::list(call).await,
        GraphOperation::CountApps => detected_apps::count(call).await,
        GraphOperation::CountScripts => scripts::count(call).await,
        GraphOperation::ShowApp => detected_apps::show(call).await,
        GraphOperation::ListAppsOfDevice => detected_apps::list_of_device(call).await,
        GraphOperation::ShowAppOfDevice => detected_apps::show_of_device(call).await,
        GraphOperation::ShowScript => scripts::show(call).await,
        GraphOperation::ListRunStates => scripts::runs::list(call).await,
        GraphOperation::ShowRunState => scripts::runs::show(call).await,
        GraphOperation::ListUserRunStates => scripts::runs::of_users(call).await,
        GraphOperation::ListScripts => scripts::list(call).await,
        GraphOperation::CreateScript => scripts::create(call).await,
        GraphOperation::UpdateScript => scripts::update(call).await,
        GraphOperation::RemoveScript => scripts::remove(call).await,
        GraphOperation::AssignScript => scripts::assignments::assign(call).await,
        GraphOperation::ListAssignments => scripts::assignments::list(call).await,
        GraphOperation::ShowAssignment => scripts::assignments::show(call).await,
        GraphOperation::ListGroupAssignments => scripts::assignments::list_of_groups(call).await,
        GraphOperation::ShowGroupAssignment => scripts::assignments::show_of_group(call).await,
        GraphOperation::HavePayloadLinks => scripts::assignments::have_links(call).await,
        GraphOperation::ShowRunSummary => scripts::runs::summary(call).await,
        GraphOperation::ShowOverview => devices::overview(call).await,
        // Boxed, because a batch carries out requests that go through here themselves.
        GraphOperation::Batch => Box::pin(batch::run(call)).await,
        GraphOperation::Metadata => metadata::show(&call),
    }
}

/// The ids of a request: ours is a UUID, as clients expect.
fn ids(state: &AdminState, headers: &HeaderMap) -> RequestIds {
    let seed = state.environment.seed();
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&seed[..16]);
    // RFC 9562, section 5.4: version 4, variant 10.
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let text = hex::encode(bytes);
    let own = [&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]].join("-");
    let given = headers.get("client-request-id").and_then(|v| v.to_str().ok());
    let client = given
        .filter(|id| request_id::is_harmless(id))
        .unwrap_or(&own)
        .to_owned();
    RequestIds { own, client }
}

/// Runs the work in its span, logs what came of it once, and writes the response.
async fn finish(
    state: &AdminState,
    span: Span,
    ids: &RequestIds,
    writes: bool,
    work: impl Future<Output = Result<GraphReply, GraphError>>,
) -> HttpResponse {
    let start = state.environment.now();
    let result = work.instrument(span.clone()).await;
    let _inside = span.enter();
    if let Err(GraphError::Api(error @ ApiError::Internal(_))) = &result {
        let cause = error.source().map(chain).unwrap_or_default();
        tracing::error!(error = cause, "the server failed at this request");
    }
    let end = state.environment.now();
    let response = reply::response(result, end, ids);
    span.record("http.status", response.status().as_u16());
    span.record("duration_ms", end.as_millis() - start.as_millis());
    if writes || !response.status().is_success() {
        tracing::info!("request answered");
    } else {
        tracing::debug!("request answered");
    }
    response
}

/// The verb of that name.
pub fn verb(name: &str) -> Option<Verb> {
    [Verb::Get, Verb::Post, Verb::Put, Verb::Delete, Verb::Patch]
        .into_iter()
        .find(|verb| verb.as_str().eq_ignore_ascii_case(name))
}
