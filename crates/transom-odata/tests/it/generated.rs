//! Any filter: printed and read again it is the same, and it chooses what a plainer reading of OData chooses.

use crate::sample::{SCHEMA, Sample, text};
use proptest::prelude::*;
use transom_odata::{
    Filter, Value,
    filter::{Comparator, Operand, Quantifier, TextTest},
    value::NUMBER_ONE,
};

fn property(name: &str) -> Operand {
    Operand::Property(SCHEMA.property(name).unwrap())
}

fn texts() -> impl Strategy<Value = Value<'static>> + Clone {
    prop_oneof![Just(Value::Null), "[abAB'ä ]{0,3}".prop_map(|t| text(&t))]
}

fn moments() -> impl Strategy<Value = Value<'static>> {
    // Years 1900 to 2100: RFC 3339 has four digits for the year.
    prop_oneof![
        Just(Value::Null),
        (-22_089_888_000_000_000i64..41_024_448_000_000_000).prop_map(Value::Moment)
    ]
}

fn numbers() -> impl Strategy<Value = Value<'static>> {
    let fixed = (any::<i64>(), 0..NUMBER_ONE).prop_map(|(whole, fraction)| {
        let sign = if whole < 0 { -1 } else { 1 };
        Value::Number(i128::from(whole) * NUMBER_ONE + sign * fraction)
    });
    prop_oneof![Just(Value::Null), (-3i64..3).prop_map(Value::integer), fixed]
}

fn text_operand() -> impl Strategy<Value = Operand> {
    let plain = prop_oneof![
        Just(property("deviceName")),
        Just(property("serialNumber")),
        texts().prop_map(Operand::Literal),
    ];
    (plain, 0..4u8).prop_map(|(operand, wrap)| match wrap {
        0 => Operand::Lower(Box::new(operand)),
        1 => Operand::Upper(Box::new(operand)),
        _ => operand,
    })
}

fn comparator() -> impl Strategy<Value = Comparator> {
    prop::sample::select(Comparator::ALL.to_vec())
}

fn search() -> impl Strategy<Value = Filter> {
    let tests = prop::sample::select(TextTest::ALL.to_vec());
    (tests, text_operand(), text_operand()).prop_map(|(test, text, part)| Filter::Text { test, text, part })
}

fn leaf() -> impl Strategy<Value = Filter> {
    let compare = |left, comparator, right| Filter::Compare {
        left,
        comparator,
        right,
    };
    let element = Operand::Element(crate::sample::SCHEMA.collections[0].element_property("actionName"));
    prop_oneof![
        (text_operand(), comparator(), text_operand()).prop_map(move |(l, c, r)| compare(l, c, r)),
        (comparator(), numbers()).prop_map(move |(c, n)| compare(property("storage"), c, Operand::Literal(n))),
        (comparator(), moments()).prop_map(move |(c, m)| compare(Operand::Literal(m), c, property("lastSync"))),
        (text_operand(), prop::collection::vec(texts(), 1..4))
            .prop_map(|(operand, values)| Filter::In { operand, values }),
        search(),
        (search(), any::<bool>(), any::<bool>()).prop_map(|(of, equal, to)| Filter::Outcome {
            of: Box::new(of),
            equal,
            to
        }),
        Just(Filter::Truth(property("isEncrypted"))),
        (any::<bool>(), comparator(), texts()).prop_map(move |(any, c, t)| Filter::Quantified {
            quantifier: if any { Quantifier::Any } else { Quantifier::All },
            collection: SCHEMA.collection("tags").unwrap(),
            condition: Some(Box::new(compare(Operand::Variable, c, Operand::Literal(t)))),
        }),
        (comparator(), texts()).prop_map(move |(c, t)| Filter::Quantified {
            quantifier: Quantifier::Any,
            collection: SCHEMA.collection("results").unwrap(),
            condition: Some(Box::new(compare(element.clone(), c, Operand::Literal(t)))),
        }),
    ]
}

trait ElementProperty {
    fn element_property(&self, name: &str) -> &'static transom_odata::Property;
}

impl ElementProperty for transom_odata::Collection {
    fn element_property(&self, name: &str) -> &'static transom_odata::Property {
        match self.element {
            transom_odata::Element::Record(properties) => properties.iter().find(|p| p.name == name).unwrap(),
            transom_odata::Element::Scalar(_) => panic!("a scalar has no properties"),
        }
    }
}

fn filters() -> impl Strategy<Value = Filter> {
    leaf().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::all),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::any),
            inner.prop_map(|f| Filter::Not(Box::new(f))),
        ]
    })
}

fn rows() -> impl Strategy<Value = Sample> {
    let flag = prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::Boolean)];
    let tags = prop::collection::vec(texts(), 0..3);
    (texts(), texts(), flag, numbers(), moments(), tags.clone(), tags).prop_map(
        |(name, serial, flag, storage, sync, tags, results)| {
            let mut row = Sample::default()
                .with("deviceName", name)
                .with("serialNumber", serial)
                .with("isEncrypted", flag)
                .with("storage", storage)
                .with("lastSync", sync);
            row.tags = tags;
            row.results = results.into_iter().map(|r| vec![("actionName", r)]).collect();
            row
        },
    )
}

