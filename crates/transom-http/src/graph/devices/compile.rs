//! What a database can look up of a filter: conditions that every chosen device holds to. The filter itself is asked of
//! each device that is found, so nothing here decides anything.

use transom_domain::{
    DeviceId, Timestamp, UserId,
    device::DeviceState,
    managed_device::{DeviceCondition, TextField, TextMatch, TimeField},
};
use transom_odata::{
    Filter, Search, Value,
    filter::{Comparator, Operand, TextTest},
};

/// Ticks of a millisecond, in the units of moments of queries.
const TICKS: i64 = 10_000;

/// A field that can be looked up.
enum Field {
    Text(TextField),
    Time(TimeField),
    Id,
    User,
    State,
}

/// What every device that a filter and a search choose holds to.
pub fn condition(filter: Option<&Filter>, search: Option<&Search>) -> Option<DeviceCondition> {
    let searched = search.and_then(|s| match field(s.property.name) {
        Some(Field::Text(field)) => text(field, TextMatch::Contains(s.text.clone())),
        _ => None,
    });
    all([filter.and_then(necessary), searched].into_iter().flatten().collect())
}

fn all(mut parts: Vec<DeviceCondition>) -> Option<DeviceCondition> {
    match parts.len() {
        0 => None,
        1 => parts.pop(),
        _ => Some(DeviceCondition::All(parts)),
    }
}

fn necessary(filter: &Filter) -> Option<DeviceCondition> {
    match filter {
        Filter::And(parts) => all(parts.iter().filter_map(necessary).collect()),
        Filter::Or(parts) => {
            let parts: Option<Vec<DeviceCondition>> = parts.iter().map(necessary).collect();
            parts.map(DeviceCondition::Any)
        }
        Filter::Compare {
            left,
            comparator,
            right,
        } => match (left, right) {
            (Operand::Literal(value), other) => compared(other, flipped(*comparator), value),
            (other, Operand::Literal(value)) => compared(other, *comparator, value),
            _ => None,
        },
        Filter::In { operand, values } => one_of(operand, values),
        Filter::Text {
            test,
            text: searched,
            part: Operand::Literal(Value::Text(part)),
        } => {
            let Some(Field::Text(field)) = looked_up(searched) else {
                return None;
            };
            let part = part.to_string();
            text(
                field,
                match test {
                    TextTest::StartsWith => TextMatch::StartsWith(part),
                    TextTest::Contains | TextTest::EndsWith => TextMatch::Contains(part),
                },
            )
        }
        Filter::Outcome {
            of,
            equal: true,
            to: true,
        } => necessary(of),
        Filter::Text { .. }
        | Filter::Outcome { .. }
        | Filter::Not(_)
        | Filter::Truth(_)
        | Filter::Quantified { .. } => None,
    }
}

/// The field that an operand stands for. `tolower` changes nothing where case does not count; `toupper` makes two letters
/// of one now and then.
fn looked_up(operand: &Operand) -> Option<Field> {
    match operand {
        Operand::Property(property) => field(property.name),
        Operand::Lower(inner) => match looked_up(inner) {
            found @ Some(Field::Text(_)) => found,
            _ => None,
        },
        _ => None,
    }
}

fn field(property: &str) -> Option<Field> {
    Some(match property {
        "id" => Field::Id,
        "userId" => Field::User,
        "deviceName" => Field::Text(TextField::ComputerName),
        "managedDeviceName" => Field::Text(TextField::DisplayName),
        "serialNumber" => Field::Text(TextField::SerialNumber),
        "imei" => Field::Text(TextField::Imei),
        "osVersion" => Field::Text(TextField::OsVersion),
        "manufacturer" => Field::Text(TextField::Manufacturer),
        "model" => Field::Text(TextField::Model),
        "userPrincipalName" | "emailAddress" => Field::Text(TextField::UserEmail),
        "userDisplayName" => Field::Text(TextField::UserName),
        "enrolledDateTime" => Field::Time(TimeField::EnrolledAt),
        "lastSyncDateTime" => Field::Time(TimeField::LastStatusReport),
        "managementState" => Field::State,
        _ => return None,
    })
}

/// A text condition, if the text is one that databases fold as we do.
fn text(field: TextField, matches: TextMatch) -> Option<DeviceCondition> {
    // PostgreSQL takes no text with a NUL, which nothing holds anyway.
    let is_plain = |text: &String| {
        let is_odd = |byte: u8| byte == 0 || field == TextField::OsVersion && byte.is_ascii_alphabetic();
        text.is_ascii() && !text.bytes().any(is_odd)
    };
    let is_plain = match &matches {
        TextMatch::Is(texts) => texts.iter().all(is_plain),
        TextMatch::StartsWith(text) | TextMatch::Contains(text) => is_plain(text),
    };
    is_plain.then_some(DeviceCondition::Text { field, matches })
}

const fn flipped(comparator: Comparator) -> Comparator {
    match comparator {
        Comparator::Gt => Comparator::Lt,
        Comparator::Ge => Comparator::Le,
        Comparator::Lt => Comparator::Gt,
        Comparator::Le => Comparator::Ge,
        same => same,
    }
}

