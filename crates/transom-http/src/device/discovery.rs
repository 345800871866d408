//! Discovery (MS-MDE2 3.1; docs/PROTOCOL.md, 2): where the PC goes on, and how it proves who enrols it.

use super::{
    routes::{ENROLMENT_PATH, POLICY_PATH},
    soap::{Call, Refusal},
};
use actix_web::{HttpResponse, web::Payload};
use transom_mde::{
    discovery::{AuthPolicy, DiscoverRequest, DiscoverResponse},
    fault::{Service, Subcode},
    limits::MAX_SMALL_MESSAGE_BYTES,
};

/// What a PC is told that can do none of what the server accepts.
const NO_COMMON_WAY: &str = "This server enrols PCs with a password or an enrolment token only.";

/// GET: whether there is anything at all (docs/PROTOCOL.md, 2).
pub(super) fn exists() -> HttpResponse {
    HttpResponse::Ok().finish()
}

/// POST.
pub(super) async fn discover(call: &Call<'_>, payload: Payload) -> HttpResponse {
    call.answer(
        Service::Discovery,
        payload,
        MAX_SMALL_MESSAGE_BYTES,
        async |_, request| {
            let asked: DiscoverRequest = request.body;
            // A client of old says nothing; from one that says something, one of its own ways must be chosen (MS-MDE2
            // 3.1.4.1.3.2).
            if !asked.auth_policies.is_empty() && !asked.auth_policies.contains(&AuthPolicy::OnPremise) {
                return Err(Refusal::new(Subcode::Authorization, NO_COMMON_WAY, NO_COMMON_WAY));
            }
            let url = &call.shared.state.settings.public_url;
            Ok(DiscoverResponse {
                auth_policy: AuthPolicy::OnPremise,
                enrollment_version: Some(asked.request_version.announced()),
                policy_url: Some(format!("{url}{POLICY_PATH}")),
                enrollment_url: format!("{url}{ENROLMENT_PATH}"),
                authentication_url: None,
            })
        },
    )
    .await
}
