//! What is published of one issuer entry's keys. It outlives the actor that fetches them.
//!
//! A look is one load of a pointer. What changes with fetches and misses lies on a *desk* beside it, under a lock that is
//! held for a decision and never across work.
//!
//! A slot ends once, when its entry is gone, switched off, or gets its keys from elsewhere. From then on it has no keys, and
//! whoever asks is sent back to the table of entries.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::key_actor::KeyActor;
use super::key_set::{KeySet, Version};
use super::location::Location;
use super::metrics::KeyMetrics;
use super::miss::Misses;
use super::origin::KeyOrigin;
use super::policy::KeyPolicy;
use super::schedule::Schedule;
use super::validity::{KeyState, Validity};
use crate::clock::{Moment, SharedClock};
use crate::jose::{Algorithm, NoKey, Thumbprint, VerifyKey, ingest};
use crate::supervision::Handle;

/// What `Retry-After` may say.
const RETRY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(5));

/// One issuer entry's keys.
pub struct KeySlot {
    pub(super) origin: KeyOrigin,
    pub(super) published: ArcSwapOption<KeySet>,
    pub(super) desk: Mutex<Desk>,
    /// How many fetches have come to an end.
    pub(super) landings: watch::Sender<u64>,
    /// Told when somebody begins to wait for a fetch that is under way.
    pub(super) hurry: Notify,
    /// Cancelled when the slot ends.
    pub(super) ended: CancellationToken,
    pub(super) attendance: ArcSwapOption<Attendance>,
}

/// What changes with fetches and misses.
pub(super) struct Desk {
    pub(super) schedule: Schedule,
    pub(super) misses: Misses,
    pub(super) location: Location,
    pub(super) has_ended: bool,
    /// Which landing was the last good one.
    pub(super) last_good: u64,
    /// What the last fetch came to, as metrics have it.
    pub(super) last_result: &'static str,
    /// Of which state the log has been told.
    pub(super) told: KeyState,
}

/// Who fetches for a slot, and by which rules.
pub(super) struct Attendance {
    pub(super) clock: SharedClock,
    pub(super) policy: KeyPolicy,
    pub(super) metrics: KeyMetrics,
    pub(super) actor: Option<Handle<KeyActor>>,
}

/// What a look finds.
#[derive(Clone, Debug)]
pub enum Lookup {
    /// The key.
    Key(Arc<VerifyKey>),
    /// The set has no such key.
    NoKey(NoKey),
    /// There is no set that counts. [`KeySlot::fetch_for`] says what follows.
    Cold,
}

impl KeySlot {
    /// A slot for the keys of this origin: without any, unless they stand in the entry itself.
    pub fn new(origin: KeyOrigin) -> Arc<Self> {
        let desk = Desk {
            schedule: Schedule::asleep(),
            misses: Misses::new(),
            location: Location::new(origin.source.jwks_uri.as_deref()),
            has_ended: false,
            last_good: 0,
            last_result: "none",
            told: KeyState::Cold,
        };
        let published = inline(&origin).map(Arc::new);
        Arc::new(Self {
            origin,
            published: ArcSwapOption::new(published),
            desk: Mutex::new(desk),
            landings: watch::Sender::new(0),
            hurry: Notify::new(),
            ended: CancellationToken::new(),
            attendance: ArcSwapOption::empty(),
        })
    }

    /// The slot of an entry whose keys come from `origin`: the one it had, if they came from there before.
    pub fn kept(origin: KeyOrigin, before: Option<&Arc<Self>>) -> Arc<Self> {
        let same = before.filter(|before| before.origin == origin && !before.ended.is_cancelled());
        same.map_or_else(|| Self::new(origin), Arc::clone)
    }

    /// Where the keys come from. An entry keeps its slot while this stays equal.
    pub fn origin(&self) -> &KeyOrigin {
        &self.origin
    }

    /// Looks into memory. After [`Lookup::Cold`], and after [`NoKey::Unknown`] for a token that names its key, ask
    /// [`KeySlot::fetch_for`].
    pub fn find(&self, kid: Option<&str>, algorithm: Algorithm, now: Moment) -> Lookup {
        match self.in_memory(kid, algorithm, now) {
            Some(Ok(key)) => Lookup::Key(key),
            Some(Err(reason)) => Lookup::NoKey(reason),
            None => Lookup::Cold,
        }
    }

    /// What the set says, if there is one that counts. Takes no lock.
    pub(super) fn in_memory(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
        now: Moment,
    ) -> Option<Result<Arc<VerifyKey>, NoKey>> {
        let published = self.published.load();
        let set = published.as_ref().filter(|set| set.validity.state(now) != KeyState::Expired)?;
        Some(set.keys.find(kid, algorithm).map(Arc::clone))
    }

    /// Whether a key of this material is in the set, and the set still counts.
    pub fn holds(&self, thumbprint: &Thumbprint, now: Moment) -> bool {
        let published = self.published.load();
        published
            .as_ref()
            .is_some_and(|set| set.validity.state(now) != KeyState::Expired && set.keys.contains(thumbprint))
    }

    /// What the keys are worth.
    pub fn state(&self, now: Moment) -> KeyState {
        match self.published.load().as_ref() {
            Some(set) => set.validity.state(now),
            None if self.ended.is_cancelled() => KeyState::Disabled,
            None => KeyState::Cold,
        }
    }

    /// The entry is gone, switched off, or has another slot: no look finds anything from now on, and nobody waits any more.
    pub fn end(&self) {
        let mut desk = self.desk.lock();
        desk.has_ended = true;
        desk.schedule.stop();
        desk.misses.forget_names();
        // Under the lock, so that no fetch publishes after it.
        self.published.store(None);
        drop(desk);
        self.ended.cancel();
        self.landings.send_modify(|landings| *landings += 1);
    }
}

impl Desk {
    /// When somebody who is sent away may come back: when the next fetch is due, or a miss may bring one forward.
    pub(super) fn retry_after(&self, again: Option<Moment>, now: Moment) -> Duration {
        let next = self.schedule.due().into_iter().chain(again).min();
        next.map_or(RETRY.0, |next| next.since(now)).clamp(RETRY.0, RETRY.1)
    }
}

/// The keys that stand in the entry itself. An entry whose own keys are of no use has none.
fn inline(origin: &KeyOrigin) -> Option<KeySet> {
    let ingested = ingest(origin.source.inline.as_deref()?, &origin.key_rules()).ok()?;
    Some(KeySet {
        generation: 1,
        keys: Arc::new(ingested.keys),
        validity: Validity::FOR_EVER,
        confirmed_at: 0.0,
        version: Version::default(),
    })
}

impl fmt::Debug for KeySlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySlot").field("issuer", &self.origin.issuer).finish_non_exhaustive()
    }
}
