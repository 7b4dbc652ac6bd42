//! What the directory tells Prometheus: every query, the pool, and the change feed.

use prometheus::{
    Gauge, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
};

use super::change::Kind;
use super::change_feed::disconnect_causes;
use super::queries;

/// What rang the feed's bell.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wakeup {
    /// A new connection: LISTEN has just been acknowledged.
    Connect,
    /// A notification.
    Notification,
    /// The heartbeat was due.
    Heartbeat,
    /// A request wants a position that has not been reached.
    Asked,
}

impl Wakeup {
    const EVERY: [Self; 4] = [Self::Connect, Self::Notification, Self::Heartbeat, Self::Asked];

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Notification => "notification",
            Self::Heartbeat => "heartbeat",
            Self::Asked => "asked",
        }
    }
}

/// What became of a load that a replica was asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum ReplicaLoad {
    /// Its answer belongs to the history that is followed.
    Answered,
    /// It lies outside of what can be compared, so the primary was asked.
    NotComparable,
    /// It belongs to another history, so the primary was asked.
    OtherHistory,
    /// It did not answer, so the primary was asked.
    Failed,
}

impl ReplicaLoad {
    const EVERY: [Self; 4] = [Self::Answered, Self::NotComparable, Self::OtherHistory, Self::Failed];

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::NotComparable => "not_comparable",
            Self::OtherHistory => "other_history",
            Self::Failed => "failed",
        }
    }
}

/// Series of the directory room.
#[derive(Clone, Debug)]
pub struct DirectoryMetrics {
    pub(super) query_duration: HistogramVec,
    pub(super) query_errors: IntCounterVec,
    pub(super) pool: IntGaugeVec,
    pub(super) replica_loads: IntCounterVec,
    pub(super) connected: IntGauge,
    pub(super) doorbell: IntGauge,
    pub(super) applied: IntGauge,
    pub(super) age_bound: Gauge,
    /// The configured bound.
    pub max_age: Gauge,
    pub(super) last_heartbeat: Gauge,
    pub(super) last_change: Gauge,
    pub(super) disconnects: IntCounterVec,
    pub(super) wakeups: IntCounterVec,
    pub(super) changes: IntCounter,
    pub(super) touched: IntCounterVec,
    pub(super) resets: IntCounter,
    pub(super) unannounced: IntCounter,
    pub(super) caught_up: IntCounter,
}

