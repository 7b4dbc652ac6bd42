//! Whether an endpoint may be asked: not while it is down, and then by one request at a time until it answers.
//!
//! Pure: moments and random numbers come in. Closed: everything passes; so many failures in a row open it. Open: nothing
//! passes until a moment that lies further away after each failure. Half-open: one probe passes; its outcome closes the
//! breaker or opens it again.
//!
//! A [`Permit`] knows in which phase it was given. What was sent before the breaker opened says nothing about the endpoint
//! as it is now, so its outcome is ignored.

use std::time::Duration;

use crate::clock::Moment;

/// Failures in a row that open the breaker.
const TOLERATED: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// No longer: while it is open, no token that is not remembered is accepted.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
const SHORTEST_PAUSE: Duration = Duration::from_millis(250);
/// Within these the endpoint itself may say how long.
const RETRY_AFTER: (Duration, Duration) = (Duration::from_secs(1), Duration::from_hours(1));

/// The guard before one endpoint.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    phase: Phase,
    /// Grows with every change of the phase.
    epoch: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Closed { failures: u32 },
    Open { until: Moment, attempt: u32 },
    HalfOpen { attempt: u32 },
}

impl Default for Phase {
    fn default() -> Self {
        Self::Closed { failures: 0 }
    }
}

/// One request may be sent.
#[derive(Debug)]
#[must_use]
pub(super) struct Permit {
    epoch: u64,
}

/// How an endpoint took a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Health {
    /// It answered, whatever it said.
    Well,
    /// It did not, or wants to be left alone.
    Ill {
        /// For so long, in its own words.
        retry_after: Option<Duration>,
    },
}

/// What an outcome changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing that anybody needs to know.
    None,
    /// Requests do not pass from now on.
    Opened,
    /// They do again.
    Closed,
}

impl Breaker {
    /// How long nothing passes; `None` when a request may be sent now.
    pub(super) fn pause(&self, now: Moment) -> Option<Duration> {
        match self.phase {
            Phase::Closed { .. } => None,
            Phase::Open { until, .. } if until <= now => None,
            Phase::Open { until, .. } => Some(until.since(now)),
            // The probe is on its way; what it brings is known soon.
            Phase::HalfOpen { .. } => Some(FIRST_PAUSE),
        }
    }

    /// Lets one request pass, or says for how long none does.
    pub(super) fn admit(&mut self, now: Moment) -> Result<Permit, Duration> {
        if let Some(pause) = self.pause(now) {
            return Err(pause);
        }
        if let Phase::Open { attempt, .. } = self.phase {
            self.enter(Phase::HalfOpen { attempt });
        }
        Ok(Permit { epoch: self.epoch })
    }

    /// Takes in how a request went.
    pub(super) fn settle(&mut self, permit: &Permit, health: Health, now: Moment, random: u64) -> Change {
        if permit.epoch != self.epoch {
            return Change::None;
        }
        match (self.phase, health) {
            (Phase::Closed { .. }, Health::Well) => {
                self.phase = Phase::Closed { failures: 0 };
                Change::None
            }
            (Phase::Closed { failures }, Health::Ill { retry_after: None }) if failures + 1 < TOLERATED => {
                self.phase = Phase::Closed { failures: failures + 1 };
                Change::None
            }
            (Phase::Closed { .. }, Health::Ill { retry_after }) => {
                self.open(0, retry_after, now, random);
                Change::Opened
            }
            (Phase::HalfOpen { .. }, Health::Well) => {
                self.enter(Phase::Closed { failures: 0 });
                Change::Closed
            }
            (Phase::HalfOpen { attempt }, Health::Ill { retry_after }) => {
                self.open(attempt.saturating_add(1), retry_after, now, random);
                Change::None
            }
            (Phase::Open { .. }, _) => Change::None,
        }
    }

    /// Whoever sent requests has died with them: a probe that was on its way tells nothing any more.
    pub(super) fn forget_requests(&mut self, now: Moment) {
        if let Phase::HalfOpen { attempt } = self.phase {
            self.enter(Phase::Open { until: now, attempt });
        }
    }

    /// Whether requests pass freely.
    pub(super) const fn is_closed(&self) -> bool {
        matches!(self.phase, Phase::Closed { .. })
    }

    /// How many failures there were in a row while it was closed.
    pub(super) const fn failures(&self) -> u32 {
        match self.phase {
            Phase::Closed { failures } => failures,
            Phase::Open { .. } | Phase::HalfOpen { .. } => TOLERATED,
        }
    }

    fn open(&mut self, attempt: u32, retry_after: Option<Duration>, now: Moment, random: u64) {
        let (least, most) = RETRY_AFTER;
        let pause = retry_after.map_or_else(|| pause_before(attempt, random), |told| told.clamp(least, most));
        self.enter(Phase::Open { until: now.plus(pause), attempt });
    }

    const fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.epoch += 1;
    }
}

