//! What a command orders: path, action, value and format, checked as the API promises (A.3).

use crate::device::update::Violation;
use base64::{Engine, engine::general_purpose::STANDARD};

/// Longest path (A.3).
pub const PATH_CHARS_MAX: usize = 500;

/// Longest value (A.3). Larger ones belong into policies and assets.
pub const VALUE_CHARS_MAX: usize = 500;

/// What is done at the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Makes a node.
    Add,
    /// Copies a node; Windows does not know it and says so.
    Copy,
    /// Removes a node.
    Delete,
    /// Runs a node.
    Exec,
    /// Reads a node.
    Get,
    /// Sets a node.
    Replace,
}

/// How the value is to be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Base64.
    B64,
    /// Binary; on the wire as it is.
    Bin,
    /// `true` or `false`.
    Bool,
    /// Text.
    Chr,
    /// A number of 32 bits.
    Int,
    /// An interior node: no value.
    Node,
    /// Nothing.
    Null,
    /// Markup.
    Xml,
    /// A date.
    Date,
    /// A time.
    Time,
    /// A floating-point number.
    Float,
}

/// Names, as the API and SyncML write them.
macro_rules! names {
    ($type:ident, $($variant:ident = $name:literal),+) => {
        impl $type {
            /// Every value.
            pub const ALL: &[$type] = &[$($type::$variant),+];

            /// The name in the API and in SyncML.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($type::$variant => $name),+
                }
            }

            /// The value of that name; case matters.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == name)
            }

            /// All names, for an error text.
            #[must_use]
            pub fn allowed() -> String {
                Self::ALL.iter().map(|value| value.as_str()).collect::<Vec<_>>().join(", ")
            }
        }
    };
}

names!(
    Action,
    Add = "Add",
    Copy = "Copy",
    Delete = "Delete",
    Exec = "Exec",
    Get = "Get",
    Replace = "Replace"
);
names!(
    Format,
    B64 = "b64",
    Bin = "bin",
    Bool = "bool",
    Chr = "chr",
    Int = "int",
    Node = "node",
    Null = "null",
    Xml = "xml",
    Date = "date",
    Time = "time",
    Float = "float"
);

/// What a command orders, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandConfig {
    /// The LocURI.
    pub path: String,
    /// What is done there.
    pub action: Action,
    /// The value, literally: placeholders belong to policies (decision 30). For `Copy` the LocURI to copy from.
    pub value: Option<String>,
    /// How the value is to be understood.
    pub format: Format,
}

