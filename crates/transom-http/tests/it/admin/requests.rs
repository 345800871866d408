//! What holds for every request: envelope, routes, bodies, ids.

use super::world::{NewDevice, O, W, World};
use actix_web::{http::Method, test::TestRequest};
use serde_json::json;
use transom_http::admin::routes::{ROUTES, SMALL_BODY_BYTES_MAX};

#[actix_web::test]
async fn an_unknown_route_is_answered_in_the_envelope() {
    let world = World::new().await;
    for path in [
        "/",
        "/v1",
        "/v1/organizations/default/nothing",
        "/v1/organizations/default/mdm/windows/enterprise/devices/a/b",
    ] {
        let answer = world.call(Method::GET, path, None, None).await;
        assert_eq!(answer.refused(), (404, 3001), "{path}");
    }
}

#[actix_web::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let world = World::new().await;
    let answer = world.call(Method::PATCH, &format!("{W}/devices/x"), None, None).await;
    assert_eq!(answer.refused(), (405, 405));
    let mut allowed: Vec<_> = answer.header("Allow").unwrap().split(", ").collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["DELETE", "GET", "HEAD", "PUT"]);
    for route in &ROUTES {
        let answer = world.call(Method::PATCH, route.path, None, None).await;
        assert_eq!(answer.refused(), (405, 405), "{}", route.path);
    }
}

#[actix_web::test]
async fn what_answers_get_answers_head() {
    let world = World::new().await;
    for path in ["/healthz".to_owned(), format!("{O}/segments")] {
        assert_eq!(
            world.call(Method::HEAD, &path, Some(&world.admin), None).await.status,
            200
        );
    }
    let answer = world.call(Method::HEAD, &format!("{O}/segments"), None, None).await;
    assert_eq!(answer.status, 401);
}

#[actix_web::test]
async fn a_missing_body_is_an_invalid_one() {
    let world = World::new().await;
    let device = world.device(NewDevice::default()).await;
    for (method, path, code) in [
        (Method::PUT, format!("{W}/devices/{device}"), 5091),
        (Method::PUT, format!("{W}/devices/{device}/move"), 5091),
        (Method::POST, format!("{W}/devices/{device}/commands"), 5091),
        (Method::POST, format!("{O}/segments"), 5209),
    ] {
        let answer = world.call(method, &path, Some(&world.admin), None).await;
        assert_eq!(answer.refused(), (400, code), "{path}");
        assert_eq!(answer.body["error"]["details"][0]["rule"], "required");
    }
}

#[actix_web::test]
async fn a_final_slash_and_double_slashes_change_nothing() {
    let world = World::new().await;
    for path in [
        "/v1//organizations/default///segments",
        "/v1/organizations/default/segments/",
        "//healthz//",
    ] {
        assert_eq!(world.get(path).await.status, 200, "{path}");
    }
}

