//! Any number of waiting requests, one query at a time, and nothing published that a change has overtaken.
//!
//! The first miss starts a query at once; what arrives while it runs is collected and becomes the next one. So a single
//! cold request waits for nothing but its own query, and a thousand cost a handful. A request for a key that is being
//! loaded joins that load: the fence, not the order of arrival, decides whether the load is new enough.
//!
//! The fence is kept per key while a query runs, so a tenant in which other users change all the time still gets its
//! answers. Pure bookkeeping: no clock, no I/O. `W` is whatever a waiter is answered through.

use std::collections::{BTreeMap, VecDeque};
use std::mem;

use super::fence::Fence;
use crate::directory::Position;

/// Who waits for what, and what an answer must contain.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Coalescer<W> {
    fence: Fence,
    waiters: BTreeMap<Box<str>, Vec<W>>,
    queued: VecDeque<Box<str>>,
    waiting: usize,
    /// The keys of the running query, each with what its answer must contain.
    flight: Option<BTreeMap<Box<str>, Fence>>,
    refusals: u32,
}

impl<W> Coalescer<W> {
    /// Nobody waits. Loads must contain every change up to `floor`.
    pub fn at(floor: Position) -> Self {
        Self {
            fence: Fence::at(floor),
            waiters: BTreeMap::new(),
            queued: VecDeque::new(),
            waiting: 0,
            flight: None,
            refusals: 0,
        }
    }

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
        if self.flight.is_some() {
            return None;
        }
        if self.queued.is_empty() {
            // Whoever waited for what was refused has left. The next to come need not wait for its turn.
            self.refusals = 0;
            return None;
        }
        let count = self.queued.len().min(max.max(1));
        let keys: Vec<Box<str>> = self.queued.drain(..count).collect();
        self.flight = Some(keys.iter().map(|key| (key.clone(), self.fence)).collect());
        Some(keys)
    }

    /// A change up to `position` concerns these keys: an answer that lacks it must not be published.
    pub fn raise(&mut self, position: Position, concerned: impl Fn(&str) -> bool) {
        self.fence.raise(position);
        for (key, fence) in self.flight.iter_mut().flatten() {
            if concerned(key) {
                fence.raise(position);
            }
        }
    }

    /// Positions of before cannot be compared with those that follow: the running query counts for nothing.
    pub fn new_history(&mut self, floor: Position) {
        self.fence = Fence::at(floor);
        if let Some(flight) = &mut self.flight {
            flight.clear();
        }
    }

    /// Whether what the running query found for `key`, complete up to `head`, may be published.
    pub fn admits(&self, key: &str, head: Position) -> bool {
        self.flight.as_ref().and_then(|flight| flight.get(key)).is_some_and(|fence| fence.admits(head))
    }

    /// The running query has ended; these of its keys were refused and are asked for again, before what came later, if
    /// somebody still waits.
    pub fn landed(&mut self, refused: Vec<Box<str>>, still_waits: impl Fn(&W) -> bool) {
        self.flight = None;
        self.refusals = if refused.is_empty() { 0 } else { self.refusals.saturating_add(1) };
        for key in refused.into_iter().rev() {
            let Some(waiters) = self.waiters.get_mut(&key) else { continue };
            let before = waiters.len();
            waiters.retain(&still_waits);
            self.waiting -= before - waiters.len();
            if waiters.is_empty() {
                self.waiters.remove(&key);
            } else {
                self.queued.push_front(key);
            }
        }
    }

    /// How many queries in a row had something refused.
    pub const fn refusals(&self) -> u32 {
        self.refusals
    }

    /// Takes everybody who waits for `key`, to be answered.
    pub fn settle(&mut self, key: &str) -> Vec<W> {
        let answered = self.waiters.remove(key).unwrap_or_default();
        self.waiting -= answered.len();
        answered
    }

    /// Takes everybody.
    pub fn settle_all(&mut self) -> Vec<W> {
        self.queued.clear();
        self.waiting = 0;
        mem::take(&mut self.waiters).into_values().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(number: u64) -> Position {
        Position::new(number)
    }

    fn land(coalescer: &mut Coalescer<i32>, keys: &[&str]) -> Vec<i32> {
        coalescer.landed(Vec::new(), |_| true);
        keys.iter().flat_map(|key| coalescer.settle(key)).collect()
    }

    #[test]
    fn one_query_at_a_time_and_one_key_once() {
        let mut coalescer = Coalescer::at(Position::ZERO);
        coalescer.join("a".into(), 1);
        assert_eq!(coalescer.next_batch(10), Some(vec!["a".into()]));
        coalescer.join("a".into(), 2);
        coalescer.join("b".into(), 3);
        coalescer.join("b".into(), 4);
        assert_eq!(coalescer.next_batch(10), None, "one is running");
        assert_eq!(coalescer.waiting(), 4);
        assert_eq!(land(&mut coalescer, &["a"]), [1, 2]);
        assert_eq!(coalescer.next_batch(10), Some(vec!["b".into()]));
        assert_eq!(land(&mut coalescer, &["b"]), [3, 4]);
        assert_eq!((coalescer.waiting(), coalescer.next_batch(10)), (0, None));
    }

    #[test]
    fn a_refused_key_is_asked_for_again_before_later_ones_if_somebody_still_waits() {
        let mut coalescer = Coalescer::at(Position::ZERO);
        coalescer.join("gone".into(), 0);
        coalescer.join("a".into(), 1);
        let refused = coalescer.next_batch(2).unwrap();
        coalescer.join("c".into(), 3);
        coalescer.landed(refused, |waiter| *waiter != 0);
        assert_eq!((coalescer.waiting(), coalescer.refusals()), (2, 1));
        assert_eq!(coalescer.next_batch(10), Some(vec!["a".into(), "c".into()]));
    }

    #[test]
    fn a_refusal_that_nobody_waits_for_any_more_holds_up_nobody() {
        let mut coalescer = Coalescer::at(Position::ZERO);
        coalescer.join("gone".into(), 0);
        let refused = coalescer.next_batch(1).unwrap();
        coalescer.landed(refused, |_| false);
        assert_eq!((coalescer.refusals(), coalescer.waiting()), (1, 0));
        assert_eq!(coalescer.next_batch(1), None);
        assert_eq!(coalescer.refusals(), 0);
    }

    #[test]
    fn a_change_refuses_only_the_keys_that_it_concerns() {
        let mut coalescer = Coalescer::at(at(10));
        coalescer.join("a".into(), 1);
        coalescer.join("b".into(), 2);
        coalescer.next_batch(10);
        coalescer.raise(at(12), |key| key == "a");
        assert!(!coalescer.admits("a", at(11)) && coalescer.admits("a", at(12)));
        assert!(coalescer.admits("b", at(10)) && !coalescer.admits("b", at(9)));
        coalescer.landed(Vec::new(), |_| true);
        coalescer.join("c".into(), 3);
        coalescer.next_batch(10);
        assert!(!coalescer.admits("c", at(11)), "what is asked for later contains every change from before");
    }

    #[test]
    fn a_query_from_another_history_counts_for_nothing() {
        let mut coalescer = Coalescer::at(at(50));
        coalescer.join("a".into(), 1);
        coalescer.next_batch(10);
        coalescer.new_history(at(7));
        assert!(!coalescer.admits("a", at(1_000)));
        coalescer.landed(vec!["a".into()], |_| true);
        coalescer.next_batch(10);
        assert!(coalescer.admits("a", at(7)));
    }

    #[test]
    fn batches_are_bounded_and_nobody_is_left_behind() {
        let mut coalescer = Coalescer::at(Position::ZERO);
        for number in 0..5 {
            coalescer.join(number.to_string().into(), number);
        }
        assert_eq!(coalescer.next_batch(2).map(|keys| keys.len()), Some(2));
        let mut everybody = coalescer.settle_all();
        everybody.sort_unstable();
        assert_eq!(everybody, [0, 1, 2, 3, 4]);
        assert_eq!(coalescer.waiting(), 0);
    }
}
