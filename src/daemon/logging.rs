//! Where log lines go: standard error, as text for people or as one JSON object a line.

use std::panic::PanicHookInfo;

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
    begun.map_err(|error| anyhow::anyhow!("logging cannot begin: {error}"))?;
    std::panic::set_hook(Box::new(tell_panic));
    Ok(())
}

/// A panic is a line like any other. What it says may quote the mail that brought it about, so only its place is told.
fn tell_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    tracing::error!(place, "a panic");
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_panic_is_one_line_without_the_mail_that_it_quotes() {
        let page = Page::default();
        let (own, before) = (page.clone(), std::panic::take_hook());
        let subscriber = tracing_subscriber::fmt().json().flatten_event(true).with_writer(move || own.clone()).finish();
        std::panic::set_hook(Box::new(tell_panic));
        let ended = tracing::subscriber::with_default(subscriber, || {
            std::panic::catch_unwind(|| "blåbær"["bl".len() + 1..].len()).is_err()
        });
        std::panic::set_hook(before);
        assert!(ended);
        let written = String::from_utf8(page.0.lock().unwrap().clone()).unwrap();
        let line: serde_json::Value = serde_json::from_str(&written).unwrap();
        assert!(line["place"].as_str().unwrap().starts_with(file!()), "{written}");
        assert!(!written.contains("blåbær") && line["level"] == "ERROR", "{written}");
    }
}
