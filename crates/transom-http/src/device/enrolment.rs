//! The certificate request (MS-WSTEP; docs/PROTOCOL.md, 5 to 7): a PC becomes ours.
//!
//! In this order: who enrols, is the request usable, the certificate, and last the one unit of work that records it
//! all. A certificate whose enrolment was not recorded opens nothing, because it is found by no fingerprint.

mod document;

use super::{
    credentials, peer,
    soap::{Call, Refusal},
};
use actix_web::{HttpResponse, web::Payload};
use document::Secrets;
use std::time::Duration;
use transom_domain::{
    Context, EnrollmentId,
    enrollment::{
        EnrollmentKind, IssuedCertificate,
        certificate::{BACKDATED, CertificateOrder, IssueError},
        enroll::{Enroll, EnrollError, NoRule, enroll, record_refusal},
        sign_in::EnrollmentGrant,
    },
    text,
};
use transom_mde::{
    fault::{ErrorType, Service, Subcode},
    limits::MAX_RST_BYTES,
    rst::{self, CsrForm, RequestSecurityToken, RequestType, SecurityTokenResponse, names},
    soap::Request,
};

/// Characters of one fact that are kept: names, versions and addresses are short. Attestation blobs, which nobody
/// evaluates, are not worth a row of a megabyte.
pub const FACT_CHARS_MAX: usize = 1024;

/// What a PC is told that wants its certificate renewed (decision 16).
const NO_RENEWAL: &str = "Certificates are not renewed. Enrol the PC again.";

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// POST.
pub(super) async fn request_token(call: &Call<'_>, payload: Payload) -> HttpResponse {
    call.answer(
        Service::Enrolment,
        payload,
        MAX_RST_BYTES,
        async |cx, request: Request<RequestSecurityToken>| {
            // Before anybody is asked who they are: a renewing PC has no credentials of a person to show.
            let device_id = check(&request.body)?.to_owned();
            let grant = credentials::grant(call, cx, &request.header.credential).await?;
            enrol(call, cx, grant, &device_id, request.body).await
        },
    )
    .await
}

/// Whether this is a first request that can be granted; answers the client's device id.
fn check(request: &RequestSecurityToken) -> Result<&str, Refusal> {
    match request.request_type {
        RequestType::Issue => {}
        RequestType::Renew | RequestType::Recovery => {
            return Err(Refusal::detailed(ErrorType::NotEligibleToRenew, NO_RENEWAL));
        }
        RequestType::Other(_) => {
            let told = "The request type is unknown.";
            return Err(Refusal::new(Subcode::MessageFormat, told, told));
        }
    }
    if request.csr_form() != CsrForm::Pkcs10 {
        let told = "The certificate request is not PKCS#10.";
        return Err(Refusal::new(Subcode::CertificateRequest, told, told));
    }
    request.context.device_id().ok_or_else(|| {
        let told = "The request has no DeviceID.";
        Refusal::new(Subcode::MessageFormat, told, told)
    })
}

async fn enrol(
    call: &Call<'_>,
    cx: &mut Context,
    grant: EnrollmentGrant,
    device_id: &str,
    request: RequestSecurityToken,
) -> Result<SecurityTokenResponse, Refusal> {
    let state = &call.shared.state;
    let id: EnrollmentId = cx.id();
    let secrets = Secrets::draw(cx, id);
    if !names_device(&request.csr, device_id) {
        // Real PCs write it there (docs/PROTOCOL.md, 5), but nothing is decided by it.
        tracing::info!(device.win_id = ?device_id, "the certificate request does not name the device id");
    }
    let (certificate, der) = issue(call, cx, id, request.csr).await?;
    let record = Enroll {
        id,
        grant,
        certificate,
        credentials: secrets.credentials(),
        kind: kind(&request.context),
        win_id: device_id.to_owned(),
        hw_dev_id: request.context.hw_dev_id().map(fact),
        serial_number: request.context.serial_number().map(fact),
        device_name: request.context.device_name().map(fact),
        presented: peer::certificate(call.request, &call.caller, state.settings.proxy.as_ref()),
        facts: facts(&request.context),
    };
    let recorded = record.clone();
    let enrolled = state.store.write(cx, move |tx, cx| enroll(tx, cx, &recorded)).await;
    let (enrollment, device) = match enrolled {
        Ok(enrolled) => enrolled,
        Err(EnrollError::NoRule(refused)) => return Err(unwanted(call, cx, &record, *refused).await),
        Err(error) => return Err(refusal(error)),
    };
    tracing::info!(
        request.id = cx.origin.request_id,
        enrollment.id = %enrollment.id,
        device.id = %device.id,
        certificate.serial = enrollment.certificate.serial,
        "enrolled"
    );
    let text = document::write(call, &record, der, &device.display_name, &secrets)?;
    Ok(SecurityTokenResponse::new(text, cx.now.as_millis()))
}

