//! The steps of a tenant's slot and its writer, and of the directory under it: `roles::tenant_actor`, `directory::postgres`.

use claimsmith::cache::coalescer::Coalescer;
use claimsmith::directory::history::{Epoch, Standing};

use super::changes::Log;
use super::rules::Mutation;
use super::servers::Host;
use super::system::{Broken, Load, Message, Protocol, Reader, Slot, Stage, System};

/// Most keys of one query.
const BATCH: usize = 2;

fn key_of(user: u8) -> Box<str> {
    user.to_string().into()
}

fn user_of(key: &str) -> u8 {
    key.parse().unwrap()
}

impl System {
    /// The slot is visible first, at work second.
    pub(super) fn activate(&mut self) {
        self.slot = Some(Slot::default());
    }

    pub(super) fn start_actor(&mut self) {
        let seen = self.feed.seen;
        if let Some(slot) = &mut self.slot {
            slot.actor = Some(Coalescer::at(seen));
        }
    }

    pub(super) fn join(&mut self, reader: usize) {
        let Reader::Looks { user, reading } = self.readers[reader] else { return };
        let Some(actor) = self.slot.as_mut().and_then(|slot| slot.actor.as_mut()) else { return };
        actor.join(key_of(user), reader);
        self.readers[reader] = Reader::Waits { user, reading };
    }

    pub(super) fn start_load(&mut self, host: Host) {
        let epoch = self.feed.history.epoch();
        let Some(slot) = &mut self.slot else { return };
        if let Some(keys) = slot.actor.as_mut().and_then(|actor| actor.next_batch(BATCH)) {
            slot.load = Some(Load { keys, is_stale: false, stage: Stage::Asked { host, epoch } });
        }
    }

    fn load(&mut self) -> Option<&mut Load> {
        self.slot.as_mut()?.load.as_mut()
    }

    /// The feed has a new connection, so the pool gets new ones too: what was asked on the old ones does not count.
    pub(super) fn renew_pool(&mut self, protocol: &Protocol) {
        if protocol.has(Mutation::PoolOutlivesTheFeedsConnection) {
            return;
        }
        self.pool_is_old = false;
        if let Some(load) = self.load() {
            load.is_stale = true;
        }
    }

    fn set_stage(&mut self, stage: Stage) {
        if let Some(load) = self.load() {
            load.stage = stage;
        }
    }

    pub(super) fn ask_again(&mut self, host: Host) {
        let epoch = self.feed.history.epoch();
        if let Some(load) = self.load() {
            load.is_stale = false;
        }
        self.set_stage(Stage::Asked { host, epoch });
    }

    pub(super) fn execute_load(&mut self) {
        if let Some(Load { stage: Stage::Asked { host, epoch }, .. }) = self.load() {
            let (host, epoch) = (*host, *epoch);
            let snapshot = self.servers.log(host);
            self.set_stage(Stage::Answered { host, epoch, snapshot });
        }
    }

    /// The directory judges what it was answered.
    pub(super) fn land(&mut self, protocol: &Protocol) {
        let Some(Load { stage: Stage::Answered { host, mut epoch, snapshot }, is_stale, .. }) = self.load().cloned()
        else {
            return;
        };
        if is_stale {
            return self.set_stage(Stage::Refused);
        }
        let is_late = epoch != self.feed.history.epoch();
        if protocol.has(Mutation::LoadWithoutEpoch) {
            epoch = self.feed.history.epoch();
        }
        if host == Host::Replica {
            return self.land_from_replica(snapshot, is_late, protocol);
        }
        match self.witness(snapshot, epoch, protocol) {
            Standing::Known | Standing::Ahead => {
                if is_late {
                    self.broken = Some(Broken::LeftHistory);
                }
                self.set_stage(Stage::Judged { snapshot });
            }
            _ if is_late => self.set_stage(Stage::Refused),
            Standing::Foreign | Standing::Forgotten => self.fail(),
        }
    }

    fn land_from_replica(&mut self, snapshot: Log, is_late: bool, protocol: &Protocol) {
        let is_believed = match self.feed.history.judge(snapshot.head()) {
            Standing::Known => true,
            Standing::Ahead => protocol.has(Mutation::ReplicaBelievedAhead),
            Standing::Foreign | Standing::Forgotten => false,
        };
        let is_believed = is_believed && (!is_late || protocol.has(Mutation::LoadWithoutEpoch));
        self.set_stage(if is_believed { Stage::Judged { snapshot } } else { Stage::Refused });
    }

    fn witness(&mut self, snapshot: Log, epoch: Epoch, protocol: &Protocol) -> Standing {
        let standing = if protocol.has(Mutation::WitnessesAreForgotten) {
            self.feed.history.judge(snapshot.head())
        } else {
            self.feed.history.witness(snapshot.head(), epoch)
        };
        if standing != Standing::Forgotten {
            self.shown = self.shown.and(snapshot.set().common(self.watched(protocol)));
        }
        standing
    }

    /// The pool's server is compared with the feed's.
    pub(super) fn compare(&mut self, host: Host, protocol: &Protocol) {
        let snapshot = self.servers.log(host);
        self.witness(snapshot, self.feed.history.epoch(), protocol);
    }

    fn fail(&mut self) {
        let Some(slot) = &mut self.slot else { return };
        let (Some(actor), Some(load)) = (&mut slot.actor, slot.load.take()) else { return };
        for key in &load.keys {
            for reader in actor.settle(key) {
                self.readers[reader] = Reader::Idle;
            }
        }
        actor.landed(Vec::new(), |_| true);
    }

    pub(super) fn publish(&mut self, protocol: &Protocol) {
        let Some(slot) = &mut self.slot else { return };
        let (Some(actor), Some(load)) = (&mut slot.actor, slot.load.take()) else { return };
        let Stage::Judged { snapshot } = load.stage else { return };
        let (mut refused, mut answered) = (Vec::new(), Vec::new());
        for key in load.keys {
            let is_admitted = actor.admits(&key, snapshot.position()) || protocol.has(Mutation::FenceAlwaysAdmits);
            if !is_admitted {
                refused.push(key);
                continue;
            }
            let user = user_of(&key);
            let entry = snapshot.set().common(self.servers.concerning(user));
            slot.entries[usize::from(user)] = Some(entry);
            answered.extend(actor.settle(&key).into_iter().map(|reader| (reader, entry)));
        }
        actor.landed(refused, |_| true);
        for (reader, entry) in answered {
            self.answer(reader, entry);
        }
    }

    pub(super) fn take_in(&mut self, protocol: &Protocol) {
        let Some(slot) = &mut self.slot else { return };
        let (Some(actor), Some(message)) = (&mut slot.actor, slot.mailbox.pop_front()) else { return };
        match message {
            Message::Changed { position, user } => {
                let raises = !protocol.has(Mutation::FlightsAreNotRaised);
                actor.raise(position, |key| raises && user_of(key) == user);
                slot.entries[usize::from(user)] = None;
            }
            Message::History => {
                actor.new_history(self.feed.seen);
                slot.entries = [None; 2];
            }
        }
        self.feed.taken_in();
    }
}