/// The oracle: truths are 0, 1 (null) and 2, `and` is the least, `or` the greatest, `not` the mirror.
fn oracle(filter: &Filter, row: &Sample, item: Option<&Value<'static>>) -> u8 {
    let sides = |l: &Operand, r: &Operand| (worth(l, row, item), worth(r, row, item));
    match filter {
        Filter::And(parts) => parts.iter().map(|p| oracle(p, row, item)).min().unwrap(),
        Filter::Or(parts) => parts.iter().map(|p| oracle(p, row, item)).max().unwrap(),
        Filter::Not(inner) => 2 - oracle(inner, row, item),
        Filter::Compare {
            left,
            comparator,
            right,
        } => {
            let (l, r) = sides(left, right);
            let both = !l.is_null() && !r.is_null();
            let equal = plain(&l) == plain(&r);
            let smaller = both && plain(&l) < plain(&r);
            let larger = both && plain(&l) > plain(&r);
            2 * u8::from(match comparator {
                Comparator::Eq => equal,
                Comparator::Ne => !equal,
                Comparator::Lt => smaller,
                Comparator::Le => smaller || equal,
                Comparator::Gt => larger,
                Comparator::Ge => larger || equal,
            })
        }
        Filter::In { operand, values } => {
            let own = worth(operand, row, item);
            2 * u8::from(values.iter().any(|v| plain(v) == plain(&own)))
        }
        Filter::Text { test, text, part } => match sides(text, part) {
            (Value::Null, _) | (_, Value::Null) => 1,
            (text, part) => {
                let (Plain::Text(text), Plain::Text(part)) = (plain(&text), plain(&part)) else {
                    panic!()
                };
                let places: Vec<usize> = (0..=text.len())
                    .filter(|i| text.is_char_boundary(*i) && text[*i..].starts_with(&part))
                    .collect();
                2 * u8::from(match test {
                    TextTest::Contains => !places.is_empty(),
                    TextTest::StartsWith => places.contains(&0),
                    TextTest::EndsWith => places.iter().any(|p| p + part.len() == text.len()),
                })
            }
        },
        Filter::Outcome { of, equal, to } => {
            let matches = oracle(of, row, item) == 2 * u8::from(*to);
            2 * u8::from(matches == *equal)
        }
        Filter::Truth(operand) => match worth(operand, row, item) {
            Value::Boolean(truth) => 2 * u8::from(truth),
            _ => 1,
        },
        Filter::Quantified {
            quantifier,
            collection,
            condition,
        } => {
            let items: Vec<Value<'static>> = match collection.name {
                "tags" => row.tags.clone(),
                _ => row.results.iter().map(|r| r[0].1.clone()).collect(),
            };
            let fitting = items
                .iter()
                .filter(|i| condition.as_ref().is_none_or(|c| oracle(c, row, Some(i)) == 2))
                .count();
            2 * u8::from(match quantifier {
                Quantifier::Any => fitting > 0,
                Quantifier::All => fitting == items.len(),
            })
        }
    }
}

#[derive(PartialEq, PartialOrd)]
enum Plain {
    Null,
    Text(String),
    Number(i128),
}

fn plain(value: &Value<'_>) -> Plain {
    match value {
        Value::Null => Plain::Null,
        Value::Text(t) | Value::Guid(t) => Plain::Text(t.to_lowercase()),
        Value::Boolean(b) => Plain::Number(i128::from(*b)),
        Value::Number(n) => Plain::Number(*n),
        Value::Moment(m) => Plain::Number(i128::from(*m)),
    }
}

fn worth(operand: &Operand, row: &Sample, item: Option<&Value<'static>>) -> Value<'static> {
    let cased = |value: Value<'static>, change: fn(&str) -> String| match value {
        Value::Text(t) => text(&change(&t)),
        other => other,
    };
    match operand {
        Operand::Property(p) => row.get(p.name),
        Operand::Variable | Operand::Element(_) => item.unwrap().clone(),
        Operand::Literal(value) => value.clone(),
        Operand::Lower(inner) => cased(worth(inner, row, item), str::to_lowercase),
        Operand::Upper(inner) => cased(worth(inner, row, item), str::to_uppercase),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_is_printed_reads_as_the_same(filter in filters()) {
        let printed = filter.to_string();
        prop_assert_eq!(Filter::parse(&printed, &SCHEMA).map_err(|e| format!("{printed}: {e}")), Ok(filter));
    }

    #[test]
    fn it_chooses_what_a_plain_reading_chooses(filter in filters(), row in rows()) {
        prop_assert_eq!(filter.accepts(&row), oracle(&filter, &row, None) == 2, "{}", filter);
    }
}
