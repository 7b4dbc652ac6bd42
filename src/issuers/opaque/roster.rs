//! Which opaque entries there are: one slot and one actor for each.
//!
//! A slot belongs to one version of an entry. When the entry changes, everything that was remembered under it goes.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_rt::ArbiterHandle;
use tokio::sync::watch;

use super::access::Access;
use super::metrics::OpaqueMetrics;
use super::opaque_actor::{ActorParts, OpaqueActor};
use super::reader::OpaqueReader;
use super::slot::OpaqueSlot;
use crate::clock::{Random, SharedClock};
use crate::directory::IssuerId;
use crate::issuers::Entry;
use crate::issuers::fetch::Fetcher;
use crate::supervision::{Handle, Policy, Spec, State, Supervisor};

/// The kind of the actors that the roster starts.
pub const OPAQUE_ISSUER: &str = "opaque_issuer";
const MAILBOX: usize = 2_048;

pub(super) type Slots = Arc<HashMap<IssuerId, Arc<OpaqueSlot>>>;

/// What every entry's actor needs.
pub struct OpaqueContext {
    /// Who keeps the actors alive.
    pub supervisor: Supervisor,
    /// When they are given up.
    pub policy: Policy,
    /// Where they run, in turn.
    pub arbiters: Arc<[ArbiterHandle]>,
    /// How issuers are asked.
    pub fetcher: Fetcher,
    /// Where they are asked.
    pub runtime: tokio::runtime::Handle,
    /// What the operator gives which entry.
    pub access: HashMap<IssuerId, Access>,
    /// The time.
    pub clock: SharedClock,
    /// Spreads what is tried again.
    pub random: Random,
    /// Series of the room.
    pub metrics: OpaqueMetrics,
}

/// Makes slots and retires them.
pub struct OpaqueRoster {
    context: OpaqueContext,
    started: AtomicUsize,
    slots: watch::Sender<Slots>,
}

impl OpaqueRoster {
    /// Without entries.
    pub fn new(context: OpaqueContext) -> Self {
        context.supervisor.declare(OPAQUE_ISSUER);
        Self { context, started: AtomicUsize::new(0), slots: watch::Sender::new(Slots::default()) }
    }

    /// What the rest of the service holds.
    pub fn reader(&self) -> OpaqueReader {
        OpaqueReader::new(self.slots.subscribe(), Arc::clone(&self.context.clock))
    }

    /// These are the entries now, in place of all before; those with keys are not for this room. Entries that are as they
    /// were keep what is remembered. Call it in the order of the catalogs, right after each is published.
    pub fn apply<'entry>(&self, entries: impl IntoIterator<Item = &'entry Arc<Entry>>) {
        let before = Arc::clone(&self.slots.borrow());
        let opaque = entries.into_iter().filter(|entry| entry.source.is_asked());
        let after: HashMap<_, _> = opaque.map(|entry| (entry.id.clone(), self.slot_for(entry, &before))).collect();
        let is_over =
            |slot: &&Arc<OpaqueSlot>| after.get(&slot.entry.id).is_none_or(|successor| !Arc::ptr_eq(slot, successor));
        let over: Vec<_> = before.values().filter(is_over).map(Arc::clone).collect();
        self.slots.send_replace(Arc::new(after));
        // After publishing: whoever the ending slot turns away must find its successor.
        for slot in over {
            slot.retire();
        }
    }

    fn slot_for(&self, entry: &Arc<Entry>, before: &Slots) -> Arc<OpaqueSlot> {
        let is_at_work = |slot: &&Arc<OpaqueSlot>| {
            let state = slot.actor.get().map(Handle::state);
            slot.entry.version == entry.version && matches!(state, Some(State::Running | State::Restarting))
        };
        before.get(&entry.id).filter(is_at_work).map_or_else(|| self.start(entry), Arc::clone)
    }

    fn start(&self, entry: &Arc<Entry>) -> Arc<OpaqueSlot> {
        let context = &self.context;
        let slot = OpaqueSlot::new(entry, &context.metrics);
        let turn = self.started.fetch_add(1, Ordering::Relaxed);
        // Without a thread to run on there is no actor, and its tokens are unavailable.
        let Some(arbiter) = context.arbiters.get(turn % context.arbiters.len().max(1)) else { return slot };
        let parts = ActorParts {
            slot: Arc::clone(&slot),
            access: context.access.get(&entry.id).cloned().unwrap_or_default(),
            fetcher: context.fetcher.clone(),
            runtime: context.runtime.clone(),
            clock: Arc::clone(&context.clock),
            random: Arc::clone(&context.random),
        };
        let spec = Spec {
            kind: OPAQUE_ISSUER,
            name: format!("issuer {}", entry.id),
            arbiter: arbiter.clone(),
            mailbox: MAILBOX,
            policy: context.policy.clone(),
        };
        let handle = context.supervisor.supervise(spec, move |lease| OpaqueActor::new(lease, parts.clone()));
        // A slot is started once, here.
        let _ = slot.actor.set(handle);
        slot
    }
}
