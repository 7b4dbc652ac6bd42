//! When to restart, and when to stop trying: pure decisions over moments and a random number.
//!
//! The restarts that lie within the window are the only memory. Their number is the exponent of the delay *and* what the
//! budget counts, so a run that stays healthy for one window resets both.

use std::collections::VecDeque;
use std::time::Duration;

use crate::clock::Moment;

/// How an actor is restarted.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The delay before the first restart, and the least delay before any.
    pub restart_min: Duration,
    /// The longest delay before a restart; less than `restart_min` means `restart_min`.
    pub restart_max: Duration,
    /// How many restarts are allowed within `window`; the next death after them exhausts the budget.
    pub budget: u32,
    /// The time for which a restart counts.
    pub window: Duration,
    /// An actor without a sign of life for this long is replaced, at the latest when two thirds more have passed.
    pub frozen_after: Duration,
    /// What follows when the budget is exhausted.
    pub on_exhausted: OnExhausted,
}

/// What follows when an actor keeps dying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnExhausted {
    /// The service is of no use without this actor: shut the process down.
    StopProcess,
    /// The others go on without this actor.
    GiveUp,
}

impl Policy {
    /// How often an actor shows that it is alive: three times per `frozen_after`, so that one late beat is no alarm.
    pub(super) fn beat_interval(&self) -> Duration {
        // A timer with a period of zero panics.
        (self.frozen_after / 3).max(Duration::from_millis(1))
    }

    /// The delay before a restart when `recent` restarts lie in the window, spread by `random` from 0 to 1.
    fn delay(&self, recent: usize, random: f64) -> Duration {
        let doublings = u32::try_from(recent).unwrap_or(u32::MAX);
        let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
        let ceiling = self.restart_min.saturating_mul(factor).min(self.restart_max).max(self.restart_min);
        let spread = ceiling.saturating_sub(self.restart_min);
        let jitter = Duration::try_from_secs_f64(spread.as_secs_f64() * random).unwrap_or(spread);
        self.restart_min.saturating_add(jitter.min(spread))
    }
}

/// The restarts of one actor that still count.
#[derive(Debug, Default)]
pub(super) struct RestartHistory {
    recent: VecDeque<Moment>,
}

impl RestartHistory {
    /// The delay before the restart that a death at `now` calls for, or `None` when the budget is exhausted.
    pub(super) fn next_delay(&mut self, policy: &Policy, now: Moment, random: f64) -> Option<Duration> {
        while self.recent.front().is_some_and(|restart| now.since(*restart) >= policy.window) {
            self.recent.pop_front();
        }
        let restarts = self.recent.len();
        if u32::try_from(restarts).is_ok_and(|count| count < policy.budget) {
            self.recent.push_back(now);
            return Some(policy.delay(restarts, random));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn policy() -> Policy {
        Policy {
            restart_min: Duration::from_millis(100),
            restart_max: Duration::from_secs(5),
            budget: 4,
            window: Duration::from_mins(1),
            frozen_after: Duration::from_secs(30),
            on_exhausted: OnExhausted::GiveUp,
        }
    }

    #[test]
    fn the_first_restart_takes_the_least_delay_whatever_the_jitter() {
        for random in [0.0, 0.5, 1.0] {
            let delay = RestartHistory::default().next_delay(&policy(), Moment::START, random);
            assert_eq!(delay, Some(Duration::from_millis(100)));
        }
    }

    #[test]
    fn the_delay_doubles_up_to_its_maximum() {
        let generous = Policy { budget: 100, ..policy() };
        let mut history = RestartHistory::default();
        let delays: Vec<_> = (0..8).filter_map(|_| history.next_delay(&generous, Moment::START, 1.0)).collect();
        let millis: Vec<_> = delays.iter().map(Duration::as_millis).collect();
        assert_eq!(millis, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    }

    #[test]
    fn the_budget_is_exhausted_by_the_death_after_the_last_restart() {
        let mut history = RestartHistory::default();
        for _ in 0..4 {
            assert!(history.next_delay(&policy(), Moment::START, 0.0).is_some());
        }
        assert_eq!(history.next_delay(&policy(), Moment::START, 0.0), None);
    }

    #[test]
    fn a_healthy_window_resets_delay_and_budget() {
        let mut history = RestartHistory::default();
        for _ in 0..4 {
            history.next_delay(&policy(), Moment::START, 1.0);
        }
        let later = Moment::START.plus(Duration::from_mins(1));
        assert_eq!(history.next_delay(&policy(), later, 1.0), Some(Duration::from_millis(100)));
    }

    #[test]
    fn a_budget_of_zero_never_restarts() {
        let none = Policy { budget: 0, ..policy() };
        assert_eq!(RestartHistory::default().next_delay(&none, Moment::START, 0.0), None);
    }

    proptest! {
        #[test]
        fn a_delay_stays_within_its_bounds(
            minimum in 0_u64..10_000,
            extra in 0_u64..100_000,
            recent in 0_usize..200,
            random in prop_oneof![0.0..=1.0_f64, Just(f64::NAN), Just(-1.0), Just(f64::INFINITY)],
        ) {
            let bounds = Policy {
                restart_min: Duration::from_millis(minimum),
                restart_max: Duration::from_millis(minimum + extra),
                ..policy()
            };
            let delay = bounds.delay(recent, random);
            prop_assert!(delay >= bounds.restart_min && delay <= bounds.restart_max);
        }

        #[test]
        fn no_window_ever_holds_more_restarts_than_the_budget(
            gaps in prop::collection::vec(0_u64..40, 1..200),
            budget in 0_u32..6,
        ) {
            let bounded = Policy { budget, ..policy() };
            let mut history = RestartHistory::default();
            let mut now = Moment::START;
            let mut restarts = Vec::new();
            for gap in gaps {
                now = now.plus(Duration::from_secs(gap));
                let in_window = restarts.iter().filter(|restart| now.since(**restart) < bounded.window).count();
                let allowed = history.next_delay(&bounded, now, 0.0).is_some();
                prop_assert_eq!(allowed, in_window < budget as usize);
                if allowed {
                    restarts.push(now);
                }
            }
        }
    }
}
