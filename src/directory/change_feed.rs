//! Following the change log: connect, LISTEN, read what was missed, and then read again whenever the bell rings.
//!
//! **The log is the truth, NOTIFY is the doorbell.** Every wake-up, whatever its reason, runs the same statement,
//! `claimsmith.since(last, nonce)`; a notification only says *when*. So a lost notification costs one heartbeat at most,
//! a forged one (every database user may NOTIFY) costs one query, and the path taken after an outage is the one taken all
//! day. The price is one round trip between notification and effect.
//!
//! Changes are handed to the subscribers at once and in order; `applied` and the age bound move only when the subscribers
//! say that no reader can see anything older, also in order. A subscriber that is slow (the catalog re-reads all tenants)
//! delays that statement, not the other subscribers.
//!
//! The connection is never the pool's (a pooled connection drops notifications), never has an open transaction (it would
//! hold the server's notification queue) and is always drained.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, join_all, ready};
use futures_util::stream::FuturesOrdered;
use futures_util::{FutureExt, StreamExt};
use parking_lot::Mutex;
use serde_json::Value;
use tokio::time::{Instant, interval_at, sleep, timeout};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Statement};

use super::change::{Change, Subscriber, parse_changes};
use super::connection::{self, ConnectError, DsnSource};
use super::feed_events::{CHANNEL, Event, PROBE_CHANNEL, Probe, drive};
use super::freshness::Freshness;
use super::identifiers::Position;
use super::metrics::{DirectoryMetrics, Wakeup};
use super::postgres::Directory;
use super::queries;
use crate::clock::{Moment, SharedClock};

/// What PostgreSQL says when the schema is not there, or not granted.
const MISSING: [SqlState; 4] = [
    SqlState::UNDEFINED_FUNCTION,
    SqlState::UNDEFINED_TABLE,
    SqlState::INVALID_SCHEMA_NAME,
    SqlState::INSUFFICIENT_PRIVILEGE,
];
/// Most effects that wait for their turn before everything is read anew.
const EFFECTS_MOST: usize = 1_000;

/// How the feed behaves.
#[derive(Clone, Copy, Debug)]
pub struct FeedSettings {
    /// Time between two heartbeats.
    pub heartbeat: Duration,
    /// How long any statement on the feed's connection may take before the connection counts as lost.
    pub heartbeat_timeout: Duration,
    /// Least time between two attempts to connect.
    pub reconnect_min: Duration,
    /// Most time between two attempts to connect.
    pub reconnect_max: Duration,
}

/// What every incarnation of the feed needs, and what outlives it.
pub struct FeedContext {
    /// Where to connect, read anew at each attempt.
    pub dsn: DsnSource,
    /// For the doorbell's self-test, which must come from another connection.
    pub directory: Arc<Directory>,
    /// Where the feed publishes how far it is.
    pub freshness: Arc<Freshness>,
    /// Who is told of changes.
    pub subscribers: Vec<Arc<dyn Subscriber>>,
    /// Series of the room.
    pub metrics: DirectoryMetrics,
    /// The time.
    pub clock: SharedClock,
    /// How to behave.
    pub settings: FeedSettings,
    /// Where the last incarnation stood: everything up to here has taken effect.
    pub resume: Mutex<Option<Cursor>>,
}

/// A position, and the proof that a server shares its history up to there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    position: Position,
    nonce: Option<String>,
}

