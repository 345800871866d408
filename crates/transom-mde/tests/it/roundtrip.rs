//! What is written is read back the same, whatever the values are.

use proptest::prelude::*;
use transom_mde::discovery::{AuthPolicy, DiscoverRequest, DiscoverResponse};
use transom_mde::fault::{ErrorType, Fault, FaultReply, FaultStyle, Service, Subcode};
use transom_mde::policy::{GetPolicies, GetPoliciesResponse};
use transom_mde::provisioning::ProvisioningDocument;
use transom_mde::rst::{Context, ContextItem, RequestSecurityToken, SecurityTokenResponse};
use transom_mde::soap::{BinaryToken, Credential, Reply, Request};
use transom_mde::version::Version;
use transom_mde::{ReplyError, SecretBytes};

use crate::samples;

#[test]
fn every_sample_reads_back_as_it_was_written() {
    let discover = samples::discover();
    assert_eq!(
        Request::<DiscoverRequest>::decode(discover.encode().as_bytes()),
        Ok(discover)
    );
    let policies = samples::get_policies();
    assert_eq!(
        Request::<GetPolicies>::decode(policies.encode().as_bytes()),
        Ok(policies)
    );
    for rst in [samples::rst_issue(), samples::rst_renew()] {
        assert_eq!(
            Request::<RequestSecurityToken>::decode(rst.encode().as_bytes()),
            Ok(rst)
        );
    }
    let reply = samples::discover_response();
    assert_eq!(Reply::<DiscoverResponse>::decode(reply.encode().as_bytes()), Ok(reply));
    let reply = samples::get_policies_response();
    assert_eq!(
        Reply::<GetPoliciesResponse>::decode(reply.encode().as_bytes()),
        Ok(reply)
    );
    let reply = samples::rst_response();
    assert_eq!(
        Reply::<SecurityTokenResponse>::decode(reply.encode().as_bytes()),
        Ok(reply)
    );
    for document in [samples::provisioning(), samples::provisioning_full()] {
        assert_eq!(ProvisioningDocument::read(document.encode().as_bytes()), Ok(document));
    }
}

#[test]
fn a_policy_without_hash_and_providers_reads_back() {
    let body = GetPoliciesResponse {
        hash: None,
        crypto_providers: Vec::new(),
        ..GetPoliciesResponse::default()
    };
    let reply = Reply::new(None, None, body);
    assert_eq!(
        Reply::<GetPoliciesResponse>::decode(reply.encode().as_bytes()),
        Ok(reply)
    );
}

#[test]
fn every_fault_reads_back_in_both_spellings_and_comes_out_of_every_reply() {
    let details = ErrorType::ALL.map(|kind| Fault::detailed(kind, "because", "trace"));
    let plain = Subcode::ALL.map(|subcode| Fault::new(subcode, "because"));
    for fault in details.into_iter().chain(plain) {
        for service in [Service::Discovery, Service::Policy, Service::Enrolment] {
            let sent = FaultReply::new(service, Some("urn:uuid:1".to_owned()), None, fault.clone());
            for lower_case_detail in [false, true] {
                let text = sent.encode(FaultStyle {
                    lower_case_detail,
                    ..FaultStyle::default()
                });
                assert_eq!(FaultReply::decode(text.as_bytes()), Ok(sent.clone()));
                let expected = ReplyError::Fault(Box::new(sent.clone()));
                assert_eq!(
                    Reply::<DiscoverResponse>::decode(text.as_bytes()),
                    Err(expected.clone())
                );
                assert_eq!(Reply::<SecurityTokenResponse>::decode(text.as_bytes()), Err(expected));
            }
        }
    }
}

#[test]
fn the_detail_decides_the_error_that_windows_shows() {
    assert_eq!(Fault::new(Subcode::Authentication, "").hresult(), 0x8018_0002);
    assert_eq!(
        Fault::detailed(ErrorType::DeviceCapReached, "", "").hresult(),
        0x8018_0013
    );
    assert_eq!(
        Fault::detailed(ErrorType::CustomServerError, "", "").hresult(),
        0x8018_0032
    );
    let all: std::collections::BTreeSet<u32> = Subcode::ALL
        .map(Subcode::hresult)
        .into_iter()
        .chain(ErrorType::ALL.map(ErrorType::hresult))
        .collect();
    assert_eq!(all.len(), Subcode::ALL.len() + ErrorType::ALL.len());
}

