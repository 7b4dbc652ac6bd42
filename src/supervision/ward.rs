//! What guardian, lease, handle and status share about one actor across its incarnations.
//!
//! Incarnations are told apart by a **generation number**. A word from a generation that is no longer current is ignored,
//! so an incarnation that was given up for frozen cannot vouch for its successor.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{oneshot, watch};

use crate::clock::{Moment, SharedClock};

use super::metrics::Metrics;
use super::status::{ActorStatus, Cause, Restarts, State};

/// What an incarnation may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Stop in an orderly way.
    Stop,
    /// Panic: a drill.
    Panic,
}

/// One supervised actor.
pub(super) struct Ward {
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) beat_every: Duration,
    clock: SharedClock,
    metrics: Metrics,
    generation: AtomicU64,
    beats: AtomicU64,
    last_beat: AtomicU64,
    state: watch::Sender<State>,
    record: Mutex<Record>,
}

#[derive(Default)]
struct Record {
    since_unix_seconds: f64,
    /// What the current incarnation says.
    note: Option<String>,
    /// Why no incarnation is at work.
    trouble: Option<String>,
    restarts: Restarts,
    orders: Option<oneshot::Sender<Order>>,
}

impl Ward {
    /// An actor that has not been started.
    pub(super) fn new(
        kind: &'static str,
        name: String,
        beat_every: Duration,
        clock: SharedClock,
        metrics: Metrics,
    ) -> Self {
        Self {
            kind,
            name,
            beat_every,
            last_beat: AtomicU64::new(clock.now().as_micros()),
            clock,
            metrics,
            generation: AtomicU64::new(0),
            beats: AtomicU64::new(0),
            state: watch::Sender::new(State::Stopped),
            record: Mutex::default(),
        }
    }

    /// The present.
    pub(super) fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Opens a new generation: its number, and the channel on which it takes one order.
    pub(super) fn open_generation(&self) -> (u64, oneshot::Receiver<Order>) {
        let (sender, receiver) = oneshot::channel();
        let mut record = self.record.lock();
        record.orders = Some(sender);
        record.note = None;
        (self.generation.fetch_add(1, Ordering::SeqCst) + 1, receiver)
    }

    /// Closes the current generation: its lease is revoked, and its order channel hangs up.
    pub(super) fn close_generation(&self) {
        let mut record = self.record.lock();
        record.orders = None;
        self.generation.fetch_add(1, Ordering::SeqCst);
    }

    /// Whether `generation` still speaks for this actor.
    pub(super) fn is_current(&self, generation: u64) -> bool {
        self.generation.load(Ordering::SeqCst) == generation
    }

    /// Gives the incarnation an order. `false` when there is none, or when it already has one.
    pub(super) fn order(&self, order: Order) -> bool {
        let orders = self.record.lock().orders.take();
        orders.is_some_and(|sender| sender.send(order).is_ok())
    }

    /// Takes a sign of life.
    pub(super) fn beat(&self, generation: u64) {
        if !self.is_current(generation) {
            return;
        }
        self.last_beat.store(self.now().as_micros(), Ordering::Relaxed);
        self.beats.fetch_add(1, Ordering::Relaxed);
    }

    /// How many signs of life there have been.
    pub(super) fn beats(&self) -> u64 {
        self.beats.load(Ordering::Relaxed)
    }

    /// Replaces the note that `/status` shows.
    pub(super) fn annotate(&self, generation: u64, note: String) {
        // Under the lock: opening a generation takes it too, so a late word cannot stand for the successor's.
        let mut record = self.record.lock();
        if self.is_current(generation) {
            record.note = Some(note);
        }
    }

    /// Counts a restart.
    pub(super) fn count_restart(&self, cause: Cause) {
        self.record.lock().restarts.count(cause);
        self.metrics.restarted(self.kind, cause);
    }

    /// Enters a state, and wakes who waits for it. `trouble` says why no incarnation is at work, if none is.
    pub(super) fn enter(&self, state: State, trouble: Option<String>) {
        {
            let mut record = self.record.lock();
            record.since_unix_seconds = self.clock.unix_seconds();
            record.trouble = trouble;
        }
        // The state last: who waits for it finds the rest already told.
        self.metrics.moved(self.kind, self.state(), state);
        self.state.send_replace(state);
    }

    /// Where the actor stands.
    pub(super) fn state(&self) -> State {
        *self.state.borrow()
    }

    /// Follows where the actor stands.
    pub(super) fn follow_state(&self) -> watch::Receiver<State> {
        self.state.subscribe()
    }

    /// The actor as `/status` shows it.
    pub(super) fn status(&self) -> ActorStatus {
        let last_beat = Moment::from_micros(self.last_beat.load(Ordering::Relaxed));
        let age = self.now().since(last_beat);
        let record = self.record.lock();
        ActorStatus {
            kind: self.kind,
            name: self.name.clone(),
            state: self.state(),
            since_unix_seconds: record.since_unix_seconds,
            last_progress_age_ms: u64::try_from(age.as_millis()).unwrap_or(u64::MAX),
            restarts: record.restarts,
            note: record.trouble.as_ref().or(record.note.as_ref()).cloned(),
        }
    }
}
