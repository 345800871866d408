//! What callers see when the server itself fails.

use super::world::{Fixed, Response};
use actix_web::{http::header::HeaderMap, test, web};
use std::sync::Arc;
use transom_domain::{
    Environment,
    ports::{BoxFuture, Store, StoreError, Unit, ViewUnit},
};
use transom_http::admin::{self, AdminSettings, AdminState};

/// A store that always fails in the same way.
struct Broken(Option<StoreError>);

impl Broken {
    fn answer(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        match self.0.clone() {
            Some(error) => Box::pin(std::future::ready(Err(error))),
            None => panic!("a bug in the store"),
        }
    }
}

impl Store for Broken {
    fn read_unit(&self, _unit: ViewUnit) -> BoxFuture<'_, Result<(), StoreError>> {
        self.answer()
    }

    fn write_unit(&self, _unit: Unit) -> BoxFuture<'_, Result<(), StoreError>> {
        self.answer()
    }
}

fn state(error: Option<StoreError>) -> web::Data<AdminState> {
    let environment: Arc<dyn Environment> = Arc::new(Fixed::new());
    web::Data::new(AdminState::new(
        Arc::new(Broken(error)),
        environment,
        AdminSettings::default(),
    ))
}

async fn ask(error: Option<StoreError>, path: &str) -> Response {
    let app = test::init_service(admin::app(state(error))).await;
    let token = format!("Bearer trm_{}", "A".repeat(43));
    let request = test::TestRequest::get()
        .uri(path)
        .insert_header(("Authorization", token));
    let response = test::call_service(&app, request.to_request()).await;
    let (status, headers): (_, HeaderMap) = (response.status(), response.headers().clone());
    let body = test::read_body_json(response).await;
    Response { status, headers, body }
}

#[actix_web::test]
async fn a_failing_store_is_an_internal_error_that_tells_its_id_and_nothing_else() {
    let secret = "postgres://transom:hunter2@db failed";
    let answer = ask(
        Some(StoreError::Failed(secret.to_owned())),
        "/v1/organizations/default/segments",
    )
    .await;
    assert_eq!(answer.refused(), (500, 1000));
    let id = answer.header("X-Request-Id").unwrap();
    let error = serde_json::json!({ "code": 1000, "message": "Internal error", "requestId": id });
    assert_eq!(answer.body["error"], error);
}

#[actix_web::test]
async fn a_busy_store_asks_to_come_back() {
    let answer = ask(Some(StoreError::Busy), "/v1/organizations/default/segments").await;
    assert_eq!(answer.refused(), (503, 503));
    assert_eq!(answer.header("Retry-After"), Some("1"));
    assert!(answer.body["error"]["requestId"].is_string());
}

#[actix_web::test]
async fn a_panic_is_an_internal_error_like_any_other() {
    for path in ["/v1/organizations/default/segments", "/readyz"] {
        let answer = ask(None, path).await;
        assert_eq!(answer.refused(), (500, 1000), "{path}");
        assert!(!answer.body.to_string().contains("bug"));
    }
}

#[actix_web::test]
async fn a_server_without_its_store_lives_and_is_not_ready() {
    let error = || Some(StoreError::Failed("gone".to_owned()));
    assert_eq!(ask(error(), "/healthz").await.status, 200);
    assert_eq!(ask(error(), "/readyz").await.refused(), (503, 503));
}
