//! One value of every message kind.

use transom_mde::Secret;
use transom_mde::discovery::{AuthPolicy, DEVICE_TYPE_WINDOWS, DiscoverRequest, DiscoverResponse};
use transom_mde::fault::{ErrorType, Fault, FaultReply, Service, Subcode};
use transom_mde::policy::{GetPolicies, GetPoliciesResponse};
use transom_mde::provisioning::{
    Account, Certificate, CertificateStore, ClientCredential, DmClient, Poll, ProvisioningDocument, ServerCredential,
    Thumbprint,
};
use transom_mde::rst::{Context, RequestSecurityToken, RequestType, SecurityTokenResponse, names};
use transom_mde::soap::{BinaryToken, Credential, Reply, Request};
use transom_mde::version::Version;

pub const MESSAGE_ID: &str = "urn:uuid:6f1d3c52-7c0e-4b6b-9a53-0c1f6a1f2b3c";
pub const ACTIVITY_ID: &str = "0b0f2d3e-9f55-4c39-8a58-6f3a0d3f7a11";
/// 2026-01-01T00:00:00Z.
pub const NOW_MS: i64 = 1_767_225_600_000;

pub fn discover() -> Request<DiscoverRequest> {
    let body = DiscoverRequest {
        email: "ada@example.test".to_owned(),
        request_version: Version { major: 9, minor: 0 },
        device_type: DEVICE_TYPE_WINDOWS.to_owned(),
        application_version: "10.0.26200.9278".to_owned(),
        os_edition: Some(4),
        auth_policies: vec![AuthPolicy::OnPremise, AuthPolicy::Federated, AuthPolicy::Certificate],
    };
    let to = "https://EnterpriseEnrollment.example.test:443/EnrollmentServer/Discovery.svc";
    Request::new(MESSAGE_ID, to, Credential::None, body)
}

pub fn discover_response() -> Reply<DiscoverResponse> {
    let body = DiscoverResponse {
        auth_policy: AuthPolicy::OnPremise,
        enrollment_version: Some(Version { major: 4, minor: 0 }),
        policy_url: Some("https://mdm.example.test/EnrollmentServer/Policy.svc".to_owned()),
        enrollment_url: "https://mdm.example.test/EnrollmentServer/Enrollment.svc".to_owned(),
        authentication_url: Some("https://mdm.example.test/auth?tenant=1&step=2".to_owned()),
    };
    Reply::new(Some(MESSAGE_ID.to_owned()), Some(ACTIVITY_ID.to_owned()), body)
}

pub fn get_policies() -> Request<GetPolicies> {
    let body = GetPolicies {
        tpm_manufacturer: Some("IFX".to_owned()),
        tpm_firmware_version: Some("7.85.4555.0".to_owned()),
    };
    let to = "https://mdm.example.test/EnrollmentServer/Policy.svc";
    Request::new(
        MESSAGE_ID,
        to,
        Credential::username("ada@example.test", "<p&ss> \"word\" "),
        body,
    )
}

pub fn get_policies_response() -> Reply<GetPoliciesResponse> {
    Reply::new(
        Some(MESSAGE_ID.to_owned()),
        Some(ACTIVITY_ID.to_owned()),
        GetPoliciesResponse::default(),
    )
}

/// The first bytes of a PKCS#10; the codec looks no further.
pub const CSR: &[u8] = &[0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x00, 0xfb, 0xff];
/// The first bytes of a PKCS#7.
pub const PKCS7: &[u8] = &[0x30, 0x05, 0x06, 0x03, 0x2a, 0x03, 0x04];

pub fn context() -> Context {
    Context::default()
        .with(names::UX_INITIATED, "true")
        .with(names::HW_DEV_ID, "A".repeat(64))
        .with(names::LOCALE, "de-DE")
        .with(names::OS_EDITION, "4")
        .with(names::DEVICE_NAME, "PC-ÄÖ-<01>")
        .with(names::MAC, "02-00-5E-10-00-01")
        .with(names::MAC, "02-00-5E-10-00-02")
        .with(names::IMEI, "490154203237518")
        .with(names::DEVICE_ID, "0123456789ABCDEF0123456789ABCDEF")
        .with(names::ENROLLMENT_TYPE, "Full")
        .with(names::OS_VERSION, "10.0.26200.9278")
        .with(names::NOT_IN_OOBE, "True")
        .with(names::SERIAL_NUMBER, "SN & 1")
        .with("SomethingOfTomorrow", "")
}

