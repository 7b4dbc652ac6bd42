//! The single writer of one issuer entry's keys: starts fetches when they are due, publishes what they bring.
//!
//! When something is due and what follows from an answer is decided by the slot's desk, which outlives the actor. The
//! actor brings the timer, the task that fetches, and the disk. It never waits for any of them inside a handler.

use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, ActorContext, ActorFutureExt, AsyncContext, Context, Handler, Message, SpawnHandle, WrapFuture};
use tokio_util::task::AbortOnDropHandle;

use super::arrival::{Arrival, Failure};
use super::flight::{Flight, Journey, Means};
use super::last_good::{Keep, LastGood};
use super::metrics::KeyMetrics;
use super::policy::KeyPolicy;
use super::restoring::{restore, store};
use super::schedule::FlightId;
use super::slot::{Attendance, KeySlot};
use crate::clock::{Random, SharedClock};
use crate::issuers::fetch::Leave;
use crate::supervision::Lease;

/// The longest sleep: how late a jump of the clock is noticed.
const LOOK_EVERY: Duration = Duration::from_mins(1);
/// Timers are this coarse; one that fires early would find nothing due.
const TICK: Duration = Duration::from_millis(1);

/// Something may be due.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Wake;

/// What every incarnation needs, whatever the issuer.
#[derive(Clone)]
pub struct KeyContext {
    /// The time.
    pub clock: SharedClock,
    /// The numbers.
    pub policy: KeyPolicy,
    /// What fetches are made with.
    pub means: Means,
    /// Where the last good set is kept, if it is.
    pub last_good: Option<LastGood>,
    /// Spreads fetches.
    pub random: Random,
    /// Series of the room.
    pub metrics: KeyMetrics,
}

/// One incarnation of the writer.
pub struct KeyActor {
    lease: Lease,
    context: KeyContext,
    slot: Arc<KeySlot>,
    granted: Leave,
    timer: Option<SpawnHandle>,
}

impl KeyActor {
    /// A writer that goes on with what lies on the slot's desk.
    pub fn new(lease: Lease, context: KeyContext, slot: Arc<KeySlot>, granted: Leave) -> Self {
        Self { lease, context, slot, granted, timer: None }
    }

    /// Starts what is due, and sleeps until something will be.
    fn look(&mut self, ctx: &mut Context<Self>) {
        if !self.lease.is_current() {
            return;
        }
        if let Some(attendance) = self.slot.attendance.load().as_deref()
            && let Some(flight) = self.slot.begin(attendance)
        {
            self.depart(flight, ctx);
        }
        self.sleep(ctx);
    }

    fn sleep(&mut self, ctx: &mut Context<Self>) {
        if let Some(timer) = self.timer.take() {
            ctx.cancel_future(timer);
        }
        let now = self.context.clock.now();
        let until_due = self.slot.due().map_or(LOOK_EVERY, |due| due.since(now).saturating_add(TICK));
        self.timer = Some(ctx.run_later(until_due.min(LOOK_EVERY), Self::look));
    }

    fn depart(&self, flight: Flight, ctx: &mut Context<Self>) {
        let id = flight.id;
        let journey =
            Journey { slot: Arc::clone(&self.slot), means: self.context.means.clone(), leave: self.granted.clone() };
        // Ends with the actor: nobody could take in what it brings.
        let fetch = AbortOnDropHandle::new(self.context.means.runtime.spawn(journey.make(flight)));
        ctx.spawn(fetch.into_actor(self).map(move |arrival, actor, ctx| {
            let lost = |_| Arrival { discovery: None, keys: Err(Failure::of("aborted", "the fetch was aborted")) };
            actor.land(id, arrival.unwrap_or_else(lost), ctx);
        }));
    }

    fn land(&mut self, id: FlightId, arrival: Arrival, ctx: &mut Context<Self>) {
        if !self.lease.is_current() {
            return;
        }
        let attendance = self.slot.attendance.load_full();
        let Some(attendance) = attendance.as_deref() else { return };
        if let Some(keep) = self.slot.land(id, arrival, attendance, (self.context.random)()) {
            self.keep(keep);
        }
        self.annotate(attendance);
        self.look(ctx);
    }

    fn annotate(&self, attendance: &Attendance) {
        let state = self.slot.state(attendance.clock.now());
        let last_result = self.slot.desk.lock().last_result;
        self.lease.note(format!("keys {}, last fetch: {last_result}", state.label()));
    }

    fn keep(&self, keep: Keep) {
        let Some(last_good) = self.context.last_good.clone() else { return };
        let slot = Arc::clone(&self.slot);
        // Not tied to the actor: half a write would be thrown away, and the next one comes in minutes.
        self.context.means.runtime.spawn_blocking(move || store(&slot, &last_good, &keep));
    }

    fn bring_back(&self, ctx: &mut Context<Self>) {
        let Some(last_good) = self.context.last_good.clone() else { return };
        let (slot, context) = (Arc::clone(&self.slot), self.context.clone());
        let restoring = restore(slot, last_good, Arc::clone(&context.clock), self.policy());
        let restoring = AbortOnDropHandle::new(context.means.runtime.spawn(restoring));
        ctx.spawn(restoring.into_actor(self).map(|_, _, _| ()));
    }

    fn policy(&self) -> KeyPolicy {
        self.context.policy.with_max_stale(self.slot.origin().source.max_stale)
    }
}

impl Actor for KeyActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.lease.attach(ctx);
        let ended = self.slot.ended.clone().cancelled_owned();
        ctx.spawn(ended.into_actor(self).map(|(), actor, ctx| {
            actor.lease.finish();
            ctx.stop();
        }));
        self.slot.interrupted(self.context.clock.now());
        self.bring_back(ctx);
        self.look(ctx);
    }
}

impl Handler<Wake> for KeyActor {
    type Result = ();

    fn handle(&mut self, _: Wake, ctx: &mut Self::Context) {
        self.look(ctx);
    }
}
