//! The bodies of policy routes (B.4).

use crate::admin::{
    error::{ApiError, InvalidCode},
    form::{Checked, Form, join},
    view::{id_schema, segment_schema, text_schema},
};
use serde_json::{Map, Value, json};
use transom_domain::{
    policy::{
        NAME_CHARS_MAX, PolicyContent,
        content::{
            ARGUMENTS_CHARS_MAX, ASSET_CHARS_MAX, AdmxConfig, AgentConfiguration, ApplicationAction, AssetScope,
            BUILD_TAG_CHARS_MAX, Bookmark, CONFIG_KEYS_MAX, DESCRIPTION_CHARS_MAX, ENTRIES_MAX, ICON_CHARS_MAX,
            LOOP_MINUTES_MAX, PolicyApplication, PolicyAsset, PolicyScript, SCRIPT_ID_CHARS_MAX, ScriptKind,
            TITLE_CHARS_MAX, URL_CHARS_MAX, VALUE_CHARS_MAX,
        },
        copy::CopyPolicy,
        create::CreatePolicy,
        update::UpdatePolicy,
    },
    segment::SegmentId,
};

/// Fields that can be written. Whatever else comes is unknown or read-only, and ignored.
const WRITABLE: &[&str] = &[
    "name",
    "config",
    "applications",
    "bookmarks",
    "scripts",
    "admxConfigs",
    "agentConfiguration",
    "assets",
    "segmentId",
    "exposeToChildren",
];

/// Reads the body of `POST W/policies`. Without a segment the policy goes to `top`.
pub fn create(
    body: &Value,
    code: InvalidCode,
    strict: bool,
    top: SegmentId,
) -> Result<Checked<CreatePolicy>, ApiError> {
    let mut form = Form::default();
    let request = read(&mut form, body);
    if body.as_object().is_some_and(|fields| !fields.contains_key("name")) {
        form.refuse("name", "required", "is required");
    }
    let request = CreatePolicy {
        content: request.over(&PolicyContent::default()),
        name: request.name.unwrap_or_else(|| "missing".to_owned()),
        segment: request.segment.unwrap_or(top),
        expose_to_children: request.expose_to_children.unwrap_or(false),
    };
    match request.checked() {
        Ok(request) => form.finish(Some(request), code, strict),
        Err(violations) => {
            form.refuse_all("", violations);
            form.finish(None, code, strict)
        }
    }
}

/// Reads the body of `PUT W/policies/{winPolicyId}`. What is absent stays as it is.
pub fn update(body: &Value, code: InvalidCode, strict: bool) -> Result<Checked<UpdatePolicy>, ApiError> {
    let mut form = Form::default();
    let request = read(&mut form, body);
    match request.checked() {
        Ok(request) => form.finish(Some(request), code, strict),
        Err(violations) => {
            form.refuse_all("", violations);
            form.finish(None, code, strict)
        }
    }
}

/// Reads the body of `POST W/policies/{winPolicyId}/clone`.
pub fn copy(body: &Value, code: InvalidCode, strict: bool) -> Result<Checked<CopyPolicy>, ApiError> {
    let mut form = Form::default();
    let mut request = CopyPolicy::default();
    if let Some(fields) = form.object("", body, &["name", "segmentId"]) {
        request.name = fields.get("name").and_then(|v| form.text("name", v)).map(str::to_owned);
        request.segment = fields.get("segmentId").and_then(|v| form.segment("segmentId", v));
    }
    form.finish(Some(request), code, strict)
}

/// Reads the body of `POST W/policies/{winPolicyId}/rollback`.
pub fn rollback(body: &Value, code: InvalidCode, strict: bool) -> Result<Checked<u32>, ApiError> {
    let mut form = Form::default();
    let fields = form.object("", body, &["version"]);
    let version = fields.map(|fields| fields.get("version"));
    let number = version
        .flatten()
        .and_then(Value::as_u64)
        .and_then(|n| u32::try_from(n).ok());
    match (version, number.filter(|n| *n > 0)) {
        (_, Some(number)) => form.finish(Some(number), code, strict),
        (Some(None), None) => {
            form.refuse("version", "required", "is required");
            form.finish(None, code, strict)
        }
        (_, None) => {
            form.refuse("version", "minimum", "must be a number from 1 on");
            form.finish(None, code, strict)
        }
    }
}

