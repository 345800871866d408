//! The body of `POST D/commands/` (A.3): all or nothing.

use crate::admin::{
    error::{ApiError, InvalidCode},
    form::{Checked, Form, join},
};
use serde_json::{Map, Value, json};
use transom_domain::command::{
    Action, CommandConfig, Format,
    config::{PATH_CHARS_MAX, VALUE_CHARS_MAX},
    enqueue::BATCH_COMMANDS_MAX,
};

/// Reads the body.
pub fn commands(body: &Value, code: InvalidCode, strict: bool) -> Result<Checked<Vec<CommandConfig>>, ApiError> {
    let mut form = Form::default();
    let commands = read(&mut form, body);
    form.finish(commands, code, strict)
}

fn read(form: &mut Form, body: &Value) -> Option<Vec<CommandConfig>> {
    let fields = form.object("", body, &["commands"])?;
    let Some(list) = fields.get("commands") else {
        form.refuse("commands", "required", "is required");
        return None;
    };
    let list = form.list("commands", list)?;
    if list.is_empty() || list.len() > BATCH_COMMANDS_MAX {
        let message = format!("must have 1 to {BATCH_COMMANDS_MAX} commands, not {}", list.len());
        form.refuse(
            "commands",
            if list.is_empty() { "minItems" } else { "maxItems" },
            message,
        );
        return None;
    }
    let read = list
        .iter()
        .enumerate()
        .map(|(index, entry)| command(form, index, entry));
    // Every command is looked at, so that the answer names all that is wrong.
    read.collect::<Vec<_>>().into_iter().collect()
}

fn command(form: &mut Form, index: usize, entry: &Value) -> Option<CommandConfig> {
    let place = format!("commands[{index}]");
    let fields = form.object(&place, entry, &["config"])?;
    let place = join(&place, "config");
    let Some(config) = fields.get("config") else {
        form.refuse(place, "required", "is required");
        return None;
    };
    let config = form.object(&place, config, &["path", "action", "value", "format"])?;
    let path = form.required_text(&place, "path", config);
    let action = form.required_text(&place, "action", config);
    let format = form.required_text(&place, "format", config);
    let value = value(form, &place, config);
    match CommandConfig::check(path?, action?, value?, format?) {
        Ok(config) => Some(config),
        Err(violations) => {
            form.refuse_all(&place, violations);
            None
        }
    }
}

/// The value, if there is one; the outer none says that it is no text.
fn value<'v>(form: &mut Form, place: &str, config: &'v Map<String, Value>) -> Option<Option<&'v str>> {
    match config.get("value") {
        // Clients that send back what they got have null here.
        None | Some(Value::Null) => Some(None),
        Some(value) => form.text(&join(place, "value"), value).map(Some),
    }
}

/// The schema of the body.
pub fn schema() -> (&'static str, Value) {
    let config = json!({
        "type": "object",
        "required": ["path", "action", "format"],
        "properties": {
            "path": { "type": "string", "maxLength": PATH_CHARS_MAX, "pattern": "^\\./." },
            "action": { "type": "string", "enum": Action::ALL.iter().map(|a| a.as_str()).collect::<Vec<_>>() },
            "value": { "type": ["string", "null"], "maxLength": VALUE_CHARS_MAX },
            "format": { "type": "string", "enum": Format::ALL.iter().map(|f| f.as_str()).collect::<Vec<_>>() }
        }
    });
    let schema = json!({
        "type": "object",
        "required": ["commands"],
        "properties": {
            "commands": {
                "type": "array",
                "minItems": 1,
                "maxItems": BATCH_COMMANDS_MAX,
                "items": { "type": "object", "required": ["config"], "properties": { "config": config } }
            }
        },
        "example": {
            "commands": [{
                "config": {
                    "path": "./Vendor/MSFT/Policy/Config/ApplicationManagement/AllowStore",
                    "action": "Add",
                    "value": "0",
                    "format": "int"
                }
            }]
        }
    });
    ("SendCommands", schema)
}
