//! The answers of one tenant as their writer keeps them: by grant, and how many users share each.
//!
//! Rebuilt from what is published when the writer is restarted, so that a panic costs no entry.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use arc_swap::ArcSwapOption;

use super::answer::{Answer, AnswerId, Content, Grant};
use super::slot::Slot;

/// How many users that are no members are remembered beside so many members.
const STRANGERS_AT_LEAST: usize = 1_000;

#[derive(Debug)]
struct Shared {
    answer: Arc<Answer>,
    id: AnswerId,
    users: usize,
}

/// The writer's side of a slot.
#[derive(Debug)]
pub(super) struct Answers {
    slot: Arc<Slot>,
    by_grant: HashMap<Grant, AnswerId>,
    by_id: HashMap<AnswerId, Shared>,
    members: usize,
    strangers: usize,
}

impl Answers {
    /// What is published already.
    pub(super) fn rebuild(slot: Arc<Slot>) -> Self {
        let published: Vec<(AnswerId, Arc<Answer>)> =
            slot.answers.read().iter().map(|(id, answer)| (*id, Arc::clone(answer))).collect();
        let mut answers = Self { slot, by_grant: HashMap::new(), by_id: HashMap::new(), members: 0, strangers: 0 };
        for (id, answer) in published {
            answers.by_grant.insert(answer.grant.clone(), id);
            answers.by_id.insert(id, Shared { answer, id, users: 0 });
        }
        for id in answers.slot.entries.values() {
            answers.count(id);
        }
        answers.drop_unused();
        answers
    }

    /// The content that a grant comes to, if it is known.
    pub(super) fn content_of(&self, grant: &Grant) -> Option<Arc<Content>> {
        self.by_grant.get(grant).and_then(|id| self.by_id.get(id))?.answer.content.load_full()
    }

    /// `user` has this grant, and it comes to this.
    pub(super) fn publish_member(&mut self, user: Box<str>, grant: Grant, content: Arc<Content>, second: u32) {
        let id = self.answer_for(grant, content);
        self.put(user, id, second);
    }

    /// `user` is no member. Remembered, unless there are too many of them already: whoever invents users must not be able
    /// to fill the memory.
    pub(super) fn publish_stranger(&mut self, user: Box<str>, second: u32) {
        if self.strangers >= self.members.max(STRANGERS_AT_LEAST) {
            self.forget(&user);
            return;
        }
        self.put(user, AnswerId::NOT_A_MEMBER, second);
    }

    /// What is known of `user` does not hold any more.
    pub(super) fn forget(&mut self, user: &str) {
        if let Some(id) = self.slot.entries.remove(user) {
            self.release(id);
        }
    }

    /// What is known of these roles does not hold any more: answers that build on one are to be worked out again.
    pub(super) fn empty_contents(&self, concerned: impl Fn(&Grant) -> bool) {
        for shared in self.by_id.values().filter(|shared| concerned(&shared.answer.grant)) {
            self.set_content(&shared.answer, None);
        }
    }

    /// Nothing that is known holds any more.
    pub(super) fn clear(&mut self) -> usize {
        let gone = self.slot.entries.clear();
        self.slot.answers.write().clear();
        self.slot.answer_bytes.store(0, Ordering::Relaxed);
        self.by_grant.clear();
        self.by_id.clear();
        self.members = 0;
        self.strangers = 0;
        gone
    }

    /// Drops at most `most` entries that were not used after `second`.
    pub(super) fn evict(&mut self, second: u32, most: usize) -> usize {
        let mut gone = Vec::new();
        let count = self.slot.entries.evict(second, most, |id| gone.push(id));
        for id in gone {
            self.release(id);
        }
        count
    }

    fn put(&mut self, user: Box<str>, id: AnswerId, second: u32) {
        self.count(id);
        if let Some(before) = self.slot.entries.insert(user, id, second) {
            self.release(before);
        }
    }

    fn answer_for(&mut self, grant: Grant, content: Arc<Content>) -> AnswerId {
        if let Some(shared) = self.by_grant.get(&grant).and_then(|id| self.by_id.get(id)) {
            self.set_content(&shared.answer, Some(content));
            return shared.id;
        }
        let id = self.slot.next_answer();
        let answer = Arc::new(Answer { grant: grant.clone(), content: ArcSwapOption::new(Some(content)) });
        self.slot.answer_bytes.fetch_add(answer.bytes(), Ordering::Relaxed);
        self.slot.answers.write().insert(id, Arc::clone(&answer));
        self.by_grant.insert(grant, id);
        self.by_id.insert(id, Shared { answer, id, users: 0 });
        id
    }

    fn set_content(&self, answer: &Answer, content: Option<Arc<Content>>) {
        let before = answer.bytes();
        answer.content.store(content);
        self.slot.answer_bytes.fetch_add(answer.bytes(), Ordering::Relaxed);
        self.slot.answer_bytes.fetch_sub(before, Ordering::Relaxed);
    }

    fn count(&mut self, id: AnswerId) {
        if id == AnswerId::NOT_A_MEMBER {
            self.strangers += 1;
            return;
        }
        self.members += 1;
        if let Some(shared) = self.by_id.get_mut(&id) {
            shared.users += 1;
        }
    }

    /// What the last incarnation had published and not yet given to anybody, or not yet taken away.
    fn drop_unused(&mut self) {
        let unused: Vec<AnswerId> =
            self.by_id.iter().filter(|(_, shared)| shared.users == 0).map(|(id, _)| *id).collect();
        for id in unused {
            self.drop_answer(id);
        }
    }

    /// One user fewer shares this answer; the last one takes it along.
    fn release(&mut self, id: AnswerId) {
        if id == AnswerId::NOT_A_MEMBER {
            self.strangers = self.strangers.saturating_sub(1);
            return;
        }
        self.members = self.members.saturating_sub(1);
        let Some(shared) = self.by_id.get_mut(&id) else { return };
        shared.users = shared.users.saturating_sub(1);
        if shared.users == 0 {
            self.drop_answer(id);
        }
    }

    fn drop_answer(&mut self, id: AnswerId) {
        self.slot.answers.write().remove(&id);
        if let Some(shared) = self.by_id.remove(&id) {
            self.slot.answer_bytes.fetch_sub(shared.answer.bytes(), Ordering::Relaxed);
            self.by_grant.remove(&shared.answer.grant);
        }
    }
}
