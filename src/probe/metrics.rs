//! What the probe tells Prometheus. The series are there at zero while it is off.

use prometheus::{Gauge, Histogram, HistogramOpts, IntCounterVec, Opts, Registry};

/// What became of a change of the canary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Seen,
    Late,
    Stale,
    Failed,
}

impl Outcome {
    const EVERY: [Self; 4] = [Self::Seen, Self::Late, Self::Stale, Self::Failed];

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::Late => "late",
            Self::Stale => "stale",
            Self::Failed => "failed",
        }
    }
}

/// Series of the probe.
#[derive(Clone, Debug)]
pub struct ProbeMetrics {
    pub(super) effect: Histogram,
    pub(super) flips: IntCounterVec,
    pub(super) last_success: Gauge,
}

impl ProbeMetrics {
    /// Registers the series, with every label value at zero.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            effect: Histogram::with_opts(
                HistogramOpts::new(
                    "claimsmith_probe_commit_to_effect_seconds",
                    "Time from the acknowledged COMMIT of a change of the probe's canary to the first answer of this replica \
                     that shows it.",
                )
                .buckets(vec![0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0]),
            )?,
            flips: IntCounterVec::new(
                Opts::new(
                    "claimsmith_probe_flips_total",
                    "Changes of the probe's canary by outcome: seen, late (not within probe.every), stale (the answer claims to \
                     contain the change and does not), failed (nothing was measured; /status says why).",
                ),
                &["outcome"],
            )?,
            last_success: Gauge::new(
                "claimsmith_probe_last_success_timestamp_seconds",
                "When the probe last saw a change take effect, seconds since the Unix epoch; 0 before, and while it is off.",
            )?,
        };
        for outcome in Outcome::EVERY {
            metrics.flips.with_label_values(&[outcome.label()]);
        }
        registry.register(Box::new(metrics.effect.clone()))?;
        registry.register(Box::new(metrics.flips.clone()))?;
        registry.register(Box::new(metrics.last_success.clone()))?;
        Ok(metrics)
    }
}
