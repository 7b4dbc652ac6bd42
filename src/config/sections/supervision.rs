//! `[supervision]`: how actors are restarted.

use std::time::Duration;

use crate::config::problem::Fault;
use crate::config::reader::{Key, Section};
use crate::config::value::Value;

/// How actors are restarted, and when the service gives up.
#[derive(Clone, Debug)]
pub struct Supervision {
    /// First pause before a restart; it doubles from there.
    pub restart_min: Duration,
    /// Longest pause before a restart; not below `restart_min`.
    pub restart_max: Duration,
    /// Restarts within `window` before the service gives up.
    pub budget: usize,
    /// The time in which `budget` is counted.
    pub window: Duration,
    /// An actor without progress for this long is replaced.
    pub frozen_after: Duration,
}

impl Supervision {
    /// What the reference says about the table.
    pub(crate) const DOC: &str = "How actors are restarted, and when the service gives up.";

    /// Reads the table.
    pub(crate) fn read(section: &mut Section<'_, '_>) -> Self {
        let supervision = Self {
            restart_min: section.read(Key::within(
                "restart_min",
                "First pause before an actor is restarted; it doubles from there.",
                Duration::from_millis(10),
                Duration::from_millis(1)..=Duration::from_mins(1),
            )),
            restart_max: section.read(Key::within(
                "restart_max",
                "Longest pause before an actor is restarted. Not shorter than restart_min.",
                Duration::from_secs(5),
                Duration::from_millis(1)..=Duration::from_mins(10),
            )),
            budget: section.read(
                Key::within(
                    "budget",
                    "How many restarts within the window are allowed before the service gives up.",
                    20,
                    1..=10_000,
                )
                .of("restarts"),
            ),
            window: section.read(Key::within(
                "window",
                "The time in which the budget is counted.",
                Duration::from_mins(1),
                Duration::from_secs(1)..=Duration::from_hours(1),
            )),
            frozen_after: section.read(Key::within(
                "frozen_after",
                "An actor that made no progress for this long is replaced.",
                Duration::from_secs(10),
                Duration::from_millis(100)..=Duration::from_mins(10),
            )),
        };
        supervision.check(section);
        supervision
    }

    fn check(&self, section: &mut Section<'_, '_>) {
        let Self { restart_min, restart_max, budget: _, window: _, frozen_after: _ } = self;
        section.require(&["restart_max", "restart_min"], restart_max >= restart_min, || {
            let what =
                format!("{} is shorter than supervision.restart_min ({})", restart_max.bare(), restart_min.bare());
            Fault::new(what, "raise it, or lower the other")
        });
    }
}
