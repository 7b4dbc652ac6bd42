//! How often a caller may ask: token buckets, one for each caller and one for all who have no key, on this replica.
//!
//! A bucket is the one moment at which it will be full again, so taking from it is one compare-and-swap and nothing has to
//! refill it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::clock::Moment;
use crate::config;
use crate::error::{Code, Refusal};

const SECOND: u64 = 1_000_000;

/// Limits each caller on its own, so that none uses up what another needs.
#[derive(Debug)]
pub(super) struct RateLimit {
    callers: BTreeMap<Box<str>, Bucket>,
    keyless: Bucket,
}

impl RateLimit {
    /// For the configured callers.
    pub(super) fn from_settings(settings: &config::Settings) -> Self {
        let config::Discovery { per_second, burst, .. } = settings.discovery;
        let bucket = || Bucket::new(per_second, burst);
        Self {
            callers: settings.callers.keys().map(|name| (name.as_str().into(), bucket())).collect(),
            keyless: bucket(),
        }
    }

    /// Counts a request of this caller, or of somebody without a key, unless it is one too many.
    pub(super) fn admit(&self, caller: Option<&str>, now: Moment) -> Result<(), Refusal> {
        let bucket = caller.and_then(|name| self.callers.get(name)).unwrap_or(&self.keyless);
        bucket.take(now).map_err(|pause| Refusal { retry_after: Some(pause), ..Code::RateLimited.into() })
    }
}

/// So many at once, and so many a second in the long run.
#[derive(Debug)]
struct Bucket {
    /// When it will be full again, microseconds. In the past once it is.
    full_at: AtomicU64,
    /// What one request takes, microseconds.
    share: u64,
    /// What a full bucket holds, microseconds.
    depth: u64,
}

impl Bucket {
    fn new(per_second: usize, burst: usize) -> Self {
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX).max(1);
        let share = (SECOND / number(per_second)).max(1);
        Self { full_at: AtomicU64::new(0), share, depth: share.saturating_mul(number(burst)) }
    }

    /// Takes one, or says after which time there is one.
    fn take(&self, now: Moment) -> Result<(), Duration> {
        let now = now.as_micros();
        let mut full_at = self.full_at.load(Ordering::Relaxed);
        loop {
            let taken = full_at.max(now).saturating_add(self.share);
            let missing = taken.saturating_sub(now).saturating_sub(self.depth);
            if missing > 0 {
                return Err(Duration::from_micros(missing));
            }
            match self.full_at.compare_exchange_weak(full_at, taken, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Ok(()),
                Err(other) => full_at = other,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(bucket: &Bucket, now: Moment) -> usize {
        (0..1_000).take_while(|_| bucket.take(now).is_ok()).count()
    }

    #[test]
    fn a_bucket_lets_its_burst_pass_and_then_as_many_as_flow_in() {
        let bucket = Bucket::new(10, 5);
        let start = Moment::from_micros(7 * SECOND);
        assert_eq!(taken(&bucket, start), 5);
        assert_eq!(taken(&bucket, start.plus(Duration::from_millis(99))), 0);
        assert_eq!(taken(&bucket, start.plus(Duration::from_millis(100))), 1);
        assert_eq!(taken(&bucket, start.plus(Duration::from_millis(350))), 2);
        assert_eq!(taken(&bucket, start.plus(Duration::from_mins(1))), 5, "it never holds more than its burst");
    }

    #[test]
    fn who_is_refused_may_come_back_after_the_time_that_it_is_told() {
        let bucket = Bucket::new(2, 1);
        let start = Moment::from_micros(SECOND);
        assert_eq!(bucket.take(start), Ok(()));
        let later = start.plus(Duration::from_millis(200));
        let pause = bucket.take(later).unwrap_err();
        assert_eq!(pause, Duration::from_millis(300));
        assert!(bucket.take(later.plus(Duration::from_micros(299_999))).is_err());
        assert_eq!(bucket.take(later.plus(pause)), Ok(()));
    }

    #[test]
    fn threads_that_take_at_once_never_get_more_than_there_is() {
        let bucket = Bucket::new(1, 500);
        let all: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| taken(&bucket, Moment::START))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(all, 500);
    }
}
