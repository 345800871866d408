//! What the document promises to a PC, and what the simulated PC does not accept.

use transom_mde::Problem;
use transom_mde::provisioning::ProvisioningDocument;
use transom_mde::provisioning::tree::Document;

use crate::samples;

fn tree() -> Document {
    Document::parse(samples::provisioning().encode().as_bytes()).unwrap()
}

#[test]
fn renewal_is_not_promised() {
    assert_eq!(tree().at(&["CertificateStore", "My", "WSTEP"]).len(), 0);
    assert!(!samples::provisioning_full().encode().contains("Renew"));
}

#[test]
fn both_levels_of_authentication_are_there_in_order_with_real_nonces() {
    let document = tree();
    let found: Vec<_> = document
        .at(&["APPLICATION", "APPAUTH"])
        .iter()
        .map(|auth| {
            [
                auth.value("AAUTHLEVEL"),
                auth.value("AAUTHTYPE"),
                auth.value("AAUTHDATA"),
            ]
            .map(Option::unwrap)
            .join(" ")
        })
        .collect();
    assert_eq!(
        found,
        [
            "CLIENT DIGEST AAECAwQFBgcICQoLDA0ODw==",
            "APPSRV DIGEST EBESExQVFhcYGRobHB0eHw=="
        ]
    );
}

#[test]
fn the_container_of_the_key_stands_beside_the_certificate() {
    let document = tree();
    let [store] = document.at(&["CertificateStore", "My", "User"])[..] else {
        panic!("not one store")
    };
    let kinds: Vec<_> = store.children.iter().map(|child| child.kind.as_str()).collect();
    assert_eq!(kinds, ["C".repeat(40).as_str(), "PrivateKeyContainer"]);
}

#[test]
fn search_criteria_are_left_out_unless_asked_for() {
    assert_eq!(
        tree().at(&["APPLICATION"])[0].value("SSLCLIENTCERTSEARCHCRITERIA"),
        None
    );
    let text = samples::provisioning_full().encode();
    assert!(text.contains("value=\"Subject=CN%3ddevice%201&amp;Stores=My%5CSystem\""));
}

#[test]
fn a_document_with_an_xml_declaration_and_the_container_inside_is_read() {
    let thumbprint = "C".repeat(40);
    let beside = "/></characteristic><characteristic type=\"PrivateKeyContainer\"/>";
    let text = samples::provisioning().encode();
    assert!(text.contains(beside) && text.contains(&thumbprint));
    let inside = text.replace(
        beside,
        "/><characteristic type=\"PrivateKeyContainer\"/></characteristic>",
    );
    let declared = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{inside}");
    assert_eq!(
        ProvisioningDocument::read(declared.as_bytes()),
        Ok(samples::provisioning())
    );
}

#[test]
fn what_windows_refuses_is_refused() {
    let text = samples::provisioning().encode();
    for (from, to, element) in [
        ("AAECAwQFBgcICQoLDA0ODw==", "nonce", "AAUTHDATA"),
        ("EBESExQVFhcYGRobHB0eHw==", "", "AAUTHDATA"),
        ("value=\"CLIENT\"", "value=\"OTHER\"", "APPAUTH of level CLIENT"),
        ("value=\"APPSRV\"", "value=\"CLIENT\"", "APPAUTH of level CLIENT"),
        ("value=\"DIGEST\"", "value=\"BASIC\"", "AAUTHTYPE"),
        ("\"AAUTHNAME\"", "\"aauthname\"", "AAUTHNAME"),
        ("CCCCCCCC", "cccccccc", "thumbprint"),
        ("Y2xpZW50", "Y2xp\nZW50", "EncodedCertificate"),
        (
            "type=\"PrivateKeyContainer\"",
            "type=\"privatekeycontainer\"",
            "thumbprint",
        ),
        ("type=\"My\"", "type=\"MY\"", "certificate"),
        ("value=\"w7\"", "value=\"w4\"", "APPID"),
        ("value=\"https://mdm", "value=\"http://mdm", "ADDR"),
        ("\"EntDMID\"", "\"EntDmId\"", "EntDMID"),
        ("type=\"Poll\"", "type=\"poll\"", "Poll"),
        (
            "IntervalForRemainingScheduledRetries\" value=\"60\"",
            "IntervalForRemainingScheduledRetries\" value=\"0\"",
            "Poll",
        ),
        (
            "PollOnLogin\" value=\"true\"",
            "PollOnLogin\" value=\"True\"",
            "PollOnLogin",
        ),
        ("type=\"Provider\"", "type=\"provider\"", "DMClient/Provider/Transom"),
        ("version=\"1.1\"", "version=\"1.0\"", "version"),
    ] {
        assert!(text.contains(from), "{from}");
        let problem = ProvisioningDocument::read(text.replace(from, to).as_bytes()).unwrap_err();
        let (Problem::Missing { element: found, .. }
        | Problem::Duplicate { element: found, .. }
        | Problem::Invalid { element: found, .. }) = problem
        else {
            panic!("{from}: {problem}")
        };
        assert_eq!(found, element, "{from}");
    }
}
