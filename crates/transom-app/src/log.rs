//! The log: to standard error, for people or for machines.

use crate::settings::{Log, LogFormat};
use anyhow::Context as _;
use tracing_subscriber::{EnvFilter, fmt};

/// Starts the log of this process.
///
/// # Errors
/// When the filter cannot be read. A log that is started already (in a test) stays.
pub fn start(settings: &Log) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&settings.filter)
        .with_context(|| format!("log.filter is no tracing filter: {:?}", settings.filter))?;
    let log = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match settings.format {
        LogFormat::Text => log.with_ansi(false).try_init(),
        LogFormat::Json => log.json().try_init(),
    };
    drop(started);
    Ok(())
}
