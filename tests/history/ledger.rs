//! What writers did, in their own words. What became of it is decided by the servers' logs (`truth`), never here.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};

use claimsmith::clock::Moment;
use parking_lot::Mutex;

use super::chance::Chance;
use super::world::{Mark, Object, State, Subject};

/// So many acknowledged writes are remembered for readers who want to read them.
const RECENT: usize = 24;

/// One transaction.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) mark: Mark,
    pub(super) sets: Vec<(Object, State)>,
    /// When COMMIT was sent.
    pub(super) sent: Moment,
    pub(super) fate: Fate,
}

/// How it ended for its writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// COMMIT was acknowledged then; the position if it could still be asked for.
    Acknowledged { at: Moment, position: Option<u64> },
    /// COMMIT was sent and no acknowledgement came.
    Uncertain,
    /// COMMIT was never sent.
    RolledBack,
}

/// A write that was just acknowledged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recent {
    pub(super) subject: Subject,
    pub(super) position: u64,
}

/// Everything that was written, and how far writers and readers are.
#[derive(Default)]
pub(super) struct Ledger {
    written: Mutex<Vec<Written>>,
    recent: Mutex<VecDeque<Recent>>,
    last_mark: AtomicU64,
    pub(super) committed: AtomicU64,
    pub(super) answered: AtomicU64,
    pub(super) too_stale: AtomicU64,
}

impl Ledger {
    /// A mark that no transaction has had.
    pub(super) fn next_mark(&self) -> Mark {
        self.last_mark.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) fn enter(&self, written: Written) {
        if let Fate::Acknowledged { position: Some(position), .. } = written.fate {
            self.committed.fetch_add(1, Ordering::Relaxed);
            let mut recent = self.recent.lock();
            let subjects = written.sets.iter().filter_map(|(object, _)| match object {
                Object::Member(subject) => Some(*subject),
                Object::Role { .. } => None,
            });
            recent.extend(subjects.take(4).map(|subject| Recent { subject, position }));
            let surplus = recent.len().saturating_sub(RECENT);
            recent.drain(..surplus);
        }
        self.written.lock().push(written);
    }

    pub(super) fn recent(&self, chance: &mut Chance) -> Option<Recent> {
        let recent = self.recent.lock();
        (!recent.is_empty()).then(|| recent[chance.below(recent.len())])
    }

    /// All of it, when nobody writes any more.
    pub(super) fn close(&self) -> Vec<Written> {
        std::mem::take(&mut *self.written.lock())
    }
}
