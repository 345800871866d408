//! `transom migrate`.

use super::AnswerText;
use crate::{settings::Settings, storage};
use serde_json::json;

/// Brings the schema up to date.
pub fn run(settings: &Settings) -> anyhow::Result<AnswerText> {
    let applied = storage::migrate(settings)?;
    let text = match applied {
        0 => "The schema is up to date.".to_owned(),
        1 => "Applied 1 migration.".to_owned(),
        n => format!("Applied {n} migrations."),
    };
    Ok(AnswerText {
        text,
        json: json!({ "applied": applied }),
    })
}
