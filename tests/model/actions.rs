//! What may happen next.

use claimsmith::cache::source_after;
use claimsmith::directory::Source;
use stateright::{Model, Property};

use super::changes::MOST;
use super::properties;
use super::rules::Bounds;
use super::servers::Host;
use super::system::{Effect, Protocol, Reader, Stage, System};

/// After so many refusals in a row, nobody is asked who can only be refused again: it would change nothing but the count.
const REFUSALS: u32 = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    // The database.
    Commit { user: u8 },
    FailOver { kept: usize },
    Replay,
    // The feed.
    Connect,
    Disconnect,
    Ask,
    Execute,
    Receive,
    Settle,
    GiveUpWaiting,
    // The tenant's writer.
    Activate,
    StartActor,
    TakeIn,
    StartLoad(Host),
    AskAgain(Host),
    ExecuteLoad,
    Land,
    Publish,
    Compare(Host),
    // Requests.
    Read { reader: usize, user: u8 },
    Join { reader: usize },
}

impl Action {
    /// Whether it is the world's doing, and not the service's or its database's.
    pub(super) const fn is_trouble(self) -> bool {
        matches!(
            self,
            Self::Commit { .. }
                | Self::FailOver { .. }
                | Self::Disconnect
                | Self::GiveUpWaiting
                | Self::Compare(_)
                | Self::Read { .. }
                | Self::StartLoad(Host::Old)
                | Self::AskAgain(Host::Old)
        )
    }
}

impl Model for Protocol {
    type State = System;
    type Action = Action;

    fn init_states(&self) -> Vec<System> {
        vec![System::start(self.bounds)]
    }

    fn actions(&self, system: &System, actions: &mut Vec<Action>) {
        // Once a promise is broken, nothing more is to be learned.
        if system.broken.is_none() {
            system.in_the_database(self.bounds, actions);
            system.in_the_feed(self.bounds, actions);
            system.in_the_cache(self.bounds, actions);
            system.in_requests(self.bounds, actions);
        }
    }

    fn next_state(&self, system: &System, action: Action) -> Option<System> {
        let mut next = system.clone();
        next.step(action, self);
        next.look(self);
        next.forget();
        (next != *system).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }
}

impl System {
    pub(super) fn step(&mut self, action: Action, protocol: &Protocol) {
        match action {
            Action::Commit { user } => self.servers.commit(user),
            Action::FailOver { kept } => self.fail_over(kept, protocol.bounds),
            Action::Replay => self.servers.replay(),
            Action::Connect => self.connect(protocol),
            Action::Disconnect => {
                self.feed.breaks += u8::from(self.feed.connection == Some(Host::Primary));
                self.disconnect();
            }
            Action::Ask => self.send_question(protocol),
            Action::Execute => self.execute_question(protocol),
            Action::Receive => self.receive_answer(protocol),
            Action::Settle => self.feed.settle(),
            Action::GiveUpWaiting => self.revoke(),
            Action::Activate => self.activate(),
            Action::StartActor => self.start_actor(),
            Action::TakeIn => self.take_in(protocol),
            Action::StartLoad(host) => self.start_load(host),
            Action::AskAgain(host) => self.ask_again(host),
            Action::ExecuteLoad => self.execute_load(),
            Action::Land => self.land(protocol),
            Action::Publish => self.publish(protocol),
            Action::Compare(host) => self.compare(host, protocol),
            Action::Read { reader, user } => self.read(reader, user, protocol),
            Action::Join { reader } => self.join(reader),
        }
    }

    /// Connections made before lead to the old primary from now on, or nowhere.
    fn fail_over(&mut self, kept: usize, bounds: Bounds) {
        self.servers.fail_over(kept);
        self.pool_is_old = bounds.old_answers;
        if self.feed.connection.is_some() {
            self.feed.connection = Some(Host::Old);
        }
        if !bounds.old_answers {
            self.disconnect();
        }
        let load = self.slot.as_mut().and_then(|slot| slot.load.as_mut());
        if let Some(load) = load
            && let Stage::Asked { host: Host::Primary, epoch } = load.stage
        {
            load.stage = if bounds.old_answers { Stage::Asked { host: Host::Old, epoch } } else { Stage::Refused };
        }
    }

