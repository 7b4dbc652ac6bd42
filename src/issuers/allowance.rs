//! How often an issuer may be asked: so many requests at once, then one per interval.
//!
//! The generic cell rate algorithm: one moment is the whole state, and all arithmetic is exact.

use std::time::Duration;

use crate::clock::Moment;

/// A budget of requests that fills up again.
#[derive(Debug)]
pub(super) struct Allowance {
    burst: u32,
    /// When the budget will be full.
    full_at: Moment,
}

impl Allowance {
    /// A full budget: so many at once.
    pub(super) const fn new(burst: u32) -> Self {
        Self { burst, full_at: Moment::START }
    }

    /// Takes one, of which another comes each `interval`; or says how long until there is one.
    pub(super) fn take(&mut self, now: Moment, interval: Duration) -> Result<(), Duration> {
        let full_at = self.full_at.max(now).plus(interval);
        let missing = full_at.since(now);
        let most = interval.saturating_mul(self.burst.max(1));
        let wait = missing.saturating_sub(most);
        if wait.is_zero() {
            self.full_at = full_at;
            return Ok(());
        }
        Err(wait)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_burst_passes_and_then_one_per_interval() {
        let mut allowance = Allowance::new(3);
        let mut now = Moment::START.plus(SECOND * 100);
        assert_eq!((0..5).filter(|_| allowance.take(now, SECOND).is_ok()).count(), 3);
        assert_eq!(allowance.take(now, SECOND), Err(SECOND));
        now = now.plus(SECOND / 2);
        assert_eq!(allowance.take(now, SECOND), Err(SECOND / 2));
        now = now.plus(SECOND / 2);
        assert_eq!((allowance.take(now, SECOND), allowance.take(now, SECOND)), (Ok(()), Err(SECOND)));
    }

    proptest! {
        #[test]
        fn no_stretch_of_time_sees_more_than_burst_and_rate(
            gaps in prop::collection::vec(0_u64..2_000, 1..200),
            burst in 1_u32..20,
        ) {
            let mut allowance = Allowance::new(burst);
            let mut now = Moment::START;
            let mut passed = Vec::new();
            for gap in gaps {
                now = now.plus(Duration::from_millis(gap));
                if allowance.take(now, SECOND).is_ok() {
                    passed.push(now);
                }
            }
            for (at, first) in passed.iter().enumerate() {
                for (further, last) in passed[at..].iter().enumerate() {
                    let allowed = u64::from(burst) + last.since(*first).as_secs();
                    prop_assert!((further as u64) < allowed);
                }
            }
        }
    }
}
