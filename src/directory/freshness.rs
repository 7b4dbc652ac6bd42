//! How new the caches are: published by the change feed, read by everybody.
//!
//! Three positions, in the order in which a change passes them: *seen* (the feed knows of it; every load that starts
//! its life later must be at least as new), *applied* (no cache holds anything older), and the moment at which all
//! that was last *confirmed*. The age bound is the time since that confirmation was **asked for**, so it errs towards
//! too old.
//!
//! Beside them stands whose positions these are: [`History`], which loads are compared with.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Notify, watch};

use super::history::{Epoch, History, Standing};
use super::identifiers::Position;
use super::place::{Nonce, Place};
use crate::clock::{Moment, SharedClock};

const NEVER: u64 = u64::MAX;

/// How new an answer is that is built now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Every change up to here is in the answer.
    pub position: Position,
    /// No change that the answer lacks had committed longer ago than this; `None` before the first confirmation.
    pub age_bound: Option<Duration>,
    confirmed: u64,
}

impl Reading {
    /// The age bound in milliseconds, rounded up: a bound that is too small would be none.
    pub fn age_bound_ms(&self) -> u64 {
        let micros = self.age_bound.unwrap_or_default().as_micros();
        u64::try_from(micros.div_ceil(1_000)).unwrap_or(u64::MAX)
    }

    /// How new an answer is that is read from the primary after `asked_at`, when its log was seen to reach `position`.
    pub fn of_primary(position: Position, asked_at: Moment, now: Moment) -> Self {
        Self { position, age_bound: None, confirmed: asked_at.as_micros() }.at(now)
    }

    /// The same answer given at this moment.
    #[must_use]
    pub fn at(self, now: Moment) -> Self {
        Self { age_bound: age_of(self.confirmed, now), ..self }
    }
}

/// The published state of the change feed.
#[derive(Debug)]
pub struct Freshness {
    clock: SharedClock,
    seen: AtomicU64,
    applied: watch::Sender<Place>,
    applied_fast: AtomicU64,
    confirmed: AtomicU64,
    listening: AtomicBool,
    history: Mutex<History>,
    asked: Notify,
}

impl Freshness {
    /// Nothing seen, nothing confirmed.
    pub fn new(clock: SharedClock) -> Self {
        Self {
            clock,
            seen: AtomicU64::new(0),
            applied: watch::Sender::new(Place::BEGINNING),
            applied_fast: AtomicU64::new(0),
            confirmed: AtomicU64::new(NEVER),
            listening: AtomicBool::new(false),
            history: Mutex::default(),
            asked: Notify::new(),
        }
    }

    /// Read this *before* the cached value: a value that is cached at a later moment is at least as new.
    pub fn read(&self) -> Reading {
        self.read_at(self.clock.now())
    }

    /// The same, for who knows what time it is.
    pub fn read_at(&self, now: Moment) -> Reading {
        let confirmed = self.confirmed.load(Ordering::Acquire);
        let position = Position::new(self.applied_fast.load(Ordering::Acquire));
        Reading { position, age_bound: None, confirmed }.at(now)
    }

    /// What `reading` says by now: older by the time that has passed, and no position of a history that was left meanwhile.
    pub fn by_now(&self, reading: Reading) -> Reading {
        self.still(reading).at(self.clock.now())
    }

    /// The same without asking what time it is.
    pub fn still(&self, reading: Reading) -> Reading {
        let applied = Position::new(self.applied_fast.load(Ordering::Acquire));
        Reading { position: reading.position.min(applied), ..reading }
    }

    /// The newest position that the feed knows of.
    pub fn seen(&self) -> Position {
        Position::new(self.seen.load(Ordering::SeqCst))
    }

    /// The place up to which everything in memory is complete.
    pub fn complete_to(&self) -> Place {
        *self.applied.borrow()
    }

    /// True once LISTEN has been acknowledged on the present connection.
    pub fn is_listening(&self) -> bool {
        self.listening.load(Ordering::Acquire)
    }

