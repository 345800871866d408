//! What reaches a listener and is no HTTP: refused, and nothing in the log for whoever would fill it.

use crate::binary::{Served, sqlite, transom};
use std::{
    fs::{self, File},
    io::{Read as _, Write as _},
    net::TcpStream,
};

/// Heads of requests that are none, and the statuses that are a right answer.
fn heads() -> Vec<(&'static str, String, &'static [&'static str])> {
    let get = |rest: &str| format!("GET /healthz HTTP/1.1\r\n{rest}\r\n");
    vec![
        ("no host", get(""), &["400"]),
        ("two hosts", get("Host: a\r\nHost: b\r\n"), &["400"]),
        (
            "two lengths",
            "POST /v1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                .to_owned(),
            &["400"],
        ),
        ("no HTTP at all", "hello\r\n\r\n".to_owned(), &["400"]),
        (
            "a head without an end",
            get(&format!("Host: a\r\nX-Long: {}\r\n", "x".repeat(300_000))),
            &["400", "431"],
        ),
    ]
}

/// The status that a listener answers, or that it closed the connection without one.
fn status(address: &str, head: &str) -> String {
    let mut connection = TcpStream::connect(address).unwrap();
    // Who is refused in the middle of a long head may find the connection closed.
    let _ = connection.write_all(head.as_bytes());
    let mut answer = Vec::new();
    let _ = connection.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    answer.split(' ').nth(1).unwrap_or("none").to_owned()
}

/// What a server logs that is met with all of it, ten times over.
fn logged(filter: &str) -> String {
    let (folder, url) = sqlite();
    let log = folder.path().join("log");
    let mut command = transom(folder.path(), &url);
    command.env("TRANSOM__LOG__FILTER", filter);
    let mut served = Served::start_logging(&mut command, File::create(&log).unwrap().into());
    let admin = served.url("admin");
    let address = admin.strip_prefix("http://").unwrap();
    for (what, head, statuses) in heads() {
        for _ in 0..10 {
            let status = status(address, &head);
            assert!(statuses.contains(&&*status) || status == "none", "{what}: {status}");
        }
    }
    served.kill();
    fs::read_to_string(log).unwrap()
}

#[test]
fn what_is_no_request_leaves_nothing_in_the_log() {
    let log = logged("info");
    assert!(log.contains("INFO"), "{log}");
    assert!(!log.contains("ERROR") && !log.contains("WARN"), "{log}");
    assert!(log.lines().count() < 30, "{log}");
}

#[test]
fn whoever_asks_for_it_finds_it_in_the_log() {
    let log = logged("info,actix_http=error");
    assert!(log.contains("ERROR"), "{log}");
}
