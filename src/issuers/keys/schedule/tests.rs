//! The schedule by example, then by everything that can happen in any order.

use proptest::prelude::*;

use super::*;

const NOW: Moment = Moment::from_micros(1_000_000_000);

fn at(seconds: u64) -> Moment {
    NOW.plus(Duration::from_secs(seconds))
}

/// A schedule whose first fetch is under way.
fn flying(policy: &KeyPolicy) -> (Schedule, FlightId) {
    let mut schedule = Schedule::asleep();
    schedule.start(NOW, 0, policy);
    let id = schedule.begin(NOW).unwrap().id;
    (schedule, id)
}

/// Lands the fetch under way.
fn land(schedule: &mut Schedule, id: FlightId, outcome: Outcome, now: Moment, random: u64) -> Landing {
    schedule.land(id, outcome, true, now, random, &KeyPolicy::default())
}

/// A schedule that has a set since [`NOW`].
fn settled() -> Schedule {
    let (mut schedule, id) = flying(&KeyPolicy::default());
    land(&mut schedule, id, Outcome::Keys(None), NOW, 0);
    schedule
}

#[test]
fn the_first_fetch_is_due_within_two_seconds() {
    for random in [0, u64::MAX / 2, u64::MAX] {
        let mut schedule = Schedule::asleep();
        schedule.start(NOW, random, &KeyPolicy::default());
        assert!((NOW..=at(2)).contains(&schedule.due().unwrap()));
    }
}

#[test]
fn a_token_that_waits_brings_the_first_fetch_forward() {
    let mut schedule = Schedule::asleep();
    schedule.start(NOW, u64::MAX, &KeyPolicy::default());
    assert_eq!(schedule.begin(NOW), None);
    schedule.bring_forward(NOW);
    assert!(schedule.begin(NOW).unwrap().urgent);
}

#[test]
fn what_somebody_waits_for_is_coming_before_it_is_under_way() {
    let mut schedule = settled();
    assert!(!schedule.is_coming());
    schedule.bring_forward(at(1));
    assert!(schedule.is_coming());
    let id = schedule.begin(at(1)).unwrap().id;
    assert!(schedule.is_coming());
    land(&mut schedule, id, Outcome::Keys(None), at(1), 0);
    assert!(!schedule.is_coming());
}

#[test]
fn what_somebody_waited_for_before_the_start_stays_due() {
    let mut schedule = Schedule::asleep();
    schedule.bring_forward(NOW);
    schedule.start(NOW, u64::MAX, &KeyPolicy::default());
    assert_eq!(schedule.due(), Some(NOW));
}

#[test]
fn one_fetch_is_under_way_at_a_time() {
    let (mut schedule, _) = flying(&KeyPolicy::default());
    schedule.bring_forward(NOW);
    assert_eq!(schedule.begin(at(60)), None);
}

#[test]
fn a_set_is_refreshed_after_three_quarters_to_nine_tenths_of_its_life() {
    for (random, share) in [(0, 75), (u64::MAX, 90)] {
        let (mut schedule, id) = flying(&KeyPolicy::default());
        land(&mut schedule, id, Outcome::Keys(Some(Duration::from_secs(1000))), NOW, random);
        assert_eq!(schedule.due(), Some(at(share * 10)));
    }
}

#[test]
fn pauses_after_failures_double_up_to_half_a_minute_while_there_are_no_keys() {
    let (mut schedule, mut id) = flying(&KeyPolicy::default());
    for ceiling in [1, 2, 4, 8, 16, 30, 30] {
        land(&mut schedule, id, Outcome::Failed(None), NOW, u64::MAX);
        assert_eq!(schedule.due(), Some(at(ceiling)));
        id = schedule.begin(at(ceiling)).unwrap().id;
    }
}

