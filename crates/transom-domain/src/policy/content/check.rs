//! The rules that every part of a policy holds to.

use super::{
    ARGUMENTS_CHARS_MAX, ASSET_CHARS_MAX, AssetScope, BUILD_TAG_CHARS_MAX, Bookmark, CONFIG_KEYS_MAX,
    DESCRIPTION_CHARS_MAX, ENTRIES_MAX, ICON_CHARS_MAX, LOOP_MINUTES_MAX, OPTIONS_BYTES_MAX, PolicyAsset,
    PolicyContent, PolicyScript, SCRIPT_ID_CHARS_MAX, ScriptKind, TITLE_CHARS_MAX, URI_CHARS_MAX, URL_CHARS_MAX,
    VALUE_CHARS_MAX,
};
use crate::{
    Timestamp,
    command::config::{is_xml_char, normalized},
    device::update::Violation,
    text,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Longest key repeated in the place of a violation.
const PLACE_CHARS_MAX: usize = 128;

/// Whole numbers from here on are not each a number of their own as a double (IEEE 754, 2 to the power of 53), which is how
/// JSON's numbers beyond 64 bits are read.
const EXACT_BELOW: f64 = 9_007_199_254_740_992.0;

impl PolicyContent {
    /// Checks and cleans every part: trims LocURIs and texts, writes dates in one form.
    ///
    /// # Errors
    /// Everything that does not hold to its rule, with its place.
    pub fn checked(mut self) -> Result<Self, Vec<Violation>> {
        let mut wrong = Vec::new();
        self.config = config(&self.config, &mut wrong);
        self.check_counts(&mut wrong);
        if !wrong.is_empty() {
            return Err(wrong);
        }
        for (index, application) in self.applications.iter().enumerate() {
            let place = |field: &str| format!("applications[{index}].{field}");
            check_options(&application.configuration, &place("configuration"), &mut wrong);
            check_options(&application.update_policy, &place("updatePolicy"), &mut wrong);
        }
        for (index, bookmark) in self.bookmarks.iter_mut().enumerate() {
            check_bookmark(bookmark, &format!("bookmarks[{index}]"), &mut wrong);
        }
        for (index, script) in self.scripts.iter_mut().enumerate() {
            check_script(script, &format!("scripts[{index}]"), &mut wrong);
        }
        let tag = &mut self.agent_configuration.build_tag;
        optional(tag, BUILD_TAG_CHARS_MAX, "agentConfiguration.buildTag", &mut wrong);
        for admx in &mut self.admx_configs {
            admx.win_admx_config_id.make_ascii_lowercase();
        }
        self.check_assets(&mut wrong);
        self.check_doubles(&mut wrong);
        if wrong.is_empty() { Ok(self) } else { Err(wrong) }
    }

    fn check_counts(&self, wrong: &mut Vec<Violation>) {
        let lists = [
            ("applications", self.applications.len()),
            ("bookmarks", self.bookmarks.len()),
            ("scripts", self.scripts.len()),
            ("admxConfigs", self.admx_configs.len()),
            ("assets", self.assets.len()),
        ];
        for (name, count) in lists {
            if count > ENTRIES_MAX {
                let message = format!("must have at most {ENTRIES_MAX} entries, not {count}");
                wrong.push(Violation::new(name, "maxItems", message));
            }
        }
    }

    fn check_assets(&mut self, wrong: &mut Vec<Violation>) {
        let mut places: BTreeSet<(&'static str, String)> = BTreeSet::new();
        for (index, asset) in self.assets.iter_mut().enumerate() {
            // Ids read in either case; what uses an asset is found by the one form.
            asset.mdm_asset_id.make_ascii_lowercase();
            let place = |field: &str| format!("assets[{index}].{field}");
            optional(&mut asset.location, ASSET_CHARS_MAX, &place("location"), wrong);
            optional(&mut asset.asset_name, ASSET_CHARS_MAX, &place("assetName"), wrong);
            let taken = asset
                .location
                .as_ref()
                .map(|l| (asset.scope.as_str(), l.to_lowercase()));
            if taken.is_some_and(|taken| !places.insert(taken)) {
                wrong.push(Violation::new(
                    place("location"),
                    "unique",
                    "names the same location twice",
                ));
            }
        }
    }

    /// Names what a list has twice: nothing would say which of the two counts.
    fn check_doubles(&self, wrong: &mut Vec<Violation>) {
        let mut once = |name: &str, field: &str, keys: &mut dyn Iterator<Item = String>| {
            let mut seen = BTreeSet::new();
            for (index, key) in keys.enumerate() {
                if !seen.insert(key) {
                    let place = format!("{name}[{index}].{field}");
                    wrong.push(Violation::new(place, "unique", "is given twice"));
                }
            }
        };
        let mut applications = self.applications.iter().map(|a| a.win_application_id.clone());
        once("applications", "winApplicationId", &mut applications);
        once("bookmarks", "url", &mut self.bookmarks.iter().map(|b| b.url.clone()));
        once("scripts", "id", &mut self.scripts.iter().map(|s| s.id.clone()));
        let mut admx = self.admx_configs.iter().map(|a| a.win_admx_config_id.clone());
        once("admxConfigs", "winAdmxConfigId", &mut admx);
        let identity = |a: &PolicyAsset| format!("{} {} {:?}", a.mdm_asset_id, a.scope.as_str(), a.location);
        once("assets", "mdmAssetId", &mut self.assets.iter().map(identity));
    }
}

impl AssetScope {
    /// The name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            AssetScope::User => "user",
            AssetScope::System => "system",
            AssetScope::AllUsers => "all-users",
        }
    }
}

