//! `[cache]`: what is kept in memory, and how much may wait to get there.

use std::time::Duration;

use crate::config::reader::{Key, Section};
use crate::config::value::ByteSize;

/// What is kept in memory, and how much may wait to get there.
#[derive(Clone, Debug)]
pub struct Cache {
    /// Memory for cached answers, of all tenants together.
    pub max_memory: ByteSize,
    /// A tenant that nobody asked for during this time is dropped.
    pub idle_after: Duration,
    /// Most users that one query loads.
    pub batch_max: usize,
    /// Requests that may wait for one tenant before more are refused as `overloaded`.
    pub max_waiting: usize,
}

impl Cache {
    /// What the reference says about the table.
    pub(crate) const DOC: &str = "What is kept in memory, and how much may wait to get there.";

    /// Reads the table.
    pub(crate) fn read(section: &mut Section<'_, '_>) -> Self {
        Self {
            max_memory: section.read(Key::within(
                "max_memory",
                "Memory for cached answers, of all tenants together.",
                ByteSize::from_mib(512),
                ByteSize::from_mib(1)..=ByteSize::from_mib(1 << 20),
            )),
            idle_after: section.read(Key::within(
                "idle_after",
                "A tenant that nobody asked for during this time is dropped from memory.",
                Duration::from_mins(15),
                Duration::from_secs(1)..=Duration::from_hours(24),
            )),
            batch_max: section.read(
                Key::within("batch_max", "How many users one query loads at most.", 1000, 1..=10_000).of("users"),
            ),
            max_waiting: section.read(
                Key::within(
                    "max_waiting",
                    "How many requests may wait for one tenant to load; more are refused as overloaded.",
                    20_000,
                    1..=1_000_000,
                )
                .of("requests"),
            ),
        }
    }
}