#[test]
fn pauses_grow_to_five_minutes_while_there_are_keys() {
    let mut schedule = settled();
    let mut now = schedule.due().unwrap();
    for _ in 0..12 {
        let id = schedule.begin(now).unwrap().id;
        schedule.land(id, Outcome::Failed(None), false, now, u64::MAX, &KeyPolicy::default());
        now = schedule.due().unwrap();
    }
    let id = schedule.begin(now).unwrap().id;
    schedule.land(id, Outcome::Failed(None), false, now, u64::MAX, &KeyPolicy::default());
    assert_eq!(schedule.due().unwrap().since(now), Duration::from_mins(5));
}

#[test]
fn no_pause_is_shorter_than_a_quarter_of_a_second() {
    let (mut schedule, id) = flying(&KeyPolicy::default());
    land(&mut schedule, id, Outcome::Failed(None), NOW, 0);
    assert_eq!(schedule.due(), Some(NOW.plus(Duration::from_millis(250))));
}

#[test]
fn an_issuer_that_asks_for_it_is_left_alone_for_so_long() {
    for asked in [1, 90, 3600] {
        let (mut schedule, id) = flying(&KeyPolicy::default());
        land(&mut schedule, id, Outcome::Failed(Some(Duration::from_secs(asked))), NOW, 0);
        assert_eq!(schedule.due(), Some(at(asked)));
    }
}

#[test]
fn a_miss_whose_fetch_fails_does_not_put_the_refresh_off() {
    let mut schedule = settled();
    let refresh = schedule.due().unwrap();
    let shortly_before = Moment::from_micros(refresh.as_micros() - 1_000_000);
    for _ in 0..5 {
        schedule.bring_forward(shortly_before);
        let id = schedule.begin(shortly_before).unwrap().id;
        schedule.land(id, Outcome::Failed(None), false, shortly_before, u64::MAX, &KeyPolicy::default());
        assert!(schedule.due().unwrap() <= refresh);
    }
}

#[test]
fn nothing_usable_is_believed_after_three_answers_over_ten_minutes() {
    let (mut schedule, id) = flying(&KeyPolicy::default());
    assert_eq!(land(&mut schedule, id, Outcome::NothingUsable(None), NOW, 0), Landing::Failed);
    for second in [2, 4, 599] {
        let id = schedule.begin(at(second)).unwrap().id;
        assert_eq!(land(&mut schedule, id, Outcome::NothingUsable(None), at(second), 0), Landing::Failed);
    }
    let id = schedule.begin(at(630)).unwrap().id;
    assert!(matches!(land(&mut schedule, id, Outcome::NothingUsable(None), at(630), 0), Landing::Counts(_)));
}

#[test]
fn two_answers_without_a_usable_key_are_not_believed_however_far_apart() {
    let (mut schedule, id) = flying(&KeyPolicy::default());
    land(&mut schedule, id, Outcome::NothingUsable(None), NOW, 0);
    let id = schedule.begin(at(6000)).unwrap().id;
    assert_eq!(land(&mut schedule, id, Outcome::NothingUsable(None), at(6000), 0), Landing::Failed);
}

#[test]
fn a_good_set_between_them_starts_the_count_of_unusable_ones_anew() {
    let (mut schedule, mut id) = flying(&KeyPolicy::default());
    for (second, outcome) in [(0, Outcome::NothingUsable(None)), (700, Outcome::Keys(None))] {
        land(&mut schedule, id, outcome, at(second), 0);
        id = schedule.begin(at(second + 3600)).unwrap().id;
    }
    assert_eq!(land(&mut schedule, id, Outcome::NothingUsable(None), at(4300), 0), Landing::Failed);
}

#[test]
fn an_operators_wish_counts_once_in_five_seconds() {
    let mut schedule = settled();
    assert_eq!(schedule.wish(at(1)), Ok(()));
    assert_eq!(schedule.wish(at(5)), Err(Duration::from_secs(1)));
    assert_eq!(schedule.wish(at(6)), Ok(()));
}