#[derive(Debug, thiserror::Error)]
enum FeedError {
    #[error("could not connect")]
    Connect(#[from] ConnectError),
    #[error("a statement of the change feed failed")]
    Statement(#[from] tokio_postgres::Error),
    #[error("the server did not answer within the heartbeat's time-out")]
    TimedOut(#[from] tokio::time::error::Elapsed),
    #[error("the server closed the connection")]
    Closed,
}

/// Every cause of being without a connection, for metrics that exist before the first.
pub(super) fn disconnect_causes() -> impl Iterator<Item = &'static str> {
    ConnectError::LABELS.into_iter().chain(["statement", "timeout", "closed"])
}

impl FeedError {
    fn cause(&self) -> &'static str {
        match self {
            Self::Connect(error) => error.label(),
            Self::Statement(_) => "statement",
            Self::TimedOut(_) => "timeout",
            Self::Closed => "closed",
        }
    }

    /// What the operator may do, without the server's own words, which may quote anything.
    fn hint(&self) -> &'static str {
        match self {
            Self::Connect(error) if error.label() == "authentication" => {
                "check the role and password of the connection string"
            }
            Self::Connect(error) if error.label() == "wrong_role" => "the change feed needs the primary",
            Self::Statement(error) if error.code().is_some_and(|code| MISSING.contains(code)) => {
                "is the schema there and may the role use it? run `claimsmith migrate`, then claimsmith.grant_service"
            }
            _ => "it is tried again",
        }
    }
}

/// What has taken effect, in order.
enum Effect {
    Applied { cursor: Cursor, changes: u64 },
    Confirmed(Moment),
}

/// One incarnation of the change feed.
pub(super) struct ChangeFeed {
    context: Arc<FeedContext>,
    /// Everything up to here has been handed to the subscribers.
    cursor: Option<Cursor>,
    effects: FuturesOrdered<BoxFuture<'static, Effect>>,
    failures: u32,
}

impl ChangeFeed {
    /// A feed that goes on where the last one stopped.
    pub(super) fn resume(context: Arc<FeedContext>) -> Self {
        let cursor = context.resume.lock().clone();
        // Whatever the last incarnation said of its connection, it is gone.
        context.freshness.set_listening(false);
        Self { context, cursor, effects: FuturesOrdered::new(), failures: 0 }
    }

    /// Follows the log until dropped.
    pub(super) async fn follow(mut self) {
        loop {
            let Err(error) = self.session().await;
            self.disconnected(&error);
            let pause = reconnect_delay(self.context.settings, self.failures);
            self.failures = self.failures.saturating_add(1);
            self.settle_for(pause).await;
        }
    }

    async fn session(&mut self) -> Result<std::convert::Infallible, FeedError> {
        let settings = self.context.settings;
        let dsn = (self.context.dsn)().map_err(ConnectError::Other)?;
        let (client, messages) = connection::connect(&dsn).await?;
        let (mut events, _driver) = drive(messages);
        let listen = format!("LISTEN {CHANNEL}; LISTEN {PROBE_CHANNEL}");
        timeout(settings.heartbeat_timeout, client.batch_execute(&listen)).await??;
        let since = timeout(settings.heartbeat_timeout, client.prepare(queries::SINCE.text)).await??;
        self.catch_up(&client, &since, Wakeup::Connect).await?;
        self.connected();
        let mut probe = Some(Probe { nonce: self.nonce(), deadline: Instant::now() + settings.heartbeat_timeout });
        let mut ringing = self.ring(probe.as_ref()).boxed();
        let mut rung = false;
        let mut heartbeat = interval_at(Instant::now() + settings.heartbeat, settings.heartbeat);
        loop {
            tokio::select! {
                Some(effect) = self.effects.next(), if !self.effects.is_empty() => self.settle(effect),
                heard = &mut ringing, if !rung => {
                    rung = true;
                    if !heard {
                        // The pool has trouble of its own, which says nothing about the bell.
                        probe = None;
                    }
                }
                event = events.recv() => {
                    let mut is_news = self.heard(event.ok_or(FeedError::Closed)?, &mut probe)?;
                    while let Ok(another) = events.try_recv() {
                        is_news |= self.heard(another, &mut probe)?;
                    }
                    if is_news {
                        self.catch_up(&client, &since, Wakeup::Notification).await?;
                    }
                }
                _ = heartbeat.tick() => {
                    self.catch_up(&client, &since, Wakeup::Heartbeat).await?;
                    self.judge(&mut probe);
                }
            }
        }
    }

