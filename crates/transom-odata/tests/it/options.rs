//! Whole queries.

use crate::sample::{SCHEMA, Sample, text};
use std::cmp::Ordering;
use transom_odata::{Accepts, ErrorCode, Options, QueryError, Value, limits, order};

fn parse(query: &str) -> Result<Options, QueryError> {
    Options::parse(query, &SCHEMA, Accepts::Collection)
}

#[test]
fn every_option_is_read() {
    let options = parse(
        "$filter=deviceName%20eq%20%27a%27&$orderby=storage+desc,deviceName&$select=id,devicename&$expand=users\
         &$search=%22serialNumber:AB%20%5C%22%22&$top=5&$skip=7&$count=true&$skiptoken=abc&api-version=1&unknown=x",
    )
    .unwrap();
    assert_eq!(options.filter.unwrap().to_string(), "deviceName eq 'a'");
    let order: Vec<String> = options.order.iter().map(ToString::to_string).collect();
    assert_eq!(order, ["storage desc", "deviceName asc"]);
    let select: Vec<&str> = options.select.unwrap().iter().map(|p| p.name).collect();
    assert_eq!(select, ["id", "deviceName"]);
    assert_eq!(options.expand, ["users"]);
    let search = options.search.unwrap();
    assert_eq!((search.property.name, search.text.as_str()), ("serialNumber", "AB \""));
    assert!(search.accepts(&Sample::default().with("serialNumber", text("xxab \"yy"))));
    assert!(!search.accepts(&Sample::default()));
    assert_eq!((options.top, options.skip, options.count), (Some(5), 7, true));
    assert_eq!(options.skip_token.as_deref(), Some("abc"));
}

#[test]
fn options_count_without_their_sign() {
    let options = parse("filter=isEncrypted&top=3&SELECT=id").unwrap();
    assert!(options.filter.is_some() && options.select.is_some());
    assert_eq!(options.top, Some(3));
}

#[test]
fn what_is_not_understood_is_refused_with_its_place() {
    use ErrorCode::{InvalidProperty, InvalidValue, RepeatedOption, Syntax, UnsupportedOption, UnsupportedProperty};
    let table = [
        ("$filtr=x", "$filtr", None, UnsupportedOption),
        ("$apply=x", "$apply", None, UnsupportedOption),
        ("$format=json", "$format", None, UnsupportedOption),
        ("$top=0", "$top", None, InvalidValue),
        ("$top=1001", "$top", None, InvalidValue),
        ("$top=x", "$top", None, InvalidValue),
        ("$skip=10001", "$skip", None, InvalidValue),
        ("$skip=-1", "$skip", None, InvalidValue),
        ("$count=yes", "$count", None, InvalidValue),
        ("$top=1&top=2", "$top", None, RepeatedOption),
        ("$orderby=storag", "$orderby", Some(0), InvalidProperty),
        ("$orderby=storage,hardware", "$orderby", Some(8), UnsupportedProperty),
        ("$orderby=storage down", "$orderby", Some(8), Syntax),
        ("$orderby=storage,", "$orderby", Some(8), Syntax),
        ("$orderby=storage,storage desc", "$orderby", Some(8), Syntax),
        ("$orderby=", "$orderby", Some(0), Syntax),
        ("$select=id,nme", "$select", Some(3), InvalidProperty),
        ("$select=", "$select", Some(0), Syntax),
        ("$expand=apps", "$expand", Some(0), InvalidProperty),
        ("$expand=users($select=id)", "$expand", Some(5), Syntax),
        ("$search=deviceName:x", "$search", Some(0), Syntax),
        ("$search=%22x%22", "$search", Some(0), Syntax),
        ("$search=%22id:x%22", "$search", Some(1), InvalidProperty),
        ("$search=%22deviceName:x", "$search", Some(0), Syntax),
        (
            "$search=%22deviceName:x%22 OR %22deviceName:y%22",
            "$search",
            Some(15),
            Syntax,
        ),
        ("$filter=%zz", "query", None, Syntax),
        ("$filter=%ff", "query", None, Syntax),
        ("$skiptoken=", "$skiptoken", None, InvalidValue),
    ];
    for (query, option, position, code) in table {
        let error = parse(query).expect_err(query);
        assert_eq!((error.position, error.code), (position, code), "{query}: {error}");
        assert!(error.option.starts_with(option), "{query}: {error}");
    }
}

#[test]
fn a_single_thing_takes_select_and_expand_only() {
    assert!(Options::parse("$select=id&$expand=users", &SCHEMA, Accepts::Single).is_ok());
    for (query, accepts) in [
        ("$filter=isEncrypted", Accepts::Single),
        ("$top=1", Accepts::Single),
        ("$top=1", Accepts::Count),
        ("$filter=isEncrypted", Accepts::Pages),
        ("$select=id", Accepts::Nothing),
    ] {
        let error = Options::parse(query, &SCHEMA, accepts).unwrap_err();
        assert_eq!(error.code, ErrorCode::UnsupportedOption);
    }
    assert!(Options::parse("$filter=isEncrypted", &SCHEMA, Accepts::Count).is_ok());
}

#[test]
fn a_query_has_a_limit() {
    let query = format!("x={}", "y".repeat(limits::QUERY_BYTES_MAX - 2));
    assert!(parse(&query).is_ok());
    assert_eq!(parse(&(query + "y")).unwrap_err().code, ErrorCode::LimitExceeded);
    let token = |n: usize| format!("$skiptoken={}", "y".repeat(n));
    assert!(parse(&token(limits::SKIP_TOKEN_CHARS_MAX)).is_ok());
    assert!(parse(&token(limits::SKIP_TOKEN_CHARS_MAX + 1)).is_err());
    assert!(parse("$orderby=id,deviceName,serialNumber,storage,load,lastSync").is_ok());
    let seven = "$orderby=id,deviceName,serialNumber,storage,load,lastSync,key";
    assert_eq!(parse(seven).unwrap_err().code, ErrorCode::LimitExceeded);
    let names = |n: usize| format!("$select={}", vec!["id"; n].join(","));
    assert!(parse(&names(limits::NAMES_MAX)).is_ok());
    assert_eq!(
        parse(&names(limits::NAMES_MAX + 1)).unwrap_err().code,
        ErrorCode::LimitExceeded
    );
}

#[test]
fn rows_are_ordered_by_several_keys_and_null_comes_first() {
    let keys = parse("$orderby=deviceName desc,storage").unwrap().order;
    let row = |name: Option<&str>, storage: i64| vec![name.map_or(Value::Null, text), Value::integer(storage)];
    let compare = |l: &[Value<'_>], r: &[Value<'_>]| order::compare(&keys, l, r);
    assert_eq!(compare(&row(Some("B"), 1), &row(Some("a"), 2)), Ordering::Less);
    assert_eq!(compare(&row(Some("A"), 1), &row(Some("a"), 2)), Ordering::Less);
    assert_eq!(compare(&row(Some("A"), 2), &row(Some("a"), 2)), Ordering::Equal);
    assert_eq!(
        compare(&row(None, 1), &row(Some("a"), 1)),
        Ordering::Greater,
        "null is smallest, descending"
    );
}
