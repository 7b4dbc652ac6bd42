//! Watches one actor: a task that sleeps until its incarnation dies, freezes, or is to be stopped.
//!
//! The guardian runs none of the actor's code (the factory runs on the actor's arbiter), so no panic of the actor's reaches it.
//! The first incarnation is trusted: its address is published at once, so that callers start and tell in one breath. A
//! replacement has to turn once after `started` before messages that wait are given to it.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix::dev::channel::channel;
use actix::{Actor, Addr, Context};
use actix_rt::ArbiterHandle;
use tokio::task::AbortHandle;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::handle::Slot;
use super::jitter::Jitter;
use super::lease::{Counterpart, Ending, Lease};
use super::restart_policy::{OnExhausted, Policy, RestartHistory};
use super::roster::Roster;
use super::status::{Cause, State};
use super::ward::{Order, Ward};

/// What all guardians listen to, and the one thing they say.
#[derive(Clone, Default)]
pub(super) struct Signals {
    /// Stop your actor and end.
    pub(super) stop: CancellationToken,
    /// End, whatever your actor does.
    pub(super) abandon: CancellationToken,
    /// An actor that the process cannot do without was given up.
    pub(super) failed: CancellationToken,
}

/// Makes one incarnation of an actor.
pub(super) type Factory<A> = Arc<dyn Fn(Lease) -> A + Send + Sync>;

/// The keeper of one actor.
pub(super) struct Guardian<A: Actor> {
    pub(super) ward: Arc<Ward>,
    pub(super) slot: Arc<Slot<A>>,
    pub(super) factory: Factory<A>,
    pub(super) arbiter: ArbiterHandle,
    pub(super) mailbox: usize,
    pub(super) policy: Policy,
    pub(super) history: RestartHistory,
    pub(super) roster: Arc<Roster>,
    pub(super) jitter: Arc<Jitter>,
    pub(super) signals: Signals,
}

/// One incarnation, as its guardian holds it.
struct Incarnation<A: Actor> {
    address: Addr<A>,
    counterpart: Counterpart,
    task: Arc<OnceLock<AbortHandle>>,
}

impl<A: Actor> Incarnation<A> {
    /// Removes what may be left of it, once its thread turns. Without effect on an actor that has ended.
    fn abort(&self) {
        if let Some(task) = self.task.get() {
            task.abort();
        }
    }
}

/// Why a guardian stopped watching an incarnation.
enum Departure {
    /// It finished, was stopped, or is abandoned: there will be no other.
    Retired,
    /// It has to be replaced.
    Died(Failure),
}

/// What went wrong with an incarnation.
struct Failure {
    cause: Cause,
    reason: String,
}

impl<A: Actor<Context = Context<A>>> Guardian<A> {
    /// Starts the actor, at once, and returns the watch over it.
    pub(super) fn begin(self) -> impl Future<Output = ()> + Send {
        self.roster.enlist(&self.ward);
        let first = self.start();
        self.slot.publish(first.address.clone());
        self.keep_alive(first)
    }

    /// Replaces incarnation after incarnation until one retires or the budget is spent.
    async fn keep_alive(mut self, first: Incarnation<A>) {
        let mut incarnation = first;
        loop {
            let departure = self.watch(&mut incarnation).await;
            self.slot.clear();
            self.ward.close_generation();
            incarnation.abort();
            let Departure::Died(failure) = departure else { return self.dismiss() };
            let Some(delay) = self.next_delay() else { return self.give_up(&failure) };
            self.announce_restart(&failure, delay);
            if self.stopped_within(delay).await {
                return self.dismiss();
            }
            incarnation = self.start();
        }
    }

    /// Puts a fresh incarnation on the arbiter. It may have died before this returns.
    fn start(&self) -> Incarnation<A> {
        let (lease, counterpart) = Lease::issue(&self.ward);
        // To actix, a capacity of zero means unbounded.
        let (sender, receiver) = channel(self.mailbox.clamp(1, u16::MAX.into()));
        let task = Arc::new(OnceLock::new());
        let task_slot = Arc::clone(&task);
        let factory = Arc::clone(&self.factory);
        // What `Actor::start_in_arbiter` does, and the means to abort. A dead arbiter drops the lease, which tells us.
        self.arbiter.spawn_fn(move || {
            // A thread that was blocked finds old orders to start: too late.
            if lease.is_current() {
                let context = Context::with_receiver(receiver);
                let running = actix_rt::spawn(context.into_future(factory(lease)));
                task_slot.get_or_init(|| running.abort_handle());
            }
        });
        Incarnation { address: Addr::new(sender), counterpart, task }
    }

