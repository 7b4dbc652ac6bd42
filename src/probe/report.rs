//! What the probe has found: in the series, in `/status`, and in the log when it is news.

use std::time::Duration;

use parking_lot::Mutex;
use serde::Serialize;

use super::Failure;
use super::metrics::{Outcome, ProbeMetrics};
use crate::directory::Position;

/// What `/status` says of the probe.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ProbeStatus {
    /// The canary's tenant.
    pub tenant: String,
    /// The canary.
    pub user: String,
    /// What became of the newest change; absent before the first.
    pub outcome: Option<&'static str>,
    /// How long the last change that was seen took.
    pub effect_ms: Option<f64>,
    /// When that was, seconds since the Unix epoch.
    pub last_seen_at: Option<f64>,
    /// What is wrong, and what to do.
    pub problem: Option<String>,
}

/// Where the probe reports. It outlives the actor.
#[derive(Debug)]
pub struct Report {
    metrics: ProbeMetrics,
    status: Mutex<ProbeStatus>,
}

impl Report {
    /// Nothing found yet.
    pub fn new(tenant: &str, user: &str, metrics: ProbeMetrics) -> Self {
        let status = ProbeStatus { tenant: tenant.to_owned(), user: user.to_owned(), ..ProbeStatus::default() };
        Self { metrics, status: Mutex::new(status) }
    }

    /// As it is now.
    pub fn status(&self) -> ProbeStatus {
        self.status.lock().clone()
    }

    pub(super) fn seen(&self, after: Duration, unix_seconds: f64) {
        self.metrics.effect.observe(after.as_secs_f64());
        self.metrics.last_success.set(unix_seconds);
        let is_news = self.settle(Outcome::Seen, None);
        let mut status = self.status.lock();
        status.effect_ms = Some(after.as_secs_f64() * 1000.0);
        status.last_seen_at = Some(unix_seconds);
        drop(status);
        if is_news {
            tracing::info!("the probe sees changes take effect again");
        }
    }

    pub(super) fn late(&self) {
        const LATE: &str = "changes do not take effect within probe.every; see the feed";
        if self.settle(Outcome::Late, Some(LATE.to_owned())) {
            tracing::warn!("a change did not take effect within probe.every; does the change feed have a connection?");
        }
    }

    /// Each is logged: this is what the service promises not to do.
    pub(super) fn stale(&self, position: Position) {
        const STALE: &str = "an answer that claims to contain a change does not; report it with the log";
        self.settle(Outcome::Stale, Some(STALE.to_owned()));
        tracing::error!(
            position = position.get(),
            "a stale answer: it claims to contain this position and does not, while the primary does; are all tables under \
             the views watched?"
        );
    }

    pub(super) fn failed(&self, failure: &Failure) {
        let problem = failure.to_string();
        if self.settle(Outcome::Failed, Some(problem.clone())) {
            tracing::error!(cause = problem, "the probe measures nothing");
        }
    }

    /// Whether the problem, or its absence, is news.
    fn settle(&self, outcome: Outcome, problem: Option<String>) -> bool {
        self.metrics.flips.with_label_values(&[outcome.label()]).inc();
        let mut status = self.status.lock();
        let is_news = status.problem != problem;
        status.outcome = Some(outcome.label());
        status.problem = problem;
        is_news
    }
}