#[test]
fn a_reply_of_another_kind_is_malformed() {
    let reply = samples::discover_response().encode();
    assert!(matches!(
        Reply::<GetPoliciesResponse>::decode(reply.as_bytes()),
        Err(ReplyError::Malformed(_))
    ));
}

/// Text that survives trimming, with everything that XML treats specially.
fn text() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9<>&\"' äß😀\\]\n\t.:/-]{0,40}".prop_map(|text| text.trim().to_owned())
}

/// The same, but not empty.
fn some_text() -> impl Strategy<Value = String> {
    text().prop_map(|text| format!("x{text}"))
}

fn credential() -> impl Strategy<Value = Credential> {
    prop_oneof![
        Just(Credential::None),
        (text(), "[ -~]{0,30}").prop_map(|(name, password)| Credential::username(name, password)),
        (text(), prop::collection::vec(any::<u8>(), 1..60)).prop_map(|(value_type, value)| {
            Credential::BinarySecurityToken(BinaryToken {
                value_type: value_type.replace(['\n', '\t'], " "),
                value: SecretBytes::new(value),
            })
        }),
    ]
}

fn policies() -> impl Strategy<Value = Vec<AuthPolicy>> {
    let policy = prop_oneof![
        Just(AuthPolicy::OnPremise),
        Just(AuthPolicy::Federated),
        Just(AuthPolicy::Certificate)
    ];
    prop::collection::vec(policy, 0..4)
}

proptest! {
    #[test]
    fn any_discover_reads_back(
        texts in [text(), text(), text()], version in any::<[u8; 2]>(), os_edition in any::<Option<u32>>(),
        auth_policies in policies(), (message_id, to) in (some_text(), some_text()), credential in credential(),
    ) {
        let [email, device_type, application_version] = texts;
        let request_version = Version { major: version[0], minor: version[1] };
        let body = DiscoverRequest { email, request_version, device_type, application_version, os_edition, auth_policies };
        let request = Request::new(message_id, to, credential, body);
        prop_assert_eq!(Request::<DiscoverRequest>::decode(request.encode().as_bytes()), Ok(request));
    }

    #[test]
    fn any_certificate_request_reads_back(
        csr in prop::collection::vec(any::<u8>(), 1..80),
        items in prop::collection::vec(("[A-Za-z&<\"]{1,20}", text()), 0..12), credential in credential(),
    ) {
        // Pad so that the bytes cannot pass for a second layer of base64, which would be taken off.
        let csr = [&[0x30, 0x02, 0x30, 0x00][..], &csr].concat();
        let items = items.into_iter().map(|(name, value)| ContextItem { name, value }).collect();
        let request = Request::new("urn:uuid:1", "https://x", credential, RequestSecurityToken::issue(csr, Context { items }));
        prop_assert_eq!(Request::<RequestSecurityToken>::decode(request.encode().as_bytes()), Ok(request));
    }

    #[test]
    fn any_provisioning_document_reads_back(
        texts in [some_text(), some_text(), some_text(), some_text()], nonces in any::<[[u8; 16]; 2]>(),
        optional in (proptest::option::of(some_text()), proptest::option::of(some_text())), retries in any::<[u32; 3]>(),
    ) {
        let mut document = samples::provisioning_full();
        let [address, name, secret, id] = texts;
        document.account.address = format!("https://{address}");
        document.account.client.name = name;
        document.account.client.secret = transom_mde::Secret::new(secret);
        document.dm_client.ent_dm_id = id;
        document.account.server.nonce = nonces[0].to_vec();
        document.account.client.nonce = nonces[1].to_vec();
        document.dm_client.upn = optional.0;
        document.account.certificate_search = optional.1;
        document.account.connection_retries = retries[0];
        document.account.initial_backoff_ms = retries[1];
        document.account.maximal_backoff_ms = retries[2];
        prop_assert_eq!(ProvisioningDocument::read(document.encode().as_bytes()), Ok(document));
    }
}
