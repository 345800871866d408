//! What is accepted, what is refused and where, and which rows are chosen.

use crate::sample::{SCHEMA, Sample, text};
use transom_odata::{ErrorCode, Filter, Value, limits};

fn parsed(filter: &str) -> Filter {
    Filter::parse(filter, &SCHEMA).unwrap_or_else(|e| panic!("{filter}: {e}"))
}

fn pc() -> Sample {
    let mut pc = Sample::default()
        .with("id", text("a1"))
        .with("deviceName", text("PC-O'Neill"))
        .with("complianceState", text("compliant"))
        .with("isEncrypted", Value::Boolean(true))
        .with("storage", Value::integer(256))
        .with("lastSync", Value::moment_of_text("2026-02-10T12:30:00Z").unwrap());
    pc.tags = vec![text("North"), text("lab")];
    pc.results = vec![
        vec![("actionName", text("wipe")), ("actionState", text("failed"))],
        vec![("actionName", text("rebootNow")), ("actionState", text("done"))],
    ];
    pc
}

#[test]
fn rows_are_chosen_as_odata_says() {
    let table = [
        ("deviceName eq 'pc-o''neill'", true),
        ("deviceName ne 'pc-o''neill'", false),
        ("DEVICENAME EQ 'PC-O''NEILL'", true),
        ("startswith(deviceName,'pc-') and endswith(deviceName, 'ILL')", true),
        ("contains(deviceName,'''')", true),
        ("startswith(deviceName,'x') eq false", true),
        ("startswith(serialNumber,'x') eq false", false),
        ("startswith(serialNumber,'x') ne true", true),
        ("tolower(deviceName) eq 'pc-o''neill'", true),
        ("contains(tolower(deviceName), toupper('neill'))", true),
        ("isEncrypted", true),
        ("not isEncrypted", false),
        ("not (isEncrypted eq false)", true),
        ("storage gt 255.5 and storage lt 256.000000000000000001", true),
        ("storage in (1, 256)", true),
        ("storage in (1,2)", false),
        ("-1 lt storage", true),
        ("complianceState eq 'Compliant'", true),
        ("complianceState in ('unknown','noncompliant')", false),
        ("lastSync ge 2026-02-10T13:30:00.0000000+01:00", true),
        ("lastSync gt 2026-02-10T12:30:00Z", false),
        ("lastSync ge 2026-02-10", true),
        // Null: equal to itself, different from every value, and in no order.
        ("serialNumber eq null", true),
        ("serialNumber ne 'x'", true),
        ("serialNumber ne null", false),
        ("null eq null", true),
        ("serialNumber lt 'x' or serialNumber ge 'x'", false),
        ("serialNumber in ('x', null)", true),
        // A search in nothing is neither true nor false.
        ("contains(serialNumber,'x')", false),
        ("not contains(serialNumber,'x')", false),
        ("contains(serialNumber,'x') or isEncrypted", true),
        ("not (contains(serialNumber,'x') and isEncrypted eq false)", true),
        // `and` binds more strongly than `or`, `not` more than both.
        ("isEncrypted or isEncrypted and storage eq 0", true),
        ("(isEncrypted or isEncrypted) and storage eq 0", false),
        ("not isEncrypted or storage eq 256", true),
        ("tags/any(t: t eq 'LAB')", true),
        ("tags/all(t: contains(t,'a'))", false),
        ("tags/any()", true),
        (
            "results/any(r: r/actionName eq 'wipe' and r/actionState eq 'done')",
            false,
        ),
        (
            "results/any(r: r/actionName eq 'wipe' and r/actionState eq 'failed' and storage eq 256)",
            true,
        ),
        ("results/all(r: r/startDateTime eq null)", true),
        ("not results/any(r: r/actionState eq 'pending')", true),
        ("key eq null", true),
        ("key ne 97842b67-2b67-9784-672B-8497672b8497", true),
        ("load eq storage or load eq null", true),
        ("deviceName ne serialNumber", true),
        ("true eq isEncrypted", true),
    ];
    for (filter, expected) in table {
        assert_eq!(parsed(filter).accepts(&pc()), expected, "{filter}");
    }
}

#[test]
fn any_of_nothing_is_false_and_all_of_nothing_true() {
    let empty = Sample::default();
    assert!(!parsed("tags/any(t: t eq 'x')").accepts(&empty));
    assert!(parsed("tags/all(t: t eq 'x')").accepts(&empty));
    assert!(!parsed("tags/any()").accepts(&empty));
}