    /// Completes when every change up to `position` is in every answer. Bound it with a deadline.
    pub async fn reached(&self, position: Position) {
        // The sender lives in `self`, so the wait cannot end in an error while anybody waits.
        let _ = self.applied.subscribe().wait_for(|applied| applied.position >= position).await;
    }

    /// Has the feed read the log now, instead of at the next notification or heartbeat.
    pub fn ask(&self) {
        self.asked.notify_one();
    }

    /// How a writer's place stands to the history that is followed.
    pub fn judge(&self, place: Place) -> Standing {
        self.history.lock().judge(place)
    }

    /// Which history is followed. Read it before asking for a load, and show it with the answer.
    pub(super) fn epoch(&self) -> Epoch {
        self.history.lock().epoch()
    }

    /// The same, and how far it is followed.
    pub(super) fn followed(&self) -> (Epoch, Place) {
        let history = self.history.lock();
        (history.epoch(), history.followed())
    }

    /// How the place of a replica's load stands to the history in which it was asked for.
    pub(super) fn judge_in(&self, place: Place, epoch: Epoch) -> Standing {
        let history = self.history.lock();
        if history.epoch() == epoch { history.judge(place) } else { Standing::Forgotten }
    }

    /// The same for the primary, whose word the feed has to confirm.
    pub(super) fn witness(&self, place: Place, epoch: Epoch) -> Standing {
        self.history.lock().witness(place, epoch)
    }

    // The calls below are the change feed's alone.

    pub(super) async fn asked(&self) {
        self.asked.notified().await;
    }

    pub(super) fn witnesses(&self) -> Option<Vec<Place>> {
        self.history.lock().witnesses()
    }

    pub(super) fn follow(&self, places: &[(Position, Nonce)], found: &[Place]) {
        self.history.lock().follow(places, found);
    }

    pub(super) fn renew(&self) {
        self.history.lock().renew();
    }

    pub(super) fn restart(&self, head: Place) {
        self.history.lock().restart(head);
    }

    pub(super) fn set_seen(&self, position: Position) {
        self.seen.store(position.get(), Ordering::SeqCst);
    }

    pub(super) fn set_applied(&self, place: Place) {
        self.applied_fast.store(place.position.get(), Ordering::Release);
        self.applied.send_replace(place);
    }

    pub(super) fn set_confirmed(&self, asked_at: Moment) {
        self.confirmed.store(asked_at.as_micros(), Ordering::Release);
    }

    pub(super) fn set_unconfirmed(&self) {
        self.confirmed.store(NEVER, Ordering::Release);
    }

    pub(super) fn set_listening(&self, listening: bool) {
        self.listening.store(listening, Ordering::Release);
    }
}

fn age_of(confirmed: u64, now: Moment) -> Option<Duration> {
    (confirmed != NEVER).then(|| now.since(Moment::from_micros(confirmed)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, ManualClock};
    use std::sync::Arc;

    const fn at(number: u64) -> Place {
        Place { position: Position::new(number), nonce: None }
    }

    #[test]
    fn the_age_bound_counts_from_the_moment_of_asking() {
        let clock = ManualClock::shared();
        let freshness = Freshness::new(Arc::clone(&clock) as SharedClock);
        assert_eq!(freshness.read().age_bound, None);
        let asked_at = clock.now();
        clock.advance(Duration::from_millis(40));
        freshness.set_applied(at(7));
        freshness.set_confirmed(asked_at);
        let reading = freshness.read();
        assert_eq!((reading.position, reading.age_bound), (Position::new(7), Some(Duration::from_millis(40))));
        clock.advance(Duration::from_millis(2));
        freshness.set_applied(at(5));
        let later = freshness.by_now(reading);
        assert_eq!((later.position, later.age_bound), (Position::new(5), Some(Duration::from_millis(42))));
    }

    #[tokio::test]
    async fn a_wait_ends_when_the_position_is_applied() {
        let freshness = Freshness::new(ManualClock::shared());
        let waited = freshness.reached(Position::new(3));
        let applied = async { freshness.set_applied(at(3)) };
        tokio::join!(waited, applied);
        freshness.reached(Position::new(2)).await;
    }
}
