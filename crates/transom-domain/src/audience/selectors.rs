//! The selectors of an audience: groups of words, and explicit lists (AU1–AU4).

use crate::{DeviceId, EnrollmentTemplateId, UserId, device::update::Violation, text};
use serde_json::{Map, Value, json};

/// Most groups of one selector: each is an alternative that somebody wrote down.
pub const GROUPS_MAX: usize = 100;

/// Most elements of one group: each is a condition that somebody wrote down.
pub const GROUP_ELEMENTS_MAX: usize = 20;

/// Longest element: `smart.`, a name of 256 characters, a colon, and a value of 1,000 fit.
pub const ELEMENT_CHARS_MAX: usize = 1_300;

/// Most entries of one explicit list: who names more wants a tag.
pub const LISTED_MAX: usize = 1_000;

/// Longest serial number in a list (A.6).
pub const SERIAL_CHARS_MAX: usize = 128;

/// Attributes of a device that an element can name, besides `smart.<name>` and `custom.<key>` (AU3).
const DEVICE_ATTRIBUTES: [&str; 6] = ["tag", "os", "model", "manufacturer", "segment", "template"];

/// Who is meant. Empty: nobody (AU2).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selectors {
    /// Alternatives, each a list of conditions on the device that must all hold (AU2).
    pub device_groups: Vec<Vec<String>>,
    /// Alternatives, each a list of conditions on the user that must all hold (AU2).
    pub user_groups: Vec<Vec<String>>,
    /// These devices (AU4).
    pub devices: Vec<DeviceId>,
    /// The devices of these users (AU4).
    pub users: Vec<UserId>,
    /// The devices with these serial numbers (AU4).
    pub serial_numbers: Vec<String>,
    /// Devices of other platforms, by the names of their lists: kept, and ignored for Windows (AU4).
    pub foreign: [Vec<String>; 3],
}

/// The names of the lists of other platforms, in the order of [`Selectors::foreign`].
pub const FOREIGN: [&str; 3] = ["emmDeviceIds", "admDeviceIds", "aosDeviceIds"];

/// A condition: a key, and what its value is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// What is looked at, e.g. `tag`, `os`, `user.department`.
    pub key: String,
    /// What it must be, in lower case.
    pub value: String,
    /// Whether `*` in the value stands for any text.
    pub is_pattern: bool,
}

impl Element {
    /// Reads a condition on a device.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub fn of_device(text: &str) -> Result<Self, String> {
        let (key, value) = split(text)?;
        let name = key.split('.').next().unwrap_or_default();
        let is_named = matches!(name, "smart" | "custom") && key.len() > name.len() + 1;
        if !is_named && !DEVICE_ATTRIBUTES.contains(&key.as_str()) {
            let known = DEVICE_ATTRIBUTES.join(":, ");
            return Err(format!(
                "names no attribute of a device; known are {known}:, smart.<name>: and custom.<key>:, and a tag with a \
                 colon is written tag:{}",
                text::cut(text.trim(), 64)
            ));
        }
        check_value(&key, &value)?;
        let is_pattern = value.contains('*') && !matches!(key.as_str(), "tag" | "segment" | "template");
        Ok(Self { key, value, is_pattern })
    }

    /// Reads a condition on a user. Any key that is not `tag`, `group` or `email` is one of their metadata.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub fn of_user(text: &str) -> Result<Self, String> {
        let (key, value) = split(text)?;
        let is_pattern = value.contains('*') && !matches!(key.as_str(), "tag" | "group");
        Ok(Self {
            key: format!("user.{key}"),
            value,
            is_pattern,
        })
    }

    /// Whether a value, in lower case, is what is wanted.
    #[must_use]
    pub fn fits(&self, value: &str) -> bool {
        if !self.is_pattern {
            return self.value == value;
        }
        let mut parts = self.value.split('*');
        let Some(mut rest) = value.strip_prefix(parts.next().unwrap_or_default()) else {
            return false;
        };
        let Some(last) = parts.next_back() else {
            return rest.is_empty();
        };
        for part in parts {
            match rest.find(part) {
                Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
                None => return false,
            }
        }
        rest.ends_with(last)
    }
}

/// Refuses values that no device can ever have: names where numbers and ids stand.
fn check_value(key: &str, value: &str) -> Result<(), String> {
    let is_right = match key {
        "segment" => value.parse::<u32>().is_ok_and(|number| number.to_string() == value),
        "template" => EnrollmentTemplateId::parse(value).is_ok(),
        _ => true,
    };
    if is_right {
        return Ok(());
    }
    let wanted = match key {
        "segment" => "a segment's number, without zeros before it, such as segment:3",
        _ => "an enrolment template's id, 24 hexadecimal characters",
    };
    Err(format!("must name {wanted}, not {:?}", text::cut(value, 64)))
}