#[test]
fn faults_have_a_place_and_say_what_was_expected() {
    use ErrorCode::{InvalidProperty, InvalidValue, Syntax, TypeMismatch, UnsupportedProperty};
    let table = [
        ("", 0, Syntax, "expected a property"),
        (
            "skuFamilyy eq 'x'",
            0,
            InvalidProperty,
            "there is no property 'skuFamilyy'",
        ),
        (
            "storage eq 1 and devicName eq 'x'",
            17,
            InvalidProperty,
            "did you mean 'deviceName'?",
        ),
        ("deviceName eqq 'x'", 11, Syntax, "expected a comparison"),
        ("deviceName eq", 13, Syntax, "found the end"),
        ("deviceName eq 'x", 14, Syntax, "no closing quote"),
        (
            "deviceName eq 'x' an storage eq 1",
            18,
            Syntax,
            "expected 'and', 'or' or the end",
        ),
        ("(deviceName eq 'x'", 18, Syntax, "expected ')'"),
        ("deviceName eq 'x')", 17, Syntax, "expected 'and', 'or' or the end"),
        ("deviceName eq x", 14, InvalidProperty, "there is no property 'x'"),
        (
            "deviceName eq 5",
            14,
            TypeMismatch,
            "expected a text in quotes, found an integer",
        ),
        ("5 eq deviceName", 0, TypeMismatch, "expected a text in quotes"),
        ("storage eq 'x'", 11, TypeMismatch, "expected an integer"),
        ("storage eq isEncrypted", 11, TypeMismatch, "'isEncrypted'"),
        ("lastSync gt '2026-02-10T12:30:00Z'", 12, TypeMismatch, "without quotes"),
        (
            "lastSync gt 2026-02-10T12:30:00 01:00",
            12,
            InvalidValue,
            "expected an integer",
        ),
        ("lastSync gt 2026-13-10T12:30:00Z", 12, InvalidValue, "2026-13-10"),
        ("storage gt 1e5", 11, InvalidValue, "1e5"),
        (
            "storage gt 9223372036854775808",
            11,
            InvalidValue,
            "9223372036854775808",
        ),
        (
            "complianceState eq 'fine'",
            19,
            InvalidValue,
            "unknown, compliant, noncompliant",
        ),
        (
            "complianceState in ('compliant','fine')",
            32,
            InvalidValue,
            "found 'fine'",
        ),
        ("complianceState gt 'compliant'", 16, TypeMismatch, "no order"),
        ("isEncrypted gt true", 12, TypeMismatch, "no order"),
        (
            "hardware eq 'x'",
            0,
            UnsupportedProperty,
            "'hardware' cannot be compared",
        ),
        ("activationCode eq 'x'", 0, UnsupportedProperty, "cannot be compared"),
        ("tags eq 'x'", 0, UnsupportedProperty, "'tags/any(…)'"),
        ("hardware/any(h: h eq 'x')", 0, InvalidProperty, "cannot be looked into"),
        ("tag/any(t: t eq 'x')", 0, InvalidProperty, "did you mean 'tags'?"),
        ("tags/some(t: t eq 'x')", 5, Syntax, "expected 'any' or 'all'"),
        ("tags/any(t: u eq 'x')", 12, InvalidProperty, "'u'"),
        ("tags/all()", 9, Syntax, "variable"),
        ("tags/any(deviceName: deviceName eq 'x')", 9, Syntax, "is a property"),
        ("results/any(r: r eq 'x')", 17, Syntax, "expected '/'"),
        (
            "results/any(r: r/actionNam eq 'x')",
            17,
            InvalidProperty,
            "did you mean 'actionName'?",
        ),
        ("tags/any(t: tags/any(u: u eq t))", 12, Syntax, "without a lambda"),
        ("contains(deviceName)", 19, Syntax, "expected ','"),
        ("contains(storage,'x')", 9, TypeMismatch, "expected a text"),
        ("contain(deviceName,'x')", 0, Syntax, "did you mean 'contains'?"),
        ("length(deviceName) gt 1", 0, Syntax, "expected one of the functions"),
        (
            "startswith(deviceName,'x') gt true",
            27,
            Syntax,
            "expected 'and', 'or' or the end",
        ),
        ("deviceName in ()", 15, Syntax, "expected a literal"),
        ("deviceName in (serialNumber)", 15, Syntax, "expected a literal"),
        ("deviceName in ('a' 'b')", 19, Syntax, "expected ')'"),
        ("not", 3, Syntax, "found the end"),
        ("deviceName eq 'ä' und", 18, Syntax, "'und'"),
        ("deviceName = 'x'", 11, Syntax, "found '='"),
        ("'x'", 3, Syntax, "expected a comparison"),
        ("deviceName eq 'x'; drop table devices", 17, Syntax, "found ';'"),
    ];
    for (filter, position, code, message) in table {
        let error = Filter::parse(filter, &SCHEMA).expect_err(filter);
        assert_eq!(
            (error.position, error.code),
            (Some(position), code),
            "{filter}: {error}"
        );
        assert!(error.message.contains(message), "{filter}: {error}");
        assert_eq!(error.option, "$filter");
    }
}

#[test]
fn each_limit_holds_at_one_above_and_not_below() {
    let nested = |depth: usize| format!("{}isEncrypted{}", "(".repeat(depth), ")".repeat(depth));
    parsed(&nested(limits::DEPTH_MAX));
    let list = |count: usize| format!("storage in ({})", vec!["1"; count].join(","));
    parsed(&list(limits::IN_VALUES_MAX));
    let long = |chars: usize| format!("deviceName eq '{}'", "ä".repeat(chars));
    parsed(&long(limits::TEXT_CHARS_MAX));
    // Each further part is the operator, the condition and its operand.
    let many = |parts: usize| vec!["isEncrypted"; parts].join(" or ");
    let parts = limits::NODES_MAX.div_ceil(3);
    assert!(many(parts).len() < limits::OPTION_CHARS_MAX);
    parsed(&many(parts));
    let padded = |chars: usize| format!("isEncrypted{}", " ".repeat(chars - "isEncrypted".len()));
    parsed(&padded(limits::OPTION_CHARS_MAX));
    for refused in [
        nested(limits::DEPTH_MAX + 1),
        "not ".repeat(limits::DEPTH_MAX + 1) + "isEncrypted",
        list(limits::IN_VALUES_MAX + 1),
        long(limits::TEXT_CHARS_MAX + 1),
        many(parts + 1),
        padded(limits::OPTION_CHARS_MAX + 1),
    ] {
        let error = Filter::parse(&refused, &SCHEMA).unwrap_err();
        assert_eq!(error.code, ErrorCode::LimitExceeded, "{error}");
        assert!(error.position.is_some());
    }
}
