//! `transom secrets …`.

use super::{AnswerText, context};
use crate::{cli::SecretsVerb, keys, settings::Settings, storage};
use serde_json::json;
use std::time::Duration;
use transom_domain::secret::rotation::{self, Rotated};
use transom_storage::sealing::{Lost, Rotation};

/// The pause between two steps: whoever else writes, a server beside us above all, gets its turn meanwhile.
const PAUSE: Duration = Duration::from_millis(20);

/// Rotates the keys.
pub async fn run(settings: &Settings, verb: SecretsVerb) -> anyhow::Result<AnswerText> {
    let SecretsVerb::Rotate { replace_lost } = verb;
    storage::make_folder(settings)?;
    let _lock = keys::lock(settings)?;
    let keyring = keys::keyring(settings)?;
    let url = settings.database.url.clone();
    let lost = if replace_lost { Lost::Replace } else { Lost::Refuse };
    let mut rotation = blocking(move || Rotation::begin(&url, keyring, lost)).await?;
    loop {
        let stepped = blocking(move || rotation.step().map(|more| (rotation, more))).await?;
        rotation = stepped.0;
        if !stepped.1 {
            break;
        }
        tokio::time::sleep(PAUSE).await;
    }
    let done = blocking(move || rotation.finish()).await?;
    let rotated = Rotated {
        key: done.key.clone(),
        retired: done.retired.clone(),
        replaced: done.replaced,
    };
    put_on_record(settings, rotated).await?;
    let lost = match done.replaced {
        0 => String::new(),
        n => format!(" {n} of them were lost, and random values are in their place."),
    };
    let retired = match done.retired.as_slice() {
        [] => "No other key was in use.".to_owned(),
        ids => format!("Retired: {}.", ids.join(", ")),
    };
    Ok(AnswerText {
        text: format!(
            "Key {} seals every secret; {} were sealed anew.{lost} {retired}\n{}",
            done.key,
            done.resealed,
            advice(settings)
        ),
        json: json!({
            "key": done.key,
            "retired": done.retired,
            "resealed": done.resealed,
            "replaced": done.replaced,
        }),
    })
}

fn advice(settings: &Settings) -> String {
    match settings.secrets.key.reveal().is_empty() {
        true => format!("Keep a copy of {}.", keys::key_file(settings).display()),
        false => "Keys behind the first in secrets.key are needed no more.".to_owned(),
    }
}

/// An entry for each organization, in steps.
async fn put_on_record(settings: &Settings, rotated: Rotated) -> anyhow::Result<()> {
    let store = super::open(settings).await?;
    let mut after = None;
    loop {
        let rotated = rotated.clone();
        let last = store
            .write(&context(), move |tx, cx| rotation::record(tx, cx, after, &rotated))
            .await?;
        match last {
            Some(last) => after = Some(last),
            None => return Ok(()),
        }
    }
}

/// Runs a step on a thread that may block.
async fn blocking<T: Send + 'static, E: Into<anyhow::Error> + Send + 'static>(
    step: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> anyhow::Result<T> {
    tokio::task::spawn_blocking(step).await?.map_err(Into::into)
}