/// Key and value in lower case; a bare word is a tag (AU3).
fn split(text: &str) -> Result<(String, String), String> {
    let text = text::line(text, ELEMENT_CHARS_MAX).map_err(|error| error.to_string())?;
    let (key, value) = text.split_once(':').unwrap_or(("tag", &text));
    let (key, value) = (key.trim().to_lowercase(), value.trim().to_lowercase());
    if key.is_empty() || value.is_empty() {
        return Err("must be a tag, or key:value with something on both sides of the colon".to_owned());
    }
    Ok((key, value))
}

impl Selectors {
    /// Checks every element and every limit; paths begin with `path`. Elements are trimmed, lists lose what is in them
    /// twice.
    ///
    /// # Errors
    /// Everything that does not hold to its rule.
    pub fn checked(mut self, path: &str) -> Result<Self, Vec<Violation>> {
        let mut wrong = Vec::new();
        let groups =
            |list: &mut Vec<Vec<String>>, name: &str, read: fn(&str) -> Result<Element, String>, wrong: &mut _| {
                check_groups(list, &format!("{path}.{name}"), read, wrong);
            };
        groups(&mut self.device_groups, "deviceGroups", Element::of_device, &mut wrong);
        groups(&mut self.user_groups, "mdmUserGroups", Element::of_user, &mut wrong);
        let lengths = [("winDeviceIds", self.devices.len()), ("mdmUserIds", self.users.len())];
        for (name, length) in lengths {
            check_length(&format!("{path}.{name}"), length, LISTED_MAX, &mut wrong);
        }
        self.devices.sort_unstable();
        self.devices.dedup();
        self.users.sort_unstable();
        self.users.dedup();
        let foreign = FOREIGN.into_iter().zip(&mut self.foreign);
        let texts = std::iter::once(("serialNumbers", &mut self.serial_numbers)).chain(foreign);
        for (name, list) in texts {
            let path = format!("{path}.{name}");
            check_length(&path, list.len(), LISTED_MAX, &mut wrong);
            for (index, item) in list.iter_mut().enumerate().take(LISTED_MAX) {
                match text::line(item, SERIAL_CHARS_MAX) {
                    Ok(clean) => *item = clean,
                    Err(error) => wrong.push(Violation::new(format!("{path}[{index}]"), "text", error)),
                }
            }
        }
        if wrong.is_empty() { Ok(self) } else { Err(wrong) }
    }

    /// The selectors in the words of the API.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut map = Map::new();
        map.insert("deviceGroups".to_owned(), json!(self.device_groups));
        map.insert("mdmUserGroups".to_owned(), json!(self.user_groups));
        for (name, list) in FOREIGN.into_iter().zip(&self.foreign) {
            map.insert(name.to_owned(), json!(list));
        }
        let ids = |ids: Vec<String>| json!(ids);
        map.insert(
            "winDeviceIds".to_owned(),
            ids(self.devices.iter().map(ToString::to_string).collect()),
        );
        map.insert(
            "mdmUserIds".to_owned(),
            ids(self.users.iter().map(ToString::to_string).collect()),
        );
        map.insert("serialNumbers".to_owned(), json!(self.serial_numbers));
        Value::Object(map)
    }

    /// Reads what [`Selectors::to_json`] wrote; none, if it is something else.
    #[must_use]
    pub fn from_json(value: &Value) -> Option<Self> {
        let texts = |name: &str| -> Option<Vec<String>> {
            let list = value.get(name)?.as_array()?;
            list.iter().map(|item| item.as_str().map(str::to_owned)).collect()
        };
        let groups = |name: &str| -> Option<Vec<Vec<String>>> {
            let list = value.get(name)?.as_array()?;
            let group = |group: &Value| -> Option<Vec<String>> {
                let group = group.as_array()?;
                group.iter().map(|item| item.as_str().map(str::to_owned)).collect()
            };
            list.iter().map(group).collect()
        };
        let [emm, adm, aos] = FOREIGN;
        Some(Self {
            device_groups: groups("deviceGroups")?,
            user_groups: groups("mdmUserGroups")?,
            devices: texts("winDeviceIds")?
                .iter()
                .map(|id| DeviceId::parse(id).ok())
                .collect::<Option<_>>()?,
            users: texts("mdmUserIds")?
                .iter()
                .map(|id| UserId::parse(id).ok())
                .collect::<Option<_>>()?,
            serial_numbers: texts("serialNumbers")?,
            foreign: [texts(emm)?, texts(adm)?, texts(aos)?],
        })
    }
}

fn check_groups(
    groups: &mut [Vec<String>],
    path: &str,
    read: fn(&str) -> Result<Element, String>,
    wrong: &mut Vec<Violation>,
) {
    check_length(path, groups.len(), GROUPS_MAX, wrong);
    for (outer, group) in groups.iter_mut().enumerate().take(GROUPS_MAX) {
        let path = format!("{path}[{outer}]");
        check_length(&path, group.len(), GROUP_ELEMENTS_MAX, wrong);
        for (inner, element) in group.iter_mut().enumerate().take(GROUP_ELEMENTS_MAX) {
            match read(element) {
                Ok(_) => *element = element.trim().to_owned(),
                Err(message) => wrong.push(Violation::new(format!("{path}[{inner}]"), "element", message)),
            }
        }
    }
}

