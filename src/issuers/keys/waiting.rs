//! Misses: the way of a token to a key that is not at hand, from the reader's side. The actor's side is `fetching`.
//!
//! Whoever waits does so on the slot and not on the actor, so an actor that dies on the way costs time and no answer.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::key_actor::Wake;
use super::metrics::MissOutcome;
use super::miss::Decision;
use super::policy::KeyPolicy;
use super::slot::{Attendance, Desk, KeySlot};
use crate::clock::Moment;
use crate::jose::{Algorithm, NoKey};

/// What came of a miss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Miss {
    /// Something has changed: look again.
    LookAgain,
    /// The issuer has no key with this `kid`.
    UnknownKid,
    /// Nobody knows.
    Unavailable {
        /// When it may be known.
        retry_after: Duration,
    },
}

/// A place among those who wait; free again when it is dropped.
struct Place<'slot> {
    slot: &'slot KeySlot,
    /// How many fetches had come to an end before.
    before: u64,
    /// The fetch that is waited for was under way before, so its answer may be older than the token's key.
    is_late: bool,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.slot.desk.lock().misses.leave();
    }
}

impl KeySlot {
    /// Waits until a fetch has shown whether there is a key with this `kid`; asks for one if the rules allow it. A token that
    /// names no key asks for none: it waits only for what is coming anyway.
    ///
    /// Only for tokens that have passed every check that needs no key. Never waits longer than two seconds. After
    /// [`Miss::LookAgain`] the table of entries is to be looked at again too: this slot may have ended.
    pub async fn fetch_for(&self, kid: Option<&str>, deadline: Instant) -> Miss {
        let mut landings = self.landings.subscribe();
        let latest = Instant::now() + self.attended(|attendance| attendance.policy.wait, KeyPolicy::WAIT);
        let deadline = deadline.min(latest);
        let mut is_first = true;
        let (outcome, again) = loop {
            let place = match self.place_for(kid, is_first) {
                Ok(place) => place,
                Err(refusal) => break refusal,
            };
            self.wait(kid, &place, &mut landings, deadline).await;
            if let Some(outcome) = self.outcome(kid, &place) {
                break (outcome, None);
            }
            // Whatever fetch is under way now was begun after the token had come.
            is_first = false;
        };
        self.attended(|attendance| attendance.metrics.miss(outcome), ());
        self.miss(outcome, again)
    }

    /// A place, if waiting can help; else what is to be said, and when waiting may help again.
    fn place_for(&self, kid: Option<&str>, is_first: bool) -> Result<Place<'_>, (MissOutcome, Option<Moment>)> {
        let now = self.now();
        let mut desk = self.desk.lock();
        if desk.has_ended || self.has(kid) {
            return Err((MissOutcome::Found, None));
        }
        if self.origin.is_inline() {
            return Err((MissOutcome::KnownUnknown, None));
        }
        let Desk { schedule, misses, .. } = &mut *desk;
        let interval = self.attended(|attendance| attendance.policy.miss_interval, KeyPolicy::MISS_INTERVAL);
        let is_coming = schedule.is_coming() || (kid.is_none() && !schedule.has_landed());
        let decision = misses.decide(kid, is_coming, schedule.last_success(), now, interval);
        match decision {
            Decision::Unknown => return Err((MissOutcome::KnownUnknown, None)),
            Decision::Unnamed => return Err((MissOutcome::Unnamed, None)),
            Decision::Crowded => return Err((MissOutcome::Crowded, None)),
            Decision::Spent(again) => return Err((MissOutcome::Spent, Some(again))),
            // What is under way for its own sake may be waiting for its turn.
            Decision::Join => self.hurry.notify_one(),
            Decision::Fetch => schedule.bring_forward(now),
        }
        let is_late = is_first && decision == Decision::Join && schedule.is_in_flight();
        let place = Place { slot: self, before: *self.landings.borrow(), is_late };
        drop(desk);
        if decision == Decision::Fetch {
            self.wake();
        }
        Ok(place)
    }

    /// Has the actor look at the schedule. If it is down, the next incarnation looks by itself; if its mailbox is full, it
    /// is about to look anyway.
    pub(super) fn wake(&self) {
        let attendance = self.attendance.load();
        if let Some(actor) = attendance.as_deref().and_then(|attendance| attendance.actor.as_ref()) {
            let _ = actor.tell(Wake);
        }
    }

    async fn wait(&self, kid: Option<&str>, place: &Place<'_>, landings: &mut watch::Receiver<u64>, deadline: Instant) {
        // The sender lives in the slot: it cannot be gone.
        let _ = timeout_at(deadline, landings.wait_for(|landings| *landings > place.before || self.has(kid))).await;
    }

    /// What came of the wait; `None` if the fetch has shown nothing about a name that is newer than it.
    fn outcome(&self, kid: Option<&str>, place: &Place<'_>) -> Option<MissOutcome> {
        let mut desk = self.desk.lock();
        if desk.has_ended || self.has(kid) {
            return Some(MissOutcome::Found);
        }
        if desk.last_good <= place.before {
            let is_over = *self.landings.borrow() > place.before;
            return Some(if is_over { MissOutcome::Failed } else { MissOutcome::Late });
        }
        let Some(kid) = kid else { return Some(MissOutcome::Unknown) };
        if place.is_late {
            return None;
        }
        desk.misses.remember(kid, self.now());
        Some(MissOutcome::Unknown)
    }

    /// Whether the set that counts has a key with this `kid`.
    fn has(&self, kid: Option<&str>) -> bool {
        // Which algorithm does not matter: an unknown `kid` is unknown with any.
        let found = self.in_memory(kid, Algorithm::RS256, self.now());
        !matches!(found, None | Some(Err(NoKey::Unknown)))
    }

    fn miss(&self, outcome: MissOutcome, again: Option<Moment>) -> Miss {
        match outcome {
            MissOutcome::Found => Miss::LookAgain,
            MissOutcome::Unknown | MissOutcome::KnownUnknown => Miss::UnknownKid,
            _ => Miss::Unavailable { retry_after: self.desk.lock().retry_after(again, self.now()) },
        }
    }

    /// The present. Without an attendant nothing was fetched yet, and what is due long ago is due as soon as one comes.
    fn now(&self) -> Moment {
        self.attended(|attendance| attendance.clock.now(), Moment::START)
    }

    fn attended<T>(&self, ask: impl FnOnce(&Attendance) -> T, otherwise: T) -> T {
        self.attendance.load().as_deref().map_or(otherwise, ask)
    }
}