impl CommandConfig {
    /// Checks a command as it came in. Violations name the fields `path`, `action`, `value`, `format`.
    ///
    /// ```
    /// use transom_domain::command::CommandConfig;
    ///
    /// let path = "./Vendor/MSFT/Policy/Config/ApplicationManagement/AllowStore";
    /// assert!(CommandConfig::check(path, "Add", Some("0"), "int").is_ok());
    /// let wrong = CommandConfig::check(path, "Add", Some("none"), "int").unwrap_err();
    /// assert_eq!(wrong[0].path, "value");
    /// ```
    ///
    /// # Errors
    /// Every field that does not hold to its rule.
    pub fn check(path: &str, action: &str, value: Option<&str>, format: &str) -> Result<Self, Vec<Violation>> {
        let mut wrong = Vec::new();
        check_path("path", path, &mut wrong);
        let checked_action = Action::from_name(action);
        if checked_action.is_none() {
            wrong.push(Violation::new(
                "action",
                "enum",
                format!("must be one of {}", Action::allowed()),
            ));
        }
        let checked_format = Format::from_name(format);
        if checked_format.is_none() {
            wrong.push(Violation::new(
                "format",
                "enum",
                format!("must be one of {}", Format::allowed()),
            ));
        }
        if let Some(value) = value {
            check_text("value", value, VALUE_CHARS_MAX, &mut wrong);
        }
        let (Some(action), Some(format)) = (checked_action, checked_format) else {
            return Err(wrong);
        };
        if let Err(message) = check_value(action, format, value) {
            wrong.push(Violation::new("value", "format", message));
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(Self {
            path: path.to_owned(),
            action,
            value: value.map(str::to_owned),
            format,
        })
    }

    /// Whether an alert tells the end later, so that 202 is not the end (X7).
    #[must_use]
    pub fn is_tracked(&self) -> bool {
        let path = normalized(&self.path);
        self.action == Action::Exec
            && ((path.contains("/enterprisedesktopappmanagement/msi/") && path.ends_with("/downloadinstall"))
                || (path.contains("/enterprisemodernappmanagement/appinstallation/")
                    && (path.ends_with("/hostedinstall") || path.ends_with("/storeinstall"))))
    }

    /// Whether it acts in the user's part of the tree, which is there only while the user is signed in.
    #[must_use]
    pub fn is_user_scoped(&self) -> bool {
        normalized(&self.path).starts_with("./user/")
    }
}

/// The form of a LocURI that two spellings of one node share (P5): no double slash, no final slash, `./Vendor/…` as
/// `./Device/Vendor/…`, lower case.
#[must_use]
pub fn normalized(uri: &str) -> String {
    let mut path = String::with_capacity(uri.len());
    for c in uri.trim().chars() {
        if !(c == '/' && path.ends_with('/')) {
            path.extend(c.to_lowercase());
        }
    }
    let path = path.strip_suffix('/').unwrap_or(&path);
    match path.strip_prefix("./vendor/") {
        Some(rest) => format!("./device/vendor/{rest}"),
        None => path.to_owned(),
    }
}

/// Checks a LocURI.
fn check_path(field: &str, path: &str, wrong: &mut Vec<Violation>) {
    let before = wrong.len();
    check_text(field, path, PATH_CHARS_MAX, wrong);
    if wrong.len() > before {
        return;
    }
    if !path.starts_with("./") || path.len() < 3 {
        wrong.push(Violation::new(field, "locUri", "must start with ./ and name a node"));
    } else if path.chars().any(|c| c.is_control()) {
        wrong.push(Violation::new(field, "locUri", "must not contain control characters"));
    } else if let Some((_, query)) = path.split_once('?')
        && !(query.starts_with("prop=") || query.starts_with("list="))
    {
        wrong.push(Violation::new(
            field,
            "locUri",
            "may have no query but ?prop= or ?list=",
        ));
    }
}

/// Checks the length, and that every character may stand in XML 1.0 (section 2.2): another can never reach a PC.
fn check_text(field: &str, text: &str, max: usize, wrong: &mut Vec<Violation>) {
    let found = text.chars().count();
    if found > max {
        wrong.push(Violation::new(
            field,
            "maxLength",
            format!("must have at most {max} characters, not {found}"),
        ));
    } else if let Some(bad) = text.chars().find(|c| !is_xml_char(*c)) {
        let code = u32::from(bad);
        wrong.push(Violation::new(
            field,
            "xml",
            format!("must not contain U+{code:04X}: XML 1.0 cannot carry it"),
        ));
    }
}

/// Whether a character may stand in XML 1.0.
pub(crate) const fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

/// Checks that there is a value where one is needed and that it is of its format.
fn check_value(action: Action, format: Format, value: Option<&str>) -> Result<(), String> {
    let content = value.filter(|v| !v.is_empty());
    match action {
        // The contract leaves the value to every action; these do not send it.
        Action::Get | Action::Delete | Action::Exec if content.is_none() => return Ok(()),
        Action::Copy => {
            let source = content.ok_or("Copy needs the LocURI to copy from as its value")?;
            let mut wrong = Vec::new();
            check_path("value", source, &mut wrong);
            return wrong.pop().map_or(Ok(()), |violation| Err(violation.message));
        }
        Action::Add | Action::Replace if value.is_none() && !matches!(format, Format::Node | Format::Null) => {
            return Err(format!(
                "{} needs a value, unless the format is node or null",
                action.as_str()
            ));
        }
        Action::Add | Action::Delete | Action::Exec | Action::Get | Action::Replace => {}
    }
    let value = value.unwrap_or_default();
    let fits = match format {
        Format::Node | Format::Null => value.is_empty(),
        Format::Chr | Format::Bin => true,
        Format::Int => is_int(value),
        Format::Bool => matches!(value, "true" | "false"),
        Format::B64 => STANDARD.decode(value).is_ok(),
        Format::Xml => return check_markup(value),
        Format::Float => value.parse::<f64>().is_ok_and(f64::is_finite),
        Format::Date => is_date(value),
        Format::Time => is_time(value),
    };
    if fits {
        Ok(())
    } else {
        Err(expectation(format).to_owned())
    }
}

/// What a value of a format looks like.
const fn expectation(format: Format) -> &'static str {
    match format {
        Format::Node | Format::Null => "must be empty or absent for the formats node and null",
        Format::Int => "must be a number of 32 bits for the format int, for example 42 or -1",
        Format::Bool => "must be true or false for the format bool",
        Format::B64 => "must be base64 for the format b64",
        Format::Float => "must be a number for the format float, for example 1.5",
        Format::Date => "must be a date for the format date, written 2026-02-10 or 20260210",
        Format::Time => "must be a time for the format time, written 10:05:00, 100500 or 2026-02-10T10:05:00Z",
        Format::Chr | Format::Bin | Format::Xml => "does not fit the format",
    }
}