fn config(config: &BTreeMap<String, Value>, wrong: &mut Vec<Violation>) -> BTreeMap<String, Value> {
    if config.len() > CONFIG_KEYS_MAX {
        let message = format!("must have at most {CONFIG_KEYS_MAX} keys, not {}", config.len());
        wrong.push(Violation::new("config", "maxProperties", message));
        return BTreeMap::new();
    }
    let mut nodes: BTreeMap<String, String> = BTreeMap::new();
    let mut clean = BTreeMap::new();
    for (key, value) in config {
        let place = format!("config.{}", key.chars().take(PLACE_CHARS_MAX).collect::<String>());
        let uri = key.trim();
        if let Err(message) = check_uri(uri) {
            wrong.push(Violation::new(place.clone(), "uri", message));
        }
        if let Some(other) = nodes.insert(normalized(uri), uri.to_owned()) {
            let message = format!("is another spelling of {other}");
            wrong.push(Violation::new(place.clone(), "unique", message));
        }
        if let Err((rule, message)) = check_value(value) {
            wrong.push(Violation::new(place, rule, message));
        }
        clean.insert(uri.to_owned(), whole(value));
    }
    clean
}

fn check_uri(uri: &str) -> Result<(), String> {
    let length = uri.chars().count();
    if length > URI_CHARS_MAX {
        return Err(format!("must have at most {URI_CHARS_MAX} characters, not {length}"));
    }
    if !uri.starts_with("./") || uri.trim_end_matches('/').len() <= 2 {
        return Err("must be a LocURI that begins with ./".to_owned());
    }
    if uri.contains('?') || uri.contains("{{") || uri.chars().any(|c| c.is_control() || !is_xml_char(c)) {
        return Err("must have no query, no placeholder and no control character".to_owned());
    }
    Ok(())
}

/// A whole number in its one form: PCs are sent 5, not 5.0, and 0, not -0.0.
fn whole(value: &Value) -> Value {
    match value.as_f64() {
        Some(number) if !value.is_i64() && !value.is_u64() && number.fract() == 0.0 && number.abs() < EXACT_BELOW => {
            // Exact: it is whole and small enough.
            Value::from(number as i64)
        }
        _ => value.clone(),
    }
}

fn check_value(value: &Value) -> Result<(), (&'static str, String)> {
    match value {
        Value::Null | Value::Bool(_) => Ok(()),
        // Such a number was not read as it was written: the next ones have gone the same way.
        Value::Number(number) if number.is_f64() && number.as_f64().is_none_or(|n| n.abs() >= EXACT_BELOW) => Err((
            "number",
            "is not exact at this size: write it as a text, as Windows is to have it".to_owned(),
        )),
        Value::Number(_) => Ok(()),
        Value::Array(_) | Value::Object(_) => {
            Err(("scalar", "must be a text, a number, true, false or null".to_owned()))
        }
        Value::String(text) => {
            let length = text.chars().count();
            if length > VALUE_CHARS_MAX {
                let message = format!("must have at most {VALUE_CHARS_MAX} characters, not {length}");
                return Err(("maxLength", message));
            }
            match text.chars().find(|c| !is_xml_char(*c)) {
                Some(c) => Err((
                    "text",
                    format!("must not contain U+{:04X}: XML 1.0 cannot carry it", u32::from(c)),
                )),
                None => Ok(()),
            }
        }
    }
}

