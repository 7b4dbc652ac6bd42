//! When an issuer's keys are fetched: a pure state machine, of moments and random numbers.
//!
//! One fetch at a time. It has a number, and an answer with any other number is not listened to: that of a fetch whose
//! actor died, or of one that was begun before the entry was switched off. Whatever happens, the next fetch has a time,
//! until the schedule is stopped.
//!
//! Misses bring a fetch forward. None puts one off: a miss whose fetch fails leaves the regular refresh where it was.

use std::time::Duration;

use super::policy::{KeyPolicy, part_of};
use super::validity::Validity;
use crate::clock::Moment;

/// An operator's wish counts once in this time.
const WISH_EVERY: Duration = Duration::from_secs(5);
/// So many answers without a usable key are needed before they are believed.
const NOTHING_USABLE_TIMES: u32 = 3;

/// The number of a fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FlightId(u64);

/// A fetch that is to be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Departure {
    /// Its number.
    pub(super) id: FlightId,
    /// Whether somebody waits for it.
    pub(super) urgent: bool,
}

/// What a fetch came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A set with usable keys, new or confirmed, that is good for so long.
    Keys(Option<Duration>),
    /// A set without one.
    NothingUsable(Option<Duration>),
    /// Anything else, with the issuer's `Retry-After`, if it sent one.
    Failed(Option<Duration>),
}

/// What follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Landing {
    /// Nothing: the answer is of a fetch that does not count any more.
    Ignored,
    /// The set counts, for so long.
    Counts(Validity),
    /// Nothing changes; the next fetch comes sooner.
    Failed,
}

/// What is going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Activity {
    /// Nothing will be fetched.
    Asleep,
    /// The last fetch was good, or there was none.
    Idle { due: Moment },
    /// A fetch is under way.
    InFlight { id: FlightId },
    /// The last fetch failed.
    Backoff { until: Moment },
}

/// Answers without a usable key, one after the other.
#[derive(Clone, Copy, Debug)]
struct NothingUsable {
    since: Moment,
    times: u32,
}

/// When to fetch.
#[derive(Debug)]
pub(super) struct Schedule {
    activity: Activity,
    flights: u64,
    /// Somebody waits for the next fetch.
    urgent: bool,
    /// When the set is to be refreshed, however many misses there are.
    refresh_at: Option<Moment>,
    failures: u32,
    last_success: Option<Moment>,
    last_wish: Option<Moment>,
    nothing_usable: Option<NothingUsable>,
}

impl Schedule {
    /// A schedule that fetches nothing until it is started.
    pub(super) const fn asleep() -> Self {
        Self {
            activity: Activity::Asleep,
            flights: 0,
            urgent: false,
            refresh_at: None,
            failures: 0,
            last_success: None,
            last_wish: None,
            nothing_usable: None,
        }
    }

    /// Makes the first fetch due soon. What somebody waits for already stays due now.
    pub(super) fn start(&mut self, now: Moment, random: u64, policy: &KeyPolicy) {
        if self.activity == Activity::Asleep {
            self.activity = Activity::Idle { due: now.plus(part_of(policy.first_within, random)) };
        }
    }

    /// Fetches nothing any more; a fetch under way does not count.
    pub(super) fn stop(&mut self) {
        *self = Self { flights: self.flights, ..Self::asleep() };
    }

    /// Begins a fetch if one is due.
    pub(super) fn begin(&mut self, now: Moment) -> Option<Departure> {
        self.due().filter(|due| *due <= now)?;
        self.flights = self.flights.wrapping_add(1);
        let id = FlightId(self.flights);
        self.activity = Activity::InFlight { id };
        Some(Departure { id, urgent: std::mem::take(&mut self.urgent) })
    }

    /// When a fetch has to be begun, if none is under way.
    pub(super) fn due(&self) -> Option<Moment> {
        match self.activity {
            Activity::Idle { due } => Some(due),
            Activity::Backoff { until } => Some(until),
            Activity::Asleep | Activity::InFlight { .. } => None,
        }
    }

    /// Whether a fetch is under way.
    pub(super) fn is_in_flight(&self) -> bool {
        matches!(self.activity, Activity::InFlight { .. })
    }

