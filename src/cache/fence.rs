//! May what a query brought be published?
//!
//! A load reads its position in the same statement as its data, so the data contains every change up to that position.
//! The fence stands at the newest change that touched this cache. A load from before it is refused, however it came to
//! be late: begun before the change, or read from a replica that lags. "A change came meanwhile, so discard" would be
//! right only for loads from the primary.

use crate::directory::Position;

/// The newest change that touched a cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Fence {
    floor: Position,
}

impl Fence {
    /// A fence for a cache that starts now: at everything that is known by now.
    pub const fn at(floor: Position) -> Self {
        Self { floor }
    }

    /// A change touched this cache.
    pub fn raise(&mut self, position: Position) {
        self.floor = self.floor.max(position);
    }

    /// Whether data that contains every change up to `head` may be published.
    pub fn admits(self, head: Position) -> bool {
        head >= self.floor
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever order changes are told in, nothing older than any of them is admitted, and nothing newer is refused.
        #[test]
        fn only_loads_that_contain_every_change_are_admitted(changes in prop::collection::vec(0_u64..50, 0..20), head in 0_u64..50) {
            let mut fence = Fence::default();
            for change in &changes {
                fence.raise(Position::new(*change));
            }
            prop_assert_eq!(fence.admits(Position::new(head)), changes.iter().all(|change| *change <= head));
        }
    }
}
