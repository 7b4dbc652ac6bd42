//! What is published of one opaque entry: what its issuer said, and whether the issuer may be asked. It outlives the actor,
//! so that a panic forgets neither.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::breaker::{Breaker, Change, Health, Permit};
use super::memory::{Lives, Memory};
use super::metrics::{OpaqueMetrics, ProtocolMetrics};
use super::opaque_actor::OpaqueActor;
use crate::clock::Moment;
use crate::issuers::allowance::Allowance;
use crate::issuers::{Entry, Source};
use crate::supervision::Handle;

/// One version of one entry.
pub(super) struct OpaqueSlot {
    pub(super) entry: Arc<Entry>,
    pub(super) memory: Memory,
    pub(super) actor: OnceLock<Handle<OpaqueActor>>,
    /// Cancelled when the entry has changed or is gone.
    pub(super) retired: CancellationToken,
    pub(super) metrics: ProtocolMetrics,
    gate: Mutex<Gate>,
}

struct Gate {
    breaker: Breaker,
    allowance: Allowance,
    /// How long one unit of the allowance takes to come back.
    interval: Duration,
}

/// Why no question may be asked now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    /// The endpoint is down; nobody waits for that.
    Down(Duration),
    /// It was asked too often; soon it may be asked again.
    Rate(Duration),
}

impl OpaqueSlot {
    pub(super) fn new(entry: &Arc<Entry>, metrics: &OpaqueMetrics) -> Arc<Self> {
        let (protocol, lives) = match &entry.source {
            Source::Introspection(introspection) => ("introspection", Lives::of(introspection.cache)),
            Source::GitHub(_) | Source::Keys(_) | Source::None => ("github", Lives::default()),
        };
        // GitHub counts 5,000 requests an hour for each application.
        let (burst, interval) = match &entry.source {
            Source::GitHub(_) => (500, Duration::from_millis(720)),
            Source::Introspection(_) | Source::Keys(_) | Source::None => (200, Duration::from_millis(10)),
        };
        let gate = Gate { breaker: Breaker::default(), allowance: Allowance::new(burst), interval };
        Arc::new(Self {
            entry: Arc::clone(entry),
            memory: Memory::new(lives),
            actor: OnceLock::new(),
            retired: CancellationToken::new(),
            metrics: metrics.of(protocol),
            gate: Mutex::new(gate),
        })
    }

    /// How long the endpoint is left alone; `None` if it may be asked.
    pub(super) fn pause(&self, now: Moment) -> Option<Duration> {
        self.gate.lock().breaker.pause(now)
    }

    /// Lets one question pass, or says why not.
    pub(super) fn admit(&self, now: Moment) -> Result<Permit, Hold> {
        let mut gate = self.gate.lock();
        // The breaker last: a permit that is taken and not used would leave it half-open for ever.
        if let Some(pause) = gate.breaker.pause(now) {
            return Err(Hold::Down(pause));
        }
        let interval = gate.interval;
        gate.allowance.take(now, interval).map_err(Hold::Rate)?;
        gate.breaker.admit(now).map_err(Hold::Down)
    }

    /// Takes in how a question went, and says what that changed and how many failures in a row there were before.
    pub(super) fn settle(&self, permit: &Permit, health: Health, now: Moment, random: u64) -> (Change, u32) {
        let mut gate = self.gate.lock();
        let failures = gate.breaker.failures();
        let change = gate.breaker.settle(permit, health, now, random);
        if !self.retired.is_cancelled() {
            match change {
                Change::Opened => self.metrics.open.inc(),
                Change::Closed => self.metrics.open.dec(),
                Change::None => {}
            }
        }
        (change, failures)
    }

    /// Whoever had asked is gone.
    pub(super) fn forget_questions(&self, now: Moment) {
        self.gate.lock().breaker.forget_requests(now);
    }

    /// From now on nobody reads here, and the actor ends.
    pub(super) fn retire(&self) {
        let gate = self.gate.lock();
        if !self.retired.is_cancelled() && !gate.breaker.is_closed() {
            self.metrics.open.dec();
        }
        self.retired.cancel();
    }
}

impl fmt::Debug for OpaqueSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpaqueSlot").field("entry", &self.entry.id).finish_non_exhaustive()
    }
}
