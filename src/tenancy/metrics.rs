//! What the catalog tells Prometheus.

use prometheus::{Gauge, IntCounterVec, IntGauge, Opts, Registry};

/// Series of the tenancy room.
#[derive(Clone, Debug)]
pub struct CatalogMetrics {
    pub(super) loads: IntCounterVec,
    pub(super) tenants: IntGauge,
    pub(super) issuers: IntGauge,
    pub(super) problems: IntGauge,
    pub(super) last_load: Gauge,
}

impl CatalogMetrics {
    /// Registers the series, with every label value at zero.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            loads: IntCounterVec::new(
                Opts::new(
                    "claimsmith_catalog_loads_total",
                    "Times tenants and issuers were read whole, by result: published, fenced (older than a change, run \
                     again), failed.",
                ),
                &["result"],
            )?,
            tenants: IntGauge::new("claimsmith_catalog_tenants", "Tenants in force.")?,
            issuers: IntGauge::new("claimsmith_catalog_issuers", "Spellings of iss that are accepted.")?,
            problems: IntGauge::new(
                "claimsmith_catalog_problems",
                "Mistakes in tenants, issuers and claim templates; /status lists them.",
            )?,
            last_load: Gauge::new(
                "claimsmith_catalog_last_load_timestamp_seconds",
                "When the catalog in force was published, seconds since the Unix epoch.",
            )?,
        };
        for result in ["published", "fenced", "failed"] {
            metrics.loads.with_label_values(&[result]);
        }
        registry.register(Box::new(metrics.loads.clone()))?;
        registry.register(Box::new(metrics.tenants.clone()))?;
        registry.register(Box::new(metrics.issuers.clone()))?;
        registry.register(Box::new(metrics.problems.clone()))?;
        registry.register(Box::new(metrics.last_load.clone()))?;
        Ok(metrics)
    }
}
