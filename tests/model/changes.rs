//! Changes, logs of them, and sets of them: small enough to be copied into every state.

use claimsmith::directory::{Nonce, Place, Position};

/// Most changes that one run commits.
pub(super) const MOST: u8 = 6;

/// A set of changes. A change is a number, counted in the order of commits over all servers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Changes(u8);

impl Changes {
    pub(super) const fn with(self, change: u8) -> Self {
        Self(self.0 | 1 << change)
    }

    pub(super) const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    pub(super) const fn common(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    pub(super) const fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    pub(super) const fn include(self, others: Self) -> bool {
        self.without(others).0 | others.0 == self.0
    }

    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// The change log of one server. Positions have no gaps, so that a new primary draws as many of the old numbers as it can.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Log {
    changes: [u8; MOST as usize],
    length: u8,
}

impl Log {
    pub(super) const fn len(self) -> usize {
        self.length as usize
    }

    pub(super) fn push(&mut self, change: u8) {
        self.changes[self.len()] = change;
        self.length += 1;
    }

    /// What a server has that has replayed so much of this.
    pub(super) fn up_to(mut self, length: usize) -> Self {
        while self.len() > length {
            self.length -= 1;
            self.changes[self.len()] = 0;
        }
        self
    }

    pub(super) fn after(self, length: usize) -> impl Iterator<Item = (Place, u8)> {
        (length..self.len()).map(move |at| (place_of(at, self.changes[at]), self.changes[at]))
    }

    pub(super) fn set(self) -> Changes {
        self.after(0).fold(Changes::default(), |set, (_, change)| set.with(change))
    }

    /// The newest place.
    pub(super) fn head(self) -> Place {
        self.after(self.len().saturating_sub(1)).next().map_or(Place::BEGINNING, |(place, _)| place)
    }

    /// Whether a row says so.
    pub(super) fn has(self, place: Place) -> bool {
        self.after(0).any(|(row, _)| row == place)
    }

    pub(super) fn position(self) -> Position {
        self.head().position
    }

    /// What both have before they part.
    pub(super) fn shared_with(self, other: Self) -> Self {
        let shared = self.after(0).zip(other.after(0)).take_while(|(one, another)| one == another).count();
        self.up_to(shared)
    }
}

fn place_of(at: usize, change: u8) -> Place {
    Place { position: Position::new(at as u64 + 1), nonce: Some(Nonce::new(u128::from(change) + 1)) }
}