async fn issue(
    call: &Call<'_>,
    cx: &mut Context,
    id: EnrollmentId,
    csr: Vec<u8>,
) -> Result<(IssuedCertificate, Vec<u8>), Refusal> {
    let state = &call.shared.state;
    let order = CertificateOrder {
        request: csr,
        common_name: id.to_string(),
        serial: cx.bytes(),
        not_before: cx.now - BACKDATED,
        not_after: cx.now + DAY * state.settings.certificate_days,
    };
    state.authority.issue(order).await.map_err(|error| match &error {
        IssueError::Refused(_) => {
            let text = error.to_string();
            Refusal::new(Subcode::CertificateRequest, text.clone(), text)
        }
        IssueError::Failed(_) => Refusal::new(
            Subcode::CertificateRequest,
            "No certificate could be issued.",
            error.to_string(),
        ),
    })
}

/// No rule wants the PC (N8): that is put on record with what came of every rule, unless the same was a short while ago,
/// and said in words that Windows shows.
async fn unwanted(call: &Call<'_>, cx: &Context, record: &Enroll, refused: NoRule) -> Refusal {
    let told = format!(
        "No enrolment rule matches this PC (enrolment template \"{}\"). Ask your administrator.",
        refused.template_name
    );
    let Some(unrecorded) = call.shared.refusals.admit(record, &refused, cx.now) else {
        tracing::info!(
            request.id = cx.origin.request_id,
            enrollment_template.id = %refused.template,
            device.win_id = ?record.win_id,
            "no enrolment rule matches; the same was put on record within the hour"
        );
        return Refusal::detailed(ErrorType::CustomServerError, told);
    };
    let (kept, reason) = (record.clone(), refused.clone());
    let recorded = call
        .shared
        .state
        .store
        .write(cx, move |tx, cx| record_refusal(tx, cx, &kept, &reason, unrecorded))
        .await;
    match recorded {
        Ok(()) => Refusal::detailed(ErrorType::CustomServerError, told),
        Err(error) => {
            call.shared.refusals.forget(record, &refused);
            error.into()
        }
    }
}

fn refusal(error: EnrollError) -> Refusal {
    match error {
        EnrollError::NoRule(_) => Refusal::new(Subcode::Authorization, error.to_string(), error.to_string()),
        EnrollError::Refused => Refusal::not_accepted("the token was used up or revoked meanwhile"),
        EnrollError::Malformed(what) => Refusal::new(Subcode::MessageFormat, what.clone(), what),
        EnrollError::Store(error) => error.into(),
    }
}

/// `Full` where nothing is said: clients that do not know the item enrol by a user.
fn kind(context: &rst::Context) -> EnrollmentKind {
    context
        .get(names::ENROLLMENT_TYPE)
        .and_then(EnrollmentKind::from_name)
        .unwrap_or(EnrollmentKind::Full)
}

/// Looked for as plain bytes, because Windows writes a string type there that strict parsers refuse.
fn names_device(csr: &[u8], device_id: &str) -> bool {
    let id = device_id.as_bytes();
    !id.is_empty() && csr.windows(id.len()).any(|window| window == id)
}

fn fact(value: &str) -> String {
    text::cut(value, FACT_CHARS_MAX)
}

fn facts(context: &rst::Context) -> Vec<(String, String)> {
    let items = context.items.iter();
    items.map(|item| (fact(&item.name), fact(&item.value))).collect()
}
