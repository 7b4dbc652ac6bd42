//! `[freshness]`: how old an answer may be while the change feed is disturbed.

use std::time::Duration;

use crate::config::problem::Fault;
use crate::config::reader::{Key, Section};
use crate::config::value::Value;

/// How the change feed proves that it is alive, and what happens while it is not.
#[derive(Clone, Debug)]
pub struct Freshness {
    /// Time between two heartbeats of the change feed.
    pub heartbeat: Duration,
    /// How long a heartbeat may take before the connection counts as dead.
    pub heartbeat_timeout: Duration,
    /// Answers whose age bound is above this are refused; longer than one heartbeat with its time-out.
    pub max_age: Duration,
    /// How long a request that names a position waits for it before the primary is read instead.
    pub at_least_wait: Duration,
    /// First pause before connecting again; it doubles from there.
    pub reconnect_min: Duration,
    /// Longest pause before connecting again; not below `reconnect_min`.
    pub reconnect_max: Duration,
    /// How long the change log keeps its rows.
    pub keep_changes: Duration,
}

impl Freshness {
    /// What the reference says about the table.
    pub(crate) const DOC: &str = "The change feed, and how old an answer may be while the feed is disturbed.";

    /// Reads the table.
    pub(crate) fn read(section: &mut Section<'_, '_>) -> Self {
        let freshness = Self {
            heartbeat: section.read(Key::within(
                "heartbeat",
                "Time between two heartbeats of the change feed.",
                Duration::from_secs(1),
                Duration::from_millis(100)..=Duration::from_mins(1),
            )),
            heartbeat_timeout: section.read(Key::within(
                "heartbeat_timeout",
                "How long a heartbeat may take before the connection counts as dead.",
                Duration::from_secs(2),
                Duration::from_millis(100)..=Duration::from_mins(1),
            )),
            max_age: section.read(Key::within(
                "max_age",
                "Answers that may be older are refused. Must exceed heartbeat + heartbeat_timeout.",
                Duration::from_secs(30),
                Duration::from_millis(100)..=Duration::from_hours(24),
            )),
            at_least_wait: section.read(Key::within(
                "at_least_wait",
                "How long a request with at_least waits for the change feed before it is answered from the primary. It never \
                 waits longer than http.answer_deadline.",
                Duration::from_millis(200),
                Duration::from_millis(1)..=Duration::from_secs(30),
            )),
            reconnect_min: section.read(Key::within(
                "reconnect_min",
                "First pause before connecting again; it doubles from there.",
                Duration::from_millis(100),
                Duration::from_millis(10)..=Duration::from_mins(1),
            )),
            reconnect_max: section.read(Key::within(
                "reconnect_max",
                "Longest pause before connecting again. Not shorter than reconnect_min.",
                Duration::from_secs(5),
                Duration::from_millis(10)..=Duration::from_mins(10),
            )),
            keep_changes: section.read(Key::within(
                "keep_changes",
                "How long the change log keeps its rows. Who was away for longer starts afresh.",
                Duration::from_hours(1),
                Duration::from_mins(1)..=Duration::from_hours(720),
            )),
        };
        freshness.check(section);
        freshness
    }

    fn check(&self, section: &mut Section<'_, '_>) {
        let Self { heartbeat, heartbeat_timeout, max_age, reconnect_min, reconnect_max, .. } = self;
        let confirmed_within = *heartbeat + *heartbeat_timeout;
        section.require(&["max_age", "heartbeat", "heartbeat_timeout"], *max_age > confirmed_within, || {
            let what = "is not longer than freshness.heartbeat and freshness.heartbeat_timeout together";
            Fault::new(
                format!("{} {what} ({})", max_age.bare(), confirmed_within.bare()),
                "raise it, or lower one of those",
            )
        });
        section.require(&["reconnect_max", "reconnect_min"], reconnect_max >= reconnect_min, || {
            let what =
                format!("{} is shorter than freshness.reconnect_min ({})", reconnect_max.bare(), reconnect_min.bare());
            Fault::new(what, "raise it, or lower the other")
        });
    }
}
