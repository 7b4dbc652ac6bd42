//! The slots of all active tenants, published.

use std::sync::Arc;

use crate::cache::table::Table;
use crate::clock::Moment;
use crate::directory::TenantId;

use super::slot::Slot;

const SHARDS: usize = 16;

/// Tenant → slot. Read by everybody, written by the registry's actor.
#[derive(Debug)]
pub struct Registry {
    slots: Table<Arc<Slot>>,
}

impl Registry {
    /// No tenant is active.
    pub fn empty() -> Arc<Self> {
        Arc::new(Self { slots: Table::new(SHARDS) })
    }

    /// The slot of a tenant, revoked or not.
    pub fn slot(&self, tenant: &TenantId, now: Moment) -> Option<Arc<Slot>> {
        self.slots.get(tenant.as_str(), now.as_coarse_seconds())
    }

    /// Every slot.
    pub fn slots(&self) -> Vec<Arc<Slot>> {
        self.slots.values()
    }

    pub(super) fn insert(&self, slot: &Arc<Slot>, now: Moment) -> Option<Arc<Slot>> {
        self.slots.insert(slot.tenant.as_str().into(), Arc::clone(slot), now.as_coarse_seconds())
    }

    pub(super) fn remove(&self, slot: &Arc<Slot>) {
        self.slots.remove_if(slot.tenant.as_str(), |present| Arc::ptr_eq(present, slot));
    }
}