fn read(form: &mut Form, body: &Value) -> UpdatePolicy {
    let mut request = UpdatePolicy::default();
    let Some(fields) = form.object("", body, WRITABLE) else {
        return request;
    };
    request.name = fields.get("name").and_then(|v| form.text("name", v)).map(str::to_owned);
    request.segment = fields.get("segmentId").and_then(|v| form.segment("segmentId", v));
    request.expose_to_children = fields
        .get("exposeToChildren")
        .and_then(|v| flag(form, "exposeToChildren", v));
    match fields.get("config") {
        Some(Value::Object(config)) => {
            request.config = Some(config.iter().map(|(key, value)| (key.clone(), value.clone())).collect());
        }
        Some(_) => form.refuse("config", "type", "must be an object"),
        None => {}
    }
    request.applications = entries(form, fields, "applications", application);
    request.bookmarks = entries(form, fields, "bookmarks", bookmark);
    request.scripts = entries(form, fields, "scripts", |form, path, value| {
        script(form, path, value, &["type", "id", "loopTime", "resetDate", "arguments"])
    });
    request.admx_configs = entries(form, fields, "admxConfigs", admx);
    request.assets = entries(form, fields, "assets", asset);
    request.agent_configuration = fields.get("agentConfiguration").map(|value| agent(form, value));
    request
}

/// The entries of a list; none, if the field is absent.
fn entries<T>(
    form: &mut Form,
    fields: &Map<String, Value>,
    name: &str,
    read: fn(&mut Form, &str, &Value) -> Option<T>,
) -> Option<Vec<T>> {
    let list = form.list(name, fields.get(name)?)?;
    // One entry too many is enough to be told so; the others need not be read.
    let list = list.iter().take(ENTRIES_MAX + 1).enumerate();
    Some(
        list.filter_map(|(index, entry)| read(form, &format!("{name}[{index}]"), entry))
            .collect(),
    )
}

fn flag(form: &mut Form, path: &str, value: &Value) -> Option<bool> {
    let flag = value.as_bool();
    if flag.is_none() {
        form.refuse(path, "type", "must be true or false");
    }
    flag
}

/// A text that may be null or absent.
fn optional(form: &mut Form, path: &str, fields: &Map<String, Value>, name: &str) -> Option<String> {
    let value = fields.get(name).filter(|v| !v.is_null())?;
    form.text(&join(path, name), value).map(str::to_owned)
}

/// An id that must be there.
fn required_id(form: &mut Form, path: &str, fields: &Map<String, Value>, name: &str) -> Option<String> {
    match fields.get(name) {
        Some(value) => form.id(&join(path, name), value).map(str::to_lowercase),
        None => {
            form.refuse(join(path, name), "required", "is required");
            None
        }
    }
}

/// One of a few words.
fn word<T: serde::de::DeserializeOwned + Default>(
    form: &mut Form,
    path: &str,
    fields: &Map<String, Value>,
    name: &str,
    allowed: &str,
) -> T {
    let Some(value) = fields.get(name).filter(|v| !v.is_null()) else {
        return T::default();
    };
    serde_json::from_value(value.clone()).unwrap_or_else(|_| {
        form.refuse(join(path, name), "enum", format!("must be one of {allowed}"));
        T::default()
    })
}

fn options(form: &mut Form, path: &str, fields: &Map<String, Value>, name: &str) -> Map<String, Value> {
    match fields.get(name) {
        Some(Value::Object(map)) => map.clone(),
        None | Some(Value::Null) => Map::new(),
        Some(_) => {
            form.refuse(join(path, name), "type", "must be an object");
            Map::new()
        }
    }
}

