//! Templates of our own making in, definitions out; and whatever else somebody uploads.

use super::*;
use crate::{
    Timestamp,
    admx::{
        AdmxConfig, SettingType,
        definition::{Class, Data, Definition},
        place,
    },
    segment::SegmentId,
};
use proptest::prelude::*;
use serde_json::json;

const ADMX: &str = include_str!("../../../../../tests/data/admx/contoso.admx");
const ADML: &str = include_str!("../../../../../tests/data/admx/contoso.adml");

fn contoso() -> Template {
    parse(ADMX.as_bytes(), Some(ADML.as_bytes())).unwrap()
}

fn config() -> AdmxConfig {
    AdmxConfig {
        id: [0; 12].into(),
        organization: [0; 12].into(),
        segment: SegmentId::ROOT,
        app_name: "Notes".to_owned(),
        setting_type: SettingType::Policy,
        file_name: "notes-1.4".to_owned(),
        description: None,
        expose_to_children: false,
        sha256: [0; 32],
        size: 0,
        has_language: false,
        definitions: 0,
        warnings: Vec::new(),
        warning_count: 0,
        created_at: Timestamp::from_millis(0),
        updated_at: Timestamp::from_millis(0),
    }
}

/// A template with these policies.
fn with(policies: &str) -> Result<Template, FileError> {
    parse(
        format!("<policyDefinitions><policies>{policies}</policies></policyDefinitions>").as_bytes(),
        None,
    )
}

