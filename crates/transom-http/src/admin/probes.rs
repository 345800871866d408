//! What load balancers and tools ask without a token.

use super::{
    AdminState,
    error::ApiError,
    openapi,
    reply::{Answer, Reply},
};
use actix_web::web;
use serde::Serialize;
use std::time::Duration;
use transom_domain::{OrganizationId, ports::StoreError};
use utoipa::ToSchema;

/// How long the store may take to answer before the server counts as not ready: load balancers ask every few seconds.
const STORE_ANSWERS_WITHIN: Duration = Duration::from_secs(3);

/// How the server is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Health)]
pub struct HealthView {
    /// `ok`.
    health: &'static str,
    /// The version of Transom.
    version: &'static str,
}

const OK: HealthView = HealthView {
    health: "ok",
    version: env!("CARGO_PKG_VERSION"),
};

/// `GET /healthz`
pub async fn healthz(_state: web::Data<AdminState>) -> Answer {
    Reply::data(&OK)
}

/// `GET /readyz`: looks into the store.
pub async fn readyz(state: web::Data<AdminState>) -> Answer {
    if !state.is_ready() {
        return Err(ApiError::NotReady);
    }
    let nobody = OrganizationId::from([0; 12]);
    let look = state.store.read(move |view| view.organization(nobody));
    let answered: Result<Result<_, StoreError>, _> = tokio::time::timeout(STORE_ANSWERS_WITHIN, look).await;
    match answered {
        Ok(Ok(_)) => Reply::data(&OK),
        Ok(Err(error)) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "not ready: the store does not answer"
            );
            Err(ApiError::NotReady)
        }
        Err(_) => {
            tracing::error!("not ready: the store takes longer than {STORE_ANSWERS_WITHIN:?}");
            Err(ApiError::NotReady)
        }
    }
}

/// `GET /openapi.json`
pub async fn openapi(_state: web::Data<AdminState>) -> Answer {
    Reply::plain(&openapi::document())
}
