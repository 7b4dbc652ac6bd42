//! Logs. Metrics are declared by the rooms that own them and gathered in the one registry that `app` hands out.
//!
//! Never logged: keys, tokens, connection strings, claims, subjects, users. A message can be read alone, its fields can be
//! searched, and what happens to one request is told by its answer and not by a line per request.

use tracing::level_filters::LevelFilter;

use crate::config::{Log, LogFormat, LogLevel};

/// Starts logging to standard error. A second call changes nothing.
pub fn start(settings: &Log) {
    let level = match settings.level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let builder = tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr);
    // It fails only when somebody has started logging before, whose choice then stands.
    let _ = match settings.format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
}
