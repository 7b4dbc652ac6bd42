//! Requests, and what every answer is held to.

use super::changes::{Changes, Log};
use super::rules::Mutation;
use super::system::{Broken, Protocol, Reader, Reading, System};

impl System {
    /// The first of the two steps of a request: how new is memory?
    pub(super) fn read(&mut self, reader: usize, user: u8, protocol: &Protocol) {
        let Some(confirmed) = self.feed.confirmed else { return };
        let reading = Reading { applied: self.feed.applied, confirmed };
        self.readers[reader] = Reader::Looks { user, reading };
        if protocol.has(Mutation::EntryReadBeforeReading)
            && let Some(entry) = self.entry(user)
        {
            self.readers[reader] = Reader::Holds { user, entry };
        }
    }

    pub(super) fn entry(&self, user: u8) -> Option<Changes> {
        self.slot.as_ref().and_then(|slot| slot.entries[usize::from(user)])
    }

    /// The second, if memory had nothing: what was loaded, with what the reading says by now.
    pub(super) fn answer(&mut self, reader: usize, entry: Changes) {
        if let Reader::Waits { user, reading } = self.readers[reader] {
            let told = reading.applied.len().min(self.feed.applied.len());
            self.broken = self.broken.or(self.breach(user, told, reading, entry));
        }
        self.readers[reader] = Reader::Idle;
    }

    /// The second, if memory has something. It may happen at any moment, so every state is looked at.
    pub(super) fn look(&mut self, protocol: &Protocol) {
        for reader in self.readers.clone() {
            let answer = match reader {
                Reader::Looks { user, reading } => self.entry(user).map(|entry| (user, reading, entry)),
                Reader::Holds { user, entry } => self
                    .feed
                    .confirmed
                    .map(|confirmed| (user, Reading { applied: self.feed.applied, confirmed }, entry)),
                Reader::Idle | Reader::Waits { .. } => None,
            };
            if let Some((user, reading, entry)) = answer {
                let applied =
                    if protocol.has(Mutation::HitsAreNotReadAgain) { reading.applied } else { self.feed.applied };
                let told = reading.applied.len().min(applied.len());
                self.broken = self.broken.or(self.breach(user, told, reading, entry));
            }
        }
    }

    fn breach(&self, user: u8, told: usize, reading: Reading, entry: Changes) -> Option<Broken> {
        let concerning = self.servers.concerning(user);
        let contains = |changes: Changes| entry.include(changes.common(concerning));
        // The position is one of the history that was followed at the reading, of the one that is followed now, or of the
        // primary's: before a failover is noticed, these may be three.
        let keeps = |log: Log| told <= log.len() && contains(log.up_to(told).set());
        let histories = [reading.applied, self.feed.cursor.unwrap_or_default(), self.servers.primary];
        if !histories.into_iter().any(keeps) {
            return Some(Broken::Position);
        }
        let Reading { confirmed, .. } = reading;
        if !contains(confirmed.known.without(self.servers.lost)) {
            return Some(Broken::Age);
        }
        (!entry.common(confirmed.lost).is_empty()).then_some(Broken::LostHistory)
    }
}