#[test]
fn after_a_stop_nothing_is_due_and_the_answer_under_way_does_not_count() {
    let (mut schedule, id) = flying(&KeyPolicy::default());
    schedule.stop();
    assert_eq!(schedule.due(), None);
    assert_eq!(land(&mut schedule, id, Outcome::Keys(None), NOW, 0), Landing::Ignored);
}

#[test]
fn a_fetch_whose_actor_died_is_due_again_and_its_answer_does_not_count() {
    let (mut schedule, old) = flying(&KeyPolicy::default());
    schedule.interrupted(at(1));
    let new = schedule.begin(at(1)).unwrap();
    assert_eq!(land(&mut schedule, old, Outcome::Keys(None), at(1), 0), Landing::Ignored);
    assert!(matches!(land(&mut schedule, new.id, Outcome::Keys(None), at(1), 0), Landing::Counts(_)));
}

/// What can happen to a schedule that was started.
#[derive(Clone, Debug)]
enum Event {
    Pass(Duration),
    Begin,
    Miss,
    Wish,
    Died,
    Land(Outcome),
    LandOld(Outcome),
}

fn outcomes() -> impl Strategy<Value = Outcome> {
    let seconds = || proptest::option::of(any::<u64>().prop_map(Duration::from_secs));
    // No fetch reports a longer pause than an hour.
    let pauses = proptest::option::of((1_u64..=3600).prop_map(Duration::from_secs));
    prop_oneof![
        seconds().prop_map(Outcome::Keys),
        seconds().prop_map(Outcome::NothingUsable),
        pauses.prop_map(Outcome::Failed),
    ]
}

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        (0_u64..4_000_000).prop_map(|millis| Event::Pass(Duration::from_millis(millis))),
        Just(Event::Begin),
        Just(Event::Begin),
        Just(Event::Miss),
        Just(Event::Wish),
        Just(Event::Died),
        outcomes().prop_map(Event::Land),
        outcomes().prop_map(Event::LandOld),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_a_fetch_is_under_way_or_due_within_the_hour(
        happening in proptest::collection::vec((events(), any::<u64>()), 1..60),
    ) {
        let policy = KeyPolicy::default();
        let (mut schedule, mut current) = flying(&policy);
        let mut old = None;
        let mut now = NOW;
        for (event, random) in happening {
            match event {
                Event::Pass(time) => now = now.plus(time),
                Event::Begin => {
                    let was_in_flight = schedule.is_in_flight();
                    if let Some(departure) = schedule.begin(now) {
                        prop_assert!(!was_in_flight, "two fetches at once");
                        old = Some(std::mem::replace(&mut current, departure.id));
                    }
                }
                Event::Miss => schedule.bring_forward(now),
                Event::Wish => {
                    let _ = schedule.wish(now);
                }
                Event::Died => schedule.interrupted(now),
                Event::Land(outcome) => {
                    let landing = schedule.land(current, outcome, random % 2 == 0, now, random, &policy);
                    let failed = matches!(outcome, Outcome::Failed(_));
                    prop_assert!(!failed || !matches!(landing, Landing::Counts(_)));
                }
                Event::LandOld(outcome) => {
                    let Some(old) = old else { continue };
                    prop_assert_eq!(schedule.land(old, outcome, false, now, random, &policy), Landing::Ignored);
                }
            }
            let latest = now.plus(Duration::from_hours(1));
            prop_assert!(schedule.is_in_flight() || schedule.due().is_some_and(|due| due <= latest));
        }
    }

    #[test]
    fn after_a_failure_the_next_fetch_is_never_due_at_once(random in any::<u64>(), failures in 0_usize..40) {
        let (mut schedule, mut id) = flying(&KeyPolicy::default());
        let mut now = NOW;
        for _ in 0..=failures {
            land(&mut schedule, id, Outcome::Failed(None), now, random);
            let due = schedule.due().unwrap();
            prop_assert!(due.since(now) >= Duration::from_millis(250));
            prop_assert!(due.since(now) <= Duration::from_secs(30));
            now = due;
            id = schedule.begin(now).unwrap().id;
        }
    }
}
