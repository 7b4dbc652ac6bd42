//! What the caches tell Prometheus; `cache` is `roles` or `identities`.

use prometheus::{HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry};

/// Series of both caches.
#[derive(Clone, Debug)]
pub struct CachesMetrics {
    lookups: IntCounterVec,
    loads: IntCounterVec,
    batch: HistogramVec,
    invalidations: IntCounterVec,
    passes: IntCounterVec,
    evictions: IntCounterVec,
    entries: IntGaugeVec,
    bytes: IntGaugeVec,
    /// Tenants whose members are cached.
    pub tenants: IntGauge,
    /// The configured bound.
    pub max_bytes: IntGauge,
}

/// Series of one cache, resolved once so that a hit touches nothing but a counter.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "each is the label value of the series of the same name")]
pub struct CacheMetrics {
    pub hit: IntCounter,
    pub negative_hit: IntCounter,
    pub miss: IntCounter,
    pub load_published: IntCounter,
    pub load_fenced: IntCounter,
    pub load_failed: IntCounter,
    batch: prometheus::Histogram,
    pub invalidated_subjects: IntCounter,
    pub invalidated_whole: IntCounter,
    pub invalidated_passes: IntCounter,
    pub evicted_memory: IntCounter,
    pub evicted_idle: IntCounter,
    pub entries: IntGauge,
    pub bytes: IntGauge,
}

impl CachesMetrics {
    /// Registers the series.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            lookups: counters(
                "claimsmith_cache_lookups_total",
                "Looks into a cache, by result: hit, negative_hit (known to be nobody), miss.",
                "result",
            )?,
            loads: counters(
                "claimsmith_cache_loads_total",
                "Queries that fill a cache, by result: published, fenced (older than a change, run again), failed.",
                "result",
            )?,
            batch: HistogramVec::new(
                HistogramOpts::new("claimsmith_cache_load_keys", "Keys asked for by one query that fills a cache.")
                    .buckets(vec![1.0, 2.0, 5.0, 10.0, 50.0, 100.0, 500.0, 1000.0, 5000.0]),
                &["cache"],
            )?,
            invalidations: counters(
                "claimsmith_cache_invalidations_total",
                "Changes taken in by a cache, by scope: subjects (those listed), whole (one tenant, or all identities).",
                "scope",
            )?,
            passes: IntCounterVec::new(
                Opts::new(
                    "claimsmith_cache_invalidation_passes_total",
                    "Times a cache's writer took in what had changed, however many changes that was.",
                ),
                &["cache"],
            )?,
            evictions: counters(
                "claimsmith_cache_evictions_total",
                "Entries dropped though nothing had changed, by cause: memory, idle.",
                "cause",
            )?,
            entries: gauges("claimsmith_cache_entries", "Entries in memory, at the last look (every second).")?,
            bytes: gauges("claimsmith_cache_bytes", "Bytes that the entries take, estimated.")?,
            tenants: IntGauge::new("claimsmith_cache_tenants", "Tenants whose members are cached.")?,
            max_bytes: IntGauge::new(
                "claimsmith_cache_max_bytes",
                "The configured bound of all caches (cache.max_memory).",
            )?,
        };
        registry.register(Box::new(metrics.lookups.clone()))?;
        registry.register(Box::new(metrics.loads.clone()))?;
        registry.register(Box::new(metrics.batch.clone()))?;
        registry.register(Box::new(metrics.invalidations.clone()))?;
        registry.register(Box::new(metrics.passes.clone()))?;
        registry.register(Box::new(metrics.evictions.clone()))?;
        registry.register(Box::new(metrics.entries.clone()))?;
        registry.register(Box::new(metrics.bytes.clone()))?;
        registry.register(Box::new(metrics.tenants.clone()))?;
        registry.register(Box::new(metrics.max_bytes.clone()))?;
        Ok(metrics)
    }

    /// The series of one cache, all present at zero.
    pub fn of(&self, cache: &'static str) -> CacheMetrics {
        let lookup = |result| self.lookups.with_label_values(&[cache, result]);
        let load = |result| self.loads.with_label_values(&[cache, result]);
        let invalidated = |scope| self.invalidations.with_label_values(&[cache, scope]);
        let evicted = |cause| self.evictions.with_label_values(&[cache, cause]);
        CacheMetrics {
            hit: lookup("hit"),
            negative_hit: lookup("negative_hit"),
            miss: lookup("miss"),
            load_published: load("published"),
            load_fenced: load("fenced"),
            load_failed: load("failed"),
            batch: self.batch.with_label_values(&[cache]),
            invalidated_subjects: invalidated("subjects"),
            invalidated_whole: invalidated("whole"),
            invalidated_passes: self.passes.with_label_values(&[cache]),
            evicted_memory: evicted("memory"),
            evicted_idle: evicted("idle"),
            entries: self.entries.with_label_values(&[cache]),
            bytes: self.bytes.with_label_values(&[cache]),
        }
    }
}

impl CacheMetrics {
    /// A query asks for so many keys.
    pub fn asked_for(&self, keys: usize) {
        self.batch.observe(f64::from(u32::try_from(keys).unwrap_or(u32::MAX)));
    }
}

fn counters(name: &str, help: &str, label: &str) -> Result<IntCounterVec, prometheus::Error> {
    IntCounterVec::new(Opts::new(name, help), &["cache", label])
}

fn gauges(name: &str, help: &str) -> Result<IntGaugeVec, prometheus::Error> {
    IntGaugeVec::new(Opts::new(name, help), &["cache"])
}
