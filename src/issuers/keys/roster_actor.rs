//! Sees to it that every entry with keys has its actor, and no other has one.
//!
//! It is told after each new catalog, and looks by itself every second: at actors that were given up, and at what all
//! issuers come to.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, AsyncContext, Context, Handler, Message};
use actix_rt::ArbiterHandle;
use tokio::sync::oneshot;

use super::key_actor::{KeyActor, KeyContext};
use super::metrics::Sum;
use super::roster::Followed;
use super::slot::{Attendance, KeySlot};
use super::validity::KeyState;
use crate::directory::IssuerId;
use crate::issuers::fetch::Leave;
use crate::supervision::{Handle, Lease, Policy, Spec, State, Supervisor};

const LOOK_EVERY: Duration = Duration::from_secs(1);
/// An actor that was given up is started anew once in so many looks.
const REVIVE_EVERY: u32 = 30;
/// Nothing but [`Wake`](super::key_actor::Wake) comes in, and one is as good as many.
const MAILBOX: usize = 4;
/// The kind of the actors that the roster starts.
pub const ISSUER: &str = "issuer";

/// There is a new catalog.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Follow {
    /// Told when every entry that has gone has ended, and every new one has its actor.
    pub done: oneshot::Sender<()>,
}

/// What every incarnation needs.
#[derive(Clone)]
pub struct RosterContext {
    /// What is wanted, and what was done about it.
    pub followed: Arc<Followed>,
    /// Who keeps issuers' actors alive.
    pub supervisor: Supervisor,
    /// When they are given up.
    pub policy: Policy,
    /// Where they run, in turn.
    pub arbiters: Arc<[ArbiterHandle]>,
    /// What they need.
    pub issuer: KeyContext,
    /// What the operator lets single entries do.
    pub leaves: Arc<HashMap<IssuerId, Leave>>,
}

/// One incarnation of the roster's writer.
pub struct RosterActor {
    lease: Lease,
    context: RosterContext,
    started: usize,
    looks: u32,
}

impl RosterActor {
    /// A writer that goes on with the slots there are.
    pub fn new(lease: Lease, context: RosterContext) -> Self {
        Self { lease, context, started: 0, looks: 0 }
    }

    fn follow(&mut self) {
        let followed = Arc::clone(&self.context.followed);
        let wanted = followed.wanted.load_full();
        let mut active = followed.active.lock();
        let gone = active.extract_if(|id, slot| wanted.get(id).is_none_or(|wanted| !Arc::ptr_eq(wanted, slot)));
        for (id, slot) in gone.collect::<Vec<_>>() {
            self.end(&slot, wanted.contains_key(&id));
        }
        for (id, slot) in wanted.iter() {
            if !active.contains_key(id) {
                self.start(slot);
                active.insert(id.clone(), Arc::clone(slot));
            }
        }
    }

    fn end(&self, slot: &Arc<KeySlot>, is_replaced: bool) {
        slot.end();
        let Some(last_good) = self.context.issuer.last_good.clone().filter(|_| !is_replaced) else { return };
        let slot = Arc::clone(slot);
        // What is kept for the time of an outage must not outlive the entry's being switched off.
        self.context.issuer.means.runtime.spawn_blocking(move || {
            if let Err(error) = last_good.forget(slot.origin()) {
                tracing::warn!(
                    issuer = slot.origin().issuer.as_str(),
                    error = &error as &dyn std::error::Error,
                    "kept keys could not be removed"
                );
            }
        });
    }

    fn start(&mut self, slot: &Arc<KeySlot>) {
        let actor = if slot.origin().is_inline() { None } else { self.supervise(slot) };
        let context = &self.context.issuer;
        let attendance = Attendance {
            clock: Arc::clone(&context.clock),
            policy: context.policy.with_max_stale(slot.origin().source.max_stale),
            metrics: context.metrics.clone(),
            actor,
        };
        slot.attend(attendance, (context.random)());
        slot.wake();
    }

    fn supervise(&mut self, slot: &Arc<KeySlot>) -> Option<Handle<KeyActor>> {
        let issuer = &slot.origin().issuer;
        let arbiter = self.context.arbiters.get(self.started % self.context.arbiters.len().max(1))?.clone();
        self.started = self.started.wrapping_add(1);
        let spec = Spec {
            kind: ISSUER,
            name: format!("issuer {issuer}"),
            arbiter,
            mailbox: MAILBOX,
            policy: self.context.policy.clone(),
        };
        let (context, own) = (self.context.issuer.clone(), Arc::clone(slot));
        let leave = self.context.leaves.get(issuer).cloned().unwrap_or_default();
        let make = move |lease| KeyActor::new(lease, context.clone(), Arc::clone(&own), leave.clone());
        Some(self.context.supervisor.supervise(spec, make))
    }

    fn look(&mut self, _: &mut Context<Self>) {
        self.lease.progress();
        self.looks = self.looks.wrapping_add(1);
        let slots: Vec<_> = self.context.followed.active.lock().values().cloned().collect();
        if self.looks.is_multiple_of(REVIVE_EVERY) {
            for slot in slots.iter().filter(|slot| is_given_up(slot)) {
                self.start(slot);
            }
        }
        let context = &self.context.issuer;
        context.metrics.look(&sum_of(&slots, context));
    }
}

fn is_given_up(slot: &KeySlot) -> bool {
    let attendance = slot.attendance.load();
    let actor = attendance.as_deref().and_then(|attendance| attendance.actor.as_ref());
    actor.is_some_and(|actor| actor.state() == State::GaveUp)
}

fn sum_of(slots: &[Arc<KeySlot>], context: &KeyContext) -> Sum {
    let (now, unix) = (context.clock.now(), context.clock.unix_seconds());
    let mut sum = Sum::default();
    for slot in slots {
        let state = slot.state(now);
        let counts = KeyState::COUNTED.iter().zip(&mut sum.by_state);
        counts.filter(|(counted, _)| **counted == state).for_each(|(_, count)| *count += 1);
        if let Some(set) = slot.published.load().as_ref() {
            sum.keys += i64::try_from(set.keys.len()).unwrap_or(i64::MAX);
            let age = if slot.origin().is_inline() { 0.0 } else { unix - set.confirmed_at };
            sum.oldest = sum.oldest.max(age);
        }
    }
    sum
}

impl Actor for RosterActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.lease.attach(ctx);
        // The incarnation before may have died over a catalog.
        self.follow();
        ctx.run_interval(LOOK_EVERY, Self::look);
    }
}

impl Handler<Follow> for RosterActor {
    type Result = ();

    fn handle(&mut self, follow: Follow, _: &mut Self::Context) {
        self.follow();
        let _ = follow.done.send(());
    }
}
