//! Messages that no capture shows but that a client, a proxy or a test tool may send.

use transom_mde::discovery::{AuthPolicy, DiscoverRequest};
use transom_mde::policy::GetPolicies;
use transom_mde::rst::{CsrForm, RequestSecurityToken, RequestType};
use transom_mde::soap::{Credential, Request};
use transom_mde::version::Version;

use crate::files::{data, read};
use crate::samples;

#[test]
fn a_pretty_printed_message_with_other_prefixes_and_a_slash_behind_the_namespace() {
    let request = Request::<DiscoverRequest>::decode(&read(data("discover-pretty.xml"))).unwrap();
    assert_eq!(
        request.header.action.as_deref(),
        samples::discover().header.action.as_deref()
    );
    assert_eq!(request.header.message_id.as_deref(), Some(samples::MESSAGE_ID));
    assert_eq!(request.header.to, samples::discover().header.to);
    assert_eq!(request.body, samples::discover().body);
}

#[test]
fn an_old_client_that_leaves_things_out() {
    let request = Request::<DiscoverRequest>::decode(&read(data("discover-old.xml"))).unwrap();
    assert_eq!(request.header.message_id, None);
    assert_eq!(request.body.email, r"example\ada");
    assert_eq!(request.body.request_version, Version::ASSUMED);
    assert_eq!(request.body.os_edition, None);
    assert_eq!(request.body.auth_policies, [AuthPolicy::Certificate]);
}

#[test]
fn a_utf16_message_with_a_mark() {
    let text = samples::discover().encode();
    let bytes: Vec<u8> = std::iter::once(0xfeff)
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(Request::<DiscoverRequest>::decode(&bytes), Ok(samples::discover()));
}

#[test]
fn an_old_spelling_of_client_and_a_token_that_was_not_encoded() {
    let request = Request::<GetPolicies>::decode(&read(data("getpolicies-odd.xml"))).unwrap();
    let Credential::BinarySecurityToken(token) = &request.header.credential else {
        panic!("no token")
    };
    assert_eq!(
        token.text(),
        Some("eyJhbGciOiJSUzI1NiJ9.eyJ1cG4iOiJhZGEifQ.c2lnbmF0dXJl")
    );
    assert!(token.is_jwt());
    assert_eq!(request.body.tpm_manufacturer.as_deref(), Some("IFX"));
}

#[test]
fn a_renewal_encoded_twice_on_many_lines_with_prefixed_attributes() {
    let request = Request::<RequestSecurityToken>::decode(&read(data("rst-renew-odd.xml"))).unwrap();
    assert_eq!(request.header.credential, Credential::None);
    assert_eq!(request.body.request_type, RequestType::Renew);
    assert_eq!(
        request.body.csr_value_type,
        "http://schemas.microsoft.com/windows/pki/2009/01/enrollment#PKCS7"
    );
    assert_eq!(request.body.csr, samples::PKCS7);
    assert_eq!(request.body.csr_form(), CsrForm::Pkcs7);
    assert_eq!(request.body.context.macs(), ["02:00:5E:10:00:01"]);
    assert_eq!(request.body.context.not_in_oobe(), Some(true));
}
