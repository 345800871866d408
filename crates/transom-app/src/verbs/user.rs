//! `transom user …`.

use super::{AnswerText, context, find_organization, open, wrong};
use crate::{cli::UserVerb, passwords, settings::Settings};
use anyhow::Context as _;
use serde_json::json;
use std::io::BufRead as _;
use transom_domain::user::{self, CreateUserError};

/// Makes a user. The password never is an argument: arguments are seen by everybody on the machine.
pub async fn run(settings: &Settings, verb: UserVerb) -> anyhow::Result<AnswerText> {
    let UserVerb::Create {
        organization,
        email,
        name,
        password_stdin,
        no_password,
    } = verb;
    let password = match (no_password, password_stdin) {
        (true, _) => None,
        (false, true) => Some(first_line()?),
        (false, false) => Some(ask()?),
    };
    let hash = password.as_deref().map(passwords::hash).transpose()?;
    let store = open(settings).await?;
    let organization = find_organization(&*store, &organization).await?.id;
    let made = store
        .write(&context(), move |tx, cx| {
            user::create(tx, cx, organization, &email, name.as_deref(), hash.as_deref())
        })
        .await
        .map_err(explained)?;
    Ok(AnswerText {
        text: format!("User {} ({}) is made.", made.email.as_str(), made.id),
        json: json!({ "id": made.id.to_string(), "email": made.email.as_str() }),
    })
}

/// The refusal, with the option it is about.
fn explained(error: CreateUserError) -> anyhow::Error {
    match error {
        CreateUserError::Email(reason) => wrong("--email", reason),
        CreateUserError::Name(reason) => wrong("--name", reason),
        CreateUserError::Taken => wrong("--email", error),
        CreateUserError::Store(error) => error.into(),
    }
}

/// The first line of standard input.
pub fn first_line() -> anyhow::Result<String> {
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .context("the password cannot be read from standard input")?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}

/// Asks at the terminal, twice.
fn ask() -> anyhow::Result<String> {
    let first = rpassword::prompt_password("Password: ")
        .context("there is no terminal to ask for the password; use --password-stdin")?;
    let second = rpassword::prompt_password("Again: ")?;
    anyhow::ensure!(first == second, "the two passwords differ");
    Ok(first)
}
