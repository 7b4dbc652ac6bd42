//! Who is under supervision.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::status::{ActorStatus, State};
use super::ward::{Order, Ward};

/// Every actor that is alive, due to come back, or given up. Ordered, so that `/status` reads the same each time.
#[derive(Default)]
pub(super) struct Roster {
    wards: Mutex<BTreeMap<(&'static str, String), Arc<Ward>>>,
}

impl Roster {
    /// Adds an actor. One of the same name that was given up makes room for it.
    pub(super) fn enlist(&self, ward: &Arc<Ward>) {
        let replaced = self.wards.lock().insert((ward.kind, ward.name.clone()), Arc::clone(ward));
        let Some(old) = replaced else { return };
        if old.state() == State::GaveUp {
            old.enter(State::Stopped, None);
        }
    }

    /// Removes an actor, unless another one has taken its name meanwhile.
    pub(super) fn strike(&self, ward: &Arc<Ward>) {
        let key = (ward.kind, ward.name.clone());
        let mut wards = self.wards.lock();
        if wards.get(&key).is_some_and(|present| Arc::ptr_eq(present, ward)) {
            wards.remove(&key);
        }
    }

    /// How everybody is.
    pub(super) fn status(&self) -> Vec<ActorStatus> {
        self.wards.lock().values().map(|ward| ward.status()).collect()
    }

    /// Orders every running actor of `kind` to panic; returns how many took the order.
    pub(super) fn inject_panic(&self, kind: &str) -> usize {
        let wards = self.wards.lock();
        let targets = wards.values().filter(|ward| ward.kind == kind && ward.state() == State::Running);
        targets.filter(|ward| ward.order(Order::Panic)).count()
    }
}
