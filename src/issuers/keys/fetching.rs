//! Fetches: the way of a key into a slot, from the actor's side. The reader's side is `waiting`.
//!
//! The actor begins a fetch here and brings back what came of it. The slot decides what that changes, under the lock of its
//! desk, so an actor that dies on the way leaves nothing half done.

use std::sync::Arc;
use std::time::Duration;

use super::arrival::{Arrival, Brought, Document, Failure};
use super::flight::Flight;
use super::key_set::{KeySet, Version};
use super::last_good::Keep;
use super::location::Move;
use super::metrics::{Fetched, KeyMetrics};
use super::schedule::{Departure, FlightId, Landing, Outcome};
use super::slot::{Attendance, Desk, KeySlot};
use super::validity::Validity;
use futures_util::FutureExt as _;

use crate::clock::Moment;
use crate::jose::Keys;

/// What came of an operator's wish for a fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// The keys are being fetched.
    Started,
    /// There is no such entry with keys, or it has just ended.
    Unknown,
    /// A fetch was wished for a moment ago.
    TooSoon {
        /// When the next wish counts.
        retry_after: Duration,
    },
    /// The keys stand in the entry itself.
    NeverFetched,
}

/// What a landing changes in the set.
struct Change {
    keys: Option<Arc<Keys>>,
    version: Option<Version>,
    body: Option<Vec<u8>>,
}

impl KeySlot {
    /// Lets somebody fetch. What nobody has heard the answer to is fetched again.
    pub(super) fn attend(&self, attendance: Attendance, random: u64) {
        let mut desk = self.desk.lock();
        let now = attendance.clock.now();
        if !self.origin.is_inline() && !desk.has_ended {
            desk.schedule.start(now, random, &attendance.policy);
        }
        self.attendance.store(Some(Arc::new(attendance)));
    }

    /// A new incarnation of the actor is at work: what the one before was waiting for will not come.
    pub(super) fn interrupted(&self, now: Moment) {
        self.desk.lock().schedule.interrupted(now);
    }

    /// When the next fetch has to begin, if none is under way.
    pub(super) fn due(&self) -> Option<Moment> {
        self.desk.lock().schedule.due()
    }

    /// Begins a fetch if one is due.
    pub(super) fn begin(&self, attendance: &Attendance) -> Option<Flight> {
        let now = attendance.clock.now();
        let mut desk = self.desk.lock();
        let Departure { id, urgent } = desk.schedule.begin(now)?;
        // A call that came for an earlier fetch is not for this one.
        let _ = self.hurry.notified().now_or_never();
        Some(Flight {
            id,
            urgent,
            discover: desk.location.is_discovery_due(now, &attendance.policy),
            uri: desk.location.uri().map(Into::into),
            held: self.published.load().as_ref().map(|set| set.version.clone()),
        })
    }

    /// An operator wants a fetch now.
    pub fn refresh_now(&self) -> Refresh {
        let attendance = self.attendance.load();
        let Some(attendance) = attendance.as_deref() else { return Refresh::Unknown };
        let mut desk = self.desk.lock();
        if desk.has_ended {
            return Refresh::Unknown;
        }
        if self.origin.is_inline() {
            return Refresh::NeverFetched;
        }
        if let Err(retry_after) = desk.schedule.wish(attendance.clock.now()) {
            return Refresh::TooSoon { retry_after };
        }
        drop(desk);
        self.wake();
        Refresh::Started
    }

    /// Takes in what a fetch brought. Says what to keep on disk.
    pub(super) fn land(&self, id: FlightId, arrival: Arrival, attendance: &Attendance, random: u64) -> Option<Keep> {
        let Attendance { clock, policy, metrics, .. } = attendance;
        let now = clock.now();
        let mut desk = self.desk.lock();
        let published = self.published.load_full();
        let (outcome, result) = judge(&arrival.keys, published.as_deref());
        let landing = desk.schedule.land(id, outcome, published.is_none(), now, random, policy);
        if landing == Landing::Ignored {
            return None;
        }
        self.take_in_discovery(&mut desk, arrival.discovery, now, metrics);
        desk.location.asked(matches!(&arrival.keys, Err(failure) if failure.is_not_found));
        metrics.fetched(Fetched::Keys, result);
        desk.last_result = result;
        let landed = *self.landings.borrow() + 1;
        let kept = match (landing, arrival.keys) {
            (Landing::Counts(validity), Ok(brought)) => {
                desk.last_good = landed;
                self.report_dropped(&brought, metrics);
                self.publish(&mut desk, brought, validity, attendance)
            }
            (_, outcome) => {
                self.report_failure(&desk, outcome, metrics);
                None
            }
        };
        self.report_state(&mut desk, now);
        self.landings.send_replace(landed);
        kept
    }

