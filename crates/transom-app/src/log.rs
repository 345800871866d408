//! The log: to standard error, for people or for machines.

use crate::settings::{Log, LogFormat};
use anyhow::Context as _;
use tracing_subscriber::{EnvFilter, fmt};

/// The library that reads HTTP/1 reports, as an error of ours, each head of a request that is none: anybody who reaches a
/// listener could fill the log with them. What happens to a request that is one is in the log by itself.
const PARSER: &str = "actix_http::h1";

/// The filter that the settings say, without the parser's errors unless they ask for that library.
fn filter(settings: &Log) -> String {
    match settings.filter.contains("actix_http") {
        true => settings.filter.clone(),
        false => format!("{},{PARSER}=off", settings.filter),
    }
}

/// Starts the log of this process.
///
/// # Errors
/// When the filter cannot be read. A log that is started already (in a test) stays.
pub fn start(settings: &Log) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter(settings))
        .with_context(|| format!("log.filter is no tracing filter: {:?}", settings.filter))?;
    let log = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match settings.format {
        LogFormat::Text => log.with_ansi(false).try_init(),
        LogFormat::Json => log.json().try_init(),
    };
    drop(started);
    Ok(())
}
