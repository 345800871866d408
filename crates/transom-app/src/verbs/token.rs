//! `transom token …`.

use super::{AnswerText, context, find_organization, open, wrong};
use crate::{cli::TokenVerb, settings::Settings};
use serde_json::{Value, json};
use transom_domain::{
    ApiTokenId,
    api_token::{self, ApiToken, ApiTokenError, CreateApiToken},
    permission::Grant,
    ports::StoreError,
    segment::SegmentId,
};
use transom_http::admin::permissions::opens;

/// Makes, lists and revokes bearer tokens.
pub async fn run(settings: &Settings, verb: TokenVerb) -> anyhow::Result<AnswerText> {
    let store = open(settings).await?;
    match verb {
        TokenVerb::Create {
            organization,
            name,
            permissions,
            segments,
        } => {
            if let Some(unknown) = permissions
                .iter()
                .find(|text| Grant::parse(text).is_ok_and(|g| !opens(&g)))
            {
                let reason = "is no permission of this server; GET /permissions of an organization lists them";
                return Err(wrong("--permission", format!("{unknown:?} {reason}")));
            }
            let organization = find_organization(&*store, &organization).await?.id;
            let request = CreateApiToken {
                name,
                permissions,
                segments: segments.into_iter().map(SegmentId).collect(),
            };
            let made = store
                .write(&context(), move |tx, cx| {
                    api_token::create(tx, cx, organization, &request)
                })
                .await
                .map_err(explained)?;
            Ok(AnswerText {
                text: format!(
                    "Token {} ({}) is made. It is shown this once:\n{}",
                    made.token.name,
                    made.token.id,
                    made.secret.reveal()
                ),
                json: json!({ "id": made.token.id.to_string(), "token": made.secret.reveal() }),
            })
        }
        TokenVerb::List { organization } => {
            let organization = find_organization(&*store, &organization).await?.id;
            let tokens = store
                .read(move |view| view.api_tokens(organization))
                .await
                .map_err(|e: StoreError| e)?;
            Ok(AnswerText {
                text: table(&tokens),
                json: Value::Array(tokens.iter().map(view).collect()),
            })
        }
        TokenVerb::Revoke { organization, id } => {
            let organization = find_organization(&*store, &organization).await?.id;
            let id = ApiTokenId::parse(&id).map_err(|error| wrong("<ID>", error))?;
            let token = store
                .write(&context(), move |tx, cx| api_token::revoke(tx, cx, organization, id))
                .await
                .map_err(explained)?;
            Ok(AnswerText {
                text: format!("Token {} ({}) is revoked.", token.name, token.id),
                json: view(&token),
            })
        }
    }
}

/// The refusal, with the option it is about.
fn explained(error: ApiTokenError) -> anyhow::Error {
    match error {
        ApiTokenError::Name(reason) => wrong("--name", reason),
        ApiTokenError::Permission(..) | ApiTokenError::Permissions => wrong("--permission", error),
        ApiTokenError::UnknownSegment(_) => wrong("--segment", error),
        ApiTokenError::UnknownToken => wrong("<ID>", error),
        ApiTokenError::Store(error) => error.into(),
    }
}

/// A token for programs.
fn view(token: &ApiToken) -> Value {
    json!({
        "id": token.id.to_string(),
        "name": token.name,
        "permissions": token.permissions.0.iter().map(Grant::as_str).collect::<Vec<_>>(),
        "segments": token.segments.iter().map(|s| s.0).collect::<Vec<_>>(),
        "createdAt": token.created_at.to_string(),
        "expiresAt": token.expires_at.map(|at| at.to_string()),
        "revokedAt": token.revoked_at.map(|at| at.to_string()),
    })
}

/// Tokens for people.
fn table(tokens: &[ApiToken]) -> String {
    let mut lines = vec![format!("{:<26}{:<24}{:<26}PERMISSIONS", "ID", "NAME", "STATE")];
    lines.extend(tokens.iter().map(|token| {
        let state = token
            .revoked_at
            .map_or_else(|| "valid".to_owned(), |at| format!("revoked {at}"));
        let permissions: Vec<_> = token.permissions.0.iter().map(Grant::as_str).collect();
        format!(
            "{:<26}{:<24}{state:<26}{}",
            token.id.to_string(),
            token.name,
            permissions.join(" ")
        )
    }));
    lines.join("\n")
}
