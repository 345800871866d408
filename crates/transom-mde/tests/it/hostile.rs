//! Messages that somebody broke, by accident or on purpose.

use proptest::prelude::*;
use transom_mde::discovery::{DiscoverRequest, DiscoverResponse};
use transom_mde::fault::{FaultReply, FaultStyle, Subcode};
use transom_mde::limits::{MAX_CONTEXT_ITEMS, MAX_RST_BYTES, MAX_SMALL_MESSAGE_BYTES};
use transom_mde::policy::{GetPolicies, GetPoliciesResponse};
use transom_mde::provisioning::ProvisioningDocument;
use transom_mde::provisioning::tree::Document;
use transom_mde::rst::{Context, RequestSecurityToken, SecurityTokenResponse};
use transom_mde::soap::{Credential, Reply, Request};
use transom_mde::{DecodeError, Problem};

use crate::samples;

/// Reads the bytes as everything; only a panic can fail this.
fn read_as_everything(bytes: &[u8]) {
    let _ = Request::<DiscoverRequest>::decode(bytes);
    let _ = Request::<GetPolicies>::decode(bytes);
    let _ = Request::<RequestSecurityToken>::decode(bytes);
    let _ = Reply::<DiscoverResponse>::decode(bytes);
    let _ = Reply::<GetPoliciesResponse>::decode(bytes);
    let _ = Reply::<SecurityTokenResponse>::decode(bytes);
    let _ = FaultReply::decode(bytes);
    let _ = ProvisioningDocument::read(bytes);
}

fn every_message() -> Vec<String> {
    vec![
        samples::discover().encode(),
        samples::get_policies().encode(),
        samples::rst_issue().encode(),
        samples::rst_renew().encode(),
        samples::discover_response().encode(),
        samples::get_policies_response().encode(),
        samples::rst_response().encode(),
        samples::fault_plain().encode(FaultStyle::default()),
        samples::fault_detailed().encode(FaultStyle::default()),
        samples::provisioning_full().encode(),
    ]
}

fn discover(text: &str) -> Result<Request<DiscoverRequest>, DecodeError> {
    Request::decode(text.as_bytes())
}

#[test]
fn no_truncated_message_is_read_as_a_whole_one() {
    for message in [
        samples::discover().encode(),
        samples::fault_detailed().encode(FaultStyle::default()),
    ] {
        for end in 0..message.len() {
            let Some(part) = message.get(..end) else { continue };
            assert!(discover(part).is_err());
            assert!(FaultReply::decode(part.as_bytes()).is_err());
        }
    }
    let document = samples::provisioning_full().encode();
    for end in (0..document.len()).filter(|end| document.is_char_boundary(*end)) {
        assert!(ProvisioningDocument::read(&document.as_bytes()[..end]).is_err());
    }
}

#[test]
fn messages_over_their_size_are_refused_before_they_are_read() {
    let blanks = " ".repeat(MAX_RST_BYTES + 1);
    for (limit, error) in [
        (MAX_SMALL_MESSAGE_BYTES, discover(&blanks).unwrap_err()),
        (
            MAX_SMALL_MESSAGE_BYTES,
            Request::<GetPolicies>::decode(blanks.as_bytes()).unwrap_err(),
        ),
        (
            MAX_RST_BYTES,
            Request::<RequestSecurityToken>::decode(blanks.as_bytes()).unwrap_err(),
        ),
    ] {
        assert_eq!(
            error.problem,
            Problem::TooLarge {
                limit,
                actual: blanks.len()
            }
        );
        assert_eq!(error.subcode(), Subcode::MessageFormat);
    }
}

#[test]
fn deep_and_wide_messages_are_refused() {
    let deep = format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000));
    let wide = format!("<a>{}</a>", "<b/>".repeat(10_000));
    let attributes: String = (0..5_000).map(|n| format!(" a{n}=''")).collect();
    for text in [deep, wide, format!("<a{attributes}/>")] {
        let error = Request::<RequestSecurityToken>::decode(text.as_bytes()).unwrap_err();
        assert!(matches!(error.problem, Problem::Limit { .. }), "{error}");
    }
}

#[test]
fn an_expanding_entity_is_refused() {
    let bomb = samples::discover().encode().replacen(
        "<s:Envelope",
        "<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><s:Envelope",
        1,
    );
    assert!(matches!(discover(&bomb).unwrap_err().problem, Problem::DocType { .. }));
}