#[actix_web::test]
async fn only_json_is_taken() {
    let world = World::new().await;
    for (name, value) in [
        ("Content-Type", "text/plain"),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Content-Type", "application/json; charset=iso-8859-1"),
        ("X-Nothing", "no content type at all"),
    ] {
        let request = TestRequest::post()
            .uri(&format!("{O}/segments"))
            .insert_header(("Authorization", format!("Bearer {}", world.admin)))
            .insert_header((name, value))
            .set_payload("{}");
        assert_eq!(world.send(request).await.refused(), (415, 415), "{value}");
    }
    let request = TestRequest::post()
        .uri(&format!("{O}/segments"))
        .insert_header(("Authorization", format!("bearer {}", world.admin)))
        .insert_header(("Content-Type", "Application/JSON; charset=UTF-8"))
        .set_payload(r#"{"name":"North"}"#);
    assert_eq!(world.send(request).await.status, 200);
}

#[actix_web::test]
async fn a_body_is_taken_up_to_its_limit() {
    let world = World::new().await;
    let send = |length: usize| {
        let body = r#"{"name":"North"}"#;
        let payload = format!("{body}{}", " ".repeat(length - body.len()));
        let request = TestRequest::post()
            .uri(&format!("{O}/segments"))
            .insert_header(("Authorization", format!("Bearer {}", world.admin)))
            .insert_header(("Content-Type", "application/json"))
            .set_payload(payload);
        world.send(request)
    };
    assert_eq!(send(SMALL_BODY_BYTES_MAX).await.status, 200);
    assert_eq!(send(SMALL_BODY_BYTES_MAX + 1).await.refused(), (413, 413));
}

#[actix_web::test]
async fn what_is_no_proper_json_is_named_with_its_place() {
    let world = World::new().await;
    let device = world.device(NewDevice::default()).await;
    let send = |payload: Vec<u8>| {
        let request = TestRequest::put()
            .uri(&format!("{W}/devices/{device}"))
            .insert_header(("Authorization", format!("Bearer {}", world.admin)))
            .insert_header(("Content-Type", "application/json"))
            .set_payload(payload);
        world.send(request)
    };
    let deep = format!("{{\"customConfig\":{}{}}}", "[".repeat(40), "]".repeat(40));
    for (payload, rule, path) in [
        (b"".to_vec(), "required", ""),
        (b"{".to_vec(), "json", ""),
        (b"{\"displayName\":\"\xff\"}".to_vec(), "utf8", ""),
        (br#"{"tags":["a","\u0000"]}"#.to_vec(), "text", "tags[1]"),
        (
            br#"{"displayName":"a","displayName":"b"}"#.to_vec(),
            "unique",
            "displayName",
        ),
        (b"[]".to_vec(), "type", ""),
    ] {
        let answer = send(payload).await;
        assert_eq!(answer.refused(), (400, 5091), "{rule}");
        assert_eq!(answer.body["error"]["details"][0]["rule"], rule);
        assert_eq!(answer.wrong(), [path]);
    }
    assert_eq!(
        send(deep.into_bytes()).await.body["error"]["details"][0]["rule"],
        "max_depth"
    );
}

#[actix_web::test]
async fn a_request_keeps_its_id_or_gets_one() {
    let world = World::new().await;
    let send = |id: &'static str| world.send(TestRequest::get().uri("/healthz").insert_header(("X-Request-Id", id)));
    assert_eq!(send("trace-1.2").await.header("X-Request-Id"), Some("trace-1.2"));
    let fresh = send("two words").await;
    let fresh = fresh.header("X-Request-Id").unwrap();
    assert_eq!(fresh.len(), 24);
    assert_ne!(world.get("/healthz").await.header("X-Request-Id").unwrap(), fresh);
}

#[actix_web::test]
async fn a_query_parameter_that_is_unknown_is_refused() {
    let world = World::new().await;
    let device = world.device(NewDevice::default()).await;
    let answer = world.delete(&format!("{W}/devices/{device}?forse=true")).await;
    assert_eq!(answer.refused(), (400, 5091));
    assert_eq!(answer.wrong(), ["forse"]);
    let message = answer.body["error"]["details"][0]["message"].as_str().unwrap();
    assert!(message.contains("force"), "{message}");
    let answer = world.get(&format!("{O}/audit-logs?limit=0")).await;
    assert_eq!(answer.refused(), (400, 5209));
}

#[actix_web::test]
async fn probes_need_no_token_and_readiness_can_be_taken_back() {
    let world = World::new().await;
    for path in ["/healthz", "/readyz"] {
        let answer = world.call(Method::GET, path, None, None).await;
        assert_eq!(answer.data()["health"], "ok", "{path}");
    }
    world.state.set_ready(false);
    let answer = world.call(Method::GET, "/readyz", None, None).await;
    assert_eq!(answer.refused(), (503, 503));
    assert_eq!(
        answer.body["error"]["requestId"],
        json!(answer.header("X-Request-Id").unwrap())
    );
    assert!(answer.header("Retry-After").is_some());
}

#[actix_web::test]
async fn what_anybody_may_ask_knows_no_parameters_either() {
    let world = World::new().await;
    for path in ["/openapi.json", "/docs", "/healthz", "/readyz"] {
        for query in ["x=1", "dryRun=true", "%ff"] {
            let answer = world.call(Method::GET, &format!("{path}?{query}"), None, None).await;
            assert_eq!(answer.refused(), (400, 5209), "{path}?{query}");
        }
    }
    assert_eq!(world.call(Method::GET, "/openapi.json?", None, None).await.status, 200);
}