fn compared(operand: &Operand, comparator: Comparator, value: &Value<'static>) -> Option<DeviceCondition> {
    if comparator == Comparator::Eq {
        return one_of(operand, std::slice::from_ref(value));
    }
    let (Some(Field::Time(field)), Value::Moment(ticks)) = (looked_up(operand), value) else {
        return None;
    };
    let (from, to) = match comparator {
        Comparator::Gt | Comparator::Ge => (Some(floor(*ticks)), None),
        Comparator::Lt | Comparator::Le => (None, Some(ceiling(*ticks))),
        Comparator::Eq | Comparator::Ne => return None,
    };
    Some(DeviceCondition::Time { field, from, to })
}

fn floor(ticks: i64) -> Timestamp {
    Timestamp::from_millis(ticks.div_euclid(TICKS))
}

fn ceiling(ticks: i64) -> Timestamp {
    Timestamp::from_millis(ticks.div_euclid(TICKS) + i64::from(ticks.rem_euclid(TICKS) > 0))
}

fn one_of(operand: &Operand, values: &[Value<'static>]) -> Option<DeviceCondition> {
    let field = looked_up(operand)?;
    if let Field::Time(field) = field {
        let [Value::Moment(ticks)] = values else { return None };
        let (from, to) = (Some(floor(*ticks)), Some(ceiling(*ticks)));
        return Some(DeviceCondition::Time { field, from, to });
    }
    let texts: Option<Vec<&str>> = values
        .iter()
        .map(|v| match v {
            Value::Text(text) => Some(text.as_ref()),
            _ => None,
        })
        .collect();
    let texts = texts?;
    match field {
        Field::Text(field) => text(field, TextMatch::Is(texts.into_iter().map(str::to_owned).collect())),
        // What is no id is the id of nothing.
        Field::Id => Some(DeviceCondition::Id(
            texts.iter().filter_map(|t| DeviceId::parse(t).ok()).collect(),
        )),
        Field::User => Some(DeviceCondition::User(
            texts.iter().filter_map(|t| UserId::parse(t).ok()).collect(),
        )),
        Field::State => Some(DeviceCondition::State(texts.into_iter().flat_map(states).collect())),
        Field::Time(_) => None,
    }
}

/// The states in which a device can be that Graph calls so (E.5).
fn states(name: &str) -> Vec<DeviceState> {
    match name.to_ascii_lowercase().as_str() {
        "discovered" => vec![DeviceState::Provisioning],
        "unhealthy" => vec![DeviceState::Unknown],
        "deletepending" | "wipeissued" | "retireissued" => vec![DeviceState::DeleteRequested],
        _ => vec![DeviceState::Active],
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]
mod tests {
    use super::*;
    use crate::graph::{devices::properties::schema, routes::Version};

    fn of(filter: &str) -> String {
        let filter = Filter::parse(filter, schema(Version::Beta)).unwrap();
        condition(Some(&filter), None).map_or_else(|| "-".to_owned(), |c| format!("{c:?}"))
    }

    #[test]
    fn what_has_a_column_is_looked_up_and_the_rest_is_not() {
        assert_eq!(
            of("deviceName eq 'PC-1' and contains(notes,'x')"),
            r#"Text { field: ComputerName, matches: Is(["PC-1"]) }"#
        );
        assert_eq!(of("deviceName eq 'PC-1' or contains(notes,'x')"), "-");
        assert_eq!(
            of("tolower(serialNumber) in ('a','b') or imei eq '1'"),
            r#"Any([Text { field: SerialNumber, matches: Is(["a", "b"]) }, Text { field: Imei, matches: Is(["1"]) }])"#
        );
        assert_eq!(
            of("lastSyncDateTime lt 1970-01-01T00:00:00.0015Z"),
            "Time { field: LastStatusReport, from: None, to: Some(Timestamp(2)) }"
        );
        assert_eq!(
            of("1970-01-01T00:00:00.0015Z lt enrolledDateTime"),
            "Time { field: EnrolledAt, from: Some(Timestamp(1)), to: None }"
        );
        assert_eq!(of("managementState eq 'wipePending'"), "State([Active])");
        assert_eq!(of("id eq 'nobody'"), "Id([])");
        assert_eq!(
            of("startswith(osVersion,'10.0.2') and endswith(userPrincipalName,'@Example.com')"),
            r#"All([Text { field: OsVersion, matches: StartsWith("10.0.2") }, Text { field: UserEmail, matches: Contains("@Example.com") }])"#
        );
    }

    #[test]
    fn what_says_nothing_of_the_column_is_not_looked_up() {
        for filter in [
            "not (deviceName eq 'x')",
            "deviceName ne 'x'",
            "deviceName eq null",
            "deviceName in ('x', null)",
            "deviceName eq 'ß'",
            "osVersion eq '10.0.K'",
            "deviceName eq '\0'",
            "toupper(deviceName) eq 'SS'",
            "contains(deviceName,'x') ne true",
            "contains(deviceName,'x') eq false",
            "deviceName gt 'x'",
            "isEncrypted",
            "deviceActionResults/any(r: r/actionName eq 'wipe')",
        ] {
            assert_eq!(of(filter), "-", "{filter}");
        }
    }
}