    /// Waits until the incarnation has to be replaced, or retires.
    async fn watch(&self, incarnation: &mut Incarnation<A>) -> Departure {
        let Incarnation { address, counterpart, .. } = incarnation;
        let mut unproven = self.ward.state() != State::Running;
        let mut stopping = false;
        let frozen = without_progress(&self.ward);
        tokio::pin!(frozen);
        loop {
            tokio::select! {
                biased;
                ending = &mut counterpart.ended => {
                    return if stopping { Departure::Retired } else { departure(ending.unwrap_or_default()) };
                }
                () = self.signals.abandon.cancelled() => return Departure::Retired,
                () = self.signals.stop.cancelled(), if !stopping => {
                    stopping = true;
                    self.ward.order(Order::Stop);
                }
                attached = &mut counterpart.attached, if unproven => {
                    unproven = false;
                    if attached.is_ok() {
                        self.slot.publish(address.clone());
                    }
                }
                () = &mut frozen, if !stopping => {
                    let reason = "no sign of life: its thread or its context does not turn".to_owned();
                    return Departure::Died(Failure { cause: Cause::Frozen, reason });
                }
            }
        }
    }

    /// The delay before the restart that is due, or `None` when none is allowed or possible.
    fn next_delay(&mut self) -> Option<Duration> {
        let delay = self.history.next_delay(&self.policy, self.ward.now(), self.jitter.next());
        delay.filter(|_| self.arbiter.alive())
    }

    /// Counts and tells.
    fn announce_restart(&self, failure: &Failure, delay: Duration) {
        let Ward { kind, name, .. } = &*self.ward;
        let Failure { cause, reason } = failure;
        tracing::warn!(
            kind,
            name,
            cause = cause.label(),
            reason,
            delay_ms = delay.as_millis(),
            "actor died, restarting"
        );
        self.ward.count_restart(*cause);
        self.ward.enter(State::Restarting, Some(format!("{}: {reason}", cause.label())));
    }

    /// Waits for `delay`; `true` when told to stop meanwhile.
    async fn stopped_within(&self, delay: Duration) -> bool {
        tokio::select! {
            () = self.signals.stop.cancelled() => true,
            () = sleep(delay) => false,
        }
    }

    /// The actor is gone for good, and that is in order.
    fn dismiss(&self) {
        self.roster.strike(&self.ward);
        self.ward.enter(State::Stopped, None);
    }

    /// The actor is gone for good, and somebody should know.
    fn give_up(&self, failure: &Failure) {
        let Ward { kind, name, .. } = &*self.ward;
        let Failure { cause, reason } = failure;
        let advice = match self.policy.on_exhausted {
            OnExhausted::StopProcess => "the process shuts down; fix what the earlier log lines of this actor show",
            OnExhausted::GiveUp => "it stays down until it is started anew; fix what its earlier log lines show",
        };
        tracing::error!(kind, name, cause = cause.label(), reason, advice, "actor given up");
        self.ward.enter(State::GaveUp, Some(format!("{}: {reason}", cause.label())));
        if self.policy.on_exhausted == OnExhausted::StopProcess {
            self.signals.failed.cancel();
        }
    }
}

/// What follows from how an incarnation ended that nobody had told to stop.
fn departure(ending: Ending) -> Departure {
    let failure = match ending {
        Ending::Finished => return Departure::Retired,
        Ending::Failed(reason) => Failure { cause: Cause::Error, reason },
        Ending::Silent => {
            let reason = "it panicked, or stopped without finishing or failing its lease".to_owned();
            Failure { cause: Cause::Panic, reason }
        }
    };
    Departure::Died(failure)
}

/// Resolves when no sign of life has come for three beats.
///
/// It counts beats and compares no clocks. The last beat is always waited for in full, so that a process that was paused
/// as a whole does not find all its actors frozen when it goes on.
async fn without_progress(ward: &Ward) {
    loop {
        let seen = ward.beats();
        sleep(ward.beat_every * 2).await;
        if ward.beats() != seen {
            continue;
        }
        sleep(ward.beat_every).await;
        if ward.beats() == seen {
            return;
        }
    }
}
