//! What has really happened: the ledger, resolved by the logs of the servers.
//!
//! An *era* is the life of one primary, and ends with a failover. The log of each era was read whole, from the killed server
//! too, so no transaction stays uncertain: it is in a log or it is not. One that is in the log of an era and not in that of
//! the next is *lost*. Order is (era in which it committed, position): within an era it is the log's, and what an era keeps
//! of the one before stands before what it adds.

use std::collections::HashMap;

use claimsmith::clock::Moment;

use super::ledger::{Fate, Written};
use super::world::{Mark, Object, State};

/// Which transaction drew which position.
pub(super) type Log = HashMap<Mark, u64>;

/// The life of one primary.
#[derive(Debug, Default)]
pub(super) struct Era {
    pub(super) log: Log,
    /// `None` for the last.
    pub(super) end: Option<Failover>,
}

/// How an era ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failover {
    /// The old primary answered nobody after this.
    pub(super) killed: Moment,
    /// The new one took no write before this.
    pub(super) promoting: Moment,
}

/// A version of an object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Version {
    pub(super) mark: Mark,
    pub(super) state: State,
    pub(super) position: u64,
    /// The era in which it committed.
    pub(super) era: usize,
    /// Whether the failover at the end of an era lost it, and which.
    pub(super) lost: Option<usize>,
    pub(super) sent: Moment,
    pub(super) acknowledged: Option<Moment>,
}

/// Every version of every object, in order.
pub(super) struct Truth {
    pub(super) versions: Vec<Vec<Version>>,
    pub(super) failovers: Vec<Failover>,
    /// Positions by the moment before which nobody can have seen them, each the highest so far.
    highest: Vec<(Moment, u64)>,
    /// Transactions that committed.
    pub(super) changes: usize,
    /// Of those, how many a failover lost.
    pub(super) lost: usize,
}

/// A server that broke a promise of its own, or a ledger that is wrong: nothing can be judged then.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Contradiction {
    /// Acknowledged, and in no log.
    Vanished(Mark),
    /// Never committed, and in a log.
    Resurrected(Mark),
    /// The writer was told another position than the log has.
    OtherPosition(Mark),
}

impl Truth {
    /// `first_position` is that of what was there at the start.
    pub(super) fn resolve(written: &[Written], eras: &[Era], first_position: u64) -> Result<Self, Contradiction> {
        let mut truth = Self {
            versions: Object::every().map(|object| vec![first_version(object)]).collect(),
            failovers: eras.iter().filter_map(|era| era.end).collect(),
            highest: vec![(Moment::START, first_position)],
            changes: 0,
            lost: 0,
        };
        for transaction in written {
            truth.take_in(transaction, eras)?;
        }
        for versions in &mut truth.versions {
            versions.sort_by_key(|version| (version.era, version.position));
        }
        truth.highest.sort_unstable();
        let mut highest = 0;
        for (_, position) in &mut truth.highest {
            highest = highest.max(*position);
            *position = highest;
        }
        Ok(truth)
    }

    fn take_in(&mut self, transaction: &Written, eras: &[Era]) -> Result<(), Contradiction> {
        let mark = transaction.mark;
        let Some(era) = eras.iter().position(|era| era.log.contains_key(&mark)) else {
            let is_acknowledged = matches!(transaction.fate, Fate::Acknowledged { .. });
            return if is_acknowledged { Err(Contradiction::Vanished(mark)) } else { Ok(()) };
        };
        let position = eras[era].log[&mark];
        let acknowledged = match transaction.fate {
            Fate::RolledBack => return Err(Contradiction::Resurrected(mark)),
            Fate::Acknowledged { position: Some(told), .. } if told != position => {
                return Err(Contradiction::OtherPosition(mark));
            }
            Fate::Acknowledged { at, .. } => Some(at),
            Fate::Uncertain => None,
        };
        let lost = (era..eras.len() - 1).find(|era| !eras[era + 1].log.contains_key(&mark));
        for (object, state) in &transaction.sets {
            let version = Version { mark, state: *state, position, era, lost, sent: transaction.sent, acknowledged };
            self.versions[object.index()].push(version);
        }
        self.highest.push((transaction.sent, position));
        self.changes += 1;
        self.lost += usize::from(lost.is_some());
        Ok(())
    }

    /// The highest position that anybody can have seen at `moment`.
    pub(super) fn highest_by(&self, moment: Moment) -> u64 {
        let later = self.highest.partition_point(|(sent, _)| *sent <= moment);
        self.highest[..later].last().map_or(0, |(_, position)| *position)
    }

    /// What holds in the end.
    pub(super) fn last(&self, object: Object) -> Version {
        let kept = |version: &&Version| version.lost.is_none();
        *self.versions[object.index()].iter().rfind(kept).unwrap()
    }
}

fn first_version(object: Object) -> Version {
    let state = match object {
        Object::Member(subject) => State::Holds(subject.first_role()),
        Object::Role { .. } => State::Means,
    };
    let start = Moment::START;
    Version { mark: 0, state, position: 0, era: 0, lost: None, sent: start, acknowledged: Some(start) }
}