impl DirectoryMetrics {
    /// Registers the series, with every label value at zero.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            query_duration: HistogramVec::new(
                HistogramOpts::new(
                    "claimsmith_directory_query_duration_seconds",
                    "Time from asking the pool to the last row, by statement (the file's name in sql/queries).",
                )
                .buckets(vec![0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5]),
                &["query"],
            )?,
            query_errors: counters(
                "claimsmith_directory_query_errors_total",
                "Statements that failed, by statement; timeouts and a pool without connections count too.",
                "query",
            )?,
            pool: IntGaugeVec::new(
                Opts::new(
                    "claimsmith_directory_pool_connections",
                    "Connections of the pools, by server (primary, replica) and state: idle, used.",
                ),
                &["server", "state"],
            )?,
            replica_loads: counters(
                "claimsmith_directory_replica_loads_total",
                "Loads that the read replica was asked for; where it was no use, the primary was asked.",
                "outcome",
            )?,
            connected: IntGauge::new(
                "claimsmith_feed_connected",
                "1 while the change feed has a connection on which LISTEN was acknowledged.",
            )?,
            doorbell: IntGauge::new(
                "claimsmith_feed_doorbell",
                "1 when a probe notification reached the feed; 0 means a transaction pooler is in the way and changes \
                 are noticed only at the heartbeat.",
            )?,
            applied: IntGauge::new(
                "claimsmith_feed_applied_position",
                "Position in the change log up to which no cache holds anything older.",
            )?,
            age_bound: Gauge::new(
                "claimsmith_feed_age_bound_seconds",
                "Upper bound of the age of the data behind an answer given now; -1 before the first confirmation.",
            )?,
            max_age: Gauge::new(
                "claimsmith_feed_max_age_seconds",
                "The configured bound above which answers are refused (freshness.max_age).",
            )?,
            last_heartbeat: Gauge::new(
                "claimsmith_feed_last_heartbeat_timestamp_seconds",
                "When the newest confirmation was asked for, seconds since the Unix epoch.",
            )?,
            last_change: Gauge::new(
                "claimsmith_feed_last_change_timestamp_seconds",
                "When the feed last learnt of a change, seconds since the Unix epoch.",
            )?,
            disconnects: counters(
                "claimsmith_feed_disconnects_total",
                "Times the feed lost its connection or failed to get one, by cause.",
                "cause",
            )?,
            wakeups: counters(
                "claimsmith_feed_wakeups_total",
                "Times the feed read the change log, by what made it look.",
                "reason",
            )?,
            changes: IntCounter::new(
                "claimsmith_feed_changes_total",
                "Role-changing transactions that the feed has applied.",
            )?,
            touched: counters(
                "claimsmith_feed_touched_total",
                "Rows of the change log that the feed has applied, by kind.",
                "kind",
            )?,
            resets: IntCounter::new(
                "claimsmith_feed_resets_total",
                "Times everything was forgotten because the server's history was not the one followed so far.",
            )?,
            unannounced: IntCounter::new(
                "claimsmith_feed_unannounced_changes_total",
                "Changes that a heartbeat found before any notification told of them; should stay near zero.",
            )?,
            caught_up: IntCounter::new(
                "claimsmith_feed_caught_up_changes_total",
                "Changes that the feed had missed while it had no connection, and found when it had one again.",
            )?,
        };
        metrics.start_at_zero();
        metrics.register_all(registry)?;
        Ok(metrics)
    }

    /// Brings the age bound up to date, for a scrape.
    pub fn observe_age(&self, age_bound: Option<std::time::Duration>) {
        self.age_bound.set(age_bound.map_or(-1.0, |age| age.as_secs_f64()));
    }

    fn start_at_zero(&self) {
        for query in queries::EVERY {
            self.query_duration.with_label_values(&[query.name]);
            self.query_errors.with_label_values(&[query.name]);
        }
        for state in ["idle", "used"] {
            self.pool.with_label_values(&["primary", state]);
            self.pool.with_label_values(&["replica", state]);
        }
        for outcome in ReplicaLoad::EVERY {
            self.replica_loads.with_label_values(&[outcome.label()]);
        }
        for kind in Kind::EVERY {
            self.touched.with_label_values(&[kind.label()]);
        }
        for cause in disconnect_causes() {
            self.disconnects.with_label_values(&[cause]);
        }
        for reason in Wakeup::EVERY {
            self.wakeups.with_label_values(&[reason.label()]);
        }
        self.age_bound.set(-1.0);
    }

    fn register_all(&self, registry: &Registry) -> Result<(), prometheus::Error> {
        registry.register(Box::new(self.query_duration.clone()))?;
        registry.register(Box::new(self.query_errors.clone()))?;
        registry.register(Box::new(self.pool.clone()))?;
        registry.register(Box::new(self.connected.clone()))?;
        registry.register(Box::new(self.doorbell.clone()))?;
        registry.register(Box::new(self.applied.clone()))?;
        registry.register(Box::new(self.age_bound.clone()))?;
        registry.register(Box::new(self.max_age.clone()))?;
        registry.register(Box::new(self.last_heartbeat.clone()))?;
        registry.register(Box::new(self.last_change.clone()))?;
        registry.register(Box::new(self.disconnects.clone()))?;
        registry.register(Box::new(self.wakeups.clone()))?;
        registry.register(Box::new(self.changes.clone()))?;
        registry.register(Box::new(self.touched.clone()))?;
        registry.register(Box::new(self.resets.clone()))?;
        registry.register(Box::new(self.unannounced.clone()))?;
        registry.register(Box::new(self.caught_up.clone()))?;
        registry.register(Box::new(self.replica_loads.clone()))
    }
}

fn counters(name: &str, help: &str, label: &str) -> Result<IntCounterVec, prometheus::Error> {
    IntCounterVec::new(Opts::new(name, help), &[label])
}
