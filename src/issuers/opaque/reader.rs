//! What handlers hold: an opaque token in, what its issuer says out.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, timeout_at};

use super::introspected::{Introspected, Mismatch, NotIntrospected, Verdict};
use super::opaque_actor::{Ask, SOON};
use super::roster::Slots;
use super::slot::OpaqueSlot;
use crate::clock::SharedClock;
use crate::issuers::Entry;
use crate::supervision::NotDelivered;

/// No issuer's tokens are longer.
const MAX_TOKEN: usize = 16 * 1024;
/// How long the actor of an entry that has just changed is waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// Verifies opaque tokens.
#[derive(Clone)]
pub struct OpaqueReader {
    slots: watch::Receiver<Slots>,
    clock: SharedClock,
}

impl OpaqueReader {
    pub(super) fn new(slots: watch::Receiver<Slots>, clock: SharedClock) -> Self {
        Self { slots, clock }
    }

    /// What the issuer of `entry` says of a token: remembered, or asked for together with whoever else asks now. Which entry
    /// that is, the caller has decided: see the module's documentation.
    pub async fn verify(
        &self,
        entry: &Arc<Entry>,
        token: &str,
        deadline: Instant,
    ) -> Result<Arc<Introspected>, NotIntrospected> {
        let Some(slot) = self.slot(entry, deadline).await else { return Err(unavailable(SOON)) };
        if !can_be_a_token(token) || !entry.may_be_asked_about(token) {
            return Err(NotIntrospected::NotForUs(Mismatch::NotSent));
        }
        let now = self.clock.now();
        if let Some(verdict) = slot.memory.recall(token, now, self.clock.unix_time()) {
            let is_active = matches!(verdict, Verdict::Active(_));
            let counter = if is_active { &slot.metrics.hit } else { &slot.metrics.negative_hit };
            counter.inc();
            return verdict.into();
        }
        slot.metrics.miss.inc();
        if let Some(pause) = slot.pause(now) {
            slot.metrics.turned_away_down.inc();
            return Err(unavailable(pause));
        }
        Box::pin(self.ask(slot, entry, token, deadline)).await
    }

    async fn ask(
        &self,
        first: Arc<OpaqueSlot>,
        entry: &Arc<Entry>,
        token: &str,
        deadline: Instant,
    ) -> Result<Arc<Introspected>, NotIntrospected> {
        let token: Arc<str> = token.into();
        let mut slot = first;
        while Instant::now() < deadline {
            let Some(actor) = slot.actor.get() else { return Err(unavailable(SOON)) };
            let (reply, answer) = oneshot::channel();
            match actor.deliver(Ask { token: Arc::clone(&token), reply }, deadline).await {
                Ok(()) => match timeout_at(deadline, answer).await {
                    Ok(Ok(settled)) => return settled.map_err(unavailable)?.into(),
                    // The actor died, or the entry has changed: ask its successor.
                    Ok(Err(_)) => {}
                    Err(_) => break,
                },
                Err(NotDelivered::DeadlinePassed) => break,
                Err(NotDelivered::Busy) => {
                    slot.metrics.turned_away_waiting.inc();
                    return Err(unavailable(SOON));
                }
                Err(NotDelivered::GaveUp | NotDelivered::Stopped) if !slot.retired.is_cancelled() => {
                    return Err(unavailable(SOON));
                }
                Err(NotDelivered::GaveUp | NotDelivered::Stopped) => {}
            }
            let Some(successor) = self.slot(entry, deadline).await else { return Err(unavailable(SOON)) };
            slot = successor;
        }
        slot.metrics.turned_away_late.inc();
        Err(unavailable(SOON))
    }

    /// The slot of exactly this version of the entry. It is there, but for the moment between the catalog's change and the
    /// roster's.
    async fn slot(&self, entry: &Arc<Entry>, deadline: Instant) -> Option<Arc<OpaqueSlot>> {
        let find = |slots: &Slots| {
            let slot = slots.get(&entry.id).filter(|slot| slot.entry.version == entry.version);
            slot.filter(|slot| !slot.retired.is_cancelled()).map(Arc::clone)
        };
        if let Some(slot) = find(&self.slots.borrow()) {
            return Some(slot);
        }
        let mut slots = self.slots.clone();
        let patience = deadline.min(Instant::now() + PATIENCE);
        let found = timeout_at(patience, slots.wait_for(|slots| find(slots).is_some())).await;
        found.ok()?.ok().and_then(|slots| find(&slots))
    }
}

fn unavailable(retry_after: Duration) -> NotIntrospected {
    NotIntrospected::Unavailable { retry_after }
}

/// What RFC 6749 (appendix A.12) lets a token consist of, but for the space. Nothing else is worth a question.
fn can_be_a_token(token: &str) -> bool {
    (1..=MAX_TOKEN).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic())
}
