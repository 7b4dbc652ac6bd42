//! Nothing is lost for ever: once the trouble stops, everything comes to be as the primary has it.
//!
//! From a state on, only the service and its database go on, in two opposite orders: whoever comes first in the list of what
//! may happen, and whoever comes last. The checker's own `eventually` is not used, because it does not see cycles.

use stateright::Model;

use super::actions::Action;
use super::servers::Host;
use super::system::{Protocol, Reader, Stage, System};

/// More steps than any state needs; who needs more goes in circles.
const STEPS: usize = 120;

/// Whether the state comes to rest, and rightly.
pub(super) fn settles(protocol: &Protocol, system: &System) -> bool {
    system.broken.is_some()
        || [<[Action]>::first, <[Action]>::last].iter().all(|next| comes_to_rest(protocol, system, *next))
}

fn comes_to_rest(protocol: &Protocol, system: &System, next: fn(&[Action]) -> Option<&Action>) -> bool {
    let mut system = system.clone();
    system.lose_the_old_primary();
    for _ in 0..STEPS {
        let mut actions = Vec::new();
        protocol.actions(&system, &mut actions);
        actions.retain(|action| !action.is_trouble() && (*action != Action::Ask || !system.feed_is_done()));
        match next(&actions) {
            Some(action) => system.step(*action, protocol),
            None => return system.is_right(),
        }
    }
    false
}

impl System {
    fn lose_the_old_primary(&mut self) {
        self.pool_is_old = false;
        if self.feed.connection == Some(Host::Old) {
            self.disconnect();
        }
        let load = self.slot.as_mut().and_then(|slot| slot.load.as_mut());
        if let Some(load) = load
            && matches!(load.stage, Stage::Asked { host: Host::Old, .. })
        {
            load.stage = Stage::Refused;
        }
    }

    /// Nothing is to be had from another question.
    fn feed_is_done(&self) -> bool {
        let feed = &self.feed;
        let is_confirmed = feed.confirmed.is_some() || !feed.effects.is_empty();
        feed.cursor == Some(self.servers.primary) && is_confirmed && feed.history.witnesses().unwrap().is_empty()
    }

    fn is_right(&self) -> bool {
        let is_answered = !self.readers.iter().any(|reader| matches!(reader, Reader::Waits { .. }));
        let is_new = (0..2).all(|user| {
            let now = self.servers.primary.set().common(self.servers.concerning(user));
            self.entry(user).is_none_or(|entry| entry == now)
        });
        let is_quiet = self.feed.effects.is_empty() && self.feed.applied == self.servers.primary;
        self.feed_is_done() && is_quiet && is_answered && is_new
    }
}