/// Full jitter under a ceiling that doubles, so that replicas do not come back together.
fn pause_before(attempt: u32, random: u64) -> Duration {
    let ceiling = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(attempt)).min(LONGEST_PAUSE);
    let micros = ceiling.as_micros() * u128::from(random) / u128::from(u64::MAX);
    Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX)).clamp(SHORTEST_PAUSE, LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ILL: Health = Health::Ill { retry_after: None };

    fn opened(now: Moment) -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 0..TOLERATED {
            let permit = breaker.admit(now).unwrap();
            breaker.settle(&permit, ILL, now, u64::MAX);
        }
        breaker
    }

    #[test]
    fn failures_in_a_row_open_it_and_an_answer_between_them_starts_the_row_anew() {
        let mut breaker = Breaker::default();
        let now = Moment::START;
        for health in [ILL, ILL, ILL, ILL, Health::Well, ILL, ILL, ILL, ILL] {
            let permit = breaker.admit(now).unwrap();
            assert_eq!(breaker.settle(&permit, health, now, u64::MAX), Change::None);
        }
        let permit = breaker.admit(now).unwrap();
        assert_eq!(breaker.settle(&permit, ILL, now, u64::MAX), Change::Opened);
        assert_eq!(breaker.admit(now).unwrap_err(), Duration::from_secs(1));
    }

    #[test]
    fn after_the_pause_one_probe_passes_and_its_success_closes_it() {
        let mut breaker = opened(Moment::START);
        let later = Moment::START.plus(Duration::from_secs(1));
        let probe = breaker.admit(later).unwrap();
        assert!(breaker.admit(later).is_err(), "a second probe");
        assert_eq!(breaker.settle(&probe, Health::Well, later, u64::MAX), Change::Closed);
        assert!(breaker.admit(later).is_ok() && breaker.admit(later).is_ok());
    }

    #[test]
    fn each_failed_probe_doubles_the_pause_up_to_its_maximum() {
        let mut now = Moment::START;
        let mut breaker = opened(now);
        let mut pauses = Vec::new();
        for _ in 0..7 {
            let pause = breaker.pause(now).unwrap();
            pauses.push(pause.as_secs());
            now = now.plus(pause);
            let probe = breaker.admit(now).unwrap();
            breaker.settle(&probe, ILL, now, u64::MAX);
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30]);
    }

    #[test]
    fn the_endpoint_may_say_itself_how_long_within_bounds() {
        for (told, waits) in [(0, 1), (7, 7), (1_000_000, 3_600)] {
            let mut breaker = Breaker::default();
            let permit = breaker.admit(Moment::START).unwrap();
            let health = Health::Ill { retry_after: Some(Duration::from_secs(told)) };
            assert_eq!(breaker.settle(&permit, health, Moment::START, 0), Change::Opened);
            assert_eq!(breaker.pause(Moment::START), Some(Duration::from_secs(waits)));
        }
    }

    #[test]
    fn what_was_sent_before_it_opened_changes_nothing() {
        let mut breaker = Breaker::default();
        let early: Vec<Permit> = (0..20).map(|_| breaker.admit(Moment::START).unwrap()).collect();
        for permit in &early {
            breaker.settle(permit, ILL, Moment::START, u64::MAX);
        }
        assert_eq!(breaker.pause(Moment::START), Some(Duration::from_secs(1)), "later failures do not lengthen it");
        assert_eq!(breaker.settle(&early[0], Health::Well, Moment::START, u64::MAX), Change::None);
        assert!(breaker.pause(Moment::START).is_some());
    }

    #[test]
    fn a_probe_whose_sender_died_makes_room_for_another() {
        let mut breaker = opened(Moment::START);
        let later = Moment::START.plus(Duration::from_secs(1));
        let lost = breaker.admit(later).unwrap();
        breaker.forget_requests(later);
        let probe = breaker.admit(later).unwrap();
        assert_eq!(breaker.settle(&lost, Health::Well, later, u64::MAX), Change::None);
        assert_eq!(breaker.settle(&probe, Health::Well, later, u64::MAX), Change::Closed);
    }

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Wait(u64),
        Send,
        Settle(usize, bool, Option<u64>),
        Die,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0_u64..3_000).prop_map(Step::Wait),
            Just(Step::Send),
            (0_usize..8, any::<bool>(), prop::option::of(0_u64..5_000))
                .prop_map(|(at, well, after)| Step::Settle(at, well, after)),
            Just(Step::Die),
        ]
    }

    proptest! {
        #[test]
        fn a_pause_stays_within_its_bounds(attempt in any::<u32>(), random in any::<u64>()) {
            let pause = pause_before(attempt, random);
            prop_assert!(pause >= SHORTEST_PAUSE && pause <= LONGEST_PAUSE);
        }

        /// Whatever happens: nothing passes during a pause, at most one probe is out, and it always opens up again.
        #[test]
        fn it_never_leaks_and_never_stays_shut(
            steps in prop::collection::vec(step(), 1..120),
            random in any::<u64>(),
        ) {
            let mut breaker = Breaker::default();
            let mut now = Moment::START;
            let mut out: Vec<Permit> = Vec::new();
            for step in steps {
                match step {
                    Step::Wait(millis) => now = now.plus(Duration::from_millis(millis)),
                    Step::Send => {
                        let (pause, was_closed) = (breaker.pause(now), breaker.is_closed());
                        let admitted = breaker.admit(now);
                        prop_assert_eq!(admitted.is_ok(), pause.is_none());
                        if let Ok(permit) = admitted {
                            prop_assert!(was_closed || breaker.pause(now).is_some(), "a second probe would pass");
                            out.push(permit);
                        }
                    }
                    Step::Settle(at, well, after) if at < out.len() => {
                        let permit = out.swap_remove(at);
                        let retry_after = after.map(Duration::from_secs);
                        let health = if well { Health::Well } else { Health::Ill { retry_after } };
                        breaker.settle(&permit, health, now, random);
                    }
                    Step::Settle(..) => {}
                    Step::Die => {
                        out.clear();
                        breaker.forget_requests(now);
                    }
                }
            }
            for permit in out.drain(..) {
                breaker.settle(&permit, Health::Well, now, random);
            }
            let later = now.plus(RETRY_AFTER.1);
            prop_assert!(breaker.admit(later).is_ok(), "shut for good: {breaker:?}");
        }
    }
}
