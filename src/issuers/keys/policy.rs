//! The numbers by which keys are kept: those that an operator may set, and those that are fixed.

use std::time::Duration;

use crate::config::Issuers;

/// What a provider that says nothing about the life of its set means.
const UNSAID: Duration = Duration::from_mins(15);

/// How keys are kept.
#[derive(Clone, Debug)]
pub struct KeyPolicy {
    /// A set is fetched again no sooner than this, whatever the issuer's headers say.
    pub refresh_min: Duration,
    /// And no later: how long a key that was withdrawn is trusted at most while the issuer answers.
    pub refresh_max: Duration,
    /// How long the last set is trusted while the issuer does not answer.
    pub max_stale: Duration,
    /// Unknown `kid`s cause one fetch in this time, after a burst of two.
    pub miss_interval: Duration,
    /// The first fetch is made within this time, so that many issuers do not begin at once.
    pub first_within: Duration,
    /// How long a token waits for a fetch, whatever its own deadline.
    pub wait: Duration,
    /// How failed fetches are spread.
    pub backoff: Backoff,
    /// An issuer has to show sets without a usable key for this long before it is believed.
    pub nothing_usable_for: Duration,
    /// How often discovery is repeated.
    pub discovery_every: Duration,
}

/// How failed fetches are spread: evenly between nothing and a ceiling that doubles.
#[derive(Clone, Debug)]
pub struct Backoff {
    /// The ceiling after the first failure.
    pub unit: Duration,
    /// No pause is shorter.
    pub least: Duration,
    /// The highest ceiling.
    pub most: Duration,
    /// The highest ceiling while there are no keys at all.
    pub most_while_cold: Duration,
}

impl Backoff {
    /// How long to wait after a failure that had so many before it in a row. Evenly spread, so that replicas do not come
    /// back together.
    pub(in crate::issuers) fn pause(&self, failures: u32, is_cold: bool, random: u64) -> Duration {
        let most = if is_cold { self.most_while_cold } else { self.most };
        let ceiling = self.unit.saturating_mul(2_u32.saturating_pow(failures)).min(most);
        part_of(ceiling, random).max(self.least)
    }
}

/// The part of `span` that a random number picks.
pub(super) fn part_of(span: Duration, random: u64) -> Duration {
    let micros = span.as_micros() * u128::from(random >> 32) / u128::from(u32::MAX);
    Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            unit: Duration::from_secs(1),
            least: Duration::from_millis(250),
            most: Duration::from_mins(5),
            most_while_cold: Duration::from_secs(30),
        }
    }
}

impl Default for KeyPolicy {
    fn default() -> Self {
        Self {
            refresh_min: Duration::from_mins(5),
            refresh_max: Duration::from_hours(1),
            max_stale: Duration::from_hours(24),
            miss_interval: Self::MISS_INTERVAL,
            first_within: Duration::from_secs(2),
            wait: Self::WAIT,
            backoff: Backoff::default(),
            nothing_usable_for: Duration::from_mins(10),
            discovery_every: Duration::from_hours(24),
        }
    }
}

impl From<&Issuers> for KeyPolicy {
    fn from(settings: &Issuers) -> Self {
        let Issuers {
            refresh_min,
            refresh_max,
            max_stale,
            miss_interval,
            fetch_timeout: _,
            max_fetches: _,
            keys_directory: _,
        } = settings;
        Self {
            refresh_min: *refresh_min,
            refresh_max: *refresh_max,
            max_stale: *max_stale,
            miss_interval: *miss_interval,
            ..Self::default()
        }
    }
}

impl KeyPolicy {
    /// How long a token waits by default.
    pub(super) const WAIT: Duration = Duration::from_secs(2);
    /// How often unknown `kid`s cause a fetch by default.
    pub(super) const MISS_INTERVAL: Duration = Duration::from_secs(30);

    /// How long keys are fresh of which the issuer's headers say that they may be kept for `lifetime`.
    pub(in crate::issuers) fn fresh_for(&self, lifetime: Option<Duration>) -> Duration {
        // Not longer than it is trusted at all: a set goes from fresh to stale to expired.
        lifetime.unwrap_or(UNSAID).min(self.refresh_max).max(self.refresh_min).min(self.max_stale)
    }

    /// The same with a bound of the entry's own; the shorter of the two counts.
    pub(in crate::issuers) fn with_max_stale(&self, own: Option<Duration>) -> Self {
        Self { max_stale: own.map_or(self.max_stale, |own| own.min(self.max_stale)), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_ceiling_of_pauses_doubles_up_to_half_a_minute_without_keys_and_five_minutes_with_some() {
        let seconds = |is_cold| {
            [0, 1, 2, 5, 9, u32::MAX].map(|failures| Backoff::default().pause(failures, is_cold, u64::MAX).as_secs())
        };
        assert_eq!(seconds(true), [1, 2, 4, 30, 30, 30]);
        assert_eq!(seconds(false), [1, 2, 4, 32, 300, 300]);
    }

    proptest! {
        #[test]
        fn every_pause_is_within_its_bounds(failures in any::<u32>(), is_cold in any::<bool>(), random in any::<u64>()) {
            let backoff = Backoff::default();
            let pause = backoff.pause(failures, is_cold, random);
            let most = if is_cold { backoff.most_while_cold } else { backoff.most };
            prop_assert!(pause >= backoff.least && pause <= most);
        }
    }
}
