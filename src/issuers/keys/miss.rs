//! What a token with an unknown `kid` may cause: pure decisions, in the order of the rules.
//!
//! One fetch brings the whole set. So the bound is on fetches and not on names: whoever sends tokens with random names
//! cannot keep a new good key out for longer than one unit of the budget takes to come back.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Moment;
use crate::issuers::allowance::Allowance;

/// How long a name that the newest set does not have stays unknown without another look.
const REMEMBERED_FOR: Duration = Duration::from_mins(1);
/// How many such names are remembered.
const REMEMBERED: usize = 512;
/// How many tokens may wait for one issuer's keys.
const WAITING: usize = 1024;
/// How many fetches may follow each other at once.
const BURST: u32 = 2;
/// With the budget spent, a set that was confirmed this recently is believed to be complete.
const RECENT: Duration = Duration::from_mins(1);

/// What follows from a miss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// The issuer has no such key.
    Unknown,
    /// Wait for the fetch under way. Whoever waits says so when it ends: [`Misses::leave`].
    Join,
    /// The same, and start one.
    Fetch,
    /// Nothing is under way, and a token that names no key causes nothing.
    Unnamed,
    /// Too many wait already.
    Crowded,
    /// The budget is spent and nobody knows: it has another unit at this moment.
    Spent(Moment),
}

/// What is known about misses of one issuer entry.
#[derive(Debug)]
pub(super) struct Misses {
    unknown: Names,
    budget: Allowance,
    waiting: usize,
}

/// Names that the newest set does not have, oldest first.
#[derive(Debug, Default)]
struct Names {
    ages: VecDeque<(Moment, Arc<str>)>,
    names: HashSet<Arc<str>>,
}

impl Misses {
    /// Nothing is known, and the budget is full.
    pub(super) fn new() -> Self {
        Self { unknown: Names::default(), budget: Allowance::new(BURST), waiting: 0 }
    }

    /// What follows from a token with this `kid`, which the set does not have. `is_coming`: a fetch is under way
    /// or about to be.
    pub(super) fn decide(
        &mut self,
        kid: Option<&str>,
        is_coming: bool,
        last_success: Option<Moment>,
        now: Moment,
        interval: Duration,
    ) -> Decision {
        if kid.is_some_and(|kid| self.unknown.holds(kid, now)) {
            return Decision::Unknown;
        }
        if self.waiting >= WAITING {
            return Decision::Crowded;
        }
        let decision = if is_coming {
            Decision::Join
        } else if kid.is_none() {
            return Decision::Unnamed;
        } else if let Err(wait) = self.budget.take(now, interval) {
            let is_recent = last_success.is_some_and(|last| now.since(last) <= RECENT);
            return if is_recent { Decision::Unknown } else { Decision::Spent(now.plus(wait)) };
        } else {
            Decision::Fetch
        };
        self.waiting += 1;
        decision
    }

    /// One of those who waited does not any more.
    pub(super) fn leave(&mut self) {
        self.waiting = self.waiting.saturating_sub(1);
    }

    /// The newest set does not have this name.
    pub(super) fn remember(&mut self, kid: &str, now: Moment) {
        self.unknown.add(kid, now);
    }

    /// There is a new set: what was unknown may be known.
    pub(super) fn forget_names(&mut self) {
        self.unknown = Names::default();
    }
}

impl Names {
    fn holds(&mut self, kid: &str, now: Moment) -> bool {
        while self.ages.front().is_some_and(|(since, _)| now.since(*since) >= REMEMBERED_FOR) {
            self.drop_oldest();
        }
        self.names.contains(kid)
    }

    fn add(&mut self, kid: &str, now: Moment) {
        if self.holds(kid, now) {
            return;
        }
        if self.names.len() >= REMEMBERED {
            self.drop_oldest();
        }
        let kid: Arc<str> = kid.into();
        self.names.insert(Arc::clone(&kid));
        self.ages.push_back((now, kid));
    }

