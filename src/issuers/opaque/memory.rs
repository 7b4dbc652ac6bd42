//! What an issuer has said of tokens a moment ago.
//!
//! A token is found by a keyed hash (`SipHash` with keys that are random per process, so that nobody can choose tokens that
//! collide) and then compared whole: no two tokens ever share an answer. Answers that accept and answers that refuse have
//! bounds of their own, so that random tokens cannot push out good ones. How long an answer is believed is how long a
//! revoked token goes on working here.
//!
//! The table holds the tokens themselves. It shows nothing of them.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;

use super::introspected::Verdict;
use crate::clock::Moment;

/// How long answers are believed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lives {
    /// Those that accept, at most; never past the token's own end.
    active: Duration,
    /// Those that refuse.
    refused: Duration,
}

impl Lives {
    const MOST_ACTIVE: Duration = Duration::from_mins(5);
    const MOST_REFUSED: Duration = Duration::from_secs(10);

    /// Answers that accept live as long as the entry says, but no longer than is defensible. Those that refuse live less.
    pub(super) fn of(active: Duration) -> Self {
        let active = active.min(Self::MOST_ACTIVE);
        Self { active, refused: active.min(Self::MOST_REFUSED) }
    }
}

impl Default for Lives {
    fn default() -> Self {
        Self::of(Duration::from_mins(1))
    }
}

/// The answers of one issuer.
pub(super) struct Memory {
    lives: Lives,
    active: RwLock<Shelf>,
    refused: RwLock<Shelf>,
}

impl Memory {
    /// Bytes for answers that accept, and for answers that refuse.
    const BYTES: (usize, usize) = (8 << 20, 1 << 20);

    /// Nothing is remembered.
    pub(super) fn new(lives: Lives) -> Self {
        let (active, refused) = Self::BYTES;
        Self { lives, active: RwLock::new(Shelf::new(active)), refused: RwLock::new(Shelf::new(refused)) }
    }

    /// What the issuer said of exactly this token, if that is still to be believed.
    pub(super) fn recall(&self, token: &str, now: Moment, unix_now: i64) -> Option<Verdict> {
        let verdict = self.active.read().get(token, now).or_else(|| self.refused.read().get(token, now))?;
        match &verdict {
            // The calendar is looked at again: it may have been set meanwhile.
            Verdict::Active(introspected) if !introspected.holds_at(unix_now) => None,
            _ => Some(verdict),
        }
    }

    /// Takes in what the issuer said when it was asked at `asked_at`.
    pub(super) fn remember(&self, token: &Arc<str>, verdict: &Verdict, asked_at: Moment, unix_now: i64) {
        let (life, into, other) = match verdict {
            Verdict::Active(introspected) => {
                let left = introspected.expires_at.map_or(i64::MAX, |end| end.saturating_sub(unix_now));
                let left = Duration::from_secs(u64::try_from(left).unwrap_or(0));
                (left.min(self.lives.active), &self.active, &self.refused)
            }
            Verdict::Inactive | Verdict::Mismatch(_) => (self.lives.refused, &self.refused, &self.active),
        };
        other.write().remove(token);
        into.write().put(token, verdict, asked_at.plus(life), asked_at);
    }

