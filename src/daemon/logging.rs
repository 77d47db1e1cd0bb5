//! Where log lines go: standard error, as text for people or as one JSON object a line.

use anyhow::Result;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

use crate::config::model::{Log, LogFormat};

/// Begins logging. `HENVEND_LOG` overrides the configured level, with the syntax of tracing's filters.
pub fn begin(log: Log) -> Result<()> {
    let configured = log.level.as_str().to_owned();
    let filter = EnvFilter::try_from_env("HENVEND_LOG").unwrap_or_else(|_| EnvFilter::new(configured));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(BoxMakeWriter::new(std::io::stderr));
    let begun = match log.format {
        LogFormat::Text => builder.with_target(false).with_ansi(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).with_current_span(false).try_init(),
    };
    begun.map_err(|error| anyhow::anyhow!("logging cannot begin: {error}"))
}