    fn in_the_database(&self, bounds: Bounds, actions: &mut Vec<Action>) {
        if self.servers.committed < (bounds.before + bounds.changes).min(MOST) {
            actions.extend((0..bounds.users).map(|user| Action::Commit { user }));
        }
        if bounds.fails_over && self.servers.old.is_none() && self.feed.cursor.is_some() {
            let length = self.servers.primary.len();
            let least = length.saturating_sub(bounds.lost).max(usize::from(bounds.before));
            actions.extend((least..=length).map(|kept| Action::FailOver { kept }));
        }
        if bounds.has_replica && self.servers.next_to_replay().is_some() {
            actions.push(Action::Replay);
        }
    }

    fn in_the_feed(&self, bounds: Bounds, actions: &mut Vec<Action>) {
        let feed = &self.feed;
        match (feed.connection, &feed.question) {
            (None, _) => actions.push(Action::Connect),
            (Some(_), None) if feed.effects.len() <= bounds.effects => actions.push(Action::Ask),
            (Some(_), None) => {}
            (Some(_), Some(question)) if question.answer.is_none() => actions.push(Action::Execute),
            (Some(_), Some(_)) => actions.push(Action::Receive),
        }
        let may_break = feed.connection == Some(Host::Primary) && feed.breaks < bounds.disconnects;
        if may_break || feed.connection == Some(Host::Old) {
            actions.push(Action::Disconnect);
        }
        if feed.is_due() {
            actions.push(Action::Settle);
        }
        if bounds.revokes && feed.effects.iter().any(|effect| matches!(effect, Effect::Applied { owed: 1.., .. })) {
            actions.push(Action::GiveUpWaiting);
        }
    }

    fn in_the_cache(&self, bounds: Bounds, actions: &mut Vec<Action>) {
        let primaries = || [Some(Host::Primary), self.pool_is_old.then_some(Host::Old)].into_iter().flatten();
        if bounds.fails_over && self.servers.old.is_some() {
            actions.extend(primaries().map(Action::Compare));
        }
        let Some(slot) = &self.slot else {
            if self.readers.iter().any(|reader| matches!(reader, Reader::Looks { .. })) {
                actions.push(Action::Activate);
            }
            return;
        };
        let Some(actor) = &slot.actor else { return actions.push(Action::StartActor) };
        if !slot.mailbox.is_empty() {
            actions.push(Action::TakeIn);
        }
        match slot.load.as_ref().map(|load| load.stage) {
            None if actor.waiting() > 0 => {
                let asks_replica = bounds.has_replica && source_after(actor.refusals()) == Source::Any;
                let is_told =
                    |host: &Host| slot.mailbox.is_empty() && self.servers.log(*host).position() >= self.feed.seen;
                let asked = primaries().filter(|host| actor.refusals() < REFUSALS || is_told(host));
                actions.extend(asked.chain(asks_replica.then_some(Host::Replica)).map(Action::StartLoad));
            }
            None => {}
            Some(Stage::Refused) => actions.extend(primaries().map(Action::AskAgain)),
            Some(Stage::Asked { .. }) => actions.push(Action::ExecuteLoad),
            Some(Stage::Answered { .. }) => actions.push(Action::Land),
            Some(Stage::Judged { .. }) => actions.push(Action::Publish),
        }
    }

    fn in_requests(&self, bounds: Bounds, actions: &mut Vec<Action>) {
        for (number, reader) in self.readers.iter().enumerate() {
            match *reader {
                Reader::Idle | Reader::Holds { .. } if self.feed.confirmed.is_some() => {
                    actions.extend((0..bounds.asked).map(|user| Action::Read { reader: number, user }));
                }
                Reader::Looks { user, .. } => {
                    let is_open = self.slot.as_ref().is_some_and(|slot| slot.actor.is_some());
                    if is_open && self.entry(user).is_none() {
                        actions.push(Action::Join { reader: number });
                    }
                }
                Reader::Idle | Reader::Holds { .. } | Reader::Waits { .. } => {}
            }
        }
    }
}
