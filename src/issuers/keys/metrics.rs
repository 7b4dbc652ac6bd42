//! What the actors that fetch keys tell Prometheus. No label names an issuer: there may be thousands, and `/status` knows
//! each. Alerts use the numbers of issuers by state, and the age of the oldest set.

use prometheus::core::Collector;
use prometheus::{Gauge, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Registry};

use super::arrival::Failure;
use super::validity::KeyState;
use crate::issuers::fetch::FetchError;
use crate::issuers::fetch::discovery::DiscoveryError;
use crate::issuers::series::{self, counters, gauges};
use crate::jose::DropReason;

/// Series of the room.
#[derive(Clone, Debug)]
pub struct KeyMetrics {
    fetches: IntCounterVec,
    misses: IntCounterVec,
    dropped: IntCounterVec,
    issuers: IntGaugeVec,
    rotations: IntCounter,
    replaced: IntCounter,
    last_success: Gauge,
    keys: IntGauge,
    oldest: Gauge,
}

/// Which document was fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fetched {
    /// The discovery document.
    Discovery,
    /// The key set.
    Keys,
}

/// What came of a token whose key was not at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MissOutcome {
    /// The key is there now, or the entry is not any more.
    Found,
    /// A fetch has shown that there is no such key.
    Unknown,
    /// The same, known without one.
    KnownUnknown,
    /// The fetch failed.
    Failed,
    /// It did not end in time.
    Late,
    /// The token names no key and no fetch was under way.
    Unnamed,
    /// Too many tokens waited already.
    Crowded,
    /// The budget for fetches was spent.
    Spent,
}

/// What all issuers come to at one look.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    /// Entries by state, in the order of [`KeyState::COUNTED`].
    pub(super) by_state: [i64; 4],
    /// Keys of all entries.
    pub(super) keys: i64,
    /// How long ago the set was confirmed that has gone longest without, seconds.
    pub(super) oldest: f64,
}

/// Results of fetching keys that are no failures.
const GOOD: [&str; 2] = ["new", "unchanged"];
/// What discovery comes to if it is no failure: good, or good but for keys that have moved where nobody agreed to.
const DISCOVERED: [&str; 2] = ["good", "moved"];

impl KeyMetrics {
    /// Registers the series, with every label value at zero.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self::make()?;
        metrics.declare();
        series::register(registry, metrics.all())?;
        Ok(metrics)
    }

    fn make() -> Result<Self, prometheus::Error> {
        Ok(Self {
            fetches: counters(
                "claimsmith_issuer_fetches_total",
                "Fetches from issuers, by document (discovery, keys) and result: new, unchanged, or the class of the failure.",
                &["document", "result"],
            )?,
            misses: counters(
                "claimsmith_issuer_key_misses_total",
                "Tokens whose key was not at hand, by what came of it.",
                &["outcome"],
            )?,
            dropped: counters(
                "claimsmith_issuer_keys_dropped_total",
                "Keys in fetched sets that are not used, by reason.",
                &["reason"],
            )?,
            issuers: gauges(
                "claimsmith_issuer_key_sets",
                "Issuer entries by what their keys are worth, at the last look.",
                &["state"],
            )?,
            rotations: IntCounter::new(
                "claimsmith_issuer_rotations_total",
                "Sets of keys that took the place of others.",
            )?,
            replaced: IntCounter::new(
                "claimsmith_issuer_keys_replaced_total",
                "Key names that mean another key than before. Legitimate issuers do not do that.",
            )?,
            last_success: Gauge::new(
                "claimsmith_issuer_last_fetch_timestamp_seconds",
                "When the keys of any issuer were last confirmed.",
            )?,
            keys: IntGauge::new("claimsmith_issuer_keys", "Usable keys of all issuers, at the last look.")?,
            oldest: Gauge::new(
                "claimsmith_issuer_oldest_keys_seconds",
                "Time since the keys were confirmed of the issuer that has gone longest without, at the last look.",
            )?,
        })
    }

    fn all(&self) -> [Box<dyn Collector>; 9] {
        [
            Box::new(self.fetches.clone()),
            Box::new(self.misses.clone()),
            Box::new(self.dropped.clone()),
            Box::new(self.issuers.clone()),
            Box::new(self.rotations.clone()),
            Box::new(self.replaced.clone()),
            Box::new(self.last_success.clone()),
            Box::new(self.keys.clone()),
            Box::new(self.oldest.clone()),
        ]
    }

    fn declare(&self) {
        for result in GOOD.iter().chain(FetchError::CLASSES).chain(Failure::CLASSES) {
            self.fetches.with_label_values(&[Fetched::Keys.label(), result]);
        }
        for result in DISCOVERED.iter().chain(FetchError::CLASSES).chain(DiscoveryError::CLASSES) {
            self.fetches.with_label_values(&[Fetched::Discovery.label(), result]);
        }
        for outcome in MissOutcome::EVERY {
            self.misses.with_label_values(&[outcome.label()]);
        }
        for reason in DropReason::EVERY {
            self.dropped.with_label_values(&[reason.label()]);
        }
        self.look(&Sum::default());
    }

    pub(super) fn fetched(&self, document: Fetched, result: &str) {
        self.fetches.with_label_values(&[document.label(), result]).inc();
    }

    pub(super) fn miss(&self, outcome: MissOutcome) {
        self.misses.with_label_values(&[outcome.label()]).inc();
    }

    pub(super) fn dropped(&self, reason: DropReason) {
        self.dropped.with_label_values(&[reason.label()]).inc();
    }

    pub(super) fn rotated(&self) {
        self.rotations.inc();
    }

    pub(super) fn replaced(&self, names: usize) {
        self.replaced.inc_by(names as u64);
    }

    pub(super) fn last_success(&self, unix_seconds: f64) {
        self.last_success.set(unix_seconds);
    }

    /// Shows what a look over all issuers has found.
    pub(super) fn look(&self, sum: &Sum) {
        for (state, count) in KeyState::COUNTED.iter().zip(sum.by_state) {
            self.issuers.with_label_values(&[state.label()]).set(count);
        }
        self.keys.set(sum.keys);
        self.oldest.set(sum.oldest);
    }
}

impl Fetched {
    const fn label(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::Keys => "keys",
        }
    }
}

impl MissOutcome {
    const EVERY: [Self; 8] = [
        Self::Found,
        Self::Unknown,
        Self::KnownUnknown,
        Self::Failed,
        Self::Late,
        Self::Unnamed,
        Self::Crowded,
        Self::Spent,
    ];

    const fn label(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Unknown => "unknown",
            Self::KnownUnknown => "known_unknown",
            Self::Failed => "fetch_failed",
            Self::Late => "late",
            Self::Unnamed => "unnamed",
            Self::Crowded => "crowded",
            Self::Spent => "budget_spent",
        }
    }
}