pub fn rst_issue() -> Request<RequestSecurityToken> {
    let token = Credential::BinarySecurityToken(BinaryToken::user_token("enrol-1234"));
    let to = "https://mdm.example.test/EnrollmentServer/Enrollment.svc";
    Request::new(
        MESSAGE_ID,
        to,
        token,
        RequestSecurityToken::issue(CSR.to_vec(), context()),
    )
}

pub fn rst_renew() -> Request<RequestSecurityToken> {
    let to = "https://mdm.example.test/EnrollmentServer/Enrollment.svc";
    let body = RequestSecurityToken {
        request_type: RequestType::Renew,
        csr_value_type: transom_mde::rst::PKCS7_VALUE_TYPE.to_owned(),
        ..RequestSecurityToken::issue(PKCS7.to_vec(), Context::default().with(names::DEVICE_ID, "0123"))
    };
    Request::new(MESSAGE_ID, to, Credential::username("ada@example.test", ""), body)
}

pub fn rst_response() -> Reply<SecurityTokenResponse> {
    let body = SecurityTokenResponse::new(provisioning().encode(), NOW_MS);
    Reply::new(Some(MESSAGE_ID.to_owned()), None, body)
}

pub fn fault_plain() -> FaultReply {
    let fault = Fault::new(Subcode::InvalidSecurity, "the Security header is missing");
    FaultReply::new(
        Service::Policy,
        Some(MESSAGE_ID.to_owned()),
        Some(ACTIVITY_ID.to_owned()),
        fault,
    )
}

pub fn fault_detailed() -> FaultReply {
    let fault = Fault::detailed(ErrorType::NotEligibleToRenew, "renewal is <not> possible", ACTIVITY_ID);
    FaultReply::new(
        Service::Enrolment,
        Some(MESSAGE_ID.to_owned()),
        Some(ACTIVITY_ID.to_owned()),
        fault,
    )
}

fn certificate(digit: char, der: &[u8]) -> Certificate {
    Certificate {
        thumbprint: Thumbprint::new(digit.to_string().repeat(40)).unwrap(),
        der: der.to_vec(),
    }
}

/// As the server makes it by default.
pub fn provisioning() -> ProvisioningDocument {
    let server = ServerCredential {
        secret: Secret::new("server-secret"),
        nonce: (0..16).collect(),
    };
    let client = ClientCredential {
        name: "device-1".to_owned(),
        secret: Secret::new("client-secret"),
        nonce: (16..32).collect(),
    };
    ProvisioningDocument {
        root: Some(certificate('A', b"root")),
        intermediate: None,
        client: certificate('C', b"client"),
        store: CertificateStore::User,
        account: Account::new(
            "https://mdm.example.test/ManagementServer/MDM.svc?a=1&b=2",
            server,
            client,
        ),
        dm_client: DmClient {
            ent_dm_id: "6741b2c3d4e5f60718293a4b".to_owned(),
            upn: Some("ada@example.test".to_owned()),
            ent_device_name: Some("Ada's \"PC\" <1>".to_owned()),
            sync_application_version: None,
            poll: Poll::without_push(),
        },
    }
}

/// With everything that is optional, for a device's own enrolment.
pub fn provisioning_full() -> ProvisioningDocument {
    let mut document = provisioning();
    document.intermediate = Some(certificate('B', b"intermediate"));
    document.store = CertificateStore::System;
    document.account.certificate_search = Some(transom_mde::provisioning::search_criteria(
        "device 1",
        CertificateStore::System,
    ));
    document.dm_client.sync_application_version = Some("5.0".to_owned());
    document.dm_client.poll = Poll::with_push();
    document
}
