//! That the limits which the requirement names are those which the OpenAPI document promises; `limits.rs` tries them.

use serde_json::{Value, json};
use transom_http::admin::openapi;

/// Schema, place in it, keyword, value. A.1 to A.3, B.4, B.7, B.8.
const LIMITS: &[(&str, &str, &str, u64)] = &[
    ("UpdateDevice", "displayName", "maxLength", 128),
    ("UpdateDevice", "tags", "maxItems", 100),
    ("UpdateDevice", "tags[]", "maxLength", 128),
    ("UpdateDevice", "winPolicyAssignments", "maxItems", 100),
    ("UpdateDevice", "winPolicyAssignments[].priority", "minimum", 0),
    ("UpdateDevice", "winPolicyAssignments[].priority", "maximum", 10_000),
    ("UpdateDevice", "customConfig", "maxProperties", 50),
    ("UpdateDevice", "customConfig{}", "maxLength", 1_000),
    ("SendCommands", "commands", "maxItems", 100),
    ("SendCommands", "commands", "minItems", 1),
    ("SendCommands", "commands[].config.path", "maxLength", 500),
    ("SendCommands", "commands[].config.value", "maxLength", 500),
    ("CreatePolicy", "name", "maxLength", 256),
    ("UpdatePolicy", "name", "maxLength", 256),
    ("ClonePolicy", "name", "maxLength", 256),
    ("CreatePolicy", "assets[].location", "maxLength", 256),
    ("CreatePolicy", "assets[].assetName", "maxLength", 256),
    ("CreatePolicy", "agentConfiguration.buildTag", "maxLength", 128),
    ("CreateUser", "email", "maxLength", 128),
    ("CreateUser", "tags", "maxItems", 100),
    ("CreateUser", "tags[]", "maxLength", 128),
    ("UpdateUser", "tags[]", "maxLength", 128),
    ("CreateUser", "metadata", "maxProperties", 50),
    ("CreateSegment", "name", "maxLength", 256),
    ("UpdateSegment", "name", "maxLength", 256),
    ("CreateServiceAccount", "name", "maxLength", 128),
    ("CreateToken", "name", "maxLength", 128),
    ("CreateToken", "expiresIn", "minimum", 60),
];

/// Schema, place in it, words.
const WORDS: &[(&str, &str, &[&str])] = &[
    (
        "SendCommands",
        "commands[].config.action",
        &["Add", "Copy", "Delete", "Exec", "Get", "Replace"],
    ),
    (
        "SendCommands",
        "commands[].config.format",
        &[
            "b64", "bin", "bool", "chr", "int", "node", "null", "xml", "date", "time", "float",
        ],
    ),
    ("RefreshDevice", "info[]", &["hardware", "applications"]),
    ("CreatePolicy", "applications[].action", &["forceInstall", "available"]),
    ("CreatePolicy", "assets[].scope", &["user", "system", "all-users"]),
];

/// Schema and what it requires.
const REQUIRED: &[(&str, &str, &[&str])] = &[
    ("MoveDevice", "", &["segmentId"]),
    ("RefreshDevice", "", &["info"]),
    ("SendCommands", "", &["commands"]),
    ("SendCommands", "commands[]", &["config"]),
    ("SendCommands", "commands[].config", &["path", "action", "format"]),
    ("UpdateDevice", "winPolicyAssignments[]", &["winPolicyId", "priority"]),
    ("CreatePolicy", "", &["name"]),
    ("CreatePolicy", "applications[]", &["winApplicationId"]),
    ("CreatePolicy", "admxConfigs[]", &["winAdmxConfigId"]),
    ("CreateUser", "", &["email"]),
    ("CreateSegment", "", &["name"]),
];

/// The part of a schema at `a[].b{}`: items of a list, values of a map.
fn part(schema: &str, place: &str) -> Value {
    let mut pointer = format!("/components/schemas/{schema}");
    for name in place.split('.').filter(|name| !name.is_empty()) {
        let field = name.trim_end_matches(['[', ']', '{', '}']);
        pointer.push_str(&format!("/properties/{field}"));
        pointer.push_str(match &name[field.len()..] {
            "[]" => "/items",
            "{}" => "/additionalProperties",
            _ => "",
        });
    }
    let document = openapi::document();
    document
        .pointer(&pointer)
        .unwrap_or_else(|| panic!("{pointer} is not in the document"))
        .clone()
}

#[test]
fn the_limits_of_the_requirement_are_promised() {
    for (schema, place, keyword, value) in LIMITS {
        assert_eq!(
            part(schema, place)[*keyword],
            json!(value),
            "{schema} {place} {keyword}"
        );
    }
    for (schema, place, words) in WORDS {
        let allowed = part(schema, place)["enum"].clone();
        let allowed: Vec<&str> = allowed.as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(&allowed, words, "{schema} {place}");
    }
    for (schema, place, names) in REQUIRED {
        assert_eq!(part(schema, place)["required"], json!(names), "{schema} {place}");
    }
}