fn check_options(options: &Map<String, Value>, place: &str, wrong: &mut Vec<Violation>) {
    let bytes = serde_json::to_string(options).map_or(0, |text| text.len());
    if bytes > OPTIONS_BYTES_MAX {
        let message = format!("must have at most {OPTIONS_BYTES_MAX} bytes as JSON, not {bytes}");
        wrong.push(Violation::new(place, "maxLength", message));
    }
}

fn check_bookmark(bookmark: &mut Bookmark, place: &str, wrong: &mut Vec<Violation>) {
    let at = |field: &str| format!("{place}.{field}");
    line(&mut bookmark.title, TITLE_CHARS_MAX, &at("title"), wrong);
    let description = &mut bookmark.description;
    optional(description, DESCRIPTION_CHARS_MAX, &at("description"), wrong);
    line(&mut bookmark.url, URL_CHARS_MAX, &at("url"), wrong);
    optional(&mut bookmark.icon_url, URL_CHARS_MAX, &at("iconUrl"), wrong);
    let urls = [("url", Some(&bookmark.url)), ("iconUrl", bookmark.icon_url.as_ref())];
    for (name, url) in urls {
        if url.is_some_and(|url| !is_web_address(url)) {
            let message = "must be an address that begins with https:// or http://";
            wrong.push(Violation::new(at(name), "url", message));
        }
    }
    if let Some(icon) = &bookmark.icon_base64 {
        let fits = icon.len() <= ICON_CHARS_MAX && STANDARD.decode(icon).is_ok();
        if !fits {
            let message = format!("must be base64 of at most {ICON_CHARS_MAX} characters");
            wrong.push(Violation::new(at("iconBase64"), "base64", message));
        }
    }
}

fn is_web_address(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !url.contains(char::is_whitespace))
}

pub(crate) fn check_script(script: &mut PolicyScript, place: &str, wrong: &mut Vec<Violation>) {
    line(&mut script.id, SCRIPT_ID_CHARS_MAX, &format!("{place}.id"), wrong);
    if let Some(arguments) = &script.arguments
        && let Err(error) = text::checked(arguments, ARGUMENTS_CHARS_MAX)
    {
        wrong.push(Violation::new(format!("{place}.arguments"), "text", error));
    }
    let is_due = match script.loop_time {
        Some(minutes) => (1..=LOOP_MINUTES_MAX).contains(&minutes),
        None => script.kind != ScriptKind::Loop,
    };
    if !is_due {
        let message = format!("must be a number of minutes from 1 to {LOOP_MINUTES_MAX}; a loop needs it");
        wrong.push(Violation::new(format!("{place}.loopTime"), "range", message));
    }
    if let Some(date) = &mut script.reset_date {
        match Timestamp::parse(date) {
            Ok(at) => *date = at.to_string(),
            Err(error) => wrong.push(Violation::new(format!("{place}.resetDate"), "dateTime", error)),
        }
    }
}

fn line(text: &mut String, max: usize, place: &str, wrong: &mut Vec<Violation>) {
    match text::line(text, max) {
        Ok(clean) => *text = clean,
        Err(error) => wrong.push(Violation::new(place, "text", error)),
    }
}

