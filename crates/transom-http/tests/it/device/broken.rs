//! When the store has too much to do, or fails: PCs are told what they can act on, and nothing of ours.

use super::{
    peers::package1,
    support::{Bench, ada, data},
};
use actix_web::http::StatusCode;
use transom_domain::{DeviceId, Timestamp, ports::StoreError};
use transom_mde::fault::Subcode;

const POLICY: &str = "/EnrollmentServer/Policy.svc";

#[actix_web::test]
async fn a_store_that_is_busy_or_away_sends_pcs_away_for_a_while() {
    for error in [StoreError::Busy, StoreError::Unavailable("restarting".to_owned())] {
        let mut bench = Bench::new().await;
        let der = bench.enrolled("PC-1").await.client.der;
        bench.fail_with(error);
        let answer = bench.manage(Some(&der), package1("PC-1", "1")).await;
        assert_eq!((answer.status, answer.body.len()), (StatusCode::TOO_MANY_REQUESTS, 0));
        let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((15..45).contains(&wait), "{wait}");

        for (path, body) in [
            (POLICY, data("mde/getpolicies.xml")),
            (
                "/EnrollmentServer/Enrollment.svc",
                super::support::rst("PC-2", ada()).into_bytes(),
            ),
        ] {
            let answer = bench.soap(path, body).await;
            assert_eq!(answer.fault().fault.subcode, Subcode::EnrollmentServer);
            assert_eq!(answer.header("retry-after"), Some("10"));
        }
    }
}

#[actix_web::test]
async fn a_failing_store_is_nobodys_business_and_no_failed_sign_in() {
    let mut bench = Bench::new().await;
    let der = bench.enrolled("PC-1").await.client.der;
    bench.fail_with(StoreError::Failed("connection to secret-host refused".to_owned()));
    let answer = bench.manage(Some(&der), package1("PC-1", "1")).await;
    assert_eq!(
        (answer.status, answer.body.len()),
        (StatusCode::INTERNAL_SERVER_ERROR, 0)
    );
    for _ in 0..11 {
        let answer = bench.soap(POLICY, data("mde/getpolicies.xml")).await;
        assert_eq!(answer.fault().fault.subcode, Subcode::EnrollmentServer);
        assert!(!answer.text().contains("secret-host"));
    }
}

#[actix_web::test]
async fn what_could_not_be_written_down_is_kept_for_the_next_time() {
    let mut bench = Bench::new().await;
    let works = bench.state.store.clone();
    let reports = bench.state.last_reports.clone();
    reports.record(DeviceId::from([1; 12]), Timestamp::from_millis(1));
    bench.fail_with(StoreError::Busy);
    assert_eq!(
        reports.flush(bench.store(), &*bench.environment).await,
        Err(StoreError::Busy)
    );
    assert_eq!(reports.len(), 1);
    assert_eq!(
        reports.flush(&*works, &*bench.environment).await,
        Ok(1),
        "a missing device is skipped by the store"
    );
    assert!(reports.is_empty());
}
