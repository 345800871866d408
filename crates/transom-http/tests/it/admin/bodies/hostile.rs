//! Bodies and paths that no honest client sends: a clear refusal in the envelope, and nothing done.

use super::{Target, request, targets};
use crate::admin::careful::{Lab, NOBODY, method, nowhere};
use actix_web::test::TestRequest;
use serde_json::Value;
use transom_http::admin::{
    JSON_DEPTH_MAX, JSON_VALUES_MAX,
    routes::{AnswerSchema, ROUTES},
};

/// 10 MB, as the requirement has it.
const TEN_MEGABYTES: usize = 10 * 1024 * 1024;

fn takes_ten_megabytes(target: &Target) -> bool {
    target.route.body.is_some_and(|body| body.bytes_max >= TEN_MEGABYTES)
}

/// What is sent, and which statuses are a right answer.
fn hostile() -> Vec<(&'static str, Vec<u8>, &'static [u16])> {
    let nested = |open: &str, close: &str, n: usize| format!("{}{}", open.repeat(n), close.repeat(n));
    vec![
        ("nothing", Vec::new(), &[400]),
        ("blanks", b" \r\n\t".to_vec(), &[400]),
        ("a byte order mark alone", "\u{feff}".into(), &[400]),
        ("invalid UTF-8", b"{\"name\":\"\xff\xfe\"}".to_vec(), &[400]),
        ("overlong UTF-8", b"{\"name\":\"\xc0\x80\"}".to_vec(), &[400]),
        (
            "UTF-16",
            "{\"n\":1}".bytes().flat_map(|byte| [byte, 0]).collect(),
            &[400],
        ),
        ("half a surrogate", br#"{"name":"\ud800"}"#.to_vec(), &[400]),
        ("NUL in a text", br#"{"name":"a\u0000b"}"#.to_vec(), &[400]),
        ("NUL in a name", br#"{"na\u0000me":"a"}"#.to_vec(), &[400]),
        ("a bare NUL", b"{\"name\":\"a\0b\"}".to_vec(), &[400]),
        ("a list", b"[]".to_vec(), &[400]),
        ("a list of objects", br#"[{"name":"a"}]"#.to_vec(), &[400]),
        ("null", b"null".to_vec(), &[400]),
        ("a text", b"\"name\"".to_vec(), &[400]),
        ("a number", b"1".to_vec(), &[400]),
        ("a field twice", br#"{"name":"a","name":"b"}"#.to_vec(), &[400]),
        (
            "a field twice, deep in an unknown one",
            br#"{"x":{"y":[{"z":1,"z":2}]}}"#.to_vec(),
            &[400],
        ),
        ("half of an object", br#"{"name":"a""#.to_vec(), &[400]),
        ("an object and more", br#"{"name":"a"} {}"#.to_vec(), &[400]),
        ("a comma too many", br#"{"name":"a",}"#.to_vec(), &[400]),
        ("a comment", br#"{"name":"a"/* b */}"#.to_vec(), &[400]),
        ("single quotes", b"{'name':'a'}".to_vec(), &[400]),
        ("NaN", br#"{"name":NaN}"#.to_vec(), &[400]),
        ("a number beyond all numbers", br#"{"name":1e999}"#.to_vec(), &[400]),
        (
            "one with 10,000 digits",
            format!("{{\"name\":{}}}", "9".repeat(10_000)).into(),
            &[400],
        ),
        ("lists 10,000 deep", nested("[", "]", 10_000).into(), &[400]),
        (
            "objects 10,000 deep",
            format!("{}1{}", "{\"a\":".repeat(10_000), "}".repeat(10_000)).into(),
            &[400, 413],
        ),
        ("lists 10,000 deep that do not end", "[".repeat(10_000).into(), &[400]),
        (
            "one level too deep in an unknown field",
            format!("{{\"x\":{}}}", nested("[", "]", JSON_DEPTH_MAX)).into(),
            &[400],
        ),
        (
            "too many values",
            format!("[{}0]", "0,".repeat(JSON_VALUES_MAX)).into(),
            &[400, 413],
        ),
        (
            "10 MB of text",
            format!("{{\"name\":\"{}\"}}", "x".repeat(TEN_MEGABYTES)).into(),
            &[413],
        ),
        (
            "10 MB of numbers",
            format!("[{}0]", "0,".repeat(TEN_MEGABYTES / 2)).into(),
            &[413],
        ),
        ("10 MB of blanks", " ".repeat(TEN_MEGABYTES).into(), &[413]),
        (
            "10 MB of names",
            {
                let fields: Vec<String> = (0..TEN_MEGABYTES / 12).map(|n| format!("\"a{n:07}\":1")).collect();
                format!("{{{}}}", fields.join(",")).into()
            },
            &[413],
        ),
    ]
}

#[actix_web::test]
async fn what_is_no_proper_body_is_refused_by_every_route_and_nothing_is_done() {
    let lab = Lab::patient().await;
    let targets = targets(&lab).await;
    let before = lab.dump_unaudited();
    for target in &targets {
        for (what, bytes, statuses) in hostile() {
            let sent = request(&lab, target, "").insert_header(("Content-Type", "application/json"));
            let answer = lab.world.send(sent.set_payload(bytes)).await;
            let place = format!("{}: {what}: {}", target.route.name(), answer.body);
            let status = answer.status.as_u16();
            assert_eq!(answer.body["status"], false, "{place}");
            assert!(answer.body["error"]["message"].is_string(), "{place}");
            if target.is_there {
                // Where two files come as JSON, 10 MB are not too many; they are wrong all the same.
                let is_right = statuses.contains(&status) || (takes_ten_megabytes(target) && status == 400);
                assert!(is_right, "{place}");
                assert!(status == 413 || !answer.wrong().is_empty(), "{place}");
            } else {
                assert_eq!(status, 404, "{place}");
            }
        }
    }
    assert_eq!(lab.dump_unaudited(), before);
}

#[actix_web::test]
async fn every_route_takes_json_and_nothing_else() {
    let lab = Lab::patient().await;
    let targets = targets(&lab).await;
    let before = lab.dump_unaudited();
    for target in &targets {
        let body = target.body.to_string();
        for (name, value) in [
            ("Content-Type", "text/plain"),
            ("Content-Type", "application/xml"),
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Content-Type", "multipart/form-data"),
            ("Content-Type", "application/json; charset=utf-16"),
            ("Content-Type", "application/jsonp"),
            ("X-No-Content-Type", "at all"),
        ] {
            let sent = request(&lab, target, "").insert_header((name, value));
            let answer = lab.world.send(sent.set_payload(body.clone())).await;
            refused(target, &answer.body, answer.status.as_u16(), 415, value);
        }
        if target.route.body.is_some_and(|body| body.form.is_none()) {
            let form = "multipart/form-data; boundary=x";
            let sent = request(&lab, target, "").insert_header(("Content-Type", form));
            let answer = lab.world.send(sent.set_payload(body.clone())).await;
            refused(target, &answer.body, answer.status.as_u16(), 415, form);
        }
        for coding in ["gzip", "br", "x"] {
            let sent = request(&lab, target, "")
                .insert_header(("Content-Type", "application/json"))
                .insert_header(("Content-Encoding", coding));
            let answer = lab.world.send(sent.set_payload(body.clone())).await;
            refused(target, &answer.body, answer.status.as_u16(), 415, coding);
        }
    }
    assert_eq!(lab.dump_unaudited(), before);
}

fn refused(target: &Target, body: &Value, status: u16, expected: u16, what: &str) {
    let expected = if target.is_there { expected } else { 404 };
    assert_eq!(
        (status, &body["status"]),
        (expected, &Value::Bool(false)),
        "{} {what}: {body}",
        target.route.name()
    );
}

#[actix_web::test]
async fn a_name_in_a_path_that_can_be_none_is_not_found_and_breaks_nothing() {
    let lab = Lab::patient().await;
    let before = lab.dump_unaudited();
    let long = "a".repeat(4_096);
    let names = [
        "%00",
        "%ff%fe",
        "%C0%80",
        "..%2F..%2Fetc",
        "%27%20OR%201=1--",
        "-1",
        "99999999999999999999",
        "%F0%9F%92%A9",
        &long,
    ];
    for route in ROUTES.iter().filter(|route| route.takes_token()) {
        let usual = nowhere(route);
        let parts: Vec<&str> = route.path.split('/').collect();
        for (place, part) in parts.iter().enumerate().filter(|(_, part)| part.starts_with('{')) {
            for name in names {
                let mut path: Vec<&str> = usual.split('/').collect();
                path[place] = name;
                let sent = TestRequest::with_uri(&path.join("/"))
                    .method(method(route))
                    .insert_header(("Authorization", format!("Bearer {}", lab.world.admin)))
                    .insert_header(("Content-Type", "application/json"))
                    .set_payload("{}");
                let answer = lab.world.send(sent).await;
                assert!(
                    answer.status.is_client_error() && answer.body["status"] == false,
                    "{} {part}={name}: {} {}",
                    route.name(),
                    answer.status,
                    answer.body
                );
            }
        }
    }
    assert_eq!(lab.dump_unaudited(), before);
}

#[actix_web::test]
async fn every_parameter_of_every_list_is_refused_where_it_is_no_utf8() {
    let lab = Lab::patient().await;
    let mut tried = 0;
    let lists = ROUTES.iter().filter(|route| {
        let is_list = matches!(route.answer, AnswerSchema::Page(_) | AnswerSchema::List(_));
        is_list && !route.writes && !nowhere(route).contains(NOBODY)
    });
    for route in lists {
        for field in route.fields() {
            for value in ["%ff", "a%C0%80", "%ed%a0%80", "%F0%9F", "%", "%zz"] {
                let answer = lab
                    .world
                    .get(&format!("{}?{}={value}", nowhere(route), field.name))
                    .await;
                let place = format!("{} {}={value}: {}", route.name(), field.name, answer.body);
                assert_eq!(answer.status, 400, "{place}");
                assert_eq!(answer.wrong(), [field.name], "{place}");
                assert_eq!(answer.body["error"]["details"][0]["rule"], "encoding", "{place}");
                tried += 1;
            }
        }
    }
    assert!(tried > 300, "{tried}");
}

#[actix_web::test]
async fn a_query_that_is_none_is_refused() {
    let lab = Lab::patient().await;
    for route in ROUTES.iter().filter(|route| route.takes_token()) {
        for query in [
            "?%00=1",
            "?page=%ff",
            "?%",
            "?sort=%00",
            "?limit=1e3",
            "?page=-1",
            "?=",
            "?a&b&c",
        ] {
            let sent = TestRequest::with_uri(&format!("{}{query}", nowhere(route)))
                .method(method(route))
                .insert_header(("Authorization", format!("Bearer {}", lab.world.admin)))
                .insert_header(("Content-Type", "application/json"))
                .set_payload("{}");
            let answer = lab.world.send(sent).await;
            assert!(
                answer.status.is_client_error() && answer.body["status"] == false,
                "{} {query}: {} {}",
                route.name(),
                answer.status,
                answer.body
            );
        }
    }
}
