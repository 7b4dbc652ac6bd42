//! Between a slot and the disk.

use std::sync::Arc;

use super::flight::{read, version_of};
use super::key_set::KeySet;
use super::last_good::{Keep, Kept, LastGood};
use super::policy::KeyPolicy;
use super::slot::KeySlot;
use super::validity::Validity;
use crate::clock::SharedClock;
use crate::jose::Keys;

/// Publishes the set that another process left, if it is young enough, still good by the entry's rules, and nothing newer is
/// there.
pub(super) async fn restore(slot: Arc<KeySlot>, last_good: LastGood, clock: SharedClock, policy: KeyPolicy) {
    if slot.published.load().is_some() {
        return;
    }
    let (of, now) = (Arc::clone(&slot), clock.unix_seconds());
    let loaded = tokio::task::spawn_blocking(move || last_good.load(of.origin(), now));
    let Ok(Some(kept)) = loaded.await else { return };
    let Kept { age, confirmed_at, uri, validators, body } = kept;
    let Some(validity) = Validity::restored(age, clock.now(), &policy) else { return };
    let version = version_of(uri, &body, validators);
    let Ok((_, Ok(ingested))) = read(Arc::clone(&slot), body).await else { return };
    let keys: Arc<Keys> = Arc::new(ingested.keys);
    slot.restore(KeySet { generation: 1, keys, validity, confirmed_at, version }, clock.now());
}

/// Keeps what a fetch has brought or confirmed, unless the slot has ended meanwhile. Blocking.
pub(super) fn store(slot: &KeySlot, last_good: &LastGood, keep: &Keep) {
    let from = (&*keep.version.uri, &keep.version.validators);
    let outcome = match &keep.body {
        Some(body) => last_good.store(slot.origin(), keep.confirmed_at, from, body),
        None => last_good.confirm(slot.origin(), keep.confirmed_at, &keep.version),
    };
    // After writing, because that is what could come too late for whoever has ended the slot.
    let outcome = if slot.ended.is_cancelled() { last_good.forget(slot.origin()) } else { outcome };
    if let Err(error) = outcome {
        let issuer = slot.origin().issuer.as_str();
        tracing::warn!(
            issuer,
            error = &error as &dyn std::error::Error,
            "the issuer's keys could not be kept on disk; check issuers.keys_directory"
        );
    }
}
