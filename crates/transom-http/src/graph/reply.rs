//! Answers of the facade.

use super::error::GraphError;
use actix_web::{
    HttpResponse, HttpResponseBuilder,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue},
    },
};
use serde_json::Value;
use transom_domain::Timestamp;

/// A request that was carried out.
#[derive(Debug, Clone, PartialEq)]
pub enum GraphReply {
    /// 200 with this.
    Json(Value),
    /// 201 with this.
    Created(Value),
    /// 200 with a text.
    Text(String),
    /// 200 with markup.
    Xml(String),
    /// 200 without a body.
    Done,
    /// 204.
    Nothing,
}

/// The ids that an answer carries.
#[derive(Debug, Clone)]
pub struct RequestIds {
    /// Ours.
    pub own: String,
    /// The client's, if it sent one that can be written anywhere; else ours.
    pub client: String,
}

impl GraphReply {
    /// The status of the answer.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Nothing => 204,
            Self::Created(_) => 201,
            Self::Json(_) | Self::Text(_) | Self::Xml(_) | Self::Done => 200,
        }
    }

    fn into_response(self) -> HttpResponse {
        let mut response = builder(self.status());
        match self {
            Self::Nothing | Self::Done => response.finish(),
            Self::Json(value) | Self::Created(value) => response
                .insert_header((
                    CONTENT_TYPE,
                    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8",
                ))
                .insert_header(("OData-Version", "4.0"))
                .body(value.to_string()),
            Self::Text(text) => response.insert_header((CONTENT_TYPE, "text/plain; charset=utf-8")).body(text),
            Self::Xml(xml) => response.insert_header((CONTENT_TYPE, "application/xml; charset=utf-8")).body(xml),
        }
    }
}

fn builder(status: u16) -> HttpResponseBuilder {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    response
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("X-Content-Type-Options", "nosniff"));
    response
}

/// The response to a request, carried out or refused.
pub fn response(result: Result<GraphReply, GraphError>, now: Timestamp, ids: &RequestIds) -> HttpResponse {
    let mut response = match result {
        Ok(reply) => reply.into_response(),
        Err(error) => {
            let mut response = builder(error.status());
            for (name, value) in error.headers() {
                response.insert_header((name, value));
            }
            response
                .insert_header((CONTENT_TYPE, "application/json"))
                .body(error.body(now, &ids.own, &ids.client).to_string())
        }
    };
    for (name, id) in [("request-id", &ids.own), ("client-request-id", &ids.client)] {
        if let Ok(value) = HeaderValue::try_from(id) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}
