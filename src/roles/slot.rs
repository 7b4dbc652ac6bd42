//! What is published of one tenant: users → answers. It outlives the actor that writes it.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use hashbrown::HashMap;
use parking_lot::RwLock;

use super::answer::{Answer, AnswerId, Granted};
use super::tenant_actor::TenantActor;
use crate::cache::table::Table;
use crate::clock::Moment;
use crate::directory::TenantId;
use crate::supervision::Handle;

const SHARDS: usize = 8;

/// One tenant's part of the cache.
pub struct Slot {
    /// Whose it is.
    pub tenant: TenantId,
    pub(super) entries: Table<AnswerId>,
    pub(super) answers: RwLock<HashMap<AnswerId, Arc<Answer>>>,
    pub(super) answer_bytes: AtomicUsize,
    next_answer: AtomicU32,
    pub(super) actor: OnceLock<Handle<TenantActor>>,
    last_asked: AtomicU32,
    revoked: AtomicBool,
}

/// What is known of a user without asking anybody.
#[derive(Clone, Debug)]
pub enum Cached {
    /// A member, and what that comes to.
    Member(Granted),
    /// Known to be no member.
    NotAMember,
    /// Ask.
    Unknown,
}

impl Slot {
    /// An empty slot.
    pub fn new(tenant: TenantId, now: Moment) -> Arc<Self> {
        Arc::new(Self {
            tenant,
            entries: Table::new(SHARDS),
            answers: RwLock::default(),
            answer_bytes: AtomicUsize::new(0),
            next_answer: AtomicU32::new(1),
            actor: OnceLock::new(),
            last_asked: AtomicU32::new(now.as_coarse_seconds()),
            revoked: AtomicBool::new(false),
        })
    }

    /// Looks into memory.
    pub fn look_up(&self, user: &str, now: Moment) -> Cached {
        let second = now.as_coarse_seconds();
        if self.last_asked.load(Ordering::Relaxed) != second {
            self.last_asked.store(second, Ordering::Relaxed);
        }
        if self.is_revoked() {
            return Cached::Unknown;
        }
        let Some(id) = self.entries.get(user, second) else { return Cached::Unknown };
        if id == AnswerId::NOT_A_MEMBER {
            return Cached::NotAMember;
        }
        let answers = self.answers.read();
        let Some(answer) = answers.get(&id) else { return Cached::Unknown };
        let lapses_at = answer.grant.lapses_at;
        if lapses_at.is_some_and(|lapses_at| lapses_at <= now) {
            return Cached::Unknown;
        }
        answer.content.load_full().map_or(Cached::Unknown, |content| Cached::Member(Granted { content, lapses_at }))
    }

    /// From now on nobody reads here: a change could not be taken in, or the server's history is another. A successor is
    /// made when somebody asks.
    pub fn revoke(&self) {
        self.revoked.store(true, Ordering::SeqCst);
    }

    /// Whether [`Slot::revoke`] was called.
    pub fn is_revoked(&self) -> bool {
        self.revoked.load(Ordering::SeqCst)
    }

    /// A number that no answer of this slot has had, whichever incarnation of the writer asks.
    pub(super) fn next_answer(&self) -> AnswerId {
        let number = self.next_answer.fetch_add(1, Ordering::Relaxed);
        if number == u32::MAX {
            // Four billion answers later: a new slot counts from the beginning.
            self.revoke();
        }
        AnswerId(number)
    }

    /// Whether somebody is there who can fill it.
    pub(super) fn is_open(&self) -> bool {
        !self.is_revoked() && self.actor.get().is_some()
    }

    /// Seconds on the clock's time line when somebody last asked.
    pub fn last_asked(&self) -> u32 {
        self.last_asked.load(Ordering::Relaxed)
    }

    /// Users in memory, those known to be no members included.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nobody is in memory.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Bytes that the slot takes, estimated.
    pub fn bytes(&self) -> usize {
        const FIXED: usize = 1024;
        FIXED + self.entries.bytes() + self.answer_bytes.load(Ordering::Relaxed)
    }

    /// When some of the entries were last used.
    pub fn sample_last_used(&self, most: usize, sample: &mut Vec<u32>) {
        self.entries.sample_last_used(most, sample);
    }
}

impl std::fmt::Debug for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Slot").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}
