//! Certificate policy (MS-XCEP; docs/PROTOCOL.md, 4): which key the PC makes and how it signs.

use super::{
    credentials,
    soap::{Call, Refusal},
};
use actix_web::{HttpResponse, web::Payload};
use transom_mde::{
    fault::Service,
    limits::MAX_SMALL_MESSAGE_BYTES,
    policy::{GetPolicies, GetPoliciesResponse},
    soap::Request,
};

/// Seconds of a day.
const DAY_SECONDS: u64 = 24 * 60 * 60;

/// POST. The answer is the same for everybody, but nobody gets it who may not enrol: a wrong password is told before
/// the PC has made a key.
pub(super) async fn get_policies(call: &Call<'_>, payload: Payload) -> HttpResponse {
    call.answer(
        Service::Policy,
        payload,
        MAX_SMALL_MESSAGE_BYTES,
        async |cx, request: Request<GetPolicies>| -> Result<_, Refusal> {
            credentials::grant(call, cx, &request.header.credential).await?;
            let usual = GetPoliciesResponse::default();
            let validity_seconds = u64::from(call.shared.state.settings.certificate_days) * DAY_SECONDS;
            Ok(GetPoliciesResponse {
                validity_seconds,
                // Windows expects the renewal window inside the validity.
                renewal_seconds: usual.renewal_seconds.min(validity_seconds / 2),
                ..usual
            })
        },
    )
    .await
}
