//! Wrong answers of every kind, each beside the right one that is nearest to it.

use std::slice;

use claimsmith::clock::Moment;

use super::{Answer, Debt, Shown, Violation};
use crate::history::ledger::{Fate, Written};
use crate::history::truth::{Contradiction, Era, Failover, Truth};
use crate::history::world::{Mark, Object, State, Subject};

const SUBJECT: Subject = Subject { tenant: 1, user: 3 };
const MEMBER: Object = Object::Member(SUBJECT);
const ROLE: Object = Object::Role { tenant: 1, role: 0 };
const LONG_AGO: u64 = 5;

const fn at(millis: u64) -> Moment {
    Moment::from_micros(millis * 1_000)
}

/// Sent at `millis`, acknowledged one later.
fn acknowledged(mark: Mark, millis: u64, object: Object, state: State) -> Written {
    let fate = Fate::Acknowledged { at: at(millis + 1), position: None };
    Written { mark, sets: vec![(object, state)], sent: at(millis), fate }
}

fn era(log: &[(Mark, u64)], end: Option<Failover>) -> Era {
    Era { log: log.iter().copied().collect(), end }
}

/// Mark 7 changes the user at 100 ms, mark 8 the role at 200 ms, and mark 9 takes the user away at 300 ms.
fn one_era() -> Truth {
    let written = [
        acknowledged(7, 100, MEMBER, State::Holds(0)),
        acknowledged(8, 200, ROLE, State::Means),
        acknowledged(9, 300, MEMBER, State::Absent),
    ];
    Truth::resolve(&written, &[era(&[(7, 17), (8, 18), (9, 19)], None)], LONG_AGO).unwrap()
}

const fn shown(mark: Mark, meaning: Mark) -> Shown {
    Shown::Member { mark, role: 0, meaning }
}

/// Answered at `millis`, and owing nothing but what was there at the start.
fn answer(shown: Shown, millis: u64) -> Answer {
    let (sent, answered) = (at(millis - 1), at(millis));
    Answer {
        replica: 0,
        subject: SUBJECT,
        shown,
        position: LONG_AGO,
        confirmed: Moment::START,
        sent,
        answered,
        at_least: 0,
    }
}

fn stale(object: Object, lacks: Mark, debt: Debt) -> Violation {
    Violation::Stale { object, lacks, debt }
}

#[test]
fn an_old_value_may_be_shown_until_it_is_owed() {
    let truth = one_era();
    for (shown, millis) in [(shown(0, 0), 900), (shown(7, 0), 100), (shown(7, 8), 900), (Shown::Absent, 300)] {
        assert_eq!(truth.judge(&answer(shown, millis)), None, "{shown:?}");
    }
}

#[test]
fn what_the_stated_position_covers_must_be_shown() {
    let truth = one_era();
    let with = |shown, position| truth.judge(&Answer { position, ..answer(shown, 900) });
    assert_eq!(with(shown(0, 0), 16), None);
    assert_eq!(with(shown(0, 0), 17), Some(stale(MEMBER, 7, Debt::Position)));
    assert_eq!(with(shown(7, 0), 17), None);
    assert_eq!(with(shown(7, 0), 18), Some(stale(ROLE, 8, Debt::Position)));
    assert_eq!(with(shown(7, 8), 19), Some(stale(MEMBER, 9, Debt::Position)));
    assert_eq!(with(Shown::Absent, 19), None);
}

#[test]
fn what_was_acknowledged_before_the_confirmation_must_be_shown() {
    let truth = one_era();
    let with = |shown, confirmed| truth.judge(&Answer { confirmed: at(confirmed), ..answer(shown, 900) });
    assert_eq!(with(shown(0, 0), 101), None);
    assert_eq!(with(shown(0, 0), 102), Some(stale(MEMBER, 7, Debt::Age)));
    assert_eq!(with(shown(7, 0), 202), Some(stale(ROLE, 8, Debt::Age)));
    assert_eq!(with(shown(7, 8), 302), Some(stale(MEMBER, 9, Debt::Age)));
}

#[test]
fn what_was_asked_for_must_be_shown() {
    let truth = one_era();
    let with = |shown, at_least| truth.judge(&Answer { at_least, ..answer(shown, 900) });
    assert_eq!(with(shown(0, 0), 16), None);
    assert_eq!(with(shown(0, 0), 17), Some(stale(MEMBER, 7, Debt::AtLeast)));
}

#[test]
fn no_member_is_an_answer_like_any_other() {
    let truth = one_era();
    let never = Some(Violation::NeverCommitted { object: MEMBER });
    assert_eq!(truth.judge(&answer(Shown::Absent, 299)), never, "the user was still there");
    let back = acknowledged(10, 400, MEMBER, State::Holds(1));
    let left = acknowledged(9, 300, MEMBER, State::Absent);
    let truth = Truth::resolve(&[left, back], &[era(&[(9, 19), (10, 20)], None)], LONG_AGO).unwrap();
    let with = |position| truth.judge(&Answer { position, ..answer(Shown::Absent, 900) });
    assert_eq!((with(19), with(20)), (None, Some(stale(MEMBER, 10, Debt::Position))));
}

