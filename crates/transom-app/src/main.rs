//! The binary: reads command line and settings, starts the log, runs the verb.

use clap::Parser as _;
use std::process::ExitCode;
use transom_app::{
    cli::{Cli, Verb},
    log,
    settings::Settings,
    verbs,
};

fn main() -> ExitCode {
    let cli = Cli::parse();
    match start(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Some causes, such as those of PostgreSQL's library, are several lines.
            let sentence = format!("{error:#}").split_whitespace().collect::<Vec<_>>().join(" ");
            eprintln!("transom: {sentence}");
            ExitCode::FAILURE
        }
    }
}

fn start(cli: Cli) -> anyhow::Result<()> {
    let mut settings = Settings::load(cli.config.as_deref())?;
    if matches!(cli.verb, Verb::Demo) {
        // The demo tells its own story.
        "warn".clone_into(&mut settings.log.filter);
    }
    log::start(&settings.log)?;
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(verbs::run(cli, settings))
}
