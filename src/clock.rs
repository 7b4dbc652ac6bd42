//! Time and randomness as arguments.
//!
//! The only module that may ask the system for the time (`clippy.toml` bans the rest). Rooms receive a [`SharedClock`];
//! tests hand in a [`ManualClock`] and decide themselves how much time has passed.
//!
//! Deliberately absent: sleeping. Waiting is `tokio::time`'s business; what a wait *means* is decided from [`Moment`]s.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A point on the process's monotonic time line, in microseconds since the clock was made.
///
/// It fits an atomic, so that the age of the cache can be published without a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(u64);

impl Moment {
    /// The moment at which the clock was made.
    pub const START: Self = Self(0);

    /// The moment `micros` microseconds after the clock was made.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Microseconds since the clock was made.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Whole seconds since the clock was made, saturating at `u32::MAX` (136 years).
    #[must_use]
    pub fn as_coarse_seconds(self) -> u32 {
        u32::try_from(self.0 / 1_000_000).unwrap_or(u32::MAX)
    }

    /// The time from `earlier` to `self`; zero when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }

    /// The moment `duration` after this one, saturating.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)))
    }
}

/// A source of time.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The present, on the monotonic time line of this clock.
    fn now(&self) -> Moment;

    /// The present as a calendar time: for metrics, logs, and the times that tokens carry. Nothing else is compared with
    /// another machine's clock.
    fn wall(&self) -> SystemTime;

    /// Whole seconds since the Unix epoch, as `NumericDate` of a JWT counts them (RFC 7519 section 2).
    fn unix_time(&self) -> i64 {
        self.wall().duration_since(UNIX_EPOCH).map_or(0, |elapsed| i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX))
    }

    /// Seconds since the Unix epoch, for `*_timestamp_seconds` metrics.
    fn unix_seconds(&self) -> f64 {
        self.wall().duration_since(UNIX_EPOCH).map_or(0.0, |elapsed| elapsed.as_secs_f64())
    }
}

/// A source of random numbers as rooms hold it, for spreading work. Not for secrets.
pub type Random = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Numbers that differ between replicas and calls.
#[must_use]
pub fn random() -> Random {
    let (seed, calls) = (RandomState::new(), AtomicU64::new(0));
    Arc::new(move || seed.hash_one(calls.fetch_add(1, Ordering::Relaxed)))
}

/// The clock as rooms hold it.
pub type SharedClock = Arc<dyn Clock>;

/// The machine's own clock.
///
/// On Linux it goes on while the machine sleeps (`CLOCK_BOOTTIME`, `clock_gettime(2)`): whoever wakes up with a full cache must
/// know how old it is. A virtual machine that is paused without its knowledge cannot be helped.
#[derive(Debug)]
pub struct SystemClock {
    start: Reading,
}

impl SystemClock {
    /// A clock whose [`Moment::START`] is now.
    #[must_use]
    pub fn shared() -> SharedClock {
        Arc::new(Self { start: Reading::now() })
    }
}

/// What the system's monotonic clock shows.
#[cfg(target_os = "linux")]
#[derive(Clone, Copy, Debug)]
struct Reading(Duration);

#[cfg(target_os = "linux")]
impl Reading {
    fn now() -> Self {
        let shown = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        let (seconds, nanos) = (u64::try_from(shown.tv_sec), u32::try_from(shown.tv_nsec));
        Self(Duration::new(seconds.unwrap_or_default(), nanos.unwrap_or_default()))
    }

    fn elapsed(self) -> Duration {
        Self::now().0.saturating_sub(self.0)
    }
}

/// What the system's monotonic clock shows.
#[cfg(not(target_os = "linux"))]
#[derive(Clone, Copy, Debug)]
struct Reading(std::time::Instant);

#[cfg(not(target_os = "linux"))]
impl Reading {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system")]
    fn now() -> Self {
        Self(std::time::Instant::now())
    }

    fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        Moment::START.plus(self.start.elapsed())
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system")]
    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// A clock that moves only when it is told to.
#[derive(Debug, Default)]
pub struct ManualClock {
    micros: AtomicU64,
}

impl ManualClock {
    /// A clock that stands at [`Moment::START`].
    #[must_use]
    pub fn shared() -> Arc<Self> {
        Arc::new(Self::default())
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.micros.fetch_add(u64::try_from(by.as_micros()).unwrap_or(u64::MAX), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Moment {
        Moment::from_micros(self.micros.load(Ordering::SeqCst))
    }

    fn wall(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_micros(self.micros.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_never_yields_a_negative_duration() {
        let early = Moment::from_micros(5);
        let late = early.plus(Duration::from_millis(2));
        assert_eq!(late.since(early), Duration::from_millis(2));
        assert_eq!(early.since(late), Duration::ZERO);
        assert_eq!(Moment::from_micros(u64::MAX).plus(Duration::from_secs(1)), Moment::from_micros(u64::MAX));
    }

    #[test]
    fn a_manual_clock_stands_still_until_it_is_advanced() {
        let clock = ManualClock::shared();
        assert_eq!(clock.now(), Moment::START);
        clock.advance(Duration::from_secs(3));
        assert_eq!(clock.now().as_coarse_seconds(), 3);
    }
}