    fn drop_oldest(&mut self) {
        if let Some((_, kid)) = self.ages.pop_front() {
            self.names.remove(&kid);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EVERY: Duration = Duration::from_secs(30);

    fn at(seconds: u64) -> Moment {
        Moment::START.plus(Duration::from_secs(100_000 + seconds))
    }

    /// A miss while nothing is under way and the issuer has never answered.
    fn miss(misses: &mut Misses, kid: &str, seconds: u64) -> Decision {
        misses.decide(Some(kid), false, None, at(seconds), EVERY)
    }

    #[test]
    fn a_name_that_the_newest_set_does_not_have_stays_unknown_for_a_minute() {
        let mut misses = Misses::new();
        misses.remember("gone", at(0));
        assert_eq!(miss(&mut misses, "gone", 59), Decision::Unknown);
        assert_eq!(miss(&mut misses, "gone", 60), Decision::Fetch);
    }

    #[test]
    fn a_new_set_makes_every_name_worth_a_look() {
        let mut misses = Misses::new();
        misses.remember("gone", at(0));
        misses.forget_names();
        assert_eq!(miss(&mut misses, "gone", 1), Decision::Fetch);
    }

    #[test]
    fn a_fetch_under_way_is_joined_without_paying() {
        let mut misses = Misses::new();
        for _ in 0..10 {
            assert_eq!(misses.decide(Some("new"), true, None, at(0), EVERY), Decision::Join);
        }
        assert_eq!([miss(&mut misses, "a", 0), miss(&mut misses, "b", 0)], [Decision::Fetch; 2]);
    }

    #[test]
    fn a_name_known_to_be_unknown_does_not_join_a_fetch() {
        let mut misses = Misses::new();
        misses.remember("gone", at(0));
        assert_eq!(misses.decide(Some("gone"), true, None, at(1), EVERY), Decision::Unknown);
    }

    #[test]
    fn a_token_that_names_no_key_joins_a_fetch_and_causes_none() {
        let mut misses = Misses::new();
        assert_eq!(misses.decide(None, true, None, at(0), EVERY), Decision::Join);
        assert_eq!(misses.decide(None, false, None, at(0), EVERY), Decision::Unnamed);
    }

    #[test]
    fn beyond_a_thousand_and_twenty_four_nobody_waits() {
        let mut misses = Misses::new();
        for _ in 0..1024 {
            assert_eq!(misses.decide(Some("new"), true, None, at(0), EVERY), Decision::Join);
        }
        assert_eq!(misses.decide(Some("new"), true, None, at(0), EVERY), Decision::Crowded);
        misses.leave();
        assert_eq!(misses.decide(Some("new"), true, None, at(0), EVERY), Decision::Join);
    }

    #[test]
    fn two_fetches_may_follow_each_other_and_then_one_every_thirty_seconds() {
        let mut misses = Misses::new();
        assert_eq!([miss(&mut misses, "a", 0), miss(&mut misses, "b", 1)], [Decision::Fetch; 2]);
        assert_eq!(miss(&mut misses, "c", 2), Decision::Spent(at(30)));
        assert_eq!(miss(&mut misses, "d", 30), Decision::Fetch);
        assert_eq!(miss(&mut misses, "e", 59), Decision::Spent(at(60)));
        assert_eq!(miss(&mut misses, "f", 60), Decision::Fetch);
    }

    #[test]
    fn with_the_budget_spent_a_set_of_the_last_minute_counts_as_complete() {
        let mut misses = Misses::new();
        miss(&mut misses, "a", 100);
        miss(&mut misses, "b", 100);
        assert_eq!(misses.decide(Some("c"), false, Some(at(41)), at(101), EVERY), Decision::Unknown);
        assert_eq!(misses.decide(Some("d"), false, Some(at(40)), at(101), EVERY), Decision::Spent(at(130)));
    }

    #[test]
    fn five_hundred_and_twelve_names_are_remembered_and_the_oldest_makes_room() {
        let mut misses = Misses::new();
        for number in 0..600 {
            misses.remember(&number.to_string(), at(0));
        }
        assert_eq!(misses.unknown.names.len(), 512);
        assert_eq!(misses.unknown.ages.len(), 512);
        assert_eq!(miss(&mut misses, "599", 1), Decision::Unknown);
        assert_eq!(miss(&mut misses, "0", 1), Decision::Fetch);
    }

    #[test]
    fn a_flood_of_names_neither_fetches_often_nor_keeps_a_unit_from_coming_back() {
        let mut misses = Misses::new();
        let fetches = (0..10_000_u64).filter(|number| {
            let now = at(0).plus(Duration::from_millis(number * 6));
            misses.decide(Some(&number.to_string()), false, Some(now), now, EVERY) == Decision::Fetch
        });
        assert_eq!(fetches.count(), 3, "two at once, one after thirty seconds");
        assert_eq!(miss(&mut misses, "new and good", 60), Decision::Fetch);
    }

    proptest! {
        #[test]
        fn in_any_span_there_are_at_most_two_fetches_and_one_per_interval(
            pauses in proptest::collection::vec(0_u64..40_000, 1..200),
        ) {
            let mut misses = Misses::new();
            let mut now = at(0);
            let mut fetched = Vec::new();
            for pause in pauses {
                now = now.plus(Duration::from_millis(pause));
                if misses.decide(Some("any"), false, None, now, EVERY) == Decision::Fetch {
                    misses.leave();
                    fetched.push(now);
                }
            }
            for (first, start) in fetched.iter().enumerate() {
                for (count, end) in (1_u32..).zip(&fetched[first..]) {
                    let intervals = u32::try_from(end.since(*start).as_secs() / EVERY.as_secs()).unwrap();
                    prop_assert!(count <= 2 + intervals);
                }
            }
        }
    }
}
