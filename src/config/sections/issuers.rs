//! `[issuers]`: how the keys of issuers are kept.

use std::path::PathBuf;
use std::time::Duration;

use crate::config::problem::Fault;
use crate::config::reader::{Key, Section};
use crate::config::value::Value;

/// How the keys of issuers are kept.
#[derive(Clone, Debug)]
pub struct Issuers {
    /// Keys are fetched again no sooner than this, whatever the issuer's headers say.
    pub refresh_min: Duration,
    /// And no later; not below `refresh_min`.
    pub refresh_max: Duration,
    /// How long the last keys count while an issuer does not answer; not below `refresh_max`.
    pub max_stale: Duration,
    /// Unknown keys in tokens cause one fetch in this time, after a burst of two.
    pub miss_interval: Duration,
    /// How long one request to an issuer may take.
    pub fetch_timeout: Duration,
    /// Requests to issuers at once, for all issuers together.
    pub max_fetches: usize,
    /// Where the last good keys are kept over a restart; `None` is nowhere.
    pub keys_directory: Option<PathBuf>,
}

impl Issuers {
    /// What the reference says about the table.
    pub(crate) const DOC: &str = "How the keys of issuers are fetched and kept.";

    /// Reads the table.
    pub(crate) fn read(section: &mut Section<'_, '_>) -> Self {
        let issuers = Self {
            refresh_min: section.read(Key::within(
                "refresh_min",
                "Keys are fetched again no sooner than this, whatever the issuer's headers say.",
                Duration::from_mins(5),
                Duration::from_secs(1)..=Duration::from_hours(24),
            )),
            refresh_max: section.read(Key::within(
                "refresh_max",
                "And no later: how long a withdrawn key is trusted at most while the issuer answers. Not shorter than refresh_min.",
                Duration::from_hours(1),
                Duration::from_secs(1)..=Duration::from_hours(24),
            )),
            max_stale: section.read(Key::within(
                "max_stale",
                "How long the last keys are trusted while an issuer does not answer. Not shorter than refresh_max.",
                Duration::from_hours(24),
                Duration::from_secs(1)..=Duration::from_hours(168),
            )),
            miss_interval: section.read(Key::within(
                "miss_interval",
                "Tokens with unknown keys cause one fetch per issuer in this time, after a burst of two.",
                Duration::from_secs(30),
                Duration::from_millis(100)..=Duration::from_mins(10),
            )),
            fetch_timeout: section.read(Key::within(
                "fetch_timeout",
                "How long one request to an issuer may take, from looking its name up to the last byte.",
                Duration::from_secs(5),
                Duration::from_millis(100)..=Duration::from_mins(1),
            )),
            max_fetches: section.read(
                Key::within(
                    "max_fetches",
                    "How many requests to issuers are made at once, for all issuers together.",
                    16,
                    1..=256,
                )
                .of("requests"),
            ),
            keys_directory: path(section.read(Key::new(
                "keys_directory",
                "A directory for the last good keys of each issuer, so that they survive a restart. Empty: they do not.",
                String::new(),
            ))),
        };
        issuers.check(section);
        issuers
    }

    fn check(&self, section: &mut Section<'_, '_>) {
        let Self { refresh_min, refresh_max, max_stale, .. } = self;
        section.require(&["refresh_max", "refresh_min"], refresh_max >= refresh_min, || {
            let what = format!("{} is shorter than issuers.refresh_min ({})", refresh_max.bare(), refresh_min.bare());
            Fault::new(what, "raise it, or lower the other")
        });
        section.require(&["max_stale", "refresh_max"], max_stale >= refresh_max, || {
            let what = format!("{} is shorter than issuers.refresh_max ({})", max_stale.bare(), refresh_max.bare());
            Fault::new(what, "raise it, or lower the other")
        });
    }
}

fn path(text: String) -> Option<PathBuf> {
    (!text.is_empty()).then(|| PathBuf::from(text))
}
