//! The issuer entries whose keys are kept, as the rest of the service sees them.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use super::fetching::Refresh;
use super::roster_actor::{Follow, RosterActor};
use super::slot::KeySlot;
use super::status::KeyStatus;
use crate::clock::Moment;
use crate::directory::IssuerId;
use crate::supervision::Handle;

/// What the roster's actor works on. It outlives the actor.
#[derive(Debug, Default)]
pub struct Followed {
    /// The slots of the catalog in force.
    pub(super) wanted: ArcSwap<HashMap<IssuerId, Arc<KeySlot>>>,
    /// The slots that have an attendant.
    pub(super) active: Mutex<HashMap<IssuerId, Arc<KeySlot>>>,
}

/// Tells which entries there are, and how their keys are.
#[derive(Clone)]
pub struct IssuerRoster {
    followed: Arc<Followed>,
    actor: Handle<RosterActor>,
}

impl IssuerRoster {
    /// The roster that this actor writes.
    pub fn new(followed: Arc<Followed>, actor: Handle<RosterActor>) -> Self {
        Self { followed, actor }
    }

    /// These are the entries with keys now, in place of all before. Completes when those that have gone answer nothing any
    /// more. Call it in the order of the catalogs; the work is done even if nobody waits for it.
    pub fn follow(&self, slots: impl IntoIterator<Item = Arc<KeySlot>>) -> impl Future<Output = ()> + Send + 'static {
        let wanted = slots.into_iter().map(|slot| (slot.origin().issuer.clone(), slot)).collect();
        self.followed.wanted.store(Arc::new(wanted));
        self.actor.insist(|done| Follow { done })
    }

    /// Has an entry's keys fetched now, for an operator.
    pub fn refresh(&self, issuer: &IssuerId) -> Refresh {
        let slot = self.followed.active.lock().get(issuer).map(Arc::clone);
        slot.map_or(Refresh::Unknown, |slot| slot.refresh_now())
    }

    /// How the keys of every entry are, ordered by entry.
    pub fn status(&self, now: Moment) -> Vec<KeyStatus> {
        let mut slots: Vec<_> = self.followed.active.lock().values().cloned().collect();
        slots.sort_unstable_by(|one, other| one.origin().issuer.cmp(&other.origin().issuer));
        slots.iter().map(|slot| slot.status(now)).collect()
    }
}
