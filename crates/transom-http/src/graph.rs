//! The Microsoft Graph facade: `/v1.0/…` and `/beta/…` on the admin listener, so that scripts and programs written for
//! Graph's device management work against Transom (contract C).
//!
//! Callers, their permissions and what they may see are those of the management API: [`routes::GRAPH_ROUTES`] is joined
//! with its table. Queries, errors and pages are Graph's own, and nothing that a query asks for is ever ignored: it is
//! done or refused (C.5).

mod batch;
mod detected_apps;
mod devices;
mod endpoint;
mod error;
mod listing;
mod metadata;
mod patience;
mod reply;
pub mod routes;
mod scripts;
mod skip_token;

use crate::admin::{AdminState, app::method};
use actix_web::{
    HttpRequest,
    web::{self, ServiceConfig},
};
use endpoint::Unknown;
use routes::{GRAPH_ROUTES, Version};
use std::collections::BTreeSet;

/// Where this server is reached when nobody said so.
const PUBLIC_URL_DEFAULT: &str = "http://localhost:8080";

/// What the facade keeps for all requests.
pub(crate) struct GraphState {
    public_url: String,
    paging_key: tokio::sync::OnceCell<skip_token::PagingKey>,
}

impl GraphState {
    pub(crate) fn new(public_url: &str) -> Self {
        Self {
            public_url: public_url.trim_end_matches('/').to_owned(),
            paging_key: tokio::sync::OnceCell::new(),
        }
    }
}

impl Default for GraphState {
    fn default() -> Self {
        Self::new(PUBLIC_URL_DEFAULT)
    }
}

/// Registers every route of the facade, and its answers to unknown routes and methods.
pub(crate) fn configure(config: &mut ServiceConfig) {
    let paths: BTreeSet<&'static str> = GRAPH_ROUTES.iter().map(|route| route.path).collect();
    for path in paths {
        let mut resource = web::resource(path);
        for route in GRAPH_ROUTES.iter().filter(|route| route.path == path) {
            resource = resource.route(method(route.verb).to(
                move |state: web::Data<AdminState>, request: HttpRequest, payload: web::Payload| {
                    endpoint::serve(route, state, request, payload)
                },
            ));
        }
        config.service(resource.default_service(unknown(Unknown::Method(path))));
    }
    for version in Version::ALL {
        let rest = web::scope(&format!("/{}", version.as_str())).default_service(unknown(Unknown::Route));
        config.service(rest);
    }
}

fn unknown(what: Unknown) -> actix_web::Route {
    web::to(move |state: web::Data<AdminState>, request: HttpRequest| endpoint::refuse(what, state, request))
}
