//! Patterns of display names.

use super::*;

fn facts() -> Facts {
    Facts {
        person: Some(Person {
            email: "ada.k@corp.example".to_owned(),
            name: Some("Ada King Lovelace".to_owned()),
            attributes: [("costCenter".to_owned(), Value::from(42))].into_iter().collect(),
            ..Person::default()
        }),
        answers: [("site".to_owned(), "Bern".to_owned())].into(),
        serial_number: Fact::known("5CG-1234567"),
        model: Fact::known("Book 9 / Pro"),
        device_name: Fact::known("DESKTOP-1"),
        ..Facts::default()
    }
}

fn rendered(pattern: &str, facts: &Facts) -> Rendered {
    NamePattern::parse(pattern, ["site"]).unwrap().render(&Naming {
        facts,
        device: Some([7; 12].into()),
        template: "Office",
        rule: Some("Sales"),
        segment: "Berlin",
        counter: 7,
        now: Timestamp::from_millis(1_767_225_600_000),
    })
}

fn name(pattern: &str) -> Option<String> {
    rendered(pattern, &facts()).name
}

#[test]
fn every_variable_stands_for_something() {
    for (pattern, wanted) in [
        ("{{user.email}}", "ada.k@corp.example"),
        ("{{user.name}}", "Ada King Lovelace"),
        ("{firstName} {lastName}", "Ada King Lovelace"),
        ("{{user.firstName}}/{{user.lastName}}", "Ada/King Lovelace"),
        ("{{user.username}}", "ada.k"),
        ("{{user.costCenter}}", "42"),
        ("{{device.serialNumber}}", "5CG-1234567"),
        ("{{device.serial_short}}", "234567"),
        ("{{ device.model }}", "Book 9 / Pro"),
        ("{{device.name}}", "DESKTOP-1"),
        ("{{device.id}}", "070707070707070707070707"),
        ("{{aux.site}}", "Bern"),
        (
            "{{template.name}} {{rule.name}} {{segment.name}}",
            "Office Sales Berlin",
        ),
        ("{{counter}}", "7"),
        ("{{counter:3}}", "007"),
        ("{{date}}", "20260101"),
        ("plain", "plain"),
    ] {
        assert_eq!(name(pattern).as_deref(), Some(wanted), "{pattern}");
    }
}

#[test]
fn filters_apply_one_after_the_other() {
    assert_eq!(name("{{device.model|slug}}").as_deref(), Some("book-9-pro"));
    assert_eq!(name("{{device.model|slug|upper|max:6}}").as_deref(), Some("BOOK-9"));
    assert_eq!(name("{firstName|lower}").as_deref(), Some("ada"));
}

#[test]
fn an_empty_variable_takes_one_separator_along_however_long_that_is() {
    for (pattern, wanted) in [
        ("PC-{{device.manufacturer}}-01", Some("PC-01")),
        ("{{device.manufacturer}}-01", Some("01")),
        ("PC-{{device.manufacturer}}", Some("PC")),
        ("{{device.manufacturer}} {{device.osVersion}} x", Some("x")),
        ("{{device.manufacturer}}", None),
        (" - {{device.manufacturer}}", None),
        ("{{device.manufacturer}} - {{device.name}}", Some("DESKTOP-1")),
        ("{{device.name}} - {{device.manufacturer}}", Some("DESKTOP-1")),
        ("{{device.name}} - {{device.manufacturer}} - x", Some("DESKTOP-1 - x")),
        ("PC - {{device.manufacturer}} - ", Some("PC")),
        (" - {{device.manufacturer}} - PC", Some("PC")),
        (
            "{{device.manufacturer}}-{{device.osVersion}}-{{device.name}}",
            Some("DESKTOP-1"),
        ),
        (
            "{{device.name}}-{{device.manufacturer}}-{{device.osVersion}}",
            Some("DESKTOP-1"),
        ),
        ("[{{device.manufacturer}}] x", Some("[] x")),
        // Separators that no empty variable stands beside are meant.
        ("#{{device.name}}", Some("#DESKTOP-1")),
        ("{{device.name}} #", Some("DESKTOP-1 #")),
    ] {
        assert_eq!(name(pattern).as_deref(), wanted, "{pattern}");
    }
}

#[test]
fn a_value_keeps_the_separators_of_its_own() {
    let facts = Facts {
        device_name: Fact::known("Contoso Inc."),
        ..facts()
    };
    let name = |pattern: &str| rendered(pattern, &facts).name;
    assert_eq!(
        name("{{device.name}} - {{device.manufacturer}}").as_deref(),
        Some("Contoso Inc.")
    );
    assert_eq!(
        name("{{device.name}}{{device.manufacturer}}").as_deref(),
        Some("Contoso Inc.")
    );
}

#[test]
fn a_name_has_at_most_128_characters_and_no_control_characters() {
    assert_eq!(name(&"ä".repeat(129)).unwrap().chars().count(), RENDERED_CHARS_MAX);
    let odd = Facts {
        device_name: Fact::known("a\u{0}b\n"),
        ..Facts::default()
    };
    assert_eq!(rendered("{{device.name}}", &odd).name.as_deref(), Some("ab"));
}

#[test]
fn a_fact_that_is_late_makes_the_name_wait() {
    let late = Facts {
        serial_number: Fact::late(),
        ..facts()
    };
    assert!(rendered("{{device.serial_short}}", &late).waits);
    assert!(!rendered("{{device.name}}", &late).waits);
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (pattern, position, told) in [
        ("PC-{{nothing}}", 4, "nothing is unknown"),
        ("ä{{user.}}", 2, "user. is unknown"),
        ("{{aux.room}}", 1, "declares no auxiliary field room"),
        ("{firstName", 1, "not closed by }"),
        ("{{firstName}", 1, "not closed by }}"),
        ("{{counter:0}}", 1, "1 to 10 digits"),
        ("{{counter:11}}", 1, "1 to 10 digits"),
        ("{{date|shout}}", 1, "filter shout is unknown"),
        ("{{date|max:0}}", 1, "max:0 is unknown"),
        ("{{date|max:129}}", 1, "max:129 is unknown"),
    ] {
        let error = NamePattern::parse(pattern, ["site"]).unwrap_err();
        assert_eq!(error.position, position, "{pattern}");
        assert!(error.message.contains(told), "{pattern}: {}", error.message);
    }
}

#[test]
fn only_a_pattern_with_a_counter_takes_a_number() {
    assert!(NamePattern::parse("{counter:3|max:2}", []).unwrap().counts());
    assert!(!NamePattern::parse("{date}", []).unwrap().counts());
}
