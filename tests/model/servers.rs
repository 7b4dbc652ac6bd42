//! The database: a primary, a replica that trails it, and after a failover the old primary, which may not know that it is.

use claimsmith::directory::Place;

use super::changes::{Changes, Log};

/// Whom a connection leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Host {
    Primary,
    /// Was the primary when the connection was made, and still answers.
    Old,
    Replica,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Servers {
    pub(super) primary: Log,
    pub(super) old: Option<Log>,
    pub(super) replica: Log,
    /// The changes that concern the second user; all others concern the first.
    of_second: Changes,
    pub(super) committed: u8,
    /// What the failover lost.
    pub(super) lost: Changes,
}

/// What `claimsmith.since()` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Since {
    pub(super) log: Log,
    pub(super) is_reset: bool,
}

impl Servers {
    pub(super) fn log(&self, host: Host) -> Log {
        match host {
            Host::Primary => self.primary,
            Host::Old => self.old.unwrap_or(self.primary),
            Host::Replica => self.replica,
        }
    }

    pub(super) fn commit(&mut self, user: u8) {
        self.primary.push(self.committed);
        if user == 1 {
            self.of_second = self.of_second.with(self.committed);
        }
        self.committed += 1;
    }

    /// A standby that has replayed so much becomes the primary.
    pub(super) fn fail_over(&mut self, kept: usize) {
        let old = self.primary;
        self.primary = old.up_to(kept);
        self.lost = old.set().without(self.primary.set());
        self.old = Some(old);
    }

    /// The replica replays one change more of the server that it follows: the old primary, until it is pointed to the new.
    pub(super) fn next_to_replay(&self) -> Option<u8> {
        let followed = [Some(self.primary), self.old];
        let source = followed.into_iter().flatten().find(|log| log.shared_with(self.replica) == self.replica)?;
        source.after(self.replica.len()).next().map(|(_, change)| change)
    }

    pub(super) fn replay(&mut self) {
        if let Some(change) = self.next_to_replay() {
            self.replica.push(change);
        }
    }

    pub(super) fn concerning(&self, user: u8) -> Changes {
        let all = self.primary.set().and(self.lost);
        if user == 1 { self.of_second } else { all.without(self.of_second) }
    }

    pub(super) fn user_of(&self, change: u8) -> u8 {
        u8::from(self.of_second.include(Changes::default().with(change)))
    }

    /// As the SQL has it: no gap, no other history, and every witness is there.
    pub(super) fn since(&self, host: Host, cursor: Option<Log>, witnesses: &[Place]) -> Since {
        let log = self.log(host);
        let continues = cursor.is_some_and(|cursor| match cursor.len() {
            0 => log.len() == 0,
            _ => log.has(cursor.head()),
        });
        Since { log, is_reset: !continues || witnesses.iter().any(|witness| !log.has(*witness)) }
    }
}
