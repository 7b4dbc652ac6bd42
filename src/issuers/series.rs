//! Series for Prometheus, made and registered several at a time.

use prometheus::core::Collector;
use prometheus::{Error, IntCounterVec, IntGaugeVec, Opts, Registry};

/// Counters by these labels.
pub(super) fn counters(name: &str, help: &str, labels: &[&str]) -> Result<IntCounterVec, Error> {
    IntCounterVec::new(Opts::new(name, help), labels)
}

/// Gauges by these labels.
pub(super) fn gauges(name: &str, help: &str, labels: &[&str]) -> Result<IntGaugeVec, Error> {
    IntGaugeVec::new(Opts::new(name, help), labels)
}

/// Has all of these scraped from now on.
pub(super) fn register<const SERIES: usize>(
    registry: &Registry,
    all: [Box<dyn Collector>; SERIES],
) -> Result<(), Error> {
    all.into_iter().try_for_each(|series| registry.register(series))
}