    /// Whether a fetch is under way, or will be as soon as the actor looks.
    pub(super) fn is_coming(&self) -> bool {
        self.urgent || self.is_in_flight()
    }

    /// Whether the outcome of a fetch is known.
    pub(super) fn has_landed(&self) -> bool {
        self.last_success.is_some() || self.failures > 0
    }

    /// When the issuer last answered well.
    pub(super) fn last_success(&self) -> Option<Moment> {
        self.last_success
    }

    /// Failed fetches since the last good one.
    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    /// Somebody waits: the next fetch is due now.
    pub(super) fn bring_forward(&mut self, now: Moment) {
        if !self.is_in_flight() {
            self.urgent = true;
            let due = self.due().map_or(now, |due| due.min(now));
            self.activity = Activity::Idle { due };
        }
    }

    /// An operator wants a fetch now. If one was wanted a moment ago, the wish counts only after so long.
    pub(super) fn wish(&mut self, now: Moment) -> Result<(), Duration> {
        let early = self.last_wish.map_or(Duration::ZERO, |last| last.plus(WISH_EVERY).since(now));
        if !early.is_zero() {
            return Err(early);
        }
        self.last_wish = Some(now);
        self.bring_forward(now);
        Ok(())
    }

    /// Nobody is left who could hear the answer to the fetch under way: it is due again.
    pub(super) fn interrupted(&mut self, now: Moment) {
        if self.is_in_flight() {
            self.activity = Activity::Idle { due: now };
            self.urgent = true;
        }
    }

    /// Takes in what a fetch came to. `is_cold`: there are no keys so far.
    pub(super) fn land(
        &mut self,
        id: FlightId,
        outcome: Outcome,
        is_cold: bool,
        now: Moment,
        random: u64,
        policy: &KeyPolicy,
    ) -> Landing {
        if self.activity != (Activity::InFlight { id }) {
            return Landing::Ignored;
        }
        match outcome {
            Outcome::Keys(lifetime) => self.succeed(lifetime, now, random, policy),
            Outcome::NothingUsable(lifetime) if self.believes_in_nothing(now, policy) => {
                self.succeed(lifetime, now, random, policy)
            }
            Outcome::NothingUsable(_) => self.fail(None, is_cold, now, random, policy),
            Outcome::Failed(retry_after) => self.fail(retry_after, is_cold, now, random, policy),
        }
    }

    fn succeed(&mut self, lifetime: Option<Duration>, now: Moment, random: u64, policy: &KeyPolicy) -> Landing {
        let validity = Validity::confirmed(lifetime, now, policy);
        let due = now.plus(share_of(validity.fresh_until.since(now), random));
        self.activity = Activity::Idle { due };
        self.refresh_at = Some(due);
        self.failures = 0;
        self.last_success = Some(now);
        self.nothing_usable = None;
        Landing::Counts(validity)
    }

    fn fail(
        &mut self,
        retry_after: Option<Duration>,
        is_cold: bool,
        now: Moment,
        random: u64,
        policy: &KeyPolicy,
    ) -> Landing {
        let pause = policy.backoff.pause(self.failures, is_cold, random);
        let regular = self.refresh_at.filter(|refresh| *refresh > now);
        let until = regular.map_or(now.plus(pause), |regular| regular.min(now.plus(pause)));
        let asked_for = retry_after.map_or(now, |after| now.plus(after));
        self.activity = Activity::Backoff { until: until.max(asked_for) };
        self.failures = self.failures.saturating_add(1);
        Landing::Failed
    }

    /// A realm may have all its keys disabled, and an issuer may have a bad minute: only time tells them apart.
    fn believes_in_nothing(&mut self, now: Moment, policy: &KeyPolicy) -> bool {
        let seen = self.nothing_usable.get_or_insert(NothingUsable { since: now, times: 0 });
        seen.times = seen.times.saturating_add(1);
        seen.times >= NOTHING_USABLE_TIMES && now.since(seen.since) >= policy.nothing_usable_for
    }
}

/// Between 75 and 90 hundredths of a set's life: ahead of its end, and not all sets at once.
fn share_of(life: Duration, random: u64) -> Duration {
    life * 3 / 4 + part_of(life * 3 / 20, random)
}

#[cfg(test)]
mod tests;