fn refused(policies: &str) -> String {
    match with(policies) {
        Err(FileError::Admx(error)) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_switch_is_read_with_its_texts_and_its_place() {
    let template = contoso();
    let switch = &template.definitions[0];
    assert_eq!((switch.name.as_str(), switch.class), ("AutoSave", Class::Both));
    assert_eq!(switch.display_name.as_deref(), Some("Save notes by themselves"));
    assert!(
        switch
            .explain_text
            .as_ref()
            .unwrap()
            .ends_with("for themselves & may change their mind.")
    );
    assert_eq!(switch.supported_on.as_deref(), Some("Contoso Notes 2.0 and later"));
    assert_eq!(
        (switch.key.as_str(), switch.value_name.as_deref()),
        ("Software\\Policies\\Contoso\\Notes", Some("AutoSave"))
    );
    assert_eq!(
        (&switch.enabled_value, &switch.disabled_value),
        (&Some(Data::Decimal(1)), &Some(Data::Decimal(0)))
    );
    assert_eq!(
        place::uris(&config(), switch),
        [
            "./Device/Vendor/MSFT/Policy/Config/Notes~Policy~notes/AutoSave",
            "./User/Vendor/MSFT/Policy/Config/Notes~Policy~notes/AutoSave"
        ]
    );
    assert_eq!(
        place::install_uri(&config()),
        "./Device/Vendor/MSFT/Policy/ConfigOperations/ADMXInstall/Notes/Policy/notes-1.4"
    );
}

#[test]
fn categories_are_the_templates_own_from_the_outermost_on() {
    let proxy = &contoso().definitions[1];
    assert_eq!(proxy.categories, ["notes", "Sync", "Proxy"]);
    assert_eq!(proxy.category_names, ["Contoso Notes", "Synchronisation", "Proxy"]);
    let uris = place::uris(&config(), proxy);
    assert_eq!(
        uris,
        ["./Device/Vendor/MSFT/Policy/Config/Notes~Policy~notes~Sync~Proxy/ProxySettings"]
    );
    assert_eq!(proxy.supported_on.as_deref(), Some("windows:SUPPORTED_Windows_10_0"));
}

#[test]
fn every_kind_of_element_is_read_with_its_limits() {
    let proxy = contoso().definitions.remove(1);
    let elements = serde_json::to_value(&proxy.elements).unwrap();
    let hosts = "Software\\Policies\\Contoso\\Notes\\Proxy\\Hosts";
    let element = |id: &str, label: Option<&str>, required: bool, value_name: Option<&str>, kind: serde_json::Value| {
        let mut element =
            json!({ "id": id, "label": label, "required": required, "key": null, "valueName": value_name });
        element
            .as_object_mut()
            .unwrap()
            .extend(kind.as_object().unwrap().clone());
        element
    };
    let item = |key: Option<&str>, name: &str, kind: &str, value: u64| json!([{ "key": key, "valueName": name, "value": { "type": kind, "value": value } }]);
    let bypass = item(
        Some("Software\\Policies\\Contoso\\Notes\\Bypass"),
        "Local",
        "longDecimal",
        4_294_967_296,
    );
    let mut list = element(
        "ProxyHosts",
        Some("Hosts"),
        false,
        None,
        json!({
        "type": "list", "additive": true, "explicitValue": false, "valuePrefix": "host", "expandable": false }),
    );
    list["key"] = json!(hosts);
    let expected = json!([
        element(
            "ProxyServer",
            Some("Server"),
            true,
            Some("Server"),
            json!({ "type": "text", "maxLength": 255, "expandable": false })
        ),
        element(
            "ProxyPort",
            Some("Port"),
            true,
            Some("Port"),
            json!({ "type": "decimal", "min": 1, "max": 65535, "storeAsText": false })
        ),
        element(
            "ProxyBypass",
            Some("Not for local addresses"),
            false,
            Some("Bypass"),
            json!({
            "type": "boolean",
            "trueValue": { "type": "decimal", "value": 1 }, "falseValue": { "type": "decimal", "value": 0 },
            "trueList": bypass, "falseList": [] })
        ),
        element(
            "ProxyMode",
            Some("Mode"),
            true,
            Some("Mode"),
            json!({ "type": "enum", "items": [
            { "displayName": "None", "value": { "type": "string", "value": "direct" }, "valueList": [] },
            { "displayName": "A fixed one", "value": { "type": "decimal", "value": 2 }, "valueList": item(None, "Fixed", "decimal", 1) }
        ] })
        ),
        list,
        element(
            "ProxyNotes",
            None,
            false,
            Some("Notes"),
            json!({ "type": "multiText", "maxLength": 100, "maxStrings": 5 })
        ),
        element(
            "ProxyQuota",
            None,
            false,
            Some("Quota"),
            json!({ "type": "longDecimal", "min": 0, "max": u64::MAX, "storeAsText": false })
        ),
        element(
            "ProxyScript",
            None,
            false,
            Some("Script"),
            json!({ "type": "text", "maxLength": null, "expandable": true })
        ),
    ]);
    assert_eq!(elements, expected);
    assert_eq!(
        proxy.enabled_list[0].key.as_deref(),
        Some("Software\\Policies\\Contoso\\Notes\\Proxy"),
        "the default key"
    );
    assert_eq!(proxy.enabled_list[1].value, Some(Data::String("on".to_owned())));
    assert_eq!(proxy.disabled_list[0].value, Some(Data::Delete));
    // What is stored is read back as it was.
    let stored = serde_json::to_string(&proxy).unwrap();
    assert_eq!(serde_json::from_str::<Definition>(&stored).unwrap(), proxy);
}

#[test]
fn what_windows_refuses_and_what_is_a_guess_is_warned_of() {
    let warnings = contoso().warnings;
    let told: Vec<_> = warnings
        .iter()
        .map(|w| (w.policy.as_deref(), w.rule.as_str()))
        .collect();
    assert_eq!(told, [(Some("Hidden"), "category"), (Some("Hidden"), "registry_key")]);
    assert!(
        warnings[1]
            .message
            .contains("Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\System")
    );
}

#[test]
fn without_texts_there_are_names_only() {
    let template = parse(ADMX.as_bytes(), None).unwrap();
    assert_eq!(template.definitions[0].display_name, None);
    assert_eq!(template.definitions[2].display_name.as_deref(), Some("Literal text"));
    assert_eq!(template.definitions[0].supported_on.as_deref(), Some("SUPPORTED_V2"));
    assert_eq!(template.source.adml, None);
}

#[test]
fn utf_16_gives_the_same_definitions_and_a_text_without_its_mark() {
    let bytes: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(ADMX.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let template = parse(&bytes, Some(ADML.as_bytes())).unwrap();
    assert_eq!(template.definitions, contoso().definitions);
    assert_eq!(template.source, contoso().source);
    assert_eq!(
        (template.size, template.sha256 == contoso().sha256),
        (bytes.len() as u64, false)
    );
}

#[test]
fn each_file_has_its_own_limit() {
    let padded = |text: &str, n: usize| format!("{text}{}", " ".repeat(n - text.len())).into_bytes();
    assert!(parse(&padded(ADMX, ADMX_BYTES_MAX), Some(&padded(ADML, ADML_BYTES_MAX))).is_ok());
    let large = parse(&padded(ADMX, ADMX_BYTES_MAX + 1), None);
    assert_eq!(large, Err(FileError::Admx(ParseError::TooLarge(ADMX_BYTES_MAX))));
    let large = parse(ADMX.as_bytes(), Some(&padded(ADML, ADML_BYTES_MAX + 1)));
    assert_eq!(large, Err(FileError::Adml(ParseError::TooLarge(ADML_BYTES_MAX))));
}

#[test]
fn a_template_has_at_most_so_many_policies() {
    let policies = |n: usize| -> String {
        (0..n)
            .map(|i| format!("<policy name='p{i}' class='User' key='k'/>"))
            .collect()
    };
    assert_eq!(
        with(&policies(DEFINITIONS_MAX)).unwrap().definitions.len(),
        DEFINITIONS_MAX
    );
    let refusal = with(&policies(DEFINITIONS_MAX + 1));
    assert_eq!(
        refusal,
        Err(FileError::Admx(ParseError::Limit("policies", DEFINITIONS_MAX)))
    );
}

#[test]
fn the_two_files_are_not_mistaken_for_each_other() {
    let swapped = parse(ADML.as_bytes(), Some(ADMX.as_bytes())).unwrap_err();
    let FileError::Adml(ParseError::Root { expected, found }) = swapped else {
        panic!("{swapped:?}");
    };
    assert_eq!(
        (expected, found.as_str()),
        ("policyDefinitionResources", "policyDefinitions")
    );
    assert!(matches!(
        parse(ADML.as_bytes(), None),
        Err(FileError::Admx(ParseError::Root { .. }))
    ));
}

#[test]
fn what_cannot_be_understood_is_named() {
    for (policies, words) in [
        ("", "defines no policy"),
        ("<policy class='User' key='k'/>", "1 to 256 bytes"),
        ("<policy name='a/b' class='User' key='k'/>", "slash"),
        ("<policy name='a' key='k'/>", "\"a\": its class"),
        ("<policy name='a' class='Users' key='k'/>", "Machine, User or Both"),
        ("<policy name='a' class='User'/>", "has no key"),
        (
            "<policy name='a' class='User' key='k'/><policy name='A' class='User' key='k'/>",
            "defined twice",
        ),
        (
            "<policy name='a' class='User' key='k'><enabledValue/></policy>",
            "enabledValue is empty",
        ),
        (
            "<policy name='a' class='User' key='k'><enabledValue><decimal value='-1'/></enabledValue></policy>",
            "whole number",
        ),
        (
            "<policy name='a' class='User' key='k'><elements><text/></elements></policy>",
            "must have an id",
        ),
        (
            "<policy name='a' class='User' key='k'><elements><slider id='x'/></elements></policy>",
            "unknown type slider",
        ),
        (
            "<policy name='a' class='User' key='k'><elements><text id='x'/><text id='x'/></elements></policy>",
            "twice",
        ),
        (
            "<policy name='a' class='User' key='k'><elements><decimal id='x' maxValue='many'/></elements></policy>",
            "maxValue",
        ),
    ] {
        let refusal = refused(policies);
        assert!(refusal.contains(words), "{policies}: {refusal}");
    }
}

#[test]
fn categories_that_go_in_a_circle_are_refused() {
    let text = "<policyDefinitions><categories><category name='a'><parentCategory ref='b'/></category>\
        <category name='b'><parentCategory ref='a'/></category></categories>\
        <policies><policy name='p' class='User' key='k'><parentCategory ref='a'/></policy></policies></policyDefinitions>";
    let refusal = parse(text.as_bytes(), None).unwrap_err();
    assert!(
        matches!(refusal, FileError::Admx(ParseError::Malformed { what: "category", ref problem, .. }) if problem.contains("above itself")),
        "{refusal:?}"
    );
}

/// The sample with some of its bytes replaced, cut out or doubled.
fn damaged(text: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let changes = prop::collection::vec((0..text.len(), 0..20_usize, any::<u8>(), 0..3_u8), 1..20);
    changes.prop_map(move |changes| {
        let mut bytes = text.as_bytes().to_vec();
        for (at, length, byte, kind) in changes {
            let from = at.min(bytes.len());
            let to = (from + length).min(bytes.len());
            match kind {
                0 => drop(bytes.drain(from..to)),
                1 => bytes[from..to].fill(byte),
                _ => {
                    let piece = bytes[from..to].to_vec();
                    bytes.splice(from..from, piece);
                }
            }
        }
        bytes
    })
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse(&bytes, Some(&bytes));
    }

    #[test]
    fn no_damage_makes_the_reader_panic_and_what_it_takes_can_be_stored(admx in damaged(ADMX), adml in damaged(ADML)) {
        if let Ok(template) = parse(&admx, Some(&adml)) {
            for definition in template.definitions {
                let stored = serde_json::to_string(&definition).unwrap();
                prop_assert_eq!(&serde_json::from_str::<Definition>(&stored).unwrap(), &definition);
                prop_assert!(place::uris(&config(), &definition).iter().all(|uri| uri.starts_with("./")));
            }
        }
        let _ = parse(ADMX.as_bytes(), Some(&adml));
    }
}
