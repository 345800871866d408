//! `transom organization …`.

use super::{AnswerText, context, open, wrong};
use crate::{cli::OrganizationVerb, settings::Settings};
use serde_json::json;
use transom_domain::organization::{self, CreateOrganizationError};

/// Makes an organization.
pub async fn run(settings: &Settings, verb: OrganizationVerb) -> anyhow::Result<AnswerText> {
    let OrganizationVerb::Create { slug, name } = verb;
    let store = open(settings).await?;
    let (made, token) = store
        .write(&context(), move |tx, cx| organization::create(tx, cx, &slug, &name))
        .await
        .map_err(explained)?;
    Ok(AnswerText {
        text: format!(
            "Organization {} ({}) is made.\nIts administrator's token, shown this once:\n{}",
            made.slug.as_str(),
            made.id,
            token.secret.reveal()
        ),
        json: json!({ "id": made.id.to_string(), "slug": made.slug.as_str(), "token": token.secret.reveal() }),
    })
}

/// The refusal, with the option it is about.
fn explained(error: CreateOrganizationError) -> anyhow::Error {
    match error {
        CreateOrganizationError::Slug(reason) => wrong("--slug", reason),
        CreateOrganizationError::Name(reason) => wrong("--name", reason),
        CreateOrganizationError::Taken(_) => wrong("--slug", error),
        CreateOrganizationError::Store(error) => error.into(),
    }
}
