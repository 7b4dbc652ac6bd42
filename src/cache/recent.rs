//! What was worked out a moment ago and may be given again: bounded, sharded, and never an answer to another question.
//!
//! The whole key is compared: the hash only finds the slot. Whether a value still holds is for whoever asks to say, outside
//! of every lock; here only time and room make an entry go. A shard holds few entries, so that making room is a short look
//! at all of them: whatever is over goes first, then what was not used for longest.

use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::sync::atomic::{AtomicU32, Ordering};

use hashbrown::hash_table::OccupiedEntry;
use hashbrown::{DefaultHashBuilder, Equivalent, HashTable};
use parking_lot::RwLock;

use crate::clock::Moment;

/// How many entries a shard holds.
const SHARD: usize = 128;

/// One part of a memory, with a lock of its own.
type Shard<K, V> = RwLock<HashTable<Entry<K, V>>>;

/// A memory of so many entries.
pub struct Recent<K, V> {
    shards: Box<[Shard<K, V>]>,
    per_shard: usize,
    hasher: DefaultHashBuilder,
}

struct Entry<K, V> {
    key: K,
    value: V,
    until: Moment,
    /// In seconds, so that a hot entry is written once a second and not with every hit.
    used: AtomicU32,
}

impl<K: Hash + Eq, V: Clone> Recent<K, V> {
    /// A memory of about `capacity` entries, and no more; of none if that is 0.
    pub fn new(capacity: usize) -> Self {
        let shards = (capacity / SHARD).max(1).next_power_of_two();
        Self {
            shards: (0..shards).map(|_| RwLock::new(HashTable::new())).collect(),
            per_shard: capacity / shards,
            hasher: DefaultHashBuilder::default(),
        }
    }

    /// What is remembered under this key and not over.
    pub fn get<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q, now: Moment) -> Option<V> {
        self.find(self.hasher.hash_one(key), key, now)
    }

    /// Remembers a value until a moment; what was there under the same key goes.
    pub fn insert(&self, key: K, value: V, until: Moment, now: Moment) {
        if self.per_shard == 0 || until <= now {
            return;
        }
        let hash = self.hasher.hash_one(&key);
        let entry = Entry { key, value, until, used: AtomicU32::new(now.as_coarse_seconds()) };
        let Some(shard) = self.shard(hash) else { return };
        let mut shard = shard.write();
        if let Some(present) = shard.find_mut(hash, |present| present.key == entry.key) {
            *present = entry;
            return;
        }
        if shard.len() >= self.per_shard {
            make_room(&mut shard, now);
        }
        shard.insert_unique(hash, entry, |entry| self.hasher.hash_one(&entry.key));
    }

    /// Forgets what is remembered under this key, if it is still what is meant.
    pub fn remove_if<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q, is_meant: impl Fn(&V) -> bool) {
        let hash = self.hasher.hash_one(key);
        let Some(shard) = self.shard(hash) else { return };
        let mut shard = shard.write();
        let found = shard.find_entry(hash, |entry| key.equivalent(&entry.key) && is_meant(&entry.value));
        drop(found.map(OccupiedEntry::remove));
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.read().len()).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn find<Q: Equivalent<K> + ?Sized>(&self, hash: u64, key: &Q, now: Moment) -> Option<V> {
        let shard = self.shard(hash)?.read();
        let entry = shard.find(hash, |entry| key.equivalent(&entry.key)).filter(|entry| now < entry.until)?;
        let second = now.as_coarse_seconds();
        if entry.used.load(Ordering::Relaxed) != second {
            entry.used.store(second, Ordering::Relaxed);
        }
        Some(entry.value.clone())
    }

    fn shard(&self, hash: u64) -> Option<&Shard<K, V>> {
        // The table uses the low bits and the top seven; take the shard from between.
        let at = usize::try_from(hash >> 40).unwrap_or(0) & (self.shards.len() - 1);
        self.shards.get(at)
    }
}

/// Takes away what is over, and if nothing is, what was not used for longest.
fn make_room<K, V>(shard: &mut HashTable<Entry<K, V>>, now: Moment) {
    let before = shard.len();
    shard.retain(|entry| now < entry.until);
    if shard.len() < before {
        return;
    }
    let coldest = shard.iter().map(|entry| entry.used.load(Ordering::Relaxed)).min().unwrap_or_default();
    let is_coldest = |entry: &mut Entry<K, V>| entry.used.load(Ordering::Relaxed) == coldest;
    drop(shard.extract_if(is_coldest).next());
}

impl<K, V> fmt::Debug for Recent<K, V> {
    /// Without what is remembered: it may be credentials.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Recent").field("shards", &self.shards.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn colliding_hashes_do_not_mix_keys_up() {
        const SAME: u64 = 7;
        let recent: Recent<Box<str>, usize> = Recent::new(8);
        for number in 0..8 {
            let key = format!("key-{number}").into_boxed_str();
            let entry = Entry { key, value: number, until: at(9), used: AtomicU32::new(0) };
            recent.shard(SAME).unwrap().write().insert_unique(SAME, entry, |_| SAME);
        }
        for number in 0..8 {
            assert_eq!(recent.find(SAME, format!("key-{number}").as_str(), at(0)), Some(number));
        }
        assert_eq!(recent.find(SAME, "key-8", at(0)), None);
    }

    #[test]
    fn an_entry_ends_at_its_moment_and_goes_when_it_is_taken_away() {
        let recent: Recent<Box<str>, u8> = Recent::new(8);
        recent.insert("a".into(), 1, at(5), at(0));
        assert_eq!((recent.get("a", at(4)), recent.get("a", at(5))), (Some(1), None));
        recent.insert("over".into(), 1, at(3), at(3));
        assert_eq!(recent.len(), 1);
        recent.remove_if("a", |value| *value == 2);
        assert_eq!(recent.len(), 1, "another value stands there by now");
        recent.remove_if("a", |value| *value == 1);
        assert!(recent.is_empty());
    }
}
