//! What may this user do in this tenant?
//!
//! One [`slot::Slot`] per active tenant holds what is known of its users; one [`tenant_actor::TenantActor`] per slot is its
//! single writer. A hit is two look-ups in memory: no mailbox, no query, no lock that is held across work. Slots are made
//! on first use and retired when idle by the [`registry_actor::RegistryActor`], which also keeps memory within its bound.
//!
//! Roles and users are kept apart: an entry says which *answer* a user has, and all users with the same grants share one.
//! So a changed permission costs one rendering, and a changed membership one user.

pub mod answer;
mod answers;
mod facts;
pub mod messages;
mod registry;
pub mod registry_actor;
pub mod slot;
mod subscription;
pub mod tenant_actor;

pub use answer::Claims;
pub use registry::Registry;
pub use subscription::RolesSubscription;

use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use crate::cache::Unavailable;
use crate::cache::metrics::CacheMetrics;
use crate::clock::{Moment, SharedClock};
use crate::directory::{Directory, Position, Source, TenantId};
use crate::supervision::Handle;
use crate::tenancy::catalog::Tenant;
use answer::{Content, Granted};
use facts::Facts;
use messages::{Load, Loaded};
use registry_actor::{Activate, RegistryActor};
use slot::{Cached, Slot};

/// What the rest of the service holds.
#[derive(Clone)]
pub struct RoleReader {
    registry: Arc<Registry>,
    actor: Handle<RegistryActor>,
    directory: Arc<Directory>,
    clock: SharedClock,
    metrics: CacheMetrics,
}

impl RoleReader {
    /// A reader of what the actors write.
    pub fn new(
        registry: Arc<Registry>,
        actor: Handle<RegistryActor>,
        directory: Arc<Directory>,
        clock: SharedClock,
        metrics: CacheMetrics,
    ) -> Self {
        Self { registry, actor, directory, clock, metrics }
    }

    /// Looks into memory.
    pub fn look_up(&self, tenant: &TenantId, user: &str, now: Moment) -> Cached {
        let cached = self.registry.slot(tenant, now).map_or(Cached::Unknown, |slot| slot.look_up(user, now));
        match cached {
            Cached::Member(_) => self.metrics.hit.inc(),
            Cached::NotAMember => self.metrics.negative_hit.inc(),
            Cached::Unknown => self.metrics.miss.inc(),
        }
        cached
    }

    /// Asks the directory, together with whoever else asks now.
    pub async fn load(&self, tenant: &TenantId, user: &str, deadline: Instant) -> Result<Loaded, Unavailable> {
        while Instant::now() < deadline {
            let slot = self.active_slot(tenant, deadline).await?;
            let Some(actor) = slot.actor.get() else { return Err(Unavailable::Down) };
            let (reply, answer) = oneshot::channel();
            match actor.deliver(Load { user: user.into(), reply }, deadline).await {
                Ok(()) => {}
                // Retired between the look and the knock: there will be another slot.
                Err(_) if slot.is_revoked() => continue,
                Err(reason) => return Err(reason.into()),
            }
            match timeout_at(deadline, answer).await {
                Ok(Ok(Err(Unavailable::Dropped)) | Err(_)) => tokio::task::yield_now().await,
                Ok(Ok(settled)) => return settled,
                Err(_) => return Err(Unavailable::Late),
            }
        }
        Err(Unavailable::Late)
    }

    /// Asks the primary, past memory; at least as new as `position`. What it says is not kept.
    pub async fn read_through(
        &self,
        tenant: &Arc<Tenant>,
        user: &str,
        position: Position,
        deadline: Instant,
    ) -> Result<Loaded, Unavailable> {
        let template = tenant.template.as_ref().ok_or(Unavailable::Gone)?;
        let users = [user.into()];
        let asked_at = self.clock.now();
        let asked = self.directory.members(&tenant.id, &users, template.reads().attributes, Source::Primary);
        let load = timeout_at(deadline, asked).await.map_err(|_| Unavailable::Late)?;
        let load = load.map_err(|error| Unavailable::Directory(Arc::new(error)))?;
        if load.snapshot < position {
            return Err(Unavailable::Behind);
        }
        let Some(member) = load.members.into_iter().next().flatten() else { return Ok(Loaded::NotAMember) };
        let roles = load.roles.into_iter().map(|role| (role.key.clone(), role)).collect();
        let facts = Facts::of(user, &member.roles, &roles, member.attributes.unwrap_or_default());
        let content = Arc::new(Content::work_out(tenant, template, facts));
        Ok(Loaded::Member(Granted { content, lapses_at: member.lapses_in.map(|left| asked_at.plus(left)) }))
    }

    async fn active_slot(&self, tenant: &TenantId, deadline: Instant) -> Result<Arc<Slot>, Unavailable> {
        if let Some(slot) = self.registry.slot(tenant, self.clock.now()).filter(|slot| slot.is_open()) {
            return Ok(slot);
        }
        let (reply, active) = oneshot::channel();
        self.actor.deliver(Activate { tenant: tenant.clone(), reply }, deadline).await?;
        match timeout_at(deadline, active).await {
            Ok(Ok(slot)) => Ok(slot),
            // The registry's actor was restarted with our message in its hands.
            Ok(Err(_)) => Box::pin(self.active_slot(tenant, deadline)).await,
            Err(_) => Err(Unavailable::Late),
        }
    }
}
