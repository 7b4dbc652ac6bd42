//! How the role caches hear of changes.
//!
//! One message per tenant and transaction, whatever it touched. A tenant whose actor cannot take a change in within a
//! second is not waited for: its slot is revoked, so that nobody reads what it holds, and the age bound of all other
//! tenants does not grow for it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all, ready};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::messages::{Changed, Scope};
use super::registry::Registry;
use super::slot::Slot;
use crate::clock::SharedClock;
use crate::directory::change::{Change, Kind, Touched};
use crate::directory::{Position, Subscriber, TenantId};
use crate::tenancy::catalog_actor::Dependents;

const PATIENCE: Duration = Duration::from_secs(1);

/// Tells tenants of the changes that concern them.
pub struct RolesSubscription {
    registry: Arc<Registry>,
    clock: SharedClock,
}

impl RolesSubscription {
    /// For the tenants of this registry.
    pub fn new(registry: Arc<Registry>, clock: SharedClock) -> Arc<Self> {
        Arc::new(Self { registry, clock })
    }

    fn slots_of(&self, tenant: Option<&TenantId>) -> Vec<Arc<Slot>> {
        let mut slots = match tenant {
            Some(tenant) => self.registry.slot(tenant, self.clock.now()).into_iter().collect(),
            None => self.registry.slots(),
        };
        // Nobody reads there any more.
        slots.retain(|slot| !slot.is_revoked());
        slots
    }
}

/// A slot that is not to be read again unless its actor says that it has taken a change in. Dropping it revokes, so the duty
/// cannot get lost with whoever waits.
struct Owing(Option<Arc<Slot>>);

impl Owing {
    fn settle(&mut self) {
        self.0 = None;
    }
}

impl Drop for Owing {
    fn drop(&mut self) {
        if let Some(slot) = self.0.as_ref().filter(|slot| !slot.is_revoked()) {
            tracing::warn!(tenant = %slot.tenant, "the tenant's actor did not take a change in; its cache is dropped");
            slot.revoke();
        }
    }
}

/// Puts the message into the mailbox now; the future waits until it is taken in.
fn tell(slot: Arc<Slot>, position: Position, scopes: Vec<Scope>) -> BoxFuture<'static, ()> {
    let (done, taken_in) = oneshot::channel();
    let told = slot.actor.get().is_some_and(|actor| actor.tell(Changed { position, scopes, done }).is_ok());
    let mut owing = Owing(Some(slot));
    if !told {
        return ready(()).boxed();
    }
    async move {
        if matches!(timeout(PATIENCE, taken_in).await, Ok(Ok(()))) {
            owing.settle();
        }
    }
    .boxed()
}

fn scope_of(touched: &Touched) -> Option<Scope> {
    match (touched.kind, touched.subjects.clone()) {
        (Kind::User, Some(users)) => Some(Scope::Users(users)),
        (Kind::Role, Some(roles)) => Some(Scope::Roles(roles)),
        (Kind::Role, None) => Some(Scope::EveryRole),
        (Kind::User, None) | (Kind::All, _) => Some(Scope::Everything),
        (Kind::Identity | Kind::Catalog, _) => None,
    }
}

impl Subscriber for RolesSubscription {
    fn changed(&self, change: &Change) -> BoxFuture<'static, ()> {
        let mut told: HashMap<TenantId, (Arc<Slot>, Vec<Scope>)> = HashMap::new();
        for touched in &change.touched {
            let Some(scope) = scope_of(touched) else { continue };
            for slot in self.slots_of(touched.tenant.as_ref()) {
                told.entry(slot.tenant.clone()).or_insert_with(|| (slot, Vec::new())).1.push(scope.clone());
            }
        }
        let told = told.into_values().map(|(slot, scopes)| tell(slot, change.position, scopes));
        join_all(told.collect::<Vec<_>>()).map(drop).boxed()
    }

    fn reset(&self, _: Position) -> BoxFuture<'static, ()> {
        // Positions of another history cannot be compared: nothing that is cached may be read again.
        self.registry.slots().iter().for_each(|slot| slot.revoke());
        ready(()).boxed()
    }
}

impl Dependents for RolesSubscription {
    fn tenants_changed(&self, tenants: &[TenantId]) -> BoxFuture<'static, ()> {
        let told = tenants.iter().flat_map(|tenant| self.slots_of(Some(tenant)));
        // No position: what changed is how claims are made, and the loads under way are refused by their template.
        let told = told.map(|slot| tell(slot, Position::ZERO, vec![Scope::Everything]));
        join_all(told.collect::<Vec<_>>()).map(drop).boxed()
    }
}