#[test]
fn what_nobody_has_committed_by_then_must_not_be_shown() {
    let truth = one_era();
    assert_eq!(truth.judge(&answer(shown(6, 0), 900)), Some(Violation::NeverCommitted { object: MEMBER }));
    assert_eq!(truth.judge(&answer(shown(8, 0), 900)), Some(Violation::NeverCommitted { object: MEMBER }));
    assert_eq!(truth.judge(&answer(shown(7, 7), 900)), Some(Violation::NeverCommitted { object: ROLE }));
    assert_eq!(truth.judge(&answer(shown(7, 0), 99)), Some(Violation::NeverCommitted { object: MEMBER }));
}

#[test]
fn a_version_with_the_role_of_another_is_torn() {
    let torn = Shown::Member { mark: 7, role: 1, meaning: 0 };
    assert_eq!(one_era().judge(&answer(torn, 900)), Some(Violation::Torn { shows: 7 }));
}

#[test]
fn a_position_that_nobody_has_drawn_yet_must_not_be_stated() {
    let truth = one_era();
    let with = |position, millis| truth.judge(&Answer { position, ..answer(shown(7, 0), millis) });
    assert_eq!(with(17, 150), None);
    assert_eq!(with(18, 150), Some(Violation::FromTheFuture { position: 18 }));
}

/// Marks 7 and 8 commit; the primary is killed at 500 ms and the standby, which has 7 only, is promoted at 600 ms. Mark 9
/// draws the position of 8 again.
fn two_eras() -> Truth {
    let written = [
        acknowledged(7, 100, MEMBER, State::Holds(0)),
        acknowledged(8, 200, MEMBER, State::Holds(0)),
        acknowledged(9, 700, MEMBER, State::Holds(0)),
    ];
    let failover = Failover { killed: at(500), promoting: at(600) };
    let eras = [era(&[(7, 17), (8, 18)], Some(failover)), era(&[(7, 17), (9, 18)], None)];
    Truth::resolve(&written, &eras, LONG_AGO).unwrap()
}

#[test]
fn a_lost_value_may_be_shown_by_who_admits_to_be_older_than_the_failover() {
    let truth = two_eras();
    let with = |confirmed| truth.judge(&Answer { confirmed: at(confirmed), ..answer(shown(8, 0), 650) });
    assert_eq!(with(500), None);
    assert_eq!(with(501), Some(Violation::LostChange { object: MEMBER, shows: 8 }));
}

#[test]
fn a_lost_value_is_owed_until_the_promotion() {
    let truth = two_eras();
    let with = |millis| truth.judge(&Answer { position: 18, ..answer(shown(7, 0), millis) });
    assert_eq!((with(599), with(600)), (Some(stale(MEMBER, 8, Debt::Position)), None));
}

#[test]
fn a_position_that_was_drawn_twice_counts_for_the_era_of_the_answer() {
    let truth = two_eras();
    let with = |shown, confirmed| truth.judge(&Answer { confirmed: at(confirmed), position: 18, ..answer(shown, 900) });
    assert_eq!(with(shown(8, 0), 400), None, "18 may be that of the old primary");
    assert_eq!(with(shown(7, 0), 650), Some(stale(MEMBER, 9, Debt::Position)), "18 is that of the new primary");
    assert_eq!(with(shown(9, 0), 650), None);
}

#[test]
fn an_uncertain_transaction_counts_if_a_log_has_it() {
    let uncertain = Written { fate: Fate::Uncertain, ..acknowledged(7, 100, MEMBER, State::Holds(0)) };
    let resolved = |log| Truth::resolve(slice::from_ref(&uncertain), &[era(log, None)], LONG_AGO).unwrap();
    let (committed, never) = (resolved(&[(7, 17)]), resolved(&[]));
    assert_eq!(committed.judge(&answer(shown(7, 0), 900)), None);
    assert_eq!(never.judge(&answer(shown(7, 0), 900)), Some(Violation::NeverCommitted { object: MEMBER }));
    let confirmed = Answer { confirmed: at(800), ..answer(shown(0, 0), 900) };
    assert_eq!(committed.judge(&confirmed), None, "nobody knows when it committed");
    let placed = Answer { position: 17, ..confirmed };
    assert_eq!(committed.judge(&placed), Some(stale(MEMBER, 7, Debt::Position)));
}

#[test]
fn logs_that_contradict_the_writers_are_refused() {
    let resolved =
        |written: &Written, log| Truth::resolve(slice::from_ref(written), &[era(log, None)], LONG_AGO).map(drop);
    let done = acknowledged(7, 100, MEMBER, State::Holds(0));
    assert_eq!(resolved(&done, &[]), Err(Contradiction::Vanished(7)));
    let rolled_back = Written { fate: Fate::RolledBack, ..done.clone() };
    assert_eq!(resolved(&rolled_back, &[(7, 17)]), Err(Contradiction::Resurrected(7)));
    let told = Written { fate: Fate::Acknowledged { at: at(101), position: Some(16) }, ..done };
    assert_eq!(resolved(&told, &[(7, 17)]), Err(Contradiction::OtherPosition(7)));
}
