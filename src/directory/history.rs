//! Whose history is this? What the feed has followed, and what loads have seen that it has not.
//!
//! Positions of two servers cannot be compared: after a failover that lost commits, the new server draws the same numbers
//! for other transactions. A nonce per position tells them apart. So every load brings the nonce of its position too, and
//! here it is compared with what the feed has followed.
//!
//! A load may have run ahead of the feed. Then nobody knows yet whose its position is, so it counts only up to what the feed
//! has followed, and only if the server that answered holds that in its log. Its own place is kept as a *witness*: the next
//! statement of the feed, which is sent after the load was answered, must find every witness in the log that it reads. If it
//! does not, the load came from a server whose history this is not, and everything is dropped. So it is noticed too when pool
//! and feed speak to different servers, as when one of them clings to a demoted primary.
//!
//! Pure bookkeeping: no clock, no I/O.

use std::collections::{BTreeSet, VecDeque};

use super::identifiers::Position;
use super::place::{Nonce, Place};

/// Most places that are remembered; a load that is further behind counts as forgotten and is asked for again.
const KNOWN_MOST: usize = 10_000;
/// Most witnesses; beyond, everything is read anew instead.
const WITNESSES_MOST: usize = 1_000;

/// How a place stands to the history that is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is in it.
    Known,
    /// It is further than the feed has followed.
    Ahead,
    /// It is in another: that position was drawn by another transaction here, or by none.
    Foreign,
    /// It lies too far back to be told.
    Forgotten,
}

/// Counts histories: what was asked in one must not be taken for an answer of the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Epoch(u64);

/// The history that is followed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct History {
    epoch: Epoch,
    /// Every place of the log from the first of these on, in order; empty before the first contact.
    known: VecDeque<(Position, Nonce)>,
    head: Position,
    witnesses: BTreeSet<Place>,
    /// There were more witnesses than can be kept.
    is_overrun: bool,
}

impl History {
    /// Which of the histories this is.
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The newest place that was followed.
    pub fn followed(&self) -> Place {
        self.known
            .back()
            .map_or(Place::BEGINNING, |(position, nonce)| Place { position: *position, nonce: Some(*nonce) })
    }

    /// Whether this place belongs to the history. A place without a nonce is judged by its position alone.
    pub fn judge(&self, place: Place) -> Standing {
        if place.position > self.head {
            return Standing::Ahead;
        }
        let Some(nonce) = place.nonce else { return Standing::Known };
        let Some((oldest, _)) = self.known.front() else { return Standing::Forgotten };
        if place.position < *oldest {
            return Standing::Forgotten;
        }
        let found = self.known.binary_search_by_key(&place.position, |(position, _)| *position);
        match found.ok().and_then(|at| self.known.get(at)) {
            Some((_, known)) if *known == nonce => Standing::Known,
            _ => Standing::Foreign,
        }
    }

    /// The primary has answered a load, asked for in `epoch`, from this place. What is neither `Known` nor `Ahead` must not
    /// be published. Foreign to the feed, it is a witness too: one of the two speaks to the wrong server.
    pub fn witness(&mut self, place: Place, epoch: Epoch) -> Standing {
        if epoch != self.epoch {
            return Standing::Forgotten;
        }
        let standing = self.judge(place);
        if matches!(standing, Standing::Ahead | Standing::Foreign) && place.nonce.is_some() {
            if self.witnesses.len() < WITNESSES_MOST {
                self.witnesses.insert(place);
            } else {
                self.is_overrun |= !self.witnesses.contains(&place);
            }
        }
        standing
    }

    /// What the next statement of the feed has to find in the log; `None` when they are too many to ask for.
    pub fn witnesses(&self) -> Option<Vec<Place>> {
        (!self.is_overrun).then(|| self.witnesses.iter().copied().collect())
    }

    /// The feed has read on: these places follow, and the witnesses that it had been sent are in the log.
    pub fn follow(&mut self, places: &[(Position, Nonce)], found: &[Place]) {
        for (position, nonce) in places {
            if *position > self.head {
                self.known.push_back((*position, *nonce));
                self.head = *position;
            }
        }
        while self.known.len() > KNOWN_MOST {
            self.known.pop_front();
        }
        for witness in found {
            self.witnesses.remove(witness);
        }
    }