    /// Asks for everything after the cursor, hands it on, and moves the cursor.
    async fn catch_up(&mut self, client: &Client, since: &Statement, why: Wakeup) -> Result<(), FeedError> {
        let last = self.cursor.as_ref().map(|cursor| cursor.position.to_sql());
        let nonce = self.cursor.as_ref().and_then(|cursor| cursor.nonce.clone());
        let asked_at = self.context.clock.now();
        let within = self.context.settings.heartbeat_timeout;
        let asked = timeout(within, client.query_one(since, &[&last, &nonce])).await;
        self.observe(asked_at, matches!(asked, Ok(Ok(_))));
        let row = asked??;
        self.context.metrics.wakeups.with_label_values(&[why.label()]).inc();
        let head = Position::from_sql(row.try_get::<_, Option<i64>>("head")?.unwrap_or(0));
        let cursor = Cursor { position: head, nonce: row.try_get("head_nonce")? };
        // With that much waiting for a subscriber, starting anew is cheaper than going on.
        let is_stuck = self.effects.len() >= EFFECTS_MOST;
        if is_stuck || row.try_get::<_, Option<bool>>("reset")? == Some(true) {
            self.reset(cursor);
        } else {
            let rows: Option<Value> = row.try_get("changes")?;
            self.dispatch(&parse_changes(&rows.unwrap_or_default()), &cursor, why);
        }
        self.effects.push_back(ready(Effect::Confirmed(asked_at)).boxed());
        Ok(())
    }

    /// The feed's statement is measured as those of the pool are.
    fn observe(&self, asked_at: Moment, has_succeeded: bool) {
        let FeedContext { metrics, clock, .. } = &*self.context;
        let elapsed = clock.now().since(asked_at).as_secs_f64();
        metrics.query_duration.with_label_values(&[queries::SINCE.name]).observe(elapsed);
        if !has_succeeded {
            metrics.query_errors.with_label_values(&[queries::SINCE.name]).inc();
        }
    }

    fn dispatch(&mut self, changes: &[Change], cursor: &Cursor, why: Wakeup) {
        if changes.is_empty() {
            return;
        }
        if matches!(why, Wakeup::Heartbeat) {
            self.context.metrics.unannounced.inc_by(changes.len() as u64);
        }
        // First: from now on a load that begins must be at least this new. Then: what is cached already.
        self.context.freshness.set_seen(cursor.position);
        for change in changes {
            for touched in &change.touched {
                self.context.metrics.touched.with_label_values(&[touched.kind.label()]).inc();
            }
        }
        let told = changes.iter().flat_map(|change| self.context.subscribers.iter().map(|who| who.changed(change)));
        let done = join_all(told.collect::<Vec<_>>());
        self.push_applied(done, cursor.clone(), changes.len() as u64);
        self.cursor = Some(cursor.clone());
    }

    fn reset(&mut self, cursor: Cursor) {
        if let Some(known) = &self.cursor {
            self.context.metrics.resets.inc();
            tracing::warn!(
                last_position = known.position.get(),
                head = cursor.position.get(),
                "the change log does not continue what was followed so far; every cache is dropped"
            );
        }
        self.effects = FuturesOrdered::new();
        self.context.freshness.set_unconfirmed();
        self.context.directory.forget_connections();
        self.context.freshness.set_seen(cursor.position);
        let done = join_all(self.context.subscribers.iter().map(|who| who.reset(cursor.position)).collect::<Vec<_>>());
        self.push_applied(done, cursor.clone(), 0);
        self.cursor = Some(cursor);
    }

    fn push_applied(&mut self, done: impl Future<Output = Vec<()>> + Send + 'static, cursor: Cursor, changes: u64) {
        self.effects.push_back(done.map(move |_| Effect::Applied { cursor, changes }).boxed());
    }