fn application(form: &mut Form, path: &str, value: &Value) -> Option<PolicyApplication> {
    let known = ["winApplicationId", "configuration", "action", "updatePolicy"];
    let fields = form.object(path, value, &known)?;
    let id = required_id(form, path, fields, "winApplicationId");
    let application = PolicyApplication {
        win_application_id: String::new(),
        configuration: options(form, path, fields, "configuration"),
        action: word::<ApplicationAction>(form, path, fields, "action", "forceInstall, available"),
        update_policy: options(form, path, fields, "updatePolicy"),
    };
    Some(PolicyApplication {
        win_application_id: id?,
        ..application
    })
}

fn bookmark(form: &mut Form, path: &str, value: &Value) -> Option<Bookmark> {
    let known = ["title", "description", "url", "iconBase64", "iconUrl"];
    let fields = form.object(path, value, &known)?;
    let title = form.required_text(path, "title", fields).map(str::to_owned);
    let url = form.required_text(path, "url", fields).map(str::to_owned);
    let bookmark = Bookmark {
        description: optional(form, path, fields, "description"),
        icon_base64: optional(form, path, fields, "iconBase64"),
        icon_url: optional(form, path, fields, "iconUrl"),
        ..Bookmark::default()
    };
    Some(Bookmark {
        title: title?,
        url: url?,
        ..bookmark
    })
}

/// Reads a script that a policy or a device names; other fields than `known` are ignored.
pub fn script(form: &mut Form, path: &str, value: &Value, known: &[&str]) -> Option<PolicyScript> {
    let fields = form.object(path, value, known)?;
    let id = form.required_text(path, "id", fields).map(str::to_owned);
    let loop_time = fields.get("loopTime").filter(|v| !v.is_null());
    if loop_time.is_some_and(|v| v.as_u64().is_none()) {
        form.refuse(join(path, "loopTime"), "type", "must be a whole number of minutes");
    }
    let script = PolicyScript {
        kind: word::<ScriptKind>(form, path, fields, "type", "once, loop, onDemand"),
        id: String::new(),
        loop_time: loop_time.and_then(Value::as_u64),
        reset_date: optional(form, path, fields, "resetDate"),
        arguments: optional(form, path, fields, "arguments"),
    };
    Some(PolicyScript { id: id?, ..script })
}

fn admx(form: &mut Form, path: &str, value: &Value) -> Option<AdmxConfig> {
    let fields = form.object(path, value, &["winAdmxConfigId"])?;
    let win_admx_config_id = required_id(form, path, fields, "winAdmxConfigId")?;
    Some(AdmxConfig { win_admx_config_id })
}

fn asset(form: &mut Form, path: &str, value: &Value) -> Option<PolicyAsset> {
    let fields = form.object(path, value, &["mdmAssetId", "location", "assetName", "scope"])?;
    let id = required_id(form, path, fields, "mdmAssetId");
    let asset = PolicyAsset {
        mdm_asset_id: String::new(),
        location: optional(form, path, fields, "location"),
        asset_name: optional(form, path, fields, "assetName"),
        scope: word::<AssetScope>(form, path, fields, "scope", "user, system, all-users"),
    };
    Some(PolicyAsset {
        mdm_asset_id: id?,
        ..asset
    })
}

fn agent(form: &mut Form, value: &Value) -> AgentConfiguration {
    const PATH: &str = "agentConfiguration";
    let flags = [
        "enabled",
        "allowLocation",
        "allowNetworkStatus",
        "allowPackageTime",
        "allowPackageTransfer",
    ];
    let known: Vec<&str> = flags.into_iter().chain(["buildTag"]).collect();
    let mut agent = AgentConfiguration::default();
    let Some(fields) = form.object(PATH, value, &known) else {
        return agent;
    };
    let [enabled, location, network, time, transfer] = flags.map(|name| {
        let value = fields.get(name).filter(|v| !v.is_null())?;
        flag(form, &join(PATH, name), value)
    });
    (agent.enabled, agent.allow_location, agent.allow_network_status) = (enabled, location, network);
    (agent.allow_package_time, agent.allow_package_transfer) = (time, transfer);
    agent.build_tag = optional(form, PATH, fields, "buildTag");
    agent
}

