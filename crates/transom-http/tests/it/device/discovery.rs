//! Discovery: found by every PC, and never trusting what a request says about its host.

use super::support::{Answer, Bench, PUBLIC_URL, SOAP, data, post};
use actix_web::{
    http::{Method, StatusCode},
    test::TestRequest,
};
use transom_mde::{
    discovery::{AuthPolicy, DiscoverResponse},
    fault::Subcode,
    soap::Reply,
};

fn answered(answer: &Answer) -> Reply<DiscoverResponse> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some(SOAP));
    Reply::decode(&answer.body).unwrap()
}

#[actix_web::test]
async fn a_get_finds_the_endpoint_in_any_spelling() {
    let bench = Bench::new().await;
    for path in ["/EnrollmentServer/Discovery.svc", "/enrollmentserver/DISCOVERY.svc?x=1"] {
        let answer = bench.send(TestRequest::get().uri(path)).await;
        assert_eq!((answer.status, answer.body.len()), (StatusCode::OK, 0), "{path}");
    }
}

#[actix_web::test]
async fn a_pc_is_sent_to_the_public_address_whatever_host_it_asked() {
    let bench = Bench::new().await;
    let request = post("/EnrollmentServer/Discovery.svc", SOAP, data("mde/discover.xml"))
        .insert_header(("Host", "evil.example"))
        .insert_header(("X-Forwarded-Host", "evil.example"));
    let reply = answered(&bench.send(request).await);
    let id = "urn:uuid:6f1d3c52-7c0e-4b6b-9a53-0c1f6a1f2b3c";
    assert_eq!(reply.header.relates_to.as_deref(), Some(id));
    assert_eq!(reply.body.auth_policy, AuthPolicy::OnPremise);
    assert_eq!(
        reply.body.enrollment_version.map(|v| v.to_string()),
        Some("4.0".to_owned())
    );
    let url = |path: &str| format!("{PUBLIC_URL}/EnrollmentServer/{path}");
    assert_eq!(reply.body.policy_url, Some(url("Policy.svc")));
    assert_eq!(reply.body.enrollment_url, url("Enrollment.svc"));
    assert_eq!(reply.body.authentication_url, None);
}

#[actix_web::test]
async fn a_pc_that_knows_no_password_is_told_so() {
    let bench = Bench::new().await;
    let answer = bench
        .soap("/EnrollmentServer/Discovery.svc", data("mde/discover-old.xml"))
        .await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(answer.fault().fault.subcode, Subcode::Authorization);
}

#[actix_web::test]
async fn what_is_no_route_is_404_with_an_empty_body() {
    let bench = Bench::new().await;
    for (method, path) in [
        (Method::GET, "/"),
        (Method::GET, "/healthz"),
        (Method::GET, "/v1/organizations"),
        (Method::GET, "/EnrollmentServer/Policy.svc"),
        (Method::DELETE, "/EnrollmentServer/Discovery.svc"),
        (Method::GET, "/ManagementServer/MDM.svc"),
        (Method::POST, "/ManagementServer/mdm.svc/x"),
    ] {
        let answer = bench.send(TestRequest::default().method(method).uri(path)).await;
        assert_eq!((answer.status, answer.body.len()), (StatusCode::NOT_FOUND, 0), "{path}");
    }
}