    /// Who answers may be another server from now on: what is under way has to be asked again. What is followed stays.
    pub fn renew(&mut self) {
        self.epoch = Epoch(self.epoch.0.wrapping_add(1));
    }

    /// Another history begins, or this one is taken up at another place: nothing from before can be compared with it.
    pub fn restart(&mut self, head: Place) {
        *self = Self {
            epoch: Epoch(self.epoch.0.wrapping_add(1)),
            known: head.nonce.map(|nonce| (head.position, nonce)).into_iter().collect(),
            head: head.position,
            witnesses: BTreeSet::new(),
            is_overrun: false,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(position: u64, nonce: u128) -> Place {
        Place { position: Position::new(position), nonce: Some(Nonce::new(nonce)) }
    }

    /// Followed from 10 to 12 and 14; nobody drew 13.
    fn history() -> History {
        let mut history = History::default();
        history.restart(at(10, 1));
        let places = [(11, 2), (12, 3), (14, 4)].map(|(position, nonce)| (Position::new(position), Nonce::new(nonce)));
        history.follow(&places, &[]);
        history
    }

    #[test]
    fn a_place_is_known_by_its_nonce() {
        let history = history();
        assert_eq!(history.judge(at(12, 3)), Standing::Known);
        assert_eq!(history.judge(at(12, 4)), Standing::Foreign, "another transaction drew that position");
        assert_eq!(history.judge(at(13, 4)), Standing::Foreign, "nobody drew that position here");
        assert_eq!(history.judge(at(9, 3)), Standing::Forgotten);
        assert_eq!(history.judge(at(15, 3)), Standing::Ahead);
        assert_eq!(history.judge(Place { nonce: None, ..at(13, 0) }), Standing::Known, "nothing to compare");
        assert_eq!(history.judge(Place::BEGINNING), Standing::Known);
    }

    #[test]
    fn who_ran_ahead_is_asked_for_until_found() {
        let mut history = history();
        let epoch = history.epoch();
        assert_eq!(history.witness(at(15, 5), epoch), Standing::Ahead);
        assert_eq!(history.witness(at(14, 4), epoch), Standing::Known);
        let sent = history.witnesses().unwrap();
        assert_eq!(sent, [at(15, 5)]);
        assert_eq!(history.witness(at(16, 6), epoch), Standing::Ahead, "while the statement is under way");
        history.follow(&[(Position::new(15), Nonce::new(5))], &sent);
        assert_eq!(history.witnesses().unwrap(), [at(16, 6)]);
        assert_eq!(history.judge(at(15, 5)), Standing::Known);
    }

    #[test]
    fn what_was_asked_in_another_history_is_foreign() {
        let mut history = history();
        let before = history.epoch();
        history.witness(at(15, 5), before);
        history.restart(at(20, 9));
        assert_eq!(history.witnesses().unwrap(), []);
        assert_eq!(history.witness(at(20, 9), before), Standing::Forgotten);
        assert_eq!(history.witness(at(20, 9), history.epoch()), Standing::Known);
        assert_eq!(history.judge(at(14, 4)), Standing::Forgotten);
    }

    #[test]
    fn too_many_witnesses_are_as_good_as_a_missing_one() {
        let mut history = history();
        let epoch = history.epoch();
        for number in 0..WITNESSES_MOST as u64 {
            history.witness(at(100 + number, 7), epoch);
        }
        history.witness(at(100, 7), epoch);
        assert_eq!(history.witnesses().map(|witnesses| witnesses.len()), Some(WITNESSES_MOST));
        history.witness(at(99, 7), epoch);
        assert_eq!(history.witnesses(), None);
        history.restart(at(2_000, 1));
        assert!(history.witnesses().is_some());
    }

    #[test]
    fn only_so_many_places_are_remembered() {
        let mut history = history();
        let places: Vec<_> = (20..20 + KNOWN_MOST as u64).map(|n| (Position::new(n), Nonce::new(1))).collect();
        history.follow(&places, &[]);
        assert_eq!(history.judge(at(14, 4)), Standing::Forgotten);
        assert_eq!(history.judge(at(20, 1)), Standing::Known);
    }
}
