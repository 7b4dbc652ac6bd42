//! Who waits for which token: requests with the same token share one call, and only so many calls are made at once.
//!
//! Pure bookkeeping: no clock, no I/O. `W` is whatever a waiter is answered through.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// The waiting line before one endpoint.
#[derive(Default)]
pub(super) struct Line<W> {
    waiters: HashMap<Arc<str>, Vec<W>>,
    queued: VecDeque<Arc<str>>,
    in_flight: usize,
    waiting: usize,
}

impl<W> Line<W> {
    /// An empty line.
    pub(super) fn new() -> Self {
        Self { waiters: HashMap::new(), queued: VecDeque::new(), in_flight: 0, waiting: 0 }
    }

    /// Adds a waiter; the first with this token queues it.
    pub(super) fn join(&mut self, token: Arc<str>, waiter: W) {
        let others = self.waiters.entry(Arc::clone(&token)).or_default();
        if others.is_empty() {
            self.queued.push_back(token);
        }
        others.push(waiter);
        self.waiting += 1;
    }

    /// How many wait, for calls in flight and for calls to come.
    pub(super) const fn waiting(&self) -> usize {
        self.waiting
    }

    /// Whether a call is to be made, and may be. Tokens that nobody wants any more are dropped on the way.
    pub(super) fn has_next(&mut self, most_in_flight: usize, is_wanted: impl Fn(&W) -> bool) -> bool {
        while let Some(token) = self.queued.front() {
            let wanted = self.waiters.get(token).is_some_and(|waiters| waiters.iter().any(&is_wanted));
            if wanted {
                return self.in_flight < most_in_flight;
            }
            let gone = self.waiters.remove(token).map_or(0, |waiters| waiters.len());
            self.waiting -= gone;
            self.queued.pop_front();
        }
        false
    }

    /// Takes the next token out of the queue: its call is in flight until it lands.
    pub(super) fn start(&mut self) -> Option<Arc<str>> {
        let token = self.queued.pop_front()?;
        self.in_flight += 1;
        Some(token)
    }

    /// A call has ended: who waited for it.
    pub(super) fn land(&mut self, token: &str) -> Vec<W> {
        self.in_flight = self.in_flight.saturating_sub(1);
        let waiters = self.waiters.remove(token).unwrap_or_default();
        self.waiting -= waiters.len();
        waiters
    }

    /// Gives up on everything that has not been started.
    pub(super) fn send_home(&mut self) -> Vec<W> {
        let queued = std::mem::take(&mut self.queued);
        let waiters: Vec<W> = queued.iter().filter_map(|token| self.waiters.remove(token)).flatten().collect();
        self.waiting -= waiters.len();
        waiters
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Everybody still waits.
    const WANTED: fn(&u32) -> bool = |_| true;

    #[test]
    fn requests_with_the_same_token_share_one_call() {
        let mut line = Line::new();
        for waiter in 0..3 {
            line.join("a".into(), waiter);
        }
        assert_eq!(line.start().as_deref(), Some("a"));
        line.join("a".into(), 3);
        assert!(!line.has_next(9, WANTED), "who comes during the call joins it");
        assert_eq!(line.land("a"), [0, 1, 2, 3]);
        assert_eq!(line.waiting(), 0);
    }

    #[test]
    fn only_so_many_calls_are_made_at_once() {
        let mut line = Line::new();
        for waiter in 0..3 {
            line.join(format!("token {waiter}").into(), waiter);
        }
        assert!(line.has_next(2, WANTED) && line.start().is_some());
        assert!(line.has_next(2, WANTED) && line.start().is_some());
        assert!(!line.has_next(2, WANTED));
        line.land("token 0");
        assert!(line.has_next(2, WANTED));
    }

    #[test]
    fn no_call_is_made_for_those_who_went_away() {
        let mut line = Line::new();
        line.join("a".into(), 1);
        line.join("b".into(), 2);
        assert!(line.has_next(9, |waiter| *waiter == 2));
        assert_eq!(line.start().as_deref(), Some("b"));
        assert_eq!(line.waiting(), 1);
    }

    #[test]
    fn what_has_started_goes_on_when_the_rest_is_sent_home() {
        let mut line = Line::new();
        line.join("a".into(), 1);
        line.start();
        line.join("b".into(), 2);
        line.join("a".into(), 3);
        assert_eq!(line.send_home(), [2]);
        assert_eq!(line.land("a"), [1, 3]);
    }

    proptest! {
        #[test]
        fn everybody_is_answered_once_and_nothing_is_asked_twice_at_once(
            steps in prop::collection::vec((0_u8..4, 0_u8..5), 1..200),
        ) {
            let mut line = Line::new();
            let mut flying: Vec<Arc<str>> = Vec::new();
            let (mut joined, mut answered) = (0, 0);
            for (step, token) in steps {
                match step {
                    0 | 1 => {
                        line.join(format!("{token}").into(), joined);
                        joined += 1;
                    }
                    2 if line.has_next(2, WANTED) => {
                        let token = line.start().unwrap();
                        prop_assert!(!flying.contains(&token) && flying.len() < 2);
                        flying.push(token);
                    }
                    3 if !flying.is_empty() => answered += line.land(&flying.remove(0)).len(),
                    _ => {}
                }
                prop_assert_eq!(line.waiting() + answered, joined as usize);
            }
        }
    }
}
