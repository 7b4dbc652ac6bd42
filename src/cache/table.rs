//! The concurrent map that readers look into.
//!
//! Sharded hash tables behind reader-writer locks. The writer holds one shard's lock for the insertion of one entry and
//! nothing else, so a reader never waits for work. Chosen over lock-free maps by memory: an entry costs its key, its
//! value and four bytes, which decides how many memberships fit a machine.
//!
//! Keys come from outside, so they are hashed with a seed that is the process's own.
//!
//! The four bytes are when the entry was last used, in whole seconds; eviction goes by them. A reader writes them only
//! when the second has changed, so a hot entry stays in every core's cache.

use std::fmt;
use std::hash::BuildHasher;
use std::mem;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use hashbrown::{DefaultHashBuilder, HashTable};
use parking_lot::RwLock;

/// A map from text to `V`.
pub struct Table<V> {
    shards: Box<[RwLock<HashTable<Entry<V>>>]>,
    hasher: DefaultHashBuilder,
    key_bytes: AtomicUsize,
}

struct Entry<V> {
    key: Box<str>,
    value: V,
    used: AtomicU32,
}

impl<V: Clone> Table<V> {
    /// An empty table. `shards` is rounded up to a power of two.
    pub fn new(shards: usize) -> Self {
        let shards = (0..shards.max(1).next_power_of_two()).map(|_| RwLock::new(HashTable::new())).collect();
        Self { shards, hasher: DefaultHashBuilder::default(), key_bytes: AtomicUsize::new(0) }
    }

    /// The value under `key`, which counts as used at `second`.
    pub fn get(&self, key: &str, second: u32) -> Option<V> {
        let hash = self.hasher.hash_one(key);
        let shard = self.shard(hash)?.read();
        let entry = shard.find(hash, |entry| *entry.key == *key)?;
        if entry.used.load(Ordering::Relaxed) != second {
            entry.used.store(second, Ordering::Relaxed);
        }
        Some(entry.value.clone())
    }

    /// Puts `value` under `key`; returns what was there.
    pub fn insert(&self, key: Box<str>, value: V, second: u32) -> Option<V> {
        let hash = self.hasher.hash_one(&*key);
        let mut shard = self.shard(hash)?.write();
        if let Some(entry) = shard.find_mut(hash, |entry| entry.key == key) {
            entry.used.store(second, Ordering::Relaxed);
            return Some(mem::replace(&mut entry.value, value));
        }
        self.key_bytes.fetch_add(allocated(&key), Ordering::Relaxed);
        let entry = Entry { key, value, used: AtomicU32::new(second) };
        shard.insert_unique(hash, entry, |entry| self.hasher.hash_one(&*entry.key));
        None
    }

    /// Takes the entry under `key` away.
    pub fn remove(&self, key: &str) -> Option<V> {
        self.remove_if(key, |_| true)
    }

    /// Takes the entry under `key` away if its value is the one meant.
    pub fn remove_if(&self, key: &str, meant: impl Fn(&V) -> bool) -> Option<V> {
        let hash = self.hasher.hash_one(key);
        let mut shard = self.shard(hash)?.write();
        let found = shard.find_entry(hash, |entry| *entry.key == *key && meant(&entry.value)).ok()?;
        let (entry, _) = found.remove();
        self.key_bytes.fetch_sub(allocated(&entry.key), Ordering::Relaxed);
        Some(entry.value)
    }

    /// Empties the table and gives its memory back; the entries are dropped outside the locks. Returns how many there were.
    pub fn clear(&self) -> usize {
        let mut count = 0;
        for shard in &self.shards {
            let dropped = mem::take(&mut *shard.write());
            let keys = dropped.iter().map(|entry| allocated(&entry.key)).sum();
            self.key_bytes.fetch_sub(keys, Ordering::Relaxed);
            count += dropped.len();
        }
        count
    }

