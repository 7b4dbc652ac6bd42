//! What the room tells Prometheus. The series are there at zero while it is off.

use prometheus::{Gauge, IntCounter, IntCounterVec, IntGauge, Opts, Registry};

/// What became of a token that was to be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given {
    Signed,
    Again,
    Refused,
}

impl Given {
    const EVERY: [Self; 3] = [Self::Signed, Self::Again, Self::Refused];

    const fn label(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::Again => "given_again",
            Self::Refused => "refused",
        }
    }
}

/// What a token of our own that was brought back turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Looked {
    Current,
    Outdated,
    Invalid,
}

impl Looked {
    const EVERY: [Self; 3] = [Self::Current, Self::Outdated, Self::Invalid];

    const fn label(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Outdated => "outdated",
            Self::Invalid => "invalid",
        }
    }
}

/// Series of the room.
#[derive(Clone, Debug)]
pub struct IssuanceMetrics {
    tokens: IntCounterVec,
    checks: IntCounterVec,
    pub(super) key_age: Gauge,
    pub(super) keys: IntGauge,
    pub(super) rotations: IntCounter,
    pub(super) store_failures: IntCounter,
}

impl IssuanceMetrics {
    /// Registers the series, with every label value at zero.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            tokens: IntCounterVec::new(
                Opts::new(
                    "claimsmith_internal_tokens_total",
                    "Tokens of our own by outcome: signed, given_again (signed before, and still good), refused (there was an \
                     answer, but no token could be made of it).",
                ),
                &["outcome"],
            )?,
            checks: IntCounterVec::new(
                Opts::new(
                    "claimsmith_internal_token_checks_total",
                    "Tokens of our own that were introspected, by result: current, outdated (older than a change to its user), \
                     invalid (expired, or not signed by a key that is published).",
                ),
                &["result"],
            )?,
            key_age: Gauge::new(
                "claimsmith_signing_key_age_seconds",
                "Age of the key that signs our own tokens; 0 while they are off.",
            )?,
            keys: IntGauge::new(
                "claimsmith_signing_keys",
                "Keys that are published for our own tokens: the one that signs, the next and the last.",
            )?,
            rotations: IntCounter::new(
                "claimsmith_signing_key_rotations_total",
                "How often another key began to sign our own tokens.",
            )?,
            store_failures: IntCounter::new(
                "claimsmith_signing_key_store_failures_total",
                "What went wrong in reading, writing or removing keys that sign our own tokens; the keys in force stay.",
            )?,
        };
        for outcome in Given::EVERY {
            metrics.tokens.with_label_values(&[outcome.label()]);
        }
        for result in Looked::EVERY {
            metrics.checks.with_label_values(&[result.label()]);
        }
        registry.register(Box::new(metrics.tokens.clone()))?;
        registry.register(Box::new(metrics.checks.clone()))?;
        registry.register(Box::new(metrics.key_age.clone()))?;
        registry.register(Box::new(metrics.keys.clone()))?;
        registry.register(Box::new(metrics.rotations.clone()))?;
        registry.register(Box::new(metrics.store_failures.clone()))?;
        Ok(metrics)
    }

    pub(super) fn given(&self, outcome: Given) {
        self.tokens.with_label_values(&[outcome.label()]).inc();
    }

    pub(super) fn looked(&self, result: Looked) {
        self.checks.with_label_values(&[result.label()]).inc();
    }
}