/// The schema of a script that a policy names.
pub fn script_schema() -> Value {
    json!({
        "type": "object",
        "required": ["id"],
        "properties": {
            "id": text_schema(SCRIPT_ID_CHARS_MAX),
            "type": { "enum": ["once", "loop", "onDemand", null] },
            "loopTime": { "type": ["integer", "null"], "minimum": 1, "maximum": LOOP_MINUTES_MAX },
            "resetDate": { "type": ["string", "null"], "format": "date-time" },
            "arguments": { "type": ["string", "null"], "maxLength": ARGUMENTS_CHARS_MAX }
        }
    })
}

/// The schemas of the bodies.
pub fn schemas() -> [(&'static str, Value); 4] {
    let text = |max: usize| json!({ "type": ["string", "null"], "maxLength": max });
    let list = |item: Value| json!({ "type": "array", "maxItems": ENTRIES_MAX, "items": item });
    let entry = |required: &[&str], properties: Value| json!({ "type": "object", "required": required, "properties": properties });
    let flag = json!({ "type": ["boolean", "null"] });
    let object = json!({ "type": ["object", "null"] });
    let fields = json!({
        "name": { "type": "string", "minLength": 1, "maxLength": NAME_CHARS_MAX },
        "config": {
            "type": "object",
            "maxProperties": CONFIG_KEYS_MAX,
            "description": "LocURI to value; null deletes the node. {{device.x}} and {{user.x}} stand for facts.",
            "additionalProperties": { "type": ["string", "number", "boolean", "null"], "maxLength": VALUE_CHARS_MAX }
        },
        "applications": list(entry(&["winApplicationId"], json!({
            "winApplicationId": id_schema(), "configuration": object, "updatePolicy": object,
            "action": { "enum": ["forceInstall", "available", null] }
        }))),
        "bookmarks": list(entry(&["title", "url"], json!({
            "title": text_schema(TITLE_CHARS_MAX), "url": text_schema(URL_CHARS_MAX),
            "description": text(DESCRIPTION_CHARS_MAX), "iconBase64": text(ICON_CHARS_MAX), "iconUrl": text(URL_CHARS_MAX)
        }))),
        "scripts": list(script_schema()),
        "admxConfigs": list(entry(&["winAdmxConfigId"], json!({ "winAdmxConfigId": id_schema() }))),
        "agentConfiguration": {
            "type": "object",
            "properties": {
                "enabled": flag, "buildTag": text(BUILD_TAG_CHARS_MAX), "allowLocation": flag,
                "allowNetworkStatus": flag, "allowPackageTime": flag, "allowPackageTransfer": flag
            }
        },
        "assets": list(entry(&["mdmAssetId"], json!({
            "mdmAssetId": id_schema(), "location": text(ASSET_CHARS_MAX), "assetName": text(ASSET_CHARS_MAX),
            "scope": { "enum": ["user", "system", "all-users", null] }
        }))),
        "segmentId": segment_schema(),
        "exposeToChildren": { "type": "boolean" }
    });
    let create = json!({ "type": "object", "required": ["name"], "properties": fields });
    let update = json!({
        "type": "object",
        "description": "Absent fields stay as they are; maps and lists are replaced whole.",
        "properties": fields
    });
    let copy = json!({
        "type": "object",
        "properties": { "name": text_schema(NAME_CHARS_MAX), "segmentId": segment_schema() }
    });
    let rollback = json!({
        "type": "object",
        "required": ["version"],
        "properties": { "version": { "type": "integer", "minimum": 1 } }
    });
    [
        ("CreatePolicy", create),
        ("UpdatePolicy", update),
        ("ClonePolicy", copy),
        ("RollBackPolicy", rollback),
    ]
}
