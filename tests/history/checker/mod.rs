//! The judge: may this answer have been given, with this position and this age, at that time?
//!
//! An answer *owes* a change if its own words say that it contains it: the change was acknowledged before the moment as of
//! which the answer claims to be confirmed; or its position is at most the one that the answer states, or was asked for.
//! What is shown must be the newest version that is owed, or a newer one that had been sent by then.
//!
//! Positions of two eras are two scales. An answer counts on the scale of an era only if its age excludes the era before.
//! What a failover lost is owed by nobody from the promotion on, and shown by nobody who claims to have been confirmed after
//! the old primary was dead.

mod tests;

use claimsmith::clock::Moment;

use super::truth::{Truth, Version};
use super::world::{Mark, Object, State, Subject};

/// One answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer {
    pub(super) replica: usize,
    pub(super) subject: Subject,
    pub(super) shown: Shown,
    /// Every change up to here is in the answer, it says.
    pub(super) position: u64,
    /// Every change from before this moment is in the answer, it says: `sent` minus the age bound.
    pub(super) confirmed: Moment,
    pub(super) sent: Moment,
    pub(super) answered: Moment,
    /// What the request asked for; 0 is nothing.
    pub(super) at_least: u64,
}

/// What it says of the subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    Absent,
    Member { mark: Mark, role: usize, meaning: Mark },
}

/// Why a change is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Debt {
    /// By the age bound.
    Age,
    /// By the stated position.
    Position,
    /// By the position that was asked for.
    AtLeast,
}

/// An answer that must not have been given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Violation {
    /// It lacks the change of this mark.
    Stale { object: Object, lacks: Mark, debt: Debt },
    /// It shows what no transaction committed for this object by then.
    NeverCommitted { object: Object },
    /// It shows what a failover had lost, and claims to be younger than that.
    LostChange { object: Object, shows: Mark },
    /// It shows a user's version with another role than that version has.
    Torn { shows: Mark },
    /// It states a position that no server had given out.
    FromTheFuture { position: u64 },
}

impl Violation {
    /// Whether an old value was shown; everything else is a value that should never have been.
    pub(super) const fn is_stale(self) -> bool {
        matches!(self, Self::Stale { .. })
    }
}

impl Truth {
    /// Nothing, if the answer may have been given.
    pub(super) fn judge(&self, answer: &Answer) -> Option<Violation> {
        if answer.position > self.highest_by(answer.answered) {
            return Some(Violation::FromTheFuture { position: answer.position });
        }
        let member = Object::Member(answer.subject);
        let Shown::Member { mark, role, meaning } = answer.shown else {
            return self.judge_object(answer, member, |version| version.state == State::Absent);
        };
        let versions = &self.versions[member.index()];
        if versions.iter().any(|version| version.mark == mark && version.state != State::Holds(role)) {
            return Some(Violation::Torn { shows: mark });
        }
        let of_role = Object::Role { tenant: answer.subject.tenant, role };
        self.judge_object(answer, member, |version| version.mark == mark)
            .or_else(|| self.judge_object(answer, of_role, |version| version.mark == meaning))
    }

    fn judge_object(&self, answer: &Answer, object: Object, is_shown: impl Fn(&Version) -> bool) -> Option<Violation> {
        let versions = &self.versions[object.index()];
        let owed = versions.iter().enumerate().rev().find_map(|(at, version)| Some((at, self.owes(answer, version)?)));
        let shown = || versions.iter().enumerate().filter(|(_, version)| is_shown(version));
        let mut sent = shown().filter(|(_, version)| version.sent <= answer.answered).peekable();
        if sent.peek().is_none() {
            return Some(Violation::NeverCommitted { object });
        }
        let (floor, debt) = owed.unwrap_or((0, Debt::Age));
        let mut new_enough = sent.filter(|(at, _)| *at >= floor).peekable();
        let Some((_, first)) = new_enough.peek() else {
            return Some(Violation::Stale { object, lacks: versions[floor].mark, debt });
        };
        let lost_change = Violation::LostChange { object, shows: first.mark };
        let is_allowed =
            |version: &Version| version.lost.is_none_or(|era| answer.confirmed <= self.failovers[era].killed);
        if new_enough.any(|(_, version)| is_allowed(version)) { None } else { Some(lost_change) }
    }

    fn owes(&self, answer: &Answer, version: &Version) -> Option<Debt> {
        if version.lost.is_some_and(|era| answer.answered >= self.failovers[era].promoting) {
            return None;
        }
        if version.acknowledged.is_some_and(|at| at < answer.confirmed) {
            return Some(Debt::Age);
        }
        let is_on_the_scale =
            version.era.checked_sub(1).is_none_or(|before| answer.confirmed > self.failovers[before].killed);
        if !is_on_the_scale || version.position > answer.position.max(answer.at_least) {
            return None;
        }
        Some(if version.position <= answer.position { Debt::Position } else { Debt::AtLeast })
    }
}