fn optional(text: &mut Option<String>, max: usize, place: &str, wrong: &mut Vec<Violation>) {
    if let Some(text) = text {
        line(text, max, place, wrong);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn wrong(content: Value) -> Vec<(String, &'static str)> {
        let content: PolicyContent = serde_json::from_value(content).unwrap();
        let wrong = content.checked().err().unwrap_or_default();
        wrong.into_iter().map(|v| (v.path, v.rule)).collect()
    }

    fn rules(content: Value) -> Vec<&'static str> {
        wrong(content).into_iter().map(|(_, rule)| rule).collect()
    }

    #[test]
    fn each_limit_holds_at_the_limit_and_breaks_one_above() {
        let config_of = |value: Value| json!({ "config": { "./Vendor/MSFT/A": value } });
        assert!(rules(config_of(json!("x".repeat(VALUE_CHARS_MAX)))).is_empty());
        assert_eq!(rules(config_of(json!("x".repeat(VALUE_CHARS_MAX + 1)))), ["maxLength"]);
        assert_eq!(
            wrong(config_of(json!({}))),
            [("config../Vendor/MSFT/A".to_owned(), "scalar")]
        );
        assert_eq!(rules(config_of(json!("a\u{1}"))), ["text"]);
        for value in [json!(1), json!(true), json!(null), json!("a\nb"), json!("")] {
            assert!(rules(config_of(value)).is_empty());
        }
        let uri = |n: usize| {
            let uri = format!("./{}", "x".repeat(n - 2));
            json!({ "config": { uri: 1 } })
        };
        assert!(rules(uri(URI_CHARS_MAX)).is_empty());
        assert_eq!(rules(uri(URI_CHARS_MAX + 1)), ["uri"]);
        let keys = |n: usize| {
            let keys: Map<String, Value> = (0..n).map(|i| (format!("./A/{i}"), json!(i))).collect();
            json!({ "config": keys })
        };
        assert!(rules(keys(CONFIG_KEYS_MAX)).is_empty());
        assert_eq!(rules(keys(CONFIG_KEYS_MAX + 1)), ["maxProperties"]);
        let bookmarks = |n: usize| {
            let link = |i| json!({ "title": "x", "url": format!("https://a/{i}") });
            json!({ "bookmarks": (0..n).map(link).collect::<Vec<_>>() })
        };
        assert!(rules(bookmarks(ENTRIES_MAX)).is_empty());
        assert_eq!(rules(bookmarks(ENTRIES_MAX + 1)), ["maxItems"]);
    }

    /// JSON has numbers that a double cannot tell apart; Windows must not be sent another one than was written.
    #[test]
    fn a_number_is_kept_to_the_digit_or_refused() {
        let config_of = |value: &str| -> Value {
            let text = format!(r#"{{ "config": {{ "./A": {value} }} }}"#);
            serde_json::from_str(&text).unwrap()
        };
        for (written, kept) in [
            ("18446744073709551615", json!(u64::MAX)),
            ("-9223372036854775808", json!(i64::MIN)),
            ("5.0", json!(5)),
            ("-0", json!(0)),
            ("2.5", json!(2.5)),
        ] {
            let content: PolicyContent = serde_json::from_value(config_of(written)).unwrap();
            assert_eq!(content.checked().unwrap().config["./A"], kept, "{written}");
        }
        for written in ["18446744073709551616", "1e23", "-9007199254740992.0", "1e300"] {
            assert_eq!(
                wrong(config_of(written)),
                [("config../A".to_owned(), "number")],
                "{written}"
            );
        }
    }

    #[test]
    fn a_locuri_begins_at_the_root_and_has_neither_query_nor_placeholder() {
        for uri in [
            "Vendor/A",
            "/A",
            "./",
            "./A?list=Struct",
            "./{{device.id}}",
            "./A\nB",
            "",
        ] {
            assert_eq!(rules(json!({ "config": { uri: 1 } })), ["uri"], "{uri}");
        }
    }

    #[test]
    fn two_spellings_of_one_node_are_refused_within_one_policy() {
        let content = json!({ "config": { "./Vendor/MSFT/A": 1, "./Device/Vendor//MSFT/a/": 2 } });
        assert_eq!(rules(content), ["unique"]);
    }

    #[test]
    fn every_wrong_entry_is_named_with_its_place() {
        let content = json!({
            "bookmarks": [{ "title": "", "url": "ftp://a", "iconBase64": "%" }],
            "scripts": [{ "id": "s", "type": "loop" }, { "id": "s", "type": "once", "resetDate": "today" }],
            "agentConfiguration": { "buildTag": "x".repeat(129) },
            "assets": [
                { "mdmAssetId": "a", "location": "C:\\A", "scope": "user" },
                { "mdmAssetId": "b", "location": "c:\\a", "scope": "user" }
            ]
        });
        let places: Vec<_> = wrong(content).into_iter().map(|(place, _)| place).collect();
        assert_eq!(
            places,
            [
                "bookmarks[0].title",
                "bookmarks[0].url",
                "bookmarks[0].iconBase64",
                "scripts[0].loopTime",
                "scripts[1].resetDate",
                "agentConfiguration.buildTag",
                "assets[1].location",
                "scripts[1].id",
            ]
        );
    }

    #[test]
    fn locuris_are_trimmed_and_dates_written_in_one_form() {
        let content: PolicyContent = serde_json::from_value(json!({
            "config": { " ./A ": 1 },
            "scripts": [{ "id": " s ", "type": "once", "resetDate": "2026-02-10T11:00:00+01:00" }]
        }))
        .unwrap();
        let content = content.checked().unwrap();
        assert_eq!(content.config.keys().collect::<Vec<_>>(), ["./A"]);
        let date = content.scripts[0].reset_date.as_deref();
        assert_eq!(date, Some("2026-02-10T10:00:00.000Z"));
    }
}
