//! Any number of waiting requests, one query at a time.
//!
//! The first miss starts a query at once; what arrives while it runs is collected and becomes the next one. So a single
//! cold request waits for nothing but its own query, and a thousand cost a handful. A request for a key that is being
//! loaded joins that load: the fence, not the order of arrival, decides whether the load is new enough.
//!
//! Pure bookkeeping: no clock, no I/O. `W` is whatever a waiter is answered through.

use std::collections::{HashMap, VecDeque};

/// Who waits for what.
#[derive(Debug)]
pub struct Coalescer<W> {
    waiters: HashMap<Box<str>, Vec<W>>,
    queued: VecDeque<Box<str>>,
    waiting: usize,
    running: bool,
}

impl<W> Default for Coalescer<W> {
    fn default() -> Self {
        Self { waiters: HashMap::new(), queued: VecDeque::new(), waiting: 0, running: false }
    }
}

impl<W> Coalescer<W> {
    /// Somebody waits for `key`.
    pub fn join(&mut self, key: Box<str>, waiter: W) {
        self.waiting += 1;
        if let Some(others) = self.waiters.get_mut(&key) {
            others.push(waiter);
            return;
        }
        self.queued.push_back(key.clone());
        self.waiters.insert(key, vec![waiter]);
    }

    /// How many wait.
    pub const fn waiting(&self) -> usize {
        self.waiting
    }

    /// The keys of the next query, at most `max`; `None` while one runs or when nobody waits.
    pub fn next_batch(&mut self, max: usize) -> Option<Vec<Box<str>>> {
        if self.running || self.queued.is_empty() {
            return None;
        }
        self.running = true;
        let count = self.queued.len().min(max.max(1));
        Some(self.queued.drain(..count).collect())
    }

    /// The running query has ended, well or badly; settle or requeue its keys.
    pub const fn finished(&mut self) {
        self.running = false;
    }

    /// Takes everybody who waits for `key`, to be answered.
    pub fn settle(&mut self, key: &str) -> Vec<W> {
        let answered = self.waiters.remove(key).unwrap_or_default();
        self.waiting -= answered.len();
        answered
    }

    /// What was loaded is too old: ask again, before what came later.
    pub fn requeue(&mut self, keys: Vec<Box<str>>) {
        for key in keys.into_iter().rev() {
            if self.waiters.contains_key(&key) {
                self.queued.push_front(key);
            }
        }
    }

    /// Takes everybody.
    pub fn settle_all(&mut self) -> Vec<W> {
        self.queued.clear();
        self.waiting = 0;
        self.waiters.drain().flat_map(|(_, waiters)| waiters).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_query_at_a_time_and_one_key_once() {
        let mut coalescer = Coalescer::default();
        coalescer.join("a".into(), 1);
        assert_eq!(coalescer.next_batch(10), Some(vec!["a".into()]));
        coalescer.join("a".into(), 2);
        coalescer.join("b".into(), 3);
        coalescer.join("b".into(), 4);
        assert_eq!(coalescer.next_batch(10), None, "one is running");
        assert_eq!(coalescer.waiting(), 4);
        coalescer.finished();
        assert_eq!(coalescer.settle("a"), vec![1, 2]);
        assert_eq!(coalescer.next_batch(10), Some(vec!["b".into()]));
        coalescer.finished();
        assert_eq!(coalescer.settle("b"), vec![3, 4]);
        assert_eq!(coalescer.waiting(), 0);
        assert_eq!(coalescer.next_batch(10), None);
    }

    #[test]
    fn a_refused_load_runs_again_before_later_keys() {
        let mut coalescer = Coalescer::default();
        coalescer.join("a".into(), 1);
        coalescer.join("b".into(), 2);
        let refused = coalescer.next_batch(2).unwrap();
        coalescer.join("c".into(), 3);
        coalescer.finished();
        coalescer.requeue(refused);
        assert_eq!(coalescer.next_batch(10), Some(vec!["a".into(), "b".into(), "c".into()]));
    }

    #[test]
    fn batches_are_bounded_and_nobody_is_left_behind() {
        let mut coalescer = Coalescer::default();
        for number in 0..5 {
            coalescer.join(number.to_string().into(), number);
        }
        assert_eq!(coalescer.next_batch(2).map(|keys| keys.len()), Some(2));
        let mut everybody = coalescer.settle_all();
        everybody.sort_unstable();
        assert_eq!(everybody, vec![0, 1, 2, 3, 4]);
        assert_eq!(coalescer.waiting(), 0);
    }
}