    fn settle(&self, effect: Effect) {
        let FeedContext { metrics, freshness, clock, resume, .. } = &*self.context;
        match effect {
            Effect::Applied { cursor, changes } => {
                freshness.set_applied(cursor.position);
                metrics.applied.set(cursor.position.to_sql());
                metrics.changes.inc_by(changes);
                if changes > 0 {
                    metrics.last_change.set(clock.unix_seconds());
                }
                *resume.lock() = Some(cursor);
            }
            Effect::Confirmed(asked_at) => {
                freshness.set_confirmed(asked_at);
                let age = clock.now().since(asked_at).as_secs_f64();
                metrics.last_heartbeat.set(clock.unix_seconds() - age);
            }
        }
    }

    /// Waits, and lets what is under way take effect meanwhile.
    async fn settle_for(&mut self, pause: Duration) {
        let pause = sleep(pause);
        tokio::pin!(pause);
        loop {
            tokio::select! {
                Some(effect) = self.effects.next(), if !self.effects.is_empty() => self.settle(effect),
                () = &mut pause => return,
            }
        }
    }

    fn connected(&mut self) {
        self.failures = 0;
        self.context.freshness.set_listening(true);
        self.context.metrics.connected.set(1);
        tracing::info!("the change feed listens");
    }

    fn disconnected(&self, error: &FeedError) {
        self.context.freshness.set_listening(false);
        self.context.metrics.connected.set(0);
        self.context.metrics.disconnects.with_label_values(&[error.cause()]).inc();
        tracing::warn!(
            cause = error.cause(),
            hint = error.hint(),
            "the change feed has no connection; answers age until it is back"
        );
    }

    /// True when the log is to be read.
    fn heard(&self, event: Event, probe: &mut Option<Probe>) -> Result<bool, FeedError> {
        match event {
            Event::Rung { payload } => {
                let known = self.cursor.as_ref().map_or(Position::ZERO, |cursor| cursor.position);
                Ok(payload.parse::<u64>().map_or(true, |number| Position::new(number) > known))
            }
            Event::Probed { nonce } => {
                if probe.as_ref().is_some_and(|expected| expected.nonce == nonce) {
                    *probe = None;
                    self.context.metrics.doorbell.set(1);
                }
                Ok(false)
            }
            Event::Failed(error) => Err(FeedError::Statement(error)),
        }
    }

    fn nonce(&self) -> String {
        format!("{}-{}", std::process::id(), self.context.clock.unix_seconds())
    }

    /// Rings our own bell from a pooled connection; false if that could not be done.
    fn ring(&self, probe: Option<&Probe>) -> impl Future<Output = bool> + Send + use<> {
        let directory = Arc::clone(&self.context.directory);
        let nonce = probe.map(|probe| probe.nonce.clone()).unwrap_or_default();
        async move { directory.ring(&nonce).await.is_ok() }
    }

    fn judge(&self, probe: &mut Option<Probe>) {
        if probe.as_ref().is_some_and(|pending| Instant::now() > pending.deadline) {
            *probe = None;
            self.context.metrics.doorbell.set(0);
            tracing::warn!(
                "a probe notification did not arrive: is a pooler in transaction mode between here and PostgreSQL? \
                 changes are noticed only at the heartbeat; give database.listener_url a direct connection"
            );
        }
    }
}

/// Doubles from the least to the most; the first attempt after a loss waits the least.
fn reconnect_delay(settings: FeedSettings, failures: u32) -> Duration {
    let doubled = settings.reconnect_min.saturating_mul(2_u32.saturating_pow(failures.min(16)));
    doubled.min(settings.reconnect_max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_doubles_up_to_the_most() {
        let settings = FeedSettings {
            heartbeat: Duration::from_secs(1),
            heartbeat_timeout: Duration::from_secs(2),
            reconnect_min: Duration::from_millis(100),
            reconnect_max: Duration::from_secs(5),
        };
        let pauses: Vec<u128> = [0, 1, 2, 5, 6, 99].map(|n| reconnect_delay(settings, n).as_millis()).into();
        assert_eq!(pauses, [100, 200, 400, 3200, 5000, 5000]);
    }
}
