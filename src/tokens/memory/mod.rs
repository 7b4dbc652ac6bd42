//! The memory of verified tokens: a client sends the same token with every request, and a signature is dear.
//!
//! Safe by these rules. The whole token is compared, byte for byte: the hash only finds the slot (CVE-2026-35039). A hit
//! counts only if its times hold again now (CVE-2026-107719), and if whoever asks says that the issuer's entry is the one
//! it was verified against and still has the key. It is forgotten after five minutes at the latest. Refusals are never
//! remembered: the next key set may turn them.
//!
//! Bounded by number. A shard holds few entries, so that making room is a short look at all of them: whatever is over goes
//! first, then what was not used for longest. No lock is held while a caller's closure runs.

use std::fmt;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use hashbrown::hash_table::OccupiedEntry;
use hashbrown::{DefaultHashBuilder, HashTable};
use parking_lot::RwLock;

use super::verified::VerifiedToken;
use crate::clock::Moment;

/// How long a token is remembered at most.
const LIFE: Duration = Duration::from_mins(5);

/// Longer tokens are not remembered, so that the number is a bound on memory too. Bytes.
const LONGEST: usize = 4 * 1024;

/// How many tokens a shard holds.
const SHARD: usize = 128;

/// How many tokens the service remembers.
pub const DEFAULT_CAPACITY: usize = 10_000;

/// The memory of verified tokens.
pub struct Memory {
    shards: Box<[RwLock<HashTable<Entry>>]>,
    per_shard: usize,
    hasher: DefaultHashBuilder,
}

struct Entry {
    token: Box<str>,
    verified: Arc<VerifiedToken>,
    entry_version: u64,
    until: Moment,
    /// In seconds, so that a hot entry is written once a second and not with every hit.
    used: AtomicU32,
}

impl Memory {
    /// A memory of about `capacity` tokens, and no more; of none if that is 0.
    pub fn new(capacity: usize) -> Self {
        let shards = (capacity / SHARD).max(1).next_power_of_two();
        Self {
            shards: (0..shards).map(|_| RwLock::new(HashTable::new())).collect(),
            per_shard: capacity / shards,
            hasher: DefaultHashBuilder::default(),
        }
    }

    /// A token that was verified before and holds now. `still` is told the token and the version of the entry that it was
    /// verified against, and says whether both the entry and the key are in force; if not, the token is forgotten.
    pub fn get(
        &self,
        token: &str,
        now: Moment,
        unix_now: i64,
        still: impl Fn(&VerifiedToken, u64) -> bool,
    ) -> Option<Arc<VerifiedToken>> {
        let hash = self.hasher.hash_one(token);
        let (verified, entry_version) = self.find(hash, token, now)?;
        if verified.valid.contains(&unix_now) && still(&verified, entry_version) {
            return Some(verified);
        }
        self.forget(hash, &verified);
        None
    }

    /// Remembers a token that was verified against the entry of this version.
    pub fn insert(&self, token: &str, verified: Arc<VerifiedToken>, entry_version: u64, now: Moment, unix_now: i64) {
        let left = verified.valid.end.saturating_sub(unix_now);
        let life = Duration::from_secs(u64::try_from(left).unwrap_or(0)).min(LIFE);
        if self.per_shard == 0 || life.is_zero() || token.len() > LONGEST {
            return;
        }
        let hash = self.hasher.hash_one(token);
        let used = AtomicU32::new(now.as_coarse_seconds());
        let entry = Entry { token: token.into(), verified, entry_version, until: now.plus(life), used };
        let Some(shard) = self.shard(hash) else { return };
        let mut shard = shard.write();
        if let Some(present) = shard.find_mut(hash, |present| present.token == entry.token) {
            *present = entry;
            return;
        }
        if shard.len() >= self.per_shard {
            make_room(&mut shard, now);
        }
        shard.insert_unique(hash, entry, |entry| self.hash(entry));
    }

    /// How many tokens are remembered.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.read().len()).sum()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn find(&self, hash: u64, token: &str, now: Moment) -> Option<(Arc<VerifiedToken>, u64)> {
        let shard = self.shard(hash)?.read();
        let entry = shard.find(hash, |entry| *entry.token == *token).filter(|entry| now < entry.until)?;
        let second = now.as_coarse_seconds();
        if entry.used.load(Ordering::Relaxed) != second {
            entry.used.store(second, Ordering::Relaxed);
        }
        Some((Arc::clone(&entry.verified), entry.entry_version))
    }

    /// Forgets this one, unless it was replaced meanwhile.
    fn forget(&self, hash: u64, verified: &Arc<VerifiedToken>) {
        let Some(shard) = self.shard(hash) else { return };
        let mut shard = shard.write();
        drop(shard.find_entry(hash, |entry| Arc::ptr_eq(&entry.verified, verified)).map(OccupiedEntry::remove));
    }

    fn hash(&self, entry: &Entry) -> u64 {
        self.hasher.hash_one(&*entry.token)
    }

    fn shard(&self, hash: u64) -> Option<&RwLock<HashTable<Entry>>> {
        // The table uses the low bits and the top seven; take the shard from between.
        let at = usize::try_from(hash >> 40).unwrap_or(0) & (self.shards.len() - 1);
        self.shards.get(at)
    }
}

/// Takes away what is over, and if nothing is, what was not used for longest.
fn make_room(shard: &mut HashTable<Entry>, now: Moment) {
    let before = shard.len();
    shard.retain(|entry| now < entry.until);
    if shard.len() < before {
        return;
    }
    let coldest = shard.iter().map(|entry| entry.used.load(Ordering::Relaxed)).min().unwrap_or_default();
    let is_coldest = |entry: &mut Entry| entry.used.load(Ordering::Relaxed) == coldest;
    drop(shard.extract_if(is_coldest).next());
}

impl fmt::Debug for Memory {
    /// Without the tokens: they are credentials.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Memory").field("shards", &self.shards.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
