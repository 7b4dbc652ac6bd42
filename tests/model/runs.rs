//! The runs: what holds, and that each mistake is found.
//!
//! `CLAIMSMITH_MODEL=deep` makes them larger, which takes minutes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use stateright::{Checker, HasDiscoveries, Model, Path};

use super::actions::Action;
use super::properties::{
    AGE, AHEAD, LATE, LEFT, LOST, MISSING, OVER_RESET, OWED, POSITION, PROMISES, RACE, REFUSED, TRAILS,
};
use super::rules::{Bounds, Mutation};
use super::settling::settles;
use super::system::{Protocol, System};

/// No failover: two users, a replica that trails, a tenant that may be too slow.
const QUIET: Bounds = Bounds {
    before: 0,
    changes: 2,
    users: 2,
    asked: 1,
    readers: 1,
    has_replica: true,
    fails_over: false,
    old_answers: false,
    lost: 0,
    resets_by_message: false,
    disconnects: 0,
    revokes: true,
    effects: 0,
};
/// A failover that may lose what was committed, and an old primary that goes on answering.
const FAILOVER: Bounds = Bounds {
    before: 1,
    users: 1,
    has_replica: false,
    fails_over: true,
    old_answers: true,
    lost: 2,
    revokes: false,
    ..QUIET
};
/// The same for a replica, which may belong to the old primary.
const REPLICA: Bounds = Bounds { changes: 1, has_replica: true, ..FAILOVER };
/// The same for the cache of identities, which is told of a reset.
const IDENTITIES: Bounds = Bounds { changes: 1, resets_by_message: true, ..FAILOVER };
/// The same for requests that meet.
const TWO_READERS: Bounds = Bounds { changes: 1, readers: 2, ..FAILOVER };
/// A feed whose connection breaks.
const BREAKS: Bounds = Bounds { changes: 1, disconnects: 1, revokes: true, effects: 1, ..FAILOVER };

fn is_deep() -> bool {
    std::env::var("CLAIMSMITH_MODEL").is_ok_and(|how| how == "deep")
}

#[expect(clippy::print_stdout, reason = "numbers to be quoted, for who asks with --nocapture")]
fn tell(numbers: std::fmt::Arguments<'_>) {
    println!("{numbers}");
}

fn check(name: &str, usual: Bounds, deep: Bounds, situations: &[&'static str]) {
    let bounds = if is_deep() { deep } else { usual };
    let checker = Protocol { bounds, mutation: None }.checker().threads(2);
    let checker = checker.finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
    let states = checker.unique_state_count();
    for property in PROMISES {
        checker.assert_no_discovery(property);
    }
    for situation in situations {
        checker.assert_any_discovery(situation);
    }
    tell(format_args!("{name}: {states} states, every promise kept"));
}

#[test]
fn every_promise_is_kept_while_replicas_trail_and_tenants_are_slow() {
    let deep = Bounds { changes: 3, asked: 2, ..QUIET };
    check("quiet", QUIET, deep, &[REFUSED, AHEAD, OWED, RACE, TRAILS]);
}

#[test]
fn every_promise_is_kept_over_a_failover_that_loses_commits() {
    let deep = Bounds { changes: 3, ..FAILOVER };
    check("failover", FAILOVER, deep, &[REFUSED, AHEAD, OWED, RACE, MISSING, OVER_RESET]);
}

#[test]
fn every_promise_is_kept_when_the_replica_belongs_to_the_old_primary() {
    check("replica", REPLICA, Bounds { changes: 2, ..REPLICA }, &[REFUSED, TRAILS, MISSING]);
}

#[test]
fn every_promise_is_kept_by_the_cache_that_is_told_of_a_reset() {
    check("identities", IDENTITIES, Bounds { changes: 3, ..IDENTITIES }, &[REFUSED, MISSING, LATE]);
}

#[test]
fn every_promise_is_kept_when_requests_meet() {
    check("two readers", TWO_READERS, Bounds { changes: 2, ..TWO_READERS }, &[AHEAD, OVER_RESET]);
}

#[test]
fn every_promise_is_kept_when_the_feed_loses_its_connection() {
    check("breaks", BREAKS, Bounds { changes: 2, ..BREAKS }, &[AHEAD, OWED, RACE]);
}

#[test]
fn everything_comes_right_once_the_trouble_stops() {
    for (name, bounds) in [("failover", FAILOVER), ("replica", REPLICA), ("identities", IDENTITIES)] {
        let protocol = Protocol { bounds: Bounds { changes: 1, ..bounds }, mutation: None };
        let (stuck, states) = (Arc::new(Mutex::new(None)), Arc::new(AtomicUsize::new(0)));
        let (found, count) = (Arc::clone(&stuck), Arc::clone(&states));
        let look = move |path: Path<System, Action>| {
            count.fetch_add(1, Ordering::Relaxed);
            if !settles(&protocol, path.last_state()) {
                found.lock().get_or_insert(path);
            }
        };
        protocol.checker().visitor(look).spawn_bfs().join();
        assert!(stuck.lock().is_none(), "{name}: {:?}", stuck.lock());
        tell(format_args!("{name}: {} states, each comes right", states.load(Ordering::Relaxed)));
    }
}

/// The promise that each mistake breaks, in a run that is large enough to see it.
const MISTAKES: [(Mutation, Bounds, &[&str]); 14] = [
    (Mutation::FenceAlwaysAdmits, QUIET, &[POSITION, AGE]),
    (Mutation::FlightsAreNotRaised, QUIET, &[POSITION, AGE]),
    (Mutation::AppliedBeforeTakenIn, QUIET, &[POSITION, AGE]),
    (Mutation::EntryReadBeforeReading, QUIET, &[POSITION, AGE]),
    (Mutation::ConfirmedAtTheAnswer, QUIET, &[AGE]),
    (Mutation::WitnessesAreForgotten, FAILOVER, &[AGE, LOST]),
    (Mutation::WitnessesTakenAfterSending, FAILOVER, &[AGE, LOST]),
    (Mutation::PositionsWithoutNonces, FAILOVER, &[POSITION, AGE, LOST]),
    (Mutation::SlotsSurviveAReset, FAILOVER, &[POSITION, AGE, LOST]),
    (Mutation::ReplicaBelievedAhead, REPLICA, &[POSITION, AGE, LOST]),
    (Mutation::LoadWithoutEpoch, IDENTITIES, &[LEFT]),
    (Mutation::PositionKeptOverAReset, FAILOVER, &[POSITION]),
    (Mutation::HitsAreNotReadAgain, TWO_READERS, &[POSITION]),
    (Mutation::PoolOutlivesTheFeedsConnection, FAILOVER, &[POSITION, AGE, LOST]),
];

#[test]
fn every_mistake_is_found() {
    for (mutation, bounds, broken) in MISTAKES {
        let checker = Protocol { bounds, mutation: Some(mutation) }.checker();
        let checker = checker.finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
        let discoveries = checker.discoveries();
        let found = PROMISES.iter().find_map(|promise| Some((promise, discoveries.get(promise)?.clone())));
        let (promise, path) = found.unwrap_or_else(|| panic!("{mutation:?} was not found"));
        assert!(broken.contains(promise), "{mutation:?} broke another promise: {promise}");
        let (states, steps) = (checker.unique_state_count(), path.into_actions().len());
        tell(format_args!("{mutation:?}: found after {states} states, in {steps} steps: {promise}"));
    }
}
