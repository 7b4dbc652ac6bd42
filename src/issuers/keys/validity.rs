//! How long a set of keys counts.

use std::time::Duration;

use serde::Serialize;

use super::policy::KeyPolicy;
use crate::clock::Moment;

/// What the keys of an issuer entry are worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// There never was a usable set.
    Cold,
    /// As new as the issuer asks for.
    Fresh,
    /// Overdue, and still trusted.
    Stale,
    /// Too old to be trusted.
    Expired,
    /// The entry is gone or switched off.
    Disabled,
}

impl KeyState {
    /// Every state of an entry that there is; one that is gone is not counted.
    pub(super) const COUNTED: [Self; 4] = [Self::Cold, Self::Fresh, Self::Stale, Self::Expired];

    /// The state as a metric label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Cold => "cold",
            Self::Fresh => "fresh",
            Self::Stale => "stale",
            Self::Expired => "expired",
            Self::Disabled => "disabled",
        }
    }
}

/// Until when a set counts, and as what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Validity {
    /// When the issuer last said that this is its set.
    pub(super) fetched_at: Moment,
    /// From here on it is stale.
    pub(super) fresh_until: Moment,
    /// From here on it has expired.
    pub(super) stale_until: Moment,
}

impl Validity {
    /// Of a set that is part of the configuration.
    pub(super) const FOR_EVER: Self = Self {
        fetched_at: Moment::START,
        fresh_until: Moment::from_micros(u64::MAX),
        stale_until: Moment::from_micros(u64::MAX),
    };

    /// Of a set that the issuer has just confirmed; `lifetime` is what its headers say.
    pub(super) fn confirmed(lifetime: Option<Duration>, now: Moment, policy: &KeyPolicy) -> Self {
        let fresh = policy.fresh_for(lifetime);
        Self { fetched_at: now, fresh_until: now.plus(fresh), stale_until: now.plus(policy.max_stale) }
    }

    /// Of a set that was confirmed `age` ago, by another process; `None` if that is too long ago.
    pub(super) fn restored(age: Duration, now: Moment, policy: &KeyPolicy) -> Option<Self> {
        let left = policy.max_stale.checked_sub(age).filter(|left| !left.is_zero())?;
        Some(Self { fetched_at: now, fresh_until: now, stale_until: now.plus(left) })
    }

    /// What the set is worth now.
    pub(super) fn state(&self, now: Moment) -> KeyState {
        if now < self.fresh_until {
            KeyState::Fresh
        } else if now < self.stale_until {
            KeyState::Stale
        } else {
            KeyState::Expired
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Moment = Moment::from_micros(7_000_000);

    fn fresh_for(lifetime: Option<Duration>, policy: &KeyPolicy) -> Duration {
        Validity::confirmed(lifetime, NOW, policy).fresh_until.since(NOW)
    }

    #[test]
    fn an_issuer_that_says_nothing_means_fifteen_minutes() {
        assert_eq!(fresh_for(None, &KeyPolicy::default()), Duration::from_mins(15));
    }

    #[test]
    fn what_headers_say_counts_between_five_minutes_and_an_hour() {
        let policy = KeyPolicy::default();
        assert_eq!(fresh_for(Some(Duration::ZERO), &policy), Duration::from_mins(5));
        assert_eq!(fresh_for(Some(Duration::from_secs(15)), &policy), Duration::from_mins(5));
        assert_eq!(fresh_for(Some(Duration::from_mins(20)), &policy), Duration::from_mins(20));
        assert_eq!(fresh_for(Some(Duration::MAX), &policy), Duration::from_hours(1));
    }

    #[test]
    fn a_set_is_fresh_then_stale_then_expired() {
        let validity = Validity::confirmed(None, NOW, &KeyPolicy::default());
        assert_eq!(validity.state(NOW), KeyState::Fresh);
        assert_eq!(validity.state(NOW.plus(Duration::from_mins(15))), KeyState::Stale);
        assert_eq!(validity.state(NOW.plus(Duration::from_hours(24) - Duration::from_micros(1))), KeyState::Stale);
        assert_eq!(validity.state(NOW.plus(Duration::from_hours(24))), KeyState::Expired);
    }

    #[test]
    fn what_another_process_left_is_stale_at_once_and_expires_when_it_would_have() {
        let policy = KeyPolicy::default();
        let validity = Validity::restored(Duration::from_hours(23), NOW, &policy).unwrap();
        assert_eq!(validity.state(NOW), KeyState::Stale);
        assert_eq!(validity.state(NOW.plus(Duration::from_hours(1))), KeyState::Expired);
        assert_eq!(Validity::restored(Duration::from_hours(24), NOW, &policy), None);
    }

    proptest! {
        #[test]
        fn no_header_and_no_setting_brings_the_states_out_of_order(
            lifetime in proptest::option::of(any::<u64>()),
            refresh_min in 1_u64..100_000,
            refresh_max in 1_u64..100_000,
            max_stale in 1_u64..1_000_000,
            now in any::<u64>(),
        ) {
            let policy = KeyPolicy {
                refresh_min: Duration::from_millis(refresh_min),
                refresh_max: Duration::from_millis(refresh_max),
                max_stale: Duration::from_millis(max_stale),
                ..KeyPolicy::default()
            };
            let validity = Validity::confirmed(lifetime.map(Duration::from_secs), Moment::from_micros(now), &policy);
            prop_assert!(validity.fetched_at <= validity.fresh_until);
            prop_assert!(validity.fresh_until <= validity.stale_until);
        }
    }
}
