//! The single writer of the registry: makes slots, retires idle ones, keeps memory within its bound.
//!
//! Eviction is by use, across all tenants: when the caches are larger than they may be, a sample of entries tells how
//! long ago the coldest were used, and every tenant drops what is colder. It looks once a second, so the bound can be
//! passed for that long by what one second of misses brings.

use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, AsyncContext, Context, Handler, Message};
use actix_rt::ArbiterHandle;
use tokio::sync::oneshot;

use super::messages::Evict;
use super::registry::Registry;
use super::slot::Slot;
use super::tenant_actor::{TenantActor, TenantContext};
use crate::cache::metrics::{CacheMetrics, CachesMetrics};
use crate::directory::TenantId;
use crate::identities::{PublishedIdentities, identity_actor};
use crate::supervision::{Handle, Lease, Policy, Spec, State, Supervisor};

const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Entries looked at to find how long ago the coldest were used.
const SAMPLE: usize = 2_048;
/// Above the bound, memory is brought down to this share of it, so that eviction is not for ever at work.
const BACK_TO: Share = Share(900);
const MAILBOX: usize = 4_096;
/// The kind of the actors that the registry starts.
pub const TENANT: &str = "tenant";

/// Somebody asks for a tenant that has no slot.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Activate {
    /// Which.
    pub tenant: TenantId,
    /// Where the slot goes.
    pub reply: oneshot::Sender<Arc<Slot>>,
}

/// What every incarnation needs.
#[derive(Clone)]
pub struct RegistryContext {
    /// What readers see.
    pub registry: Arc<Registry>,
    /// Who keeps tenant actors alive.
    pub supervisor: Supervisor,
    /// When they are given up.
    pub policy: Policy,
    /// Where they run, in turn.
    pub arbiters: Arc<[ArbiterHandle]>,
    /// What they need.
    pub tenant: TenantContext,
    /// The other cache, which shares the bound.
    pub identities: Arc<PublishedIdentities>,
    /// Its writer.
    pub identity_actor: Handle<identity_actor::IdentityActor>,
    /// Its series.
    pub identity_metrics: CacheMetrics,
    /// Series of both caches.
    pub caches_metrics: CachesMetrics,
}

/// One incarnation of the writer.
pub struct RegistryActor {
    lease: Lease,
    context: RegistryContext,
    made: usize,
}

impl RegistryActor {
    /// A writer that goes on with the slots there are.
    pub fn new(lease: Lease, context: RegistryContext) -> Self {
        Self { lease, context, made: 0 }
    }

    fn activate(&mut self, tenant: TenantId) -> Option<Arc<Slot>> {
        let now = self.context.tenant.clock.now();
        if let Some(slot) = self.context.registry.slot(&tenant, now).filter(|slot| slot.is_open()) {
            return Some(slot);
        }
        let slot = Slot::new(tenant, now);
        // Visible first, at work second: the actor takes its floor when it starts, so a change either finds the slot or is
        // part of that floor.
        if let Some(before) = self.context.registry.insert(&slot, now) {
            before.revoke();
        }
        let arbiter = self.context.arbiters.get(self.made % self.context.arbiters.len().max(1))?.clone();
        self.made = self.made.wrapping_add(1);
        let spec = Spec {
            kind: TENANT,
            name: format!("tenant {}", slot.tenant),
            arbiter,
            mailbox: MAILBOX,
            policy: self.context.policy.clone(),
        };
        let (context, own) = (self.context.tenant.clone(), Arc::clone(&slot));
        let handle = self
            .context
            .supervisor
            .supervise(spec, move |lease| TenantActor::new(lease, context.clone(), Arc::clone(&own)));
        // A slot is activated once, here.
        let _ = slot.actor.set(handle);
        Some(slot)
    }

    fn look(&mut self, _: &mut Context<Self>) {
        self.lease.progress();
        let slots = self.context.registry.slots();
        let (dead, alive): (Vec<_>, Vec<_>) = slots.into_iter().partition(|slot| self.is_to_retire(slot));
        for slot in dead {
            self.context.registry.remove(&slot);
            slot.revoke();
        }
        self.observe(&alive);
        self.evict(&alive);
    }

    fn is_to_retire(&self, slot: &Arc<Slot>) -> bool {
        let now = self.context.tenant.clock.now().as_coarse_seconds();
        let idle = u64::from(now.saturating_sub(slot.last_asked()));
        let given_up = slot.actor.get().is_some_and(|actor| matches!(actor.state(), State::GaveUp | State::Stopped));
        let is_idle = idle > self.context.tenant.settings.idle_after.as_secs();
        if is_idle && !slot.is_revoked() {
            self.context.tenant.metrics.evicted_idle.inc_by(slot.len() as u64);
        }
        is_idle || slot.is_revoked() || given_up
    }

    fn observe(&self, slots: &[Arc<Slot>]) {
        let entries = slots.iter().map(|slot| slot.len()).sum();
        let bytes = slots.iter().map(|slot| slot.bytes()).sum();
        self.context.caches_metrics.tenants.set(gauge(slots.len()));
        self.context.tenant.metrics.entries.set(gauge(entries));
        self.context.tenant.metrics.bytes.set(gauge(bytes));
        self.context.identity_metrics.entries.set(gauge(self.context.identities.len()));
        self.context.identity_metrics.bytes.set(gauge(self.context.identities.bytes()));
    }

    fn evict(&self, slots: &[Arc<Slot>]) {
        let bytes = slots.iter().map(|slot| slot.bytes()).sum::<usize>() + self.context.identities.bytes();
        let bound = self.context.tenant.settings.max_memory;
        if bytes <= bound {
            return;
        }
        let excess = Share::above(bytes, bound);
        let mut sample = Vec::new();
        let each = (SAMPLE / (slots.len() + 1)).max(1);
        for slot in slots {
            slot.sample_last_used(each, &mut sample);
        }
        self.context.identities.sample_last_used(each, &mut sample);
        sample.sort_unstable();
        let Some(second) = sample.get(excess.of(sample.len())).or(sample.last()).copied() else { return };
        for slot in slots {
            let most = excess.twice_of(slot.len());
            if let Some(actor) = slot.actor.get() {
                // A tenant that is too busy to listen now is asked again in a second.
                let _ = actor.tell(Evict { second, most });
            }
        }
        let most = excess.twice_of(self.context.identities.len());
        let _ = self.context.identity_actor.tell(identity_actor::Evict { second, most });
    }
}

/// A part of a thousand.
#[derive(Clone, Copy, Debug)]
struct Share(usize);

impl Share {
    /// What has to go so that `bytes` come down to [`BACK_TO`] of `bound`.
    fn above(bytes: usize, bound: usize) -> Self {
        Self(1_000 - (bound / 1_000 * BACK_TO.0).div_ceil(bytes / 1_000 + 1).min(1_000))
    }

    fn of(self, count: usize) -> usize {
        count * self.0 / 1_000
    }

    /// At most twice the share from each: the coldest tenants give more than the others, none gives everything at once.
    fn twice_of(self, count: usize) -> usize {
        (count * self.0 * 2).div_ceil(1_000)
    }
}

fn gauge(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl Actor for RegistryActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.lease.attach(ctx);
        ctx.run_interval(LOOK_EVERY, Self::look);
    }
}

impl Handler<Activate> for RegistryActor {
    type Result = ();

    fn handle(&mut self, activate: Activate, _: &mut Self::Context) {
        if let Some(slot) = self.activate(activate.tenant) {
            let _ = activate.reply.send(slot);
        }
    }
}
