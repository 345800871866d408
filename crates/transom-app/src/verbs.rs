//! What each verb of the command line does. Each works on the database itself, beside a running server or without one.

mod enrollment_tokens;
mod migrate;
mod organization;
mod secrets;
mod simulate;
mod token;
mod user;

use crate::{
    cli::{Cli, Verb},
    environment::SystemEnvironment,
    settings::Settings,
    storage,
};
use anyhow::Context as _;
use serde_json::Value;
use std::{sync::Arc, time::Duration};
use transom_domain::{
    Actor, Context, Environment, OrganizationId, Origin,
    enrollment_token::{self, CreateEnrollmentToken},
    organization::Organization,
    ports::{Store, StoreError, View},
    secret::Secret,
    segment::SegmentId,
};

/// Runs a verb. What it answers is printed as text, or as one JSON value with `--json`.
///
/// # Errors
/// A sentence for the person at the terminal.
pub async fn run(cli: Cli, settings: Settings) -> anyhow::Result<()> {
    let json = cli.json;
    let answer = match cli.verb {
        Verb::Serve => return crate::serve::until_stopped(settings, json).await,
        Verb::Demo => return crate::demo::run(json).await,
        Verb::Openapi => {
            print!("{}", transom_http::admin::openapi::text());
            return Ok(());
        }
        Verb::Migrate => migrate::run(&settings)?,
        Verb::Organization(verb) => organization::run(&settings, verb).await?,
        Verb::Token(verb) => token::run(&settings, verb).await?,
        Verb::EnrollmentToken(verb) => enrollment_tokens::run(&settings, verb).await?,
        Verb::User(verb) => user::run(&settings, verb).await?,
        Verb::Secrets(verb) => secrets::run(&settings, verb).await?,
        Verb::Simulate(plan) => return simulate::run(&settings, plan, json).await,
    };
    if json {
        println!("{}", answer.json);
    } else {
        println!("{}", answer.text);
    }
    Ok(())
}

/// What a verb answers, in both forms.
struct AnswerText {
    text: String,
    json: Value,
}

/// A refusal that begins with the option it is about.
fn wrong(option: &str, reason: impl std::fmt::Display) -> anyhow::Error {
    anyhow::anyhow!("{option}: {reason}")
}

/// Opens the settings' database.
async fn open(settings: &Settings) -> anyhow::Result<Arc<dyn Store>> {
    Ok(storage::open(settings).await?)
}

/// A context for somebody at the command line.
fn context() -> Context {
    SystemEnvironment.context(Actor::CommandLine, Origin::default())
}

/// The organization of that id or slug.
///
/// # Errors
/// When there is none.
pub async fn find_organization(store: &dyn Store, name: &str) -> anyhow::Result<Organization> {
    let wanted = name.to_owned();
    let found = store
        .read(move |view| by_id_or_slug(view, &wanted))
        .await
        .context("the organization cannot be read")?;
    found.with_context(|| format!("there is no organization {name:?}; `transom organization create` makes one"))
}

/// How long a token lives that is made for one run of virtual PCs.
const RUN_TOKEN_LIFE: Duration = Duration::from_secs(3600);

/// Makes an enrolment token for so many virtual PCs.
///
/// # Errors
/// When the number is out of range or the store fails.
pub async fn make_enrollment_token(
    store: &dyn Store,
    organization: OrganizationId,
    uses: u32,
) -> anyhow::Result<Secret> {
    let request = CreateEnrollmentToken {
        segment: SegmentId::ROOT,
        user: None,
        uses,
        life: RUN_TOKEN_LIFE,
    };
    let made = store
        .write(&context(), move |tx, cx| {
            enrollment_token::create(tx, cx, organization, &request)
        })
        .await?;
    Ok(made.1)
}

fn by_id_or_slug(view: &mut dyn View, name: &str) -> Result<Option<Organization>, StoreError> {
    if let Ok(id) = OrganizationId::parse(name)
        && let Some(organization) = view.organization(id)?
    {
        return Ok(Some(organization));
    }
    view.organization_by_slug(&name.to_ascii_lowercase())
}
