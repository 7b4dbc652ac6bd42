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
use crate::issuers::Backoff;

/// Failures in a row that open the breaker.
const TOLERATED: u32 = 5;
/// What a probe brings is known by then.
const PROBE: Duration = Duration::from_secs(1);

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
            Phase::HalfOpen { .. } => Some(PROBE),
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
        // As cold as an issuer without keys: meanwhile no token that is not remembered is accepted.
        let pause = retry_after.unwrap_or_else(|| Backoff::default().pause(attempt, true, random));
        self.enter(Phase::Open { until: now.plus(pause), attempt });
    }

    const fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.epoch += 1;
    }
}

#[cfg(test)]
mod tests;
