//! Who may enrol: every refusal looks alike, and too many are not looked at.

use super::support::{ADA, Bench, NOW, PASSWORD, SOAP, STRANGER, ada, address, data, post, rst};
use actix_web::http::StatusCode;
use std::{sync::atomic::Ordering, time::Duration};
use transom_mde::{
    fault::Subcode,
    policy::{GetPolicies, GetPoliciesResponse},
    soap::{BinaryToken, Credential, Reply, Request},
};

const POLICY: &str = "/EnrollmentServer/Policy.svc";

fn get_policies(credential: Credential) -> String {
    let to = "https://mdm.example.test/EnrollmentServer/Policy.svc";
    Request::new("urn:uuid:2", to, credential, GetPolicies::default()).encode()
}

fn token(text: &str) -> Credential {
    Credential::BinarySecurityToken(BinaryToken::user_token(text))
}

#[actix_web::test]
async fn a_user_with_a_password_gets_the_policy() {
    let bench = Bench::new().await;
    let answer = bench.soap(POLICY, data("mde/getpolicies.xml")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let policy = Reply::<GetPoliciesResponse>::decode(&answer.body).unwrap().body;
    assert_eq!(policy.minimal_key_length, 2048);
    assert_eq!(policy.validity_seconds, 365 * 24 * 60 * 60);
    assert!(policy.hash.is_some());
}

#[actix_web::test]
async fn a_token_opens_by_itself_and_in_place_of_a_password() {
    let bench = Bench::new().await;
    bench.token("enroll_abc", |_| {}).await;
    for credential in [
        token("enroll_abc"),
        Credential::username("anybody@example.test", "enroll_abc"),
        // As it comes along from a web page or a mail.
        Credential::username("example\\anybody", " enroll_abc "),
    ] {
        let answer = bench.soap(POLICY, get_policies(credential)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    }
    assert_eq!(
        bench.uses("enroll_abc").await,
        0,
        "looking at the policy uses nothing up"
    );
}

#[actix_web::test]
async fn nobody_learns_what_was_wrong() {
    let bench = Bench::new().await;
    bench.token("enroll_expired", |token| token.expires_at = NOW).await;
    bench.token("enroll_used", |token| token.uses = token.uses_max).await;
    bench
        .token("enroll_revoked", |token| token.revoked_at = Some(NOW))
        .await;
    let jwt = "eyJhbGciOiJSUzI1NiJ9.eyJ1cG4iOiJhZGEifQ.c2lnbmF0dXJl";
    let refused = [
        Credential::username(ADA, "wrong"),
        Credential::username(ADA, ""),
        Credential::username("nobody@example.test", PASSWORD),
        Credential::username("example\\ada", PASSWORD),
        Credential::username(ADA, "enroll_expired"),
        token("enroll_expired"),
        token("enroll_used"),
        token("enroll_revoked"),
        token("enroll_unknown"),
        token("{\"token\":1}"),
        Credential::BinarySecurityToken(BinaryToken::jwt(jwt)),
    ];
    let mut seen = Vec::new();
    for credential in refused {
        for (path, body) in [
            (POLICY, get_policies(credential.clone())),
            ("/EnrollmentServer/Enrollment.svc", rst("PC-1", credential.clone())),
        ] {
            let answer = bench.soap(path, body).await;
            assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
            assert_eq!(answer.fault().fault.subcode, Subcode::Authentication);
            assert!(answer.header("retry-after").is_none());
            seen.push((path, answer.without_ids()));
            // Other accounts must not be locked out by what this test does.
            bench.environment.advance(Duration::from_secs(301));
        }
    }
    for (path, text) in &seen {
        let first = seen.iter().find(|(other, _)| other == path).unwrap();
        assert_eq!(text, &first.1);
    }
}

#[actix_web::test]
async fn a_token_that_opens_nothing_takes_as_long_to_refuse_as_a_wrong_password() {
    let bench = Bench::new().await;
    bench.token("enroll_expired", |token| token.expires_at = NOW).await;
    bench
        .token("enroll_revoked", |token| token.revoked_at = Some(NOW))
        .await;
    for (number, secret) in ["wrong", "enroll_expired", "enroll_revoked"].into_iter().enumerate() {
        for username in [ADA, "nobody@example.test"] {
            let credential = Credential::username(username, secret);
            bench.soap(POLICY, get_policies(credential)).await.fault();
        }
        let checked = bench.passwords.checked.load(Ordering::Relaxed);
        assert_eq!(checked, (number as u64 + 1) * 2, "{secret}");
    }
}

#[actix_web::test]
async fn a_message_without_credentials_is_refused_as_such() {
    let bench = Bench::new().await;
    let answer = bench.soap(POLICY, get_policies(Credential::None)).await;
    assert_eq!(answer.fault().fault.subcode, Subcode::InvalidSecurity);
}

#[actix_web::test]
async fn guessing_closes_the_account_even_to_the_right_password_and_waiting_opens_it() {
    let bench = Bench::new().await;
    for _ in 0..10 {
        let answer = bench
            .soap(POLICY, get_policies(Credential::username(ADA, "wrong")))
            .await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    }
    bench.environment.advance(Duration::from_millis(60_500));
    let elsewhere = "198.51.100.1:4000";
    let request = || post(POLICY, SOAP, get_policies(ada())).peer_addr(address(elsewhere));
    let closed = bench.send(request()).await;
    assert_eq!(closed.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(closed.header("retry-after"), Some("240"), "rounded up");
    assert_eq!(closed.fault().fault.subcode, Subcode::Authentication);
    bench.environment.advance(Duration::from_secs(240));
    assert_eq!(bench.send(request()).await.status, StatusCode::OK);
}

#[actix_web::test]
async fn a_success_does_not_give_a_guesser_new_tries() {
    let bench = Bench::new().await;
    for _ in 0..9 {
        bench
            .soap(POLICY, get_policies(Credential::username(ADA, "wrong")))
            .await;
    }
    assert_eq!(bench.soap(POLICY, get_policies(ada())).await.status, StatusCode::OK);
    bench
        .soap(POLICY, get_policies(Credential::username(ADA, "wrong")))
        .await;
    let closed = bench.soap(POLICY, get_policies(ada())).await;
    assert_eq!(closed.status, StatusCode::TOO_MANY_REQUESTS);
}

#[actix_web::test]
async fn one_address_cannot_try_many_accounts_and_its_neighbours_are_not_closed_with_it() {
    let bench = Bench::new().await;
    bench.token("enroll_abc", |_| {}).await;
    for number in 0..50 {
        let credential = Credential::username(format!("user{number}@example.test"), "wrong");
        bench.soap(POLICY, get_policies(credential)).await;
    }
    let closed = bench.soap(POLICY, get_policies(token("enroll_abc"))).await;
    assert_eq!(closed.status, StatusCode::TOO_MANY_REQUESTS);
    let neighbour = post(POLICY, SOAP, get_policies(token("enroll_abc"))).peer_addr(address("203.0.113.10:1"));
    assert_eq!(bench.send(neighbour).await.status, StatusCode::OK);
    assert_eq!(address(STRANGER).ip().to_string(), "203.0.113.9");
}
