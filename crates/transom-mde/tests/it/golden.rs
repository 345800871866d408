//! The bytes of every message kind, as files that a person can read.
//!
//! `TRANSOM_WRITE_GOLDEN=1` writes them anew; look at the difference before you keep it.

use transom_mde::fault::FaultStyle;

use crate::files::{data, read};
use crate::samples;

fn check(name: &str, text: &str) {
    if std::env::var_os("TRANSOM_WRITE_GOLDEN").is_some() {
        std::fs::write(data(name), text).unwrap();
    }
    let expected = String::from_utf8(read(data(name))).unwrap();
    assert_eq!(text, expected, "{name} is not what is written now");
}

#[test]
fn requests_are_written_byte_for_byte() {
    check("discover.xml", &samples::discover().encode());
    check("getpolicies.xml", &samples::get_policies().encode());
    check("rst-issue.xml", &samples::rst_issue().encode());
    check("rst-renew.xml", &samples::rst_renew().encode());
}

#[test]
fn replies_are_written_byte_for_byte() {
    check("discover-response.xml", &samples::discover_response().encode());
    check("getpolicies-response.xml", &samples::get_policies_response().encode());
    check("rst-response.xml", &samples::rst_response().encode());
}

#[test]
fn faults_are_written_byte_for_byte() {
    check("fault.xml", &samples::fault_plain().encode(FaultStyle::default()));
    check(
        "fault-detail.xml",
        &samples::fault_detailed().encode(FaultStyle::default()),
    );
    let lower = FaultStyle {
        lower_case_detail: true,
        ..FaultStyle::default()
    };
    check("fault-detail-lower.xml", &samples::fault_detailed().encode(lower));
}

#[test]
fn provisioning_documents_are_written_byte_for_byte() {
    check("provisioning.xml", &samples::provisioning().encode());
    check("provisioning-full.xml", &samples::provisioning_full().encode());
}
