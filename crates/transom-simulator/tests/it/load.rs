use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use transom_simulator::load::{LoadError, run};
use transom_simulator::{Credentials, KeySource, LoadPlan};
use transom_syncml::Request;

use crate::server::{Server, TOKEN};

fn plan(server: &Server, token: &str) -> LoadPlan {
    let credentials = Credentials::binary_token(token);
    let mut plan = LoadPlan::new(server.url.as_str(), server.trust.clone(), credentials).unwrap();
    plan.devices = 5;
    plan.concurrency = 3;
    plan.sessions = 4;
    plan.keys = KeySource::pool(1).unwrap();
    plan
}

#[tokio::test]
async fn a_load_run_counts_everything() {
    let server = Server::start().await;
    server.script(vec![Request::get(9, "./DevDetail/SwV").into()]);
    let mut plan = plan(&server, TOKEN);
    let told = Arc::new(AtomicU64::new(0));
    let teller = Arc::clone(&told);
    plan.on_progress = Some(Arc::new(move |progress| {
        assert_eq!((progress.devices, progress.planned_sessions), (5, 20));
        teller.fetch_add(1, Ordering::Relaxed);
    }));
    let report = run(&plan).await.unwrap();
    assert!(report.is_clean(), "{:?} {:?}", report.errors, report.violations);
    assert_eq!(
        (report.enrolled, report.sessions, report.commands, report.messages),
        (5, 20, 20, 40)
    );
    assert_eq!(report.handshakes, 5 + 20);
    assert_eq!(
        (report.enrolment.count, report.session.count, report.post.count),
        (5, 20, 40)
    );
    assert!(report.sessions_per_second() > 0.0 && report.session.p50 <= report.session.max);
    assert_eq!(told.load(Ordering::Relaxed), 25);
}

#[tokio::test]
async fn failures_are_counted_by_kind_with_an_example() {
    let server = Server::start().await;
    let report = run(&plan(&server, "wrong")).await.unwrap();
    let trouble = &report.errors["enrolment: fault Authentication"];
    assert_eq!(trouble.count, 5);
    assert!(trouble.sample.contains("0x80180002"), "{}", trouble.sample);
    assert_eq!((report.enrolled, report.sessions), (0, 0));
}

#[tokio::test]
async fn an_empty_plan_is_refused() {
    let server = Server::start().await;
    let mut plan = plan(&server, TOKEN);
    plan.concurrency = 0;
    assert!(matches!(run(&plan).await, Err(LoadError::EmptyPlan)));
}
