//! Keeping actors alive, and stopping them.
//!
//! actix's own supervisor does not survive a panic: the actor is gone for good, and every `Addr` of it answers "closed".
//! Nor does it wait between restarts, or count them. This room promises instead:
//!
//! - An actor that panics, fails or freezes is replaced by a fresh one from its factory, after a delay that grows, within a
//!   budget. When the budget is spent, the process stops or the actor is given up: in either case loudly.
//! - Nobody keeps an `Addr`. A [`Handle`] survives restarts and always finds the current incarnation.
//! - An incarnation that was replaced is told so by its [`Lease`], and removed as soon as its thread turns again.
//! - Every guardian is a tracked task, and [`Supervisor::stop`] is bounded.
//!
//! # Writing a supervised actor
//!
//! Store the [`Lease`] that the factory receives, and call `self.lease.attach(ctx)` in `started`. Publish a value only while
//! [`Lease::is_current`]. Neither `stopping`, `stopped` nor `Drop` may panic: actix runs them while a first panic unwinds,
//! and a second one aborts the process. A context that waits (`ctx.wait`, `AtomicResponse`) longer than
//! [`Policy::frozen_after`] counts as frozen.
//!
//! # Deliberately absent
//!
//! - Keeping messages: what lies in the mailbox of an actor that dies is lost. Senders learn it from the reply channel inside
//!   their message, which closes.
//! - Recovering a blocked thread: a replacement on the same arbiter starts when the thread turns again. If it never does, the
//!   budget runs out.
//! - Trees of supervisors: there is one level, because no actor here owns another.

mod guardian;
mod handle;
mod jitter;
mod lease;
mod metrics;
mod restart_policy;
mod roster;
pub mod shutdown;
mod status;
mod ward;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Context};
use actix_rt::ArbiterHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::SharedClock;

use self::guardian::{Guardian, Signals};
use self::handle::Slot;
use self::jitter::Jitter;
use self::metrics::Metrics;
use self::restart_policy::RestartHistory;
use self::roster::Roster;
use self::ward::Ward;

pub use self::handle::{Handle, NotDelivered, Undelivered};
pub use self::lease::Lease;
pub use self::restart_policy::{OnExhausted, Policy};
pub use self::status::{ActorStatus, Cause, Restarts, State};

/// What is to be known about an actor before it is started.
#[derive(Debug)]
pub struct Spec {
    /// The closed class of the actor, as metrics show it: `change_feed`, `catalog`, `tenant`. Never from user data.
    pub kind: &'static str,
    /// The actor's name within its kind, as `/status` and logs show it: `tenant acme`.
    pub name: String,
    /// The thread on which the actor runs.
    pub arbiter: ArbiterHandle,
    /// How many messages may wait; at least one is always allowed.
    pub mailbox: usize,
    /// When to restart, and when to give up.
    pub policy: Policy,
}

/// Starts actors, keeps them alive, tells how they are, stops them. Clones share everything.
#[derive(Clone)]
pub struct Supervisor {
    shared: Arc<Shared>,
}

struct Shared {
    clock: SharedClock,
    metrics: Metrics,
    roster: Arc<Roster>,
    jitter: Arc<Jitter>,
    signals: Signals,
    runtime: tokio::runtime::Handle,
    guardians: TaskTracker,
}

impl Supervisor {
    /// A supervisor whose guardians run on `runtime`.
    ///
    /// Choose a runtime that no supervised actor runs on (the system's main thread, while actors have arbiters of their own):
    /// a guardian on a blocked thread sees nothing.
    ///
    /// # Errors
    ///
    /// When `registry` already holds metrics of these names.
    pub fn new(
        clock: SharedClock,
        registry: &prometheus::Registry,
        runtime: tokio::runtime::Handle,
    ) -> Result<Self, prometheus::Error> {
        let metrics = Metrics::register(registry)?;
        // Replicas start at different moments, which is all the difference that jitter needs.
        let jitter = Arc::new(Jitter::seeded(clock.unix_seconds().to_bits()));
        let shared = Shared {
            clock,
            metrics,
            roster: Arc::default(),
            jitter,
            signals: Signals::default(),
            runtime,
            guardians: TaskTracker::new(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Makes the series of a kind present at zero, for a kind whose first actor comes later.
    pub fn declare(&self, kind: &'static str) {
        self.shared.metrics.declare(kind);
    }

    /// Starts an actor and keeps it alive until it finishes, gives up, or is stopped.
    ///
    /// The handle takes messages at once. `factory` runs on the actor's arbiter, once per incarnation. After
    /// [`stop`](Self::stop) nothing is started any more: the handle is born [`State::Stopped`].
    pub fn supervise<A>(&self, spec: Spec, factory: impl Fn(Lease) -> A + Send + Sync + 'static) -> Handle<A>
    where
        A: Actor<Context = Context<A>>,
    {
        let Shared { clock, metrics, roster, jitter, signals, runtime, guardians } = &*self.shared;
        metrics.declare(spec.kind);
        let beat_every = spec.policy.beat_interval();
        let ward = Arc::new(Ward::new(spec.kind, spec.name, beat_every, Arc::clone(clock), metrics.clone()));
        let slot = Arc::new(Slot::new(Arc::clone(&ward)));
        if signals.stop.is_cancelled() {
            return Handle::new(slot);
        }
        let guardian = Guardian {
            ward,
            slot: Arc::clone(&slot),
            factory: Arc::new(factory),
            arbiter: spec.arbiter,
            mailbox: spec.mailbox,
            policy: spec.policy,
            history: RestartHistory::default(),
            roster: Arc::clone(roster),
            jitter: Arc::clone(jitter),
            signals: signals.clone(),
        };
        guardians.spawn_on(guardian.begin(), runtime);
        Handle::new(slot)
    }

    /// How every actor is, ordered by kind and name. Actors that finished or were stopped are absent.
    pub fn status(&self) -> Vec<ActorStatus> {
        self.shared.roster.status()
    }

    /// Asks every actor to stop and waits for them. Those that have not stopped when `deadline` has passed are abandoned.
    pub async fn stop(&self, deadline: Duration) {
        let Shared { signals, guardians, .. } = &*self.shared;
        signals.stop.cancel();
        guardians.close();
        if tokio::time::timeout(deadline, guardians.wait()).await.is_ok() {
            return;
        }
        tracing::warn!(actors = guardians.len(), "actors did not stop in time and are abandoned");
        signals.abandon.cancel();
        guardians.wait().await;
    }

    /// Cancelled as soon as an actor under [`OnExhausted::StopProcess`] has spent its budget: the process must shut down with
    /// [`shutdown::Exit::Failed`].
    pub fn failed(&self) -> CancellationToken {
        // A child, so that a caller who cancels it fools only itself.
        self.shared.signals.failed.child_token()
    }

    /// Fault injection for tests and drills: every running actor of `kind` panics in its own context.
    ///
    /// Returns how many were told to.
    pub fn inject_panic(&self, kind: &str) -> usize {
        self.shared.roster.inject_panic(kind)
    }
}