    /// Removes at most `most` entries that were not used after `second`; tells `removed` each value.
    pub fn evict(&self, second: u32, most: usize, mut removed: impl FnMut(V)) -> usize {
        let mut left = most;
        for shard in &self.shards {
            let mut shard = shard.write();
            let cold = |entry: &mut Entry<V>| entry.used.load(Ordering::Relaxed) <= second;
            for entry in shard.extract_if(cold).take(left) {
                self.key_bytes.fetch_sub(allocated(&entry.key), Ordering::Relaxed);
                left -= 1;
                removed(entry.value);
            }
            shard.shrink_to(0, |entry| self.hasher.hash_one(&*entry.key));
        }
        most - left
    }

    /// When up to `most` entries, spread over the table, were last used.
    pub fn sample_last_used(&self, most: usize, sample: &mut Vec<u32>) {
        let each = most.div_ceil(self.shards.len());
        for shard in &self.shards {
            sample.extend(shard.read().iter().take(each).map(|entry| entry.used.load(Ordering::Relaxed)));
        }
    }

    /// Every value, in no order.
    pub fn values(&self) -> Vec<V> {
        self.shards
            .iter()
            .flat_map(|shard| shard.read().iter().map(|entry| entry.value.clone()).collect::<Vec<_>>())
            .collect()
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.read().len()).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of the keys and slots, not of what values point to.
    pub fn bytes(&self) -> usize {
        let slots: usize = self.shards.iter().map(|shard| shard.read().allocation_size()).sum();
        self.key_bytes.load(Ordering::Relaxed) + slots
    }

    fn shard(&self, hash: u64) -> Option<&RwLock<HashTable<Entry<V>>>> {
        // The table uses the low bits and the top seven; take the shard from between.
        let at = usize::try_from(hash >> 40).unwrap_or(0) & (self.shards.len() - 1);
        self.shards.get(at)
    }
}

/// What an allocator takes for a key.
fn allocated(key: &str) -> usize {
    key.len().next_multiple_of(16).max(16)
}

impl<V> fmt::Debug for Table<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("shards", &self.shards.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_found_until_it_is_taken() {
        let table = Table::new(4);
        assert_eq!(table.insert("alice".into(), 1, 0), None);
        assert_eq!(table.insert("alice".into(), 2, 0), Some(1));
        assert_eq!(table.get("alice", 0), Some(2));
        assert_eq!(table.get("bob", 0), None);
        assert_eq!(table.remove_if("alice", |value| *value == 1), None);
        assert_eq!(table.remove("alice"), Some(2));
        assert_eq!(table.get("alice", 0), None);
        assert!(table.is_empty());
    }

    #[test]
    fn the_coldest_go_first_and_only_so_many() {
        let table = Table::new(2);
        for number in 0..100_u32 {
            table.insert(number.to_string().into(), number, number);
        }
        table.get("3", 500);
        let mut gone = Vec::new();
        assert_eq!(table.evict(9, 1000, |value| gone.push(value)), 9);
        gone.sort_unstable();
        assert_eq!(gone, [0, 1, 2, 4, 5, 6, 7, 8, 9]);
        assert_eq!(table.evict(99, 5, drop), 5);
        assert_eq!(table.len(), 86);
    }

    #[test]
    fn clearing_gives_the_memory_back() {
        let table = Table::new(2);
        for number in 0..1000 {
            table.insert(format!("user-{number}").into(), number, 0);
        }
        assert!(table.bytes() > 1000 * 32);
        assert_eq!(table.clear(), 1000);
        assert_eq!(table.bytes(), 0);
    }

    #[test]
    fn a_sample_tells_when_entries_were_used() {
        let table = Table::new(2);
        for number in 0..50 {
            table.insert(number.to_string().into(), (), 7);
        }
        let mut sample = Vec::new();
        table.sample_last_used(10, &mut sample);
        assert!(!sample.is_empty() && sample.len() <= 10 && sample.iter().all(|second| *second == 7));
    }
}