#[test]
fn more_context_items_than_a_pc_can_have_are_refused() {
    let with = |count: usize| {
        let context = (0..count).fold(Context::default(), |context, _| {
            context.with("MAC", "02-00-5E-10-00-01")
        });
        let body = RequestSecurityToken::issue(samples::CSR.to_vec(), context);
        let text = Request::new("urn:uuid:1", "https://x", Credential::None, body).encode();
        Request::<RequestSecurityToken>::decode(text.as_bytes())
    };
    assert_eq!(
        with(MAX_CONTEXT_ITEMS).unwrap().body.context.items.len(),
        MAX_CONTEXT_ITEMS
    );
    let error = with(MAX_CONTEXT_ITEMS + 1).unwrap_err();
    assert_eq!(
        error.problem,
        Problem::Limit {
            what: "context items",
            limit: MAX_CONTEXT_ITEMS
        }
    );
}

#[test]
fn the_error_names_the_message_that_it_is_about() {
    let broken = samples::discover()
        .encode()
        .replace("Discover xmlns", "Discovery xmlns")
        .replace("</Discover>", "</Discovery>");
    let error = discover(&broken).unwrap_err();
    assert_eq!(error.message_id.as_deref(), Some(samples::MESSAGE_ID));
    assert_eq!(
        error.problem,
        Problem::Missing {
            element: "Discover",
            parent: "Body"
        }
    );
}

#[test]
fn each_kind_of_mistake_has_its_fault() {
    let rst = samples::rst_issue().encode();
    let subcode = |text: &str| {
        Request::<RequestSecurityToken>::decode(text.as_bytes())
            .unwrap_err()
            .subcode()
    };
    assert_eq!(subcode(&rst.replace("ZW5yb2wtMTIzNA==", "?")), Subcode::InvalidSecurity);
    assert_eq!(subcode(&rst.replace("MAUwAwIBAPv/", "?")), Subcode::CertificateRequest);
    assert_eq!(
        subcode(&rst.replace("wst:TokenType", "wst:Token")),
        Subcode::MessageFormat
    );
}

#[test]
fn repeated_parts_are_refused() {
    let message = samples::discover().encode();
    for part in [
        "<EmailAddress>ada@example.test</EmailAddress>",
        "<a:MessageID>urn:uuid:6f1d3c52-7c0e-4b6b-9a53-0c1f6a1f2b3c</a:MessageID>",
    ] {
        assert!(message.contains(part));
        let error = discover(&message.replace(part, &part.repeat(2))).unwrap_err();
        assert!(matches!(error.problem, Problem::Duplicate { .. }), "{error}");
    }
}

#[test]
fn no_secret_is_in_an_error_or_in_debug_output() {
    let request = samples::get_policies();
    assert!(!format!("{request:?}").contains("p&ss"));
    assert!(!format!("{:?}", samples::rst_issue()).contains("enrol-1234"));
    assert!(!format!("{:?}", samples::provisioning()).contains("-secret"));
    let tree = Document::parse(samples::provisioning().encode().as_bytes()).unwrap();
    assert!(format!("{tree:?}").contains("AAUTHSECRET") && !format!("{tree:?}").contains("-secret"));
    assert!(format!("{:?}", samples::rst_response().body).contains("document_bytes: "));
    let broken = request.encode().replace("</wsse:Password>", "</wsse:Passwort>");
    let error = Request::<GetPolicies>::decode(broken.as_bytes()).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("p&"));
}

proptest! {
    #[test]
    fn flipped_bytes_never_panic(which in 0usize..10, flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut bytes = every_message().swap_remove(which).into_bytes();
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        read_as_everything(&bytes);
    }

    #[test]
    fn truncated_and_spliced_messages_never_panic(which in 0usize..10, cut in any::<prop::sample::Index>(), paste in any::<prop::sample::Index>()) {
        let bytes = every_message().swap_remove(which).into_bytes();
        let (cut, paste) = (cut.index(bytes.len()), paste.index(bytes.len()));
        read_as_everything(&bytes[..cut]);
        read_as_everything(&[&bytes[..cut], &bytes[paste..]].concat());
    }

    #[test]
    fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        read_as_everything(&bytes);
    }
}