fn check_length(path: &str, length: usize, max: usize, wrong: &mut Vec<Violation>) {
    if length > max {
        let message = format!("must have at most {max} entries, not {length}");
        wrong.push(Violation::new(path, "maxItems", message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(groups: &[&[&str]]) -> Selectors {
        Selectors {
            device_groups: groups
                .iter()
                .map(|g| g.iter().map(|e| (*e).to_owned()).collect())
                .collect(),
            ..Selectors::default()
        }
    }

    #[test]
    fn elements_follow_the_grammar() {
        let element = |text| Element::of_device(text).unwrap();
        assert_eq!(
            (element("Sales").key.as_str(), element(" Sales ").value),
            ("tag", "sales".to_owned())
        );
        assert_eq!(element("tag:cost:7").value, "cost:7");
        assert_eq!(element("OS: Windows 11*").key, "os");
        assert_eq!(element("smart.Shift:night").key, "smart.shift");
        assert_eq!(element("Segment: 0").value, "0");
        assert_eq!(element("template:ABCDEFABCDEFABCDEFABCDEF").value, "abcdef".repeat(4));
        assert_eq!(Element::of_user("Department:Sales").unwrap().key, "user.department");
        for wrong in ["", "floor:3", "os:", ":x", "smart.:x", "smart:x", "a\u{7}"] {
            assert!(Element::of_device(wrong).is_err(), "{wrong}");
        }
        for wrong in [
            "segment:EU",
            "segment:01",
            "segment:-1",
            "segment:+1",
            "segment:4294967296",
            "template:T2",
        ] {
            let message = Element::of_device(wrong).unwrap_err();
            assert!(message.starts_with("must name a"), "{wrong}: {message}");
        }
        let message = Element::of_device("floor:3").unwrap_err();
        assert!(
            message.contains("tag:floor:3") && message.contains("manufacturer:"),
            "{message}"
        );
    }

    #[test]
    fn stars_stand_for_any_text_in_attributes_and_for_themselves_in_tags() {
        let fits = |pattern: &str, value: &str| Element::of_user(pattern).unwrap().fits(value);
        assert!(fits("email:*@example.com", "ada@example.com"));
        assert!(!fits("email:*@example.com", "ada@example.com.evil"));
        assert!(fits("email:a*@*.com", "ada@x.com") && !fits("email:a*a", "a"));
        assert!(fits("email:*", "x") && fits("department:sales", "sales"));
        assert!(!fits("tag:*", "x") && fits("tag:*", "*"));
    }

    #[test]
    fn limits_hold_at_the_limit_and_one_above() {
        let many = |outer: usize, inner: usize| Selectors {
            device_groups: vec![vec!["a".to_owned(); inner]; outer],
            ..Selectors::default()
        };
        assert!(many(GROUPS_MAX, GROUP_ELEMENTS_MAX).checked("selectors").is_ok());
        let wrong = many(GROUPS_MAX + 1, 1).checked("selectors").unwrap_err();
        assert_eq!(wrong[0].path, "selectors.deviceGroups");
        let wrong = many(1, GROUP_ELEMENTS_MAX + 1).checked("selectors").unwrap_err();
        assert_eq!(wrong[0].path, "selectors.deviceGroups[0]");
        let long = |chars: usize| groups(&[&[&"x".repeat(chars)]]).checked("selectors");
        assert!(long(ELEMENT_CHARS_MAX).is_ok());
        assert_eq!(
            long(ELEMENT_CHARS_MAX + 1).unwrap_err()[0].path,
            "selectors.deviceGroups[0][0]"
        );
        let serials = |count: usize| Selectors {
            serial_numbers: (0..count).map(|n| n.to_string()).collect(),
            devices: (0..count)
                .map(|n| DeviceId::from(std::array::from_fn(|at| n.to_be_bytes()[at % 8])))
                .collect(),
            ..Selectors::default()
        };
        assert!(serials(LISTED_MAX).checked("selectors").is_ok());
        assert_eq!(serials(LISTED_MAX + 1).checked("selectors").unwrap_err().len(), 2);
    }

    #[test]
    fn selectors_read_back_as_they_were() {
        let selectors = Selectors {
            device_groups: vec![vec!["a".to_owned(), "os:x".to_owned()], vec![]],
            user_groups: vec![vec!["b".to_owned()]],
            devices: vec![DeviceId::from([1; 12])],
            users: vec![UserId::from([2; 12])],
            serial_numbers: vec!["S1".to_owned()],
            foreign: [vec!["e".to_owned()], vec![], vec!["o".to_owned()]],
        };
        assert_eq!(Selectors::from_json(&selectors.to_json()), Some(selectors));
        assert_eq!(Selectors::from_json(&json!({})), None);
    }
}
