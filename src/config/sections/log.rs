//! `[log]`: what is logged, and how.

use crate::config::reader::{Key, Section};
use crate::config::value::Choice;

/// What is logged, and how.
#[derive(Clone, Debug)]
pub struct Log {
    /// The least severe level that is logged.
    pub level: LogLevel,
    /// How a line looks.
    pub format: LogFormat,
}

impl Log {
    /// What the reference says about the table.
    pub(crate) const DOC: &str = "What is logged, and how.";

    /// Reads the table.
    pub(crate) fn read(section: &mut Section<'_, '_>) -> Self {
        Self {
            level: section.read(Key::new("level", "The least severe level that is logged.", LogLevel::Info)),
            format: section.read(Key::new(
                "format",
                "How a line looks: text for people, json for machines.",
                LogFormat::Text,
            )),
        }
    }
}

/// Severity, most severe first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Somebody must act.
    Error,
    /// Somebody should look.
    Warn,
    /// What the service does.
    Info,
    /// Why it does so.
    Debug,
    /// Every step.
    Trace,
}

impl LogLevel {
    /// The word that the file uses, which is also the one of `tracing`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

impl Choice for LogLevel {
    const ALL: &'static [Self] = &[Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Trace];

    fn word(self) -> &'static str {
        self.as_str()
    }
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object in each line.
    Json,
}

impl Choice for LogFormat {
    const ALL: &'static [Self] = &[Self::Text, Self::Json];

    fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}
