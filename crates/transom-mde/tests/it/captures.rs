//! Messages of real Windows PCs, and two that were made after the specifications.

use transom_mde::discovery::{AuthPolicy, DEVICE_TYPE_WINDOWS, DiscoverRequest};
use transom_mde::policy::GetPolicies;
use transom_mde::rst::{
    Context, CsrForm, EnrollmentType, PKCS7_VALUE_TYPE, PKCS10_VALUE_TYPE, RequestSecurityToken, RequestType,
    TOKEN_TYPE,
};
use transom_mde::soap::{
    Credential, JWT_VALUE_TYPE, Request, RequestBody, USER_TOKEN_VALUE_TYPE, accepts_content_type,
};
use transom_mde::version::Version;

use crate::files::{captures, read};

fn decode<B: RequestBody>(bytes: &[u8]) -> Request<B> {
    Request::decode(bytes).unwrap()
}

fn token(credential: &Credential) -> (&str, &str) {
    let Credential::BinarySecurityToken(token) = credential else {
        panic!("not a token: {credential:?}")
    };
    (&token.value_type, token.text().unwrap())
}

/// The content of a PEM file.
fn pem(text: &[u8]) -> String {
    String::from_utf8_lossy(text)
        .lines()
        .filter(|line| !line.starts_with("---"))
        .collect()
}

fn base64(bytes: &[u8]) -> String {
    // The codec itself is the encoder at hand: a request that carries the bytes shows them.
    let body = RequestSecurityToken::issue(bytes.to_vec(), Context::default());
    let text = Request::new("1", "2", Credential::None, body).encode();
    let (_, rest) = text.split_once("base64binary\">").unwrap();
    rest.split_once('<').unwrap().0.to_owned()
}

#[test]
fn discover_of_windows_10() {
    let Some(directory) = captures() else { return };
    let bytes = read(directory.join("win10-19043-02-discover.xml"));
    let request = decode::<DiscoverRequest>(&bytes);
    assert_eq!(request.header.action.as_deref(), Some(DiscoverRequest::ACTION));
    assert_eq!(
        request.header.message_id.as_deref(),
        Some("urn:uuid:748132ec-a575-4329-b01b-6171a9cf8478")
    );
    assert_eq!(
        request.header.to.as_deref(),
        Some("https://EnterpriseEnrollment.pocmdmserver.com:443/EnrollmentServer/Discovery.svc")
    );
    assert_eq!(request.header.credential, Credential::None);
    let expected = DiscoverRequest {
        email: "demo@pocmdmserver.com".to_owned(),
        request_version: Version { major: 4, minor: 0 },
        device_type: DEVICE_TYPE_WINDOWS.to_owned(),
        application_version: "10.0.19043.2364".to_owned(),
        os_edition: Some(72),
        auth_policies: vec![AuthPolicy::OnPremise, AuthPolicy::Federated],
    };
    assert_eq!(request.body, expected);
    assert_eq!(
        request.encode().as_bytes(),
        bytes,
        "a simulated PC writes what the real one wrote"
    );
}

#[test]
fn discover_of_windows_11_without_an_address() {
    let Some(directory) = captures() else { return };
    let bytes = read(directory.join("win11-22598-01-discover-empty-email.xml"));
    let request = decode::<DiscoverRequest>(&bytes);
    assert_eq!(request.body.email, "");
    assert_eq!(request.body.request_version, Version { major: 5, minor: 0 });
    assert_eq!(request.body.application_version, "6.2.9200.1");
    assert_eq!(request.body.os_edition, Some(48));
    assert_eq!(request.encode().as_bytes(), bytes);
}

#[test]
fn get_policies_with_a_password() {
    let Some(directory) = captures() else { return };
    let bytes = read(directory.join("win10-19043-03-getpolicies-usernametoken.xml"));
    let request = decode::<GetPolicies>(&bytes);
    assert_eq!(request.header.action.as_deref(), Some(GetPolicies::ACTION));
    assert_eq!(
        request.header.message_id.as_deref(),
        Some("urn:uuid:72048B64-0F19-448F-8C2E-B4C661860AA0")
    );
    assert_eq!(
        request.header.to.as_deref(),
        Some("https://pocmdmserver.com/EnrollmentServer/Policy.svc")
    );
    assert_eq!(
        request.header.credential,
        Credential::username("demo@pocmdmserver.com", "demo")
    );
    assert_eq!(request.body, GetPolicies::default());
    assert_eq!(request.encode().as_bytes(), bytes);
}

