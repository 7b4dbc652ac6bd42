//! What questions about opaque tokens tell Prometheus. `protocol` is `introspection` or `github`.

use prometheus::core::Collector;
use prometheus::{Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Registry};

use super::inquiry::Failure;
use super::introspected::Verdict;
use crate::issuers::series::{self, counters, gauges};

const PROTOCOLS: [&str; 2] = ["introspection", "github"];
const VERDICTS: [&str; 3] = ["active", "inactive", "not_for_us"];

/// Series of the room.
#[derive(Clone, Debug)]
pub struct OpaqueMetrics {
    lookups: IntCounterVec,
    questions: IntCounterVec,
    durations: HistogramVec,
    turned_away: IntCounterVec,
    open: IntGaugeVec,
}

/// Series of one protocol.
#[derive(Clone, Debug)]
pub(super) struct ProtocolMetrics {
    pub(super) hit: IntCounter,
    pub(super) negative_hit: IntCounter,
    pub(super) miss: IntCounter,
    pub(super) turned_away_down: IntCounter,
    pub(super) turned_away_waiting: IntCounter,
    pub(super) turned_away_late: IntCounter,
    pub(super) duration: Histogram,
    /// Breakers that are not closed.
    pub(super) open: IntGauge,
    questions: IntCounterVec,
    protocol: &'static str,
}

impl OpaqueMetrics {
    /// Registers the series, with every label value at zero.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self::make()?;
        let all: [Box<dyn Collector>; 5] = [
            Box::new(metrics.lookups.clone()),
            Box::new(metrics.questions.clone()),
            Box::new(metrics.durations.clone()),
            Box::new(metrics.turned_away.clone()),
            Box::new(metrics.open.clone()),
        ];
        series::register(registry, all)?;
        for protocol in PROTOCOLS {
            metrics.of(protocol).declare();
        }
        Ok(metrics)
    }

    fn make() -> Result<Self, prometheus::Error> {
        Ok(Self {
            lookups: counters(
                "claimsmith_opaque_lookups_total",
                "Opaque tokens that were looked up, by result: hit, negative_hit (known to be refused), miss.",
                &["protocol", "result"],
            )?,
            questions: counters(
                "claimsmith_opaque_questions_total",
                "Questions to issuers about opaque tokens, by result: active, inactive, not_for_us (active, but the entry's \
                 rules refuse it), credentials (ours are refused or missing), throttled, unreachable, status, unreadable.",
                &["protocol", "result"],
            )?,
            durations: HistogramVec::new(
                HistogramOpts::new(
                    "claimsmith_opaque_question_duration_seconds",
                    "How long issuers took to answer a question about an opaque token.",
                )
                .buckets(vec![0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0]),
                &["protocol"],
            )?,
            turned_away: counters(
                "claimsmith_opaque_turned_away_total",
                "Requests that got no verdict about an opaque token, by cause: down (the issuer fails, and is left alone), \
                 waiting (too many wait already), late (no answer in time).",
                &["protocol", "cause"],
            )?,
            open: gauges(
                "claimsmith_opaque_breakers_open",
                "Issuers of opaque tokens that are left alone for failing.",
                &["protocol"],
            )?,
        })
    }

    /// The series of one protocol.
    pub(super) fn of(&self, protocol: &'static str) -> ProtocolMetrics {
        let lookup = |result| self.lookups.with_label_values(&[protocol, result]);
        let turned_away = |cause| self.turned_away.with_label_values(&[protocol, cause]);
        ProtocolMetrics {
            hit: lookup("hit"),
            negative_hit: lookup("negative_hit"),
            miss: lookup("miss"),
            turned_away_down: turned_away("down"),
            turned_away_waiting: turned_away("waiting"),
            turned_away_late: turned_away("late"),
            duration: self.durations.with_label_values(&[protocol]),
            open: self.open.with_label_values(&[protocol]),
            questions: self.questions.clone(),
            protocol,
        }
    }
}

impl ProtocolMetrics {
    /// Counts what came of a question.
    pub(super) fn answered(&self, outcome: &Result<Verdict, Failure>) {
        let [active, inactive, not_for_us] = VERDICTS;
        let result = match outcome {
            Ok(Verdict::Active(_)) => active,
            Ok(Verdict::Inactive) => inactive,
            Ok(Verdict::Mismatch(_)) => not_for_us,
            Err(failure) => failure.label(),
        };
        self.questions.with_label_values(&[self.protocol, result]).inc();
    }

    fn declare(&self) {
        for result in VERDICTS.into_iter().chain(Failure::LABELS) {
            self.questions.with_label_values(&[self.protocol, result]);
        }
    }
}
