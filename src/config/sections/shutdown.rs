//! `[shutdown]`: how the service stops.

use std::time::Duration;

use crate::config::reader::{Key, Section};

/// How the service stops.
#[derive(Clone, Debug)]
pub struct Shutdown {
    /// Time between `/readyz` turning 503 and the listener closing.
    pub drain: Duration,
    /// What has not stopped after this long is cut off.
    pub deadline: Duration,
}

impl Shutdown {
    /// What the reference says about the table.
    pub(crate) const DOC: &str = "How the service stops.";

    /// Reads the table.
    pub(crate) fn read(section: &mut Section<'_, '_>) -> Self {
        Self {
            drain: section.read(Key::within(
                "drain",
                "Time between /readyz turning 503 and the listener closing.",
                Duration::ZERO,
                Duration::ZERO..=Duration::from_mins(5),
            )),
            deadline: section.read(Key::within(
                "deadline",
                "What has not stopped after this long is cut off.",
                Duration::from_secs(30),
                Duration::from_secs(1)..=Duration::from_mins(10),
            )),
        }
    }
}