#[test]
fn get_policies_with_a_token_and_a_security_chip() {
    let Some(directory) = captures() else { return };
    let bytes = read(directory.join("win11-22598-02-getpolicies-usertoken-tpm.xml"));
    let request = decode::<GetPolicies>(&bytes);
    let (value_type, text) = token(&request.header.credential);
    assert_eq!(value_type, USER_TOKEN_VALUE_TYPE);
    assert_eq!(text, r#"{"type":1,"payload":{"token":"example-user-token"}}"#);
    assert_eq!(request.body.tpm_manufacturer.as_deref(), Some("IBM"));
    assert_eq!(request.body.tpm_firmware_version.as_deref(), Some("8217.4131.22.13878"));
    assert_eq!(request.encode().as_bytes(), bytes);
}

#[test]
fn certificate_request_of_windows_10() {
    let Some(directory) = captures() else { return };
    let bytes = read(directory.join("win10-19043-04-rst-issue-usernametoken.xml"));
    let request = decode::<RequestSecurityToken>(&bytes);
    assert_eq!(request.header.action.as_deref(), Some(RequestSecurityToken::ACTION));
    assert_eq!(
        request.header.message_id.as_deref(),
        Some("urn:uuid:0d5a1441-5891-453b-becf-a2e5f6ea3749")
    );
    assert_eq!(
        request.header.credential,
        Credential::username("demo@pocmdmserver.com", "demo")
    );
    let body = &request.body;
    assert_eq!(
        (body.token_type.as_str(), &body.request_type),
        (TOKEN_TYPE, &RequestType::Issue)
    );
    assert_eq!(
        (body.csr_value_type.as_str(), body.csr_form()),
        (PKCS10_VALUE_TYPE, CsrForm::Pkcs10)
    );
    assert_eq!(base64(&body.csr), pem(&read(directory.join("win10-19043-csr.pem"))));
    let context = &body.context;
    assert_eq!(context.items.len(), 18);
    assert_eq!(context.device_id(), Some("1E08C6E95D8BB843B1278FF45BC60CC6"));
    assert_eq!(
        context.hw_dev_id(),
        Some("3B3ED6D0EA88CBFCF37D36F90F22FE61172348C0162FC3840D6703149870CE76")
    );
    assert_eq!(context.enrollment_type(), Some(EnrollmentType::Full));
    assert_eq!(context.device_name(), Some("DESKTOP-28FGAI6"));
    assert_eq!(context.device_type(), Some(DEVICE_TYPE_WINDOWS));
    assert_eq!(context.os_version(), Some("10.0.19043.2364"));
    assert_eq!(context.application_version(), Some("10.0.19043.2364"));
    assert_eq!(context.os_edition(), Some(72));
    assert_eq!(context.locale(), Some("en-US"));
    assert_eq!(context.all("MAC").count(), 6);
    let macs = [
        "00-0C-29-51-60-9D",
        "1A-77-20-52-41-53",
        "00-0C-29-51-60-A7",
        "18-14-20-52-41-53",
        "00-0C-29-51-60-93",
    ];
    assert_eq!(context.macs(), macs);
    assert_eq!(
        (context.ux_initiated(), context.targeted_user_logged_in()),
        (Some(true), Some(true))
    );
    assert_eq!(context.not_in_oobe(), Some(false));
    assert_eq!(
        (
            context.request_version(),
            context.serial_number(),
            context.imeis().len()
        ),
        (None, None, 0)
    );
    assert_eq!(request.encode().as_bytes(), bytes);
}

#[test]
fn certificate_request_of_windows_11_on_many_lines() {
    let Some(directory) = captures() else { return };
    let bytes = read(directory.join("win11-22598-03-rst-issue-usertoken.xml"));
    let request = decode::<RequestSecurityToken>(&bytes);
    assert_eq!(token(&request.header.credential).0, USER_TOKEN_VALUE_TYPE);
    assert_eq!(request.body.csr_form(), CsrForm::Pkcs10);
    assert_eq!(
        base64(&request.body.csr),
        pem(&read(directory.join("win11-22598-csr.pem")))
    );
    let context = &request.body.context;
    assert_eq!(context.device_id(), Some("8090C8B484A0E24EB5C56E806CB4EE5B"));
    assert_eq!(context.ux_initiated(), Some(false));
    assert_eq!(context.request_version(), Some(Version { major: 5, minor: 0 }));
    assert_eq!(context.os_version(), Some("10.0.22598.1"));
    assert_eq!(context.macs(), ["A2-19-7D-41-B3-9C"]);
    // All but the line breaks of the certificate request comes out as it came in.
    let one_line = String::from_utf8(bytes).unwrap().replace('\n', "");
    assert_eq!(request.encode(), one_line);
}

#[test]
fn entra_join_with_a_jwt() {
    let Some(directory) = captures() else { return };
    let bytes = read(directory.join("constructed/c08-rst-issue-entra-device.xml"));
    let request = decode::<RequestSecurityToken>(&bytes);
    let (value_type, text) = token(&request.header.credential);
    assert_eq!(value_type, JWT_VALUE_TYPE);
    assert!(text.starts_with("eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiIs") && text.split('.').count() == 3);
    let Credential::BinarySecurityToken(token) = &request.header.credential else {
        panic!("not a token")
    };
    assert!(token.is_jwt());
    let context = &request.body.context;
    assert_eq!(context.enrollment_type(), Some(EnrollmentType::Device));
    assert_eq!(context.device_name(), Some("PC-ÄÖ-01"));
    assert_eq!(context.enrollment_data(), Some("b3BhcXVl"));
    assert_eq!(context.bulk_aadj(), Some(true));
    assert_eq!(context.not_in_oobe(), Some(false));
    assert_eq!(context.locale(), Some("de-DE"));
    assert_eq!(context.request_version(), Some(Version { major: 7, minor: 0 }));
    assert_eq!(request.encode().as_bytes(), bytes);
}

#[test]
fn renewal_with_pkcs7() {
    let Some(directory) = captures() else { return };
    let bytes = read(directory.join("constructed/c09-rst-renew-pkcs7.xml"));
    let request = decode::<RequestSecurityToken>(&bytes);
    assert_eq!(request.header.credential, Credential::username("ada@example.test", ""));
    assert_eq!(request.body.request_type, RequestType::Renew);
    assert_eq!(request.body.csr_value_type, PKCS7_VALUE_TYPE);
    assert_eq!(request.body.csr_form(), CsrForm::Pkcs7);
    assert_eq!(
        request.body.context.device_id(),
        Some("5D0E0C1B2A3948576675848392A1B0CF")
    );
    assert_eq!(request.encode().as_bytes(), bytes);
}

#[test]
fn captured_headers_name_a_content_type_that_is_accepted() {
    let Some(directory) = captures() else { return };
    for name in [
        "02-discover",
        "03-getpolicies-usernametoken",
        "04-rst-issue-usernametoken",
    ] {
        let text = String::from_utf8(read(directory.join(format!("win10-19043-{name}.headers")))).unwrap();
        let value = text
            .lines()
            .find_map(|line| line.strip_prefix("Content-Type: "))
            .unwrap();
        assert_eq!(value.trim(), transom_mde::soap::CONTENT_TYPE);
        assert!(accepts_content_type(value));
    }
}

#[test]
fn context_items_of_windows_11_25h2_are_all_accepted_in_their_order() {
    let Some(directory) = captures() else { return };
    let table = String::from_utf8(read(directory.join("win11-26200-rst-context-items.tsv"))).unwrap();
    for announced in ["3.0", "5.0", "9.0"] {
        let rows: Vec<Vec<&str>> = table
            .lines()
            .map(|line| line.split('\t').collect::<Vec<_>>())
            .filter(|row| row[0] == announced)
            .collect();
        assert!(rows.len() > 28);
        let context = rows.iter().fold(Context::default(), |context, row| {
            let length: usize = row[3].parse().unwrap();
            let value = if row[4].is_empty() {
                "A".repeat(length)
            } else {
                row[4].to_owned()
            };
            assert_eq!(value.chars().count(), length, "{row:?}");
            context.with(row[2], value)
        });
        let body = RequestSecurityToken::issue(vec![0x30, 0x02, 0x30, 0x00], context.clone());
        let text = Request::new("urn:uuid:1", "https://x", Credential::None, body).encode();
        let read = decode::<RequestSecurityToken>(text.as_bytes()).body.context;
        assert_eq!(read, context);
        assert_eq!(read.os_version(), Some("10.0.26200.9278"));
        assert_eq!(read.application_version(), Some("10.0.26200.9279"));
        assert_eq!(read.enrollment_type(), Some(EnrollmentType::Full));
        assert_eq!(read.serial_number().map(str::len), Some(14));
        let version = if announced == "5.0" { "5.0" } else { "9.0" };
        assert_eq!(
            read.request_version().map(|version| version.to_string()).as_deref(),
            Some(version)
        );
    }
}
