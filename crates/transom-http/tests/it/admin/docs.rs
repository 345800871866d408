//! The page that shows the API: whole by itself, and held to that by its policy.

use super::world::World;
use actix_web::{http::header::HeaderMap, test};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};
use transom_http::admin;

async fn page() -> (HeaderMap, String) {
    let world = World::new().await;
    let app = test::init_service(admin::app(world.state.clone())).await;
    let answer = test::call_service(&app, test::TestRequest::get().uri("/docs").to_request()).await;
    assert_eq!(answer.status(), 200);
    let headers = answer.headers().clone();
    (
        headers,
        String::from_utf8(test::read_body(answer).await.to_vec()).unwrap(),
    )
}

#[actix_web::test]
async fn the_page_is_served_without_a_token_and_loads_nothing_from_outside() {
    let (headers, html) = page().await;
    assert_eq!(headers.get("content-type").unwrap(), "text/html; charset=utf-8");
    assert!(html.starts_with("<!doctype html>") && html.len() > 5_000);
    for outside in [
        "http:", "https:", "//cdn", "src=", "@import", "url(", "import(", "<link", "<iframe",
    ] {
        assert!(!html.contains(outside), "{outside}");
    }
    let links = html
        .split("href=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap());
    assert!(links.into_iter().all(|link| link == "openapi.json"));
    assert_eq!(html.matches("fetch(").count(), 1);
    // Words of the document are put in as text only.
    for markup in [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
    ] {
        assert!(!html.contains(markup), "{markup}");
    }
}

#[actix_web::test]
async fn its_policy_allows_its_own_script_and_style_and_nothing_else() {
    let (headers, html) = page().await;
    let policy = headers.get("content-security-policy").unwrap().to_str().unwrap();
    assert!(
        policy.starts_with("default-src 'none'; connect-src 'self';"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
    for (directive, name) in [("script-src", "script"), ("style-src", "style")] {
        let (begin, end) = (format!("<{name}>"), format!("</{name}>"));
        assert_eq!(html.matches(&begin).count(), 1);
        let text = html.split_once(&begin).unwrap().1.split_once(&end).unwrap().0;
        let hash = STANDARD.encode(Sha256::digest(text));
        assert!(policy.contains(&format!("{directive} 'sha256-{hash}'")), "{policy}");
    }
    for inline in ["style=\"", "onclick", "onload", "oninput=\"", "javascript:"] {
        assert!(!html.contains(inline), "{inline}: the policy would refuse it");
    }
}
