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
//!
//! The statement also proves whose log it reads: a server in whose log the last position of the feed, or a place that a load
//! has seen, belongs to another transaction or to none, has another history. Then everything is dropped, and the feed
//! connects anew, since a name may by now lead to another server than the one that still answers.

mod actor;
mod context;
mod error;
mod events;
mod log;

pub use actor::ChangeFeedActor;
pub use context::{FeedContext, FeedSettings};
pub(super) use error::disconnect_causes;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, join_all, ready};
use futures_util::stream::FuturesOrdered;
use futures_util::{FutureExt, StreamExt};
use tokio::time::{Instant, interval_at, sleep, sleep_until, timeout};
use tokio_postgres::Client;

use super::change::Change;
use super::connection::{self, ConnectError};
use super::identifiers::Position;
use super::metrics::Wakeup;
use super::place::{Nonce, Place};
use super::queries;
use crate::clock::Moment;
use error::FeedError;
use events::{CHANNEL, Event, PROBE_CHANNEL, Probe, drive};
use log::Log;

/// Most effects that wait for their turn before the log is read no further.
const EFFECTS_MOST: usize = 1_000;
/// Least time between two readings of the log that requests have asked for.
const ASKED_EVERY: Duration = Duration::from_millis(20);

/// What has taken effect, in order.
#[derive(Clone, Copy)]
enum Effect {
    Applied { cursor: Place, changes: u64 },
    Confirmed(Moment),
}

/// One incarnation of the change feed.
pub(super) struct ChangeFeed {
    context: Arc<FeedContext>,
    /// Everything up to here has been handed to the subscribers.
    cursor: Option<Place>,
    effects: FuturesOrdered<BoxFuture<'static, Effect>>,
    failures: u32,
}

impl ChangeFeed {
    /// A feed that goes on where the last one stopped.
    pub(super) fn resume(context: Arc<FeedContext>) -> Self {
        let cursor = *context.resume.lock();
        // Whatever the last incarnation said of its connection, it is gone.
        context.freshness.set_listening(false);
        context.metrics.connected.set(0);
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
        // Connections of the pool that are older than this one may lead to a server that was replaced since, and its positions
        // look like ours.
        self.context.directory.forget_connections();
        self.context.freshness.renew();
        let (mut events, _driver) = drive(messages);
        let listen = format!("LISTEN {CHANNEL}; LISTEN {PROBE_CHANNEL}");
        timeout(settings.heartbeat_timeout, client.batch_execute(&listen)).await??;
        self.catch_up(&client, Wakeup::Connect).await?;
        self.connected();
        let mut probe = Some(Probe { nonce: self.nonce(), deadline: Instant::now() + settings.heartbeat_timeout });
        let mut ringing = self.ring(probe.as_ref()).boxed();
        let mut rung = false;
        let mut heartbeat = interval_at(Instant::now() + settings.heartbeat, settings.heartbeat);
        let freshness = Arc::clone(&self.context.freshness);
        let mut quiet_until = Instant::now();
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
                        self.catch_up(&client, Wakeup::Notification).await?;
                    }
                }
                () = async { sleep_until(quiet_until).await; freshness.asked().await } => {
                    quiet_until = Instant::now() + ASKED_EVERY;
                    self.catch_up(&client, Wakeup::Asked).await?;
                }
                _ = heartbeat.tick() => {
                    self.catch_up(&client, Wakeup::Heartbeat).await?;
                    self.judge(&mut probe);
                }
            }
        }
    }

    /// Asks for everything after the cursor, hands it on, and moves the cursor.
    async fn catch_up(&mut self, client: &Client, why: Wakeup) -> Result<(), FeedError> {
        if self.effects.len() >= EFFECTS_MOST {
            // A subscriber does not keep up. The log keeps what is not read now, and the age bound grows.
            return Ok(());
        }
        // Before asking: what was seen until now must be in the answer.
        let witnesses = self.context.freshness.witnesses();
        let asked_at = self.context.clock.now();
        let asked = Log::since(client, self.cursor, witnesses.as_deref().unwrap_or_default());
        let answered = timeout(self.context.settings.heartbeat_timeout, asked).await;
        let answered = answered.map_err(FeedError::from).flatten();
        self.observe(asked_at, answered.is_ok());
        let log = answered?;
        self.context.metrics.wakeups.with_label_values(&[why.label()]).inc();
        match (log.changes, witnesses) {
            (Some(changes), Some(witnesses)) => self.dispatch(&changes, log.head, &witnesses, why),
            // With that much to be compared, starting anew is cheaper.
            (Some(_), None) => self.reset(log.head),
            (None, _) => {
                // What began with an empty log has followed nothing that this one could contradict.
                let has_followed = self.cursor.is_some_and(|followed| followed.nonce.is_some());
                self.reset(log.head);
                if has_followed {
                    return Err(FeedError::Reset);
                }
            }
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

    fn dispatch(&mut self, changes: &[Change], head: Place, witnesses: &[Place], why: Wakeup) {
        let FeedContext { metrics, freshness, .. } = &*self.context;
        let places: Vec<(Position, Nonce)> =
            changes.iter().filter_map(|change| Some((change.position, change.nonce?))).collect();
        freshness.follow(&places, witnesses);
        let Some(all) = Change::of_all(changes) else { return };
        match why {
            Wakeup::Heartbeat => metrics.unannounced.inc_by(changes.len() as u64),
            Wakeup::Connect => metrics.caught_up.inc_by(changes.len() as u64),
            Wakeup::Notification | Wakeup::Asked => {}
        }
        // First: from now on a load that begins must be at least this new. Then: what is cached already.
        freshness.set_seen(head.position);
        for touched in changes.iter().flat_map(|change| &change.touched) {
            metrics.touched.with_label_values(&[touched.kind.label()]).inc();
        }
        let done = join_all(self.context.subscribers.iter().map(|who| who.changed(&all)).collect::<Vec<_>>());
        self.push_applied(done, head, changes.len() as u64);
        self.cursor = Some(head);
    }

    /// Everything is read anew.
    fn reset(&mut self, head: Place) {
        let FeedContext { metrics, freshness, directory, subscribers, resume, .. } = &*self.context;
        if let Some(known) = self.cursor {
            metrics.resets.inc();
            tracing::warn!(
                last_position = known.position.get(),
                head = head.position.get(),
                "the change log does not continue what was followed so far; every cache is dropped"
            );
        }
        self.effects = FuturesOrdered::new();
        freshness.set_unconfirmed();
        // Who has read a position of what is left must not tell it with a value of what follows.
        freshness.set_applied(Place::BEGINNING);
        *resume.lock() = None;
        directory.forget_connections();
        freshness.restart(head);
        freshness.set_seen(head.position);
        let done = join_all(subscribers.iter().map(|who| who.reset(head.position)).collect::<Vec<_>>());
        self.push_applied(done, head, 0);
        self.cursor = Some(head);
    }

    fn push_applied(&mut self, done: impl Future<Output = Vec<()>> + Send + 'static, cursor: Place, changes: u64) {
        self.effects.push_back(done.map(move |_| Effect::Applied { cursor, changes }).boxed());
    }

    fn settle(&self, effect: Effect) {
        let FeedContext { metrics, freshness, clock, resume, .. } = &*self.context;
        match effect {
            Effect::Applied { cursor, changes } => {
                freshness.set_applied(cursor);
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
                let known = self.cursor.map_or(Position::ZERO, |cursor| cursor.position);
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
