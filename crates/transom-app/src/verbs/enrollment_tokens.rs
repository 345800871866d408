//! `transom enrollment-token …`.

use super::{AnswerText, context, find_organization, open, wrong};
use crate::{cli::EnrollmentTokenVerb, settings::Settings};
use serde_json::json;
use std::time::Duration;
use transom_domain::{
    enrollment_token::{self, CreateEnrollmentToken, CreateEnrollmentTokenError},
    segment::SegmentId,
};

/// Makes an enrolment token.
pub async fn run(settings: &Settings, verb: EnrollmentTokenVerb) -> anyhow::Result<AnswerText> {
    let EnrollmentTokenVerb::Create {
        organization,
        user,
        segment,
        uses,
        expires_in,
    } = verb;
    let store = open(settings).await?;
    let organization = find_organization(&*store, &organization).await?.id;
    let request = CreateEnrollmentToken {
        segment: SegmentId(segment),
        user,
        uses,
        life: Duration::from_secs(expires_in),
    };
    let (made, secret) = store
        .write(&context(), move |tx, cx| {
            enrollment_token::create(tx, cx, organization, &request)
        })
        .await
        .map_err(explained)?;
    Ok(AnswerText {
        text: format!(
            "Enrolment token {} is made: {} PCs until {}. It is shown this once:\n{}",
            made.id,
            made.uses_max,
            made.expires_at,
            secret.reveal()
        ),
        json: json!({
            "id": made.id.to_string(),
            "token": secret.reveal(),
            "uses": made.uses_max,
            "expireAt": made.expires_at.to_string(),
        }),
    })
}

/// The refusal, with the option it is about.
fn explained(error: CreateEnrollmentTokenError) -> anyhow::Error {
    match error {
        CreateEnrollmentTokenError::UnknownSegment(_) => wrong("--segment", error),
        CreateEnrollmentTokenError::UnknownUser => wrong("--user", error),
        CreateEnrollmentTokenError::Uses(_) => wrong("--uses", error),
        CreateEnrollmentTokenError::Life => wrong("--expires-in", error),
        CreateEnrollmentTokenError::Store(error) => error.into(),
    }
}