/// An optional sign and digits within 32 bits, signed or not.
fn is_int(value: &str) -> bool {
    value
        .parse::<i64>()
        .is_ok_and(|n| (i64::from(i32::MIN)..=i64::from(u32::MAX)).contains(&n))
}

/// `YYYY-MM-DD` or `YYYYMMDD`, a day that exists.
fn is_date(value: &str) -> bool {
    use time::{Date, macros::format_description};
    Date::parse(value, format_description!("[year]-[month]-[day]")).is_ok()
        || (value.len() == 8 && Date::parse(value, format_description!("[year][month][day]")).is_ok())
}

/// `HH:MM[:SS]`, `HHMMSS`, each with an optional `Z`, or a whole RFC 3339 date-time.
fn is_time(value: &str) -> bool {
    use time::{Time, macros::format_description};
    let local = value.strip_suffix('Z').unwrap_or(value);
    crate::Timestamp::parse(value).is_ok()
        || Time::parse(local, format_description!("[hour]:[minute]")).is_ok()
        || Time::parse(local, format_description!("[hour]:[minute]:[second]")).is_ok()
        || (local.len() == 6 && Time::parse(local, format_description!("[hour][minute][second]")).is_ok())
}

/// Checks that markup is well-formed. Several elements side by side are allowed, as in an ADMX policy's value.
fn check_markup(value: &str) -> Result<(), String> {
    use quick_xml::{Reader, events::Event};
    let wrapped = format!("<v>{value}</v>");
    let mut reader = Reader::from_str(&wrapped);
    let mut depth = 0_u32;
    let mut started = false;
    loop {
        let event = reader
            .read_event()
            .map_err(|e| format!("must be well-formed XML for the format xml: {e}"))?;
        match event {
            Event::Start(element) | Event::Empty(element) if element.attributes().any(|a| a.is_err()) => {
                return Err("must be well-formed XML for the format xml: a malformed attribute".to_owned());
            }
            Event::Start(_) | Event::Empty(_) if depth == 0 && started => {
                return Err("must be well-formed XML for the format xml: an end tag too many".to_owned());
            }
            Event::Start(_) => {
                started = true;
                depth += 1;
            }
            Event::End(_) => depth -= 1,
            Event::DocType(_) => {
                return Err("must not contain a document type declaration".to_owned());
            }
            Event::GeneralRef(reference) => {
                let known = reference.resolve_char_ref().is_ok_and(|c| c.is_some())
                    || ["lt", "gt", "amp", "quot", "apos"].contains(&reference.as_ref());
                if !known {
                    return Err("must be well-formed XML for the format xml: an unknown entity".to_owned());
                }
            }
            Event::Eof if depth == 0 => return Ok(()),
            Event::Eof => return Err("must be well-formed XML for the format xml: an element is not closed".to_owned()),
            Event::Text(_) if depth == 0 => {
                return Err("must be well-formed XML for the format xml: an end tag too many".to_owned());
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(path: &str, action: &str, value: Option<&str>, format: &str) -> Vec<String> {
        CommandConfig::check(path, action, value, format)
            .map_or_else(|wrong| wrong.into_iter().map(|v| v.path).collect(), |_| Vec::new())
    }

    #[test]
    fn the_seed_example_is_accepted() {
        let path = "./Vendor/MSFT/Policy/Config/ApplicationManagement/AllowStore";
        assert!(fields(path, "Add", Some("0"), "int").is_empty());
    }

    #[test]
    fn lengths_hold_at_the_limit_and_break_one_above() {
        let path = |n: usize| format!("./{}", "a".repeat(n - 2));
        assert!(fields(&path(500), "Get", None, "null").is_empty());
        assert_eq!(fields(&path(501), "Get", None, "null"), ["path"]);
        assert!(fields("./A", "Add", Some(&"x".repeat(500)), "chr").is_empty());
        assert_eq!(fields("./A", "Add", Some(&"x".repeat(501)), "chr"), ["value"]);
    }

    #[test]
    fn paths_start_at_the_root_and_have_no_foreign_query() {
        for path in ["", "./", "/Vendor/MSFT", "Vendor", "./A?x=1", "./A\u{1}", "./A\n"] {
            assert_eq!(fields(path, "Get", None, "null"), ["path"], "{path:?}");
        }
        for path in ["./A?list=StructData", "./A?prop=Type", "./User/Vendor/MSFT/X"] {
            assert!(fields(path, "Get", None, "null").is_empty(), "{path}");
        }
    }

    #[test]
    fn names_are_those_of_the_contract_and_case_matters() {
        assert_eq!(fields("./A", "get", None, "null"), ["action"]);
        assert_eq!(fields("./A", "Get", None, "string"), ["format"]);
        assert_eq!(fields("A", "x", None, "y"), ["path", "action", "format"]);
    }

    #[test]
    fn each_format_knows_its_values() {
        let good = [
            ("int", "-2147483648"),
            ("int", "4294967295"),
            ("int", "+7"),
            ("bool", "true"),
            ("b64", "AAEC"),
            ("xml", "<enabled/><data id=\"a\" value=\"b &amp; c\"/>"),
            ("xml", "<![CDATA[<x>]]>"),
            ("float", "1.5"),
            ("date", "2026-02-28"),
            ("date", "20260228"),
            ("time", "10:05"),
            ("time", "100500Z"),
            ("time", "2026-02-10T10:05:00+01:00"),
            ("chr", ""),
            ("node", ""),
            ("bin", "anything"),
        ];
        for (format, value) in good {
            assert!(
                fields("./A", "Replace", Some(value), format).is_empty(),
                "{format} {value}"
            );
        }
        let bad = [
            ("int", ""),
            ("int", "1.0"),
            ("int", "4294967296"),
            ("int", "0x1"),
            ("bool", "True"),
            ("b64", "A"),
            ("xml", "<a>"),
            ("xml", "</v><v>"),
            ("xml", "<a b=1/>"),
            ("xml", "a & b"),
            ("xml", "&x;"),
            ("xml", "<!DOCTYPE a><a/>"),
            ("float", "NaN"),
            ("date", "2026-02-30"),
            ("time", "25:00"),
            ("node", "x"),
            ("null", "x"),
            ("chr", "\u{0}"),
            ("chr", "\u{FFFE}"),
        ];
        for (format, value) in bad {
            assert_eq!(
                fields("./A", "Replace", Some(value), format),
                ["value"],
                "{format} {value:?}"
            );
        }
    }

    #[test]
    fn a_value_is_there_where_one_is_needed() {
        assert_eq!(fields("./A", "Add", None, "chr"), ["value"]);
        assert!(fields("./A", "Add", None, "node").is_empty());
        assert!(fields("./A", "Exec", None, "null").is_empty());
        for action in ["Get", "Delete"] {
            assert!(fields("./A", action, Some("0"), "int").is_empty());
            assert_eq!(fields("./A", action, Some("x"), "int"), ["value"]);
        }
        assert!(fields("./A", "Get", Some(""), "null").is_empty());
        assert_eq!(fields("./A", "Copy", None, "null"), ["value"]);
        assert!(fields("./A", "Copy", Some("./B"), "null").is_empty());
    }

    #[test]
    fn two_spellings_of_a_node_are_one() {
        assert_eq!(
            normalized(" ./Vendor//MSFT/Policy/ "),
            normalized("./Device/vendor/msft/policy")
        );
        assert_ne!(normalized("./User/Vendor/MSFT/A"), normalized("./Vendor/MSFT/A"));
    }
}