    /// How many answers there are, those that nobody would believe any more included.
    pub(super) fn len(&self) -> usize {
        self.active.read().answers.len() + self.refused.read().answers.len()
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Memory").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// Answers in the order in which they came, within a number of bytes.
struct Shelf {
    answers: HashMap<Arc<str>, Kept>,
    order: VecDeque<(Arc<str>, u64)>,
    stamp: u64,
    bytes: usize,
    most_bytes: usize,
}

struct Kept {
    verdict: Verdict,
    until: Moment,
    /// Tells it from what came before under the same token.
    stamp: u64,
}

impl Shelf {
    fn new(most_bytes: usize) -> Self {
        Self { answers: HashMap::new(), order: VecDeque::new(), stamp: 0, bytes: 0, most_bytes }
    }

    fn get(&self, token: &str, now: Moment) -> Option<Verdict> {
        self.answers.get(token).filter(|kept| now < kept.until).map(|kept| kept.verdict.clone())
    }

    fn put(&mut self, token: &Arc<str>, verdict: &Verdict, until: Moment, now: Moment) {
        self.remove(token);
        self.stamp += 1;
        self.bytes += bytes_of(token, verdict);
        let kept = Kept { verdict: verdict.clone(), until, stamp: self.stamp };
        self.answers.insert(Arc::clone(token), kept);
        self.order.push_back((Arc::clone(token), self.stamp));
        self.make_room(now);
    }

    fn remove(&mut self, token: &str) {
        if let Some(kept) = self.answers.remove(token) {
            self.bytes -= bytes_of(token, &kept.verdict);
        }
    }

    /// Drops the oldest while they are over, were replaced, or there is too much.
    fn make_room(&mut self, now: Moment) {
        while let Some((token, stamp)) = self.order.front() {
            let kept = self.answers.get(token).filter(|kept| kept.stamp == *stamp);
            if self.bytes <= self.most_bytes && kept.is_some_and(|kept| now < kept.until) {
                return;
            }
            let is_there = kept.is_some();
            let Some((token, _)) = self.order.pop_front() else { return };
            if is_there {
                self.remove(&token);
            }
        }
    }
}

fn bytes_of(token: &str, verdict: &Verdict) -> usize {
    /// Two pointers to the token, the slots of the map and the queue, the count of the token's owners.
    const FIXED: usize = 160;
    let verdict = match verdict {
        Verdict::Active(introspected) => introspected.bytes(),
        Verdict::Inactive | Verdict::Mismatch(_) => 0,
    };
    FIXED + token.len() + verdict
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::issuers::opaque::introspected::{Introspected, Mismatch};

    const LIVES: Lives = Lives { active: Duration::from_mins(1), refused: Duration::from_secs(5) };

    fn active(subject: &str, expires_at: Option<i64>) -> Verdict {
        let subject = subject.into();
        Verdict::Active(Arc::new(Introspected {
            subject,
            client: None,
            audiences: Vec::new(),
            scope: None,
            organization: None,
            expires_at,
            not_before: None,
        }))
    }

    fn at(seconds: u64) -> Moment {
        Moment::START.plus(Duration::from_secs(seconds))
    }

    #[test]
    fn an_answer_is_believed_for_its_life_and_no_longer() {
        let memory = Memory::new(LIVES);
        memory.remember(&"a".into(), &active("1", None), at(0), 1_000);
        memory.remember(&"b".into(), &Verdict::Inactive, at(0), 1_000);
        memory.remember(&"c".into(), &Verdict::Mismatch(Mismatch::Audience), at(0), 1_000);
        assert_eq!(memory.recall("a", at(59), 1_059), Some(active("1", None)));
        assert_eq!(memory.recall("b", at(4), 1_004), Some(Verdict::Inactive));
        assert_eq!(memory.recall("c", at(4), 1_004), Some(Verdict::Mismatch(Mismatch::Audience)));
        assert_eq!(memory.recall("b", at(5), 1_005), None);
        assert_eq!(memory.recall("a", at(60), 1_060), None);
    }

    #[test]
    fn no_answer_outlives_the_token_even_when_the_calendar_jumps() {
        let memory = Memory::new(LIVES);
        memory.remember(&"a".into(), &active("1", Some(1_010)), at(0), 1_000);
        assert!(memory.recall("a", at(9), 1_009).is_some());
        assert_eq!(memory.recall("a", at(10), 1_009), None, "by the clock that only goes forward");
        assert_eq!(memory.recall("a", at(1), 1_010), None, "by the calendar");
        memory.remember(&"b".into(), &active("1", Some(990)), at(0), 1_000);
        assert_eq!(memory.recall("b", at(0), 1_000), None, "it lives by leeway only: ask each time");
    }

    #[test]
    fn only_the_whole_token_finds_the_answer() {
        let memory = Memory::new(LIVES);
        memory.remember(&"token-1".into(), &active("1", None), at(0), 0);
        for other in ["token-", "token-11", "TOKEN-1", "", "token-1 "] {
            assert_eq!(memory.recall(other, at(0), 0), None, "{other:?}");
        }
    }

    #[test]
    fn a_later_answer_replaces_the_earlier_one_whichever_way() {
        let memory = Memory::new(LIVES);
        let token = "a".into();
        memory.remember(&token, &active("1", None), at(0), 0);
        memory.remember(&token, &Verdict::Inactive, at(1), 1);
        assert_eq!(memory.recall("a", at(2), 2), Some(Verdict::Inactive));
        assert_eq!(memory.recall("a", at(7), 7), None, "the earlier one must not come back");
        memory.remember(&token, &active("1", None), at(8), 8);
        assert_eq!(memory.recall("a", at(9), 9), Some(active("1", None)));
    }

    #[test]
    fn refused_tokens_push_out_no_accepted_ones_and_memory_stays_bounded() {
        let memory = Memory::new(LIVES);
        memory.remember(&"good".into(), &active("1", None), at(0), 0);
        for number in 0..30_000 {
            memory.remember(&format!("{number}-{}", "x".repeat(200)).into(), &Verdict::Inactive, at(0), 0);
        }
        assert!(memory.recall("good", at(1), 1).is_some());
        assert!(memory.refused.read().bytes <= Memory::BYTES.1);
        assert!(memory.len() > 1_000 && memory.len() < 10_000, "{}", memory.len());
        for number in 0..100_000 {
            memory.remember(&format!("good {number}").into(), &active("1", None), at(0), 0);
        }
        assert!(memory.active.read().bytes <= Memory::BYTES.0);
    }

    #[test]
    fn answers_that_are_over_give_their_memory_back() {
        let memory = Memory::new(LIVES);
        for number in 0..1_000 {
            memory.remember(&number.to_string().into(), &active("1", None), at(0), 0);
        }
        memory.remember(&"late".into(), &active("1", None), at(61), 61);
        assert_eq!(memory.len(), 1);
        assert_eq!(memory.active.read().order.len(), 1);
    }

    #[test]
    fn lives_are_cut_to_what_is_defensible() {
        let seconds = |asked_for| {
            let lives = Lives::of(Duration::from_secs(asked_for));
            (lives.active.as_secs(), lives.refused.as_secs())
        };
        assert_eq!([3_600, 60, 3, 0].map(seconds), [(300, 10), (60, 10), (3, 3), (0, 0)]);
    }

    #[test]
    fn nothing_of_a_token_is_shown() {
        let memory = Memory::new(LIVES);
        memory.remember(&"gho_verysecret".into(), &active("1", None), at(0), 0);
        assert_eq!(format!("{memory:?}"), "Memory { len: 1, .. }");
    }
}
