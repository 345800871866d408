//! Any bytes decode to an enrolment message or to an error; a request that was decoded survives writing and reading
//! again.
#![no_main]

use std::fmt::Debug;

use libfuzzer_sys::fuzz_target;
use transom_mde::Problem;
use transom_mde::discovery::{DiscoverRequest, DiscoverResponse};
use transom_mde::fault::FaultReply;
use transom_mde::policy::{GetPolicies, GetPoliciesResponse};
use transom_mde::provisioning::ProvisioningDocument;
use transom_mde::rst::{RequestSecurityToken, SecurityTokenResponse};
use transom_mde::soap::{Reply, Request, RequestBody};

fuzz_target!(|bytes: &[u8]| {
    round_trip::<DiscoverRequest>(bytes);
    round_trip::<GetPolicies>(bytes);
    round_trip::<RequestSecurityToken>(bytes);

    // What the server answers is read by simulated PCs only; it must not bring them down.
    let _ = Reply::<DiscoverResponse>::decode(bytes);
    let _ = Reply::<GetPoliciesResponse>::decode(bytes);
    let _ = Reply::<SecurityTokenResponse>::decode(bytes);
    let _ = FaultReply::decode(bytes);
    let _ = ProvisioningDocument::read(bytes);
});

fn round_trip<B: RequestBody + PartialEq + Debug>(bytes: &[u8]) {
    let Ok(request) = Request::<B>::decode(bytes) else {
        return;
    };
    match Request::<B>::decode(request.encode().as_bytes()) {
        Ok(again) => assert_eq!(request, again, "a request changed between writing and reading"),
        // Base64 without padding is written with it, and that may be the one byte too many.
        Err(error) if matches!(error.problem, Problem::Limit { .. } | Problem::TooLarge { .. }) => {}
        Err(error) => panic!("our own request is refused: {error}"),
    }
}