    /// Publishes keys that another process left, unless there are newer ones.
    pub(super) fn restore(&self, set: KeySet, now: Moment) {
        let mut desk = self.desk.lock();
        if desk.has_ended || self.published.load().is_some() {
            return;
        }
        desk.location.remembered(&set.version.uri);
        self.published.store(Some(Arc::new(set)));
        self.report_state(&mut desk, now);
        // No landing: what the set does not have may still exist.
        self.landings.send_modify(|_| ());
    }

    fn publish(&self, desk: &mut Desk, brought: Brought, validity: Validity, attendance: &Attendance) -> Option<Keep> {
        let change = Change::of(brought);
        let published = self.published.load_full();
        let previous = published.as_deref();
        let generation = previous.map_or(0, |set| set.generation);
        let is_new = change.keys.is_some();
        let keys = change.keys.or_else(|| previous.map(|set| Arc::clone(&set.keys)))?;
        let version = change.version.or_else(|| previous.map(|set| set.version.clone()))?;
        if is_new {
            desk.misses.forget_names();
            self.report_rotation(&keys, previous, &attendance.metrics);
        }
        let confirmed_at = attendance.clock.unix_seconds();
        attendance.metrics.last_success(confirmed_at);
        let generation = if is_new { generation + 1 } else { generation };
        let set = KeySet { generation, keys, validity, confirmed_at, version: version.clone() };
        self.published.store(Some(Arc::new(set)));
        Some(Keep { confirmed_at, version, body: change.body })
    }

    fn take_in_discovery(
        &self,
        desk: &mut Desk,
        discovery: Option<Result<Box<str>, Failure>>,
        now: Moment,
        metrics: &KeyMetrics,
    ) {
        let issuer = self.origin.issuer.as_str();
        match discovery {
            None => {}
            Some(Ok(uri)) => {
                metrics.fetched(Fetched::Discovery, "good");
                if desk.location.found(&uri, &self.origin.source.jwks_hosts, now) == Move::Refused {
                    let from = desk.location.uri();
                    metrics.fetched(Fetched::Discovery, "moved");
                    tracing::warn!(
                        issuer,
                        from,
                        to = &*uri,
                        "the issuer says that its keys are on another host now; they are still fetched from the old one: \
                         if the new host is the issuer's, add it to jwks_hosts of the entry"
                    );
                }
            }
            Some(Err(failure)) => {
                metrics.fetched(Fetched::Discovery, failure.class);
                let Failure { class, detail, .. } = failure;
                tracing::warn!(issuer, class, detail, "discovery failed; no keys are lost");
            }
        }
    }
}

impl Change {
    fn of(brought: Brought) -> Self {
        match brought {
            Brought::Same { version, .. } => Self { keys: None, version, body: None },
            Brought::Document { document: Document { keys, version, body, .. }, .. } => {
                Self { keys: Some(Arc::new(keys)), version: Some(version), body: Some(body) }
            }
        }
    }
}

/// What an arrival means for the schedule, and for metrics.
fn judge(keys: &Result<Brought, Failure>, published: Option<&KeySet>) -> (Outcome, &'static str) {
    match keys {
        Ok(Brought::Same { lifetime, .. }) if published.is_some() => (Outcome::Keys(*lifetime), "unchanged"),
        Ok(Brought::Same { .. }) => (Outcome::Failed(None), "not_modified"),
        Ok(Brought::Document { lifetime, document }) if document.keys.is_empty() => {
            (Outcome::NothingUsable(*lifetime), "nothing_usable")
        }
        Ok(Brought::Document { lifetime, .. }) => (Outcome::Keys(*lifetime), "new"),
        Err(failure) => (Outcome::Failed(failure.retry_after), failure.class),
    }
}
