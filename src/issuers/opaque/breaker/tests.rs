//! The breaker by example, then by everything that can happen in any order.

use proptest::prelude::*;

use super::*;

const ILL: Health = Health::Ill { retry_after: None };

fn opened(now: Moment) -> Breaker {
    let mut breaker = Breaker::default();
    for _ in 0..TOLERATED {
        let permit = breaker.admit(now).unwrap();
        breaker.settle(&permit, ILL, now, u64::MAX);
    }
    breaker
}

#[test]
fn failures_in_a_row_open_it_and_an_answer_between_them_starts_the_row_anew() {
    let mut breaker = Breaker::default();
    let now = Moment::START;
    for health in [ILL, ILL, ILL, ILL, Health::Well, ILL, ILL, ILL, ILL] {
        let permit = breaker.admit(now).unwrap();
        assert_eq!(breaker.settle(&permit, health, now, u64::MAX), Change::None);
    }
    let permit = breaker.admit(now).unwrap();
    assert_eq!(breaker.settle(&permit, ILL, now, u64::MAX), Change::Opened);
    assert_eq!(breaker.admit(now).unwrap_err(), Duration::from_secs(1));
}

#[test]
fn after_the_pause_one_probe_passes_and_its_success_closes_it() {
    let mut breaker = opened(Moment::START);
    let later = Moment::START.plus(Duration::from_secs(1));
    let probe = breaker.admit(later).unwrap();
    assert!(breaker.admit(later).is_err(), "a second probe");
    assert_eq!(breaker.settle(&probe, Health::Well, later, u64::MAX), Change::Closed);
    assert!(breaker.admit(later).is_ok() && breaker.admit(later).is_ok());
}

#[test]
fn each_failed_probe_doubles_the_pause_up_to_its_maximum() {
    let mut now = Moment::START;
    let mut breaker = opened(now);
    let mut pauses = Vec::new();
    for _ in 0..7 {
        let pause = breaker.pause(now).unwrap();
        pauses.push(pause.as_secs());
        now = now.plus(pause);
        let probe = breaker.admit(now).unwrap();
        breaker.settle(&probe, ILL, now, u64::MAX);
    }
    assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30]);
}

#[test]
fn the_endpoint_may_say_itself_how_long_it_is_left_alone() {
    for told in [1, 7, 3_600] {
        let mut breaker = Breaker::default();
        let permit = breaker.admit(Moment::START).unwrap();
        let health = Health::Ill { retry_after: Some(Duration::from_secs(told)) };
        assert_eq!(breaker.settle(&permit, health, Moment::START, 0), Change::Opened);
        assert_eq!(breaker.pause(Moment::START), Some(Duration::from_secs(told)));
    }
}

#[test]
fn what_was_sent_before_it_opened_changes_nothing() {
    let mut breaker = Breaker::default();
    let early: Vec<Permit> = (0..20).map(|_| breaker.admit(Moment::START).unwrap()).collect();
    for permit in &early {
        breaker.settle(permit, ILL, Moment::START, u64::MAX);
    }
    assert_eq!(breaker.pause(Moment::START), Some(Duration::from_secs(1)), "later failures do not lengthen it");
    assert_eq!(breaker.settle(&early[0], Health::Well, Moment::START, u64::MAX), Change::None);
    assert!(breaker.pause(Moment::START).is_some());
}

#[test]
fn a_probe_whose_sender_died_makes_room_for_another() {
    let mut breaker = opened(Moment::START);
    let later = Moment::START.plus(Duration::from_secs(1));
    let lost = breaker.admit(later).unwrap();
    breaker.forget_requests(later);
    let probe = breaker.admit(later).unwrap();
    assert_eq!(breaker.settle(&lost, Health::Well, later, u64::MAX), Change::None);
    assert_eq!(breaker.settle(&probe, Health::Well, later, u64::MAX), Change::Closed);
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Wait(u64),
    Send,
    Settle(usize, bool, Option<u64>),
    Die,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0_u64..3_000).prop_map(Step::Wait),
        Just(Step::Send),
        (0_usize..8, any::<bool>(), prop::option::of(1_u64..=3_600))
            .prop_map(|(at, well, after)| Step::Settle(at, well, after)),
        Just(Step::Die),
    ]
}

proptest! {
    /// Whatever happens: nothing passes during a pause, at most one probe is out, and it always opens up again.
    #[test]
    fn it_never_leaks_and_never_stays_shut(
        steps in prop::collection::vec(step(), 1..120),
        random in any::<u64>(),
    ) {
        let mut breaker = Breaker::default();
        let mut now = Moment::START;
        let mut out: Vec<Permit> = Vec::new();
        for step in steps {
            match step {
                Step::Wait(millis) => now = now.plus(Duration::from_millis(millis)),
                Step::Send => {
                    let (pause, was_closed) = (breaker.pause(now), breaker.is_closed());
                    let admitted = breaker.admit(now);
                    prop_assert_eq!(admitted.is_ok(), pause.is_none());
                    if let Ok(permit) = admitted {
                        prop_assert!(was_closed || breaker.pause(now).is_some(), "a second probe would pass");
                        out.push(permit);
                    }
                }
                Step::Settle(at, well, after) if at < out.len() => {
                    let permit = out.swap_remove(at);
                    let retry_after = after.map(Duration::from_secs);
                    let health = if well { Health::Well } else { Health::Ill { retry_after } };
                    breaker.settle(&permit, health, now, random);
                }
                Step::Settle(..) => {}
                Step::Die => {
                    out.clear();
                    breaker.forget_requests(now);
                }
            }
        }
        for permit in out.drain(..) {
            breaker.settle(&permit, Health::Well, now, random);
        }
        let later = now.plus(Duration::from_hours(1));
        prop_assert!(breaker.admit(later).is_ok(), "shut for good: {breaker:?}");
    }
}
