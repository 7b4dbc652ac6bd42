//! Tokens with unknown keys: one fetch for all who wait, and few for those who flood.

use std::collections::HashSet;
use std::time::Duration;

use claimsmith::issuers::{KeyPolicy, Miss};
use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, join_all};
use tokio::task::unconstrained;
use tokio::time::Instant;

use super::stage::{Leaping, Stage, policy, slot};
use crate::support::identity_provider::{Algorithm, Behaviour, Endpoint, IdentityProvider};
use crate::support::wait::{LONG, until};

/// A miss that is known to wait.
fn waiting<'stage>(miss: impl Future<Output = Miss> + 'stage) -> LocalBoxFuture<'stage, Miss> {
    // Without the runtime's fairness: what this polls more than a hundred times in one turn would only seem to wait.
    let mut miss = unconstrained(miss).boxed_local();
    assert!(miss.as_mut().now_or_never().is_none());
    miss
}

#[actix_rt::test]
async fn a_thousand_misses_at_once_are_one_fetch() {
    let (provider, stage) = (IdentityProvider::start().await, Stage::set());
    let issuer = provider.issuer("one");
    let slot = stage.taken_up(&issuer).await;
    let before = issuer.asked(Endpoint::Keys);
    let new = issuer.rotate(Algorithm::Es256);
    issuer.behaves(Endpoint::Keys, Behaviour::Held);

    let misses: Vec<_> = (0..1000).map(|_| waiting(stage.miss(&slot, &new.kid))).collect();
    until("one is asked for", || async { (issuer.asked(Endpoint::Keys) > before).then_some(()) }).await;
    issuer.behaves(Endpoint::Keys, Behaviour::Good);

    let answers: HashSet<Miss> = join_all(misses).await.into_iter().collect();
    assert_eq!(answers, HashSet::from([Miss::LookAgain]));
    assert!(stage.has(&slot, &new.kid));
    assert_eq!(issuer.asked(Endpoint::Keys), before + 1);
    stage.end().await;
}

#[actix_rt::test]
async fn beyond_a_thousand_and_twenty_four_a_token_is_told_to_come_back() {
    let (provider, stage) = (IdentityProvider::start().await, Stage::set());
    let issuer = provider.issuer("one");
    let slot = stage.taken_up(&issuer).await;
    issuer.behaves(Endpoint::Keys, Behaviour::Held);
    let misses: Vec<_> = (0..1024).map(|_| waiting(stage.miss(&slot, "new"))).collect();
    assert!(matches!(stage.miss(&slot, "new").now_or_never(), Some(Miss::Unavailable { .. })));
    issuer.behaves(Endpoint::Keys, Behaviour::Good);
    assert!(join_all(misses).await.iter().all(|miss| *miss == Miss::UnknownKid));
    stage.end().await;
}

#[actix_rt::test]
async fn ten_thousand_made_up_names_in_a_minute_cause_four_fetches_and_keep_no_good_key_out() {
    let (provider, stage) = (IdentityProvider::start().await, Stage::set());
    let issuer = provider.issuer("one");
    let slot = stage.taken_up(&issuer).await;
    let before = issuer.asked(Endpoint::Keys);
    for number in 0..10_000 {
        assert_eq!(stage.miss(&slot, &format!("made-up-{number}")).await, Miss::UnknownKid);
        stage.clock.leap(Duration::from_millis(6));
    }
    let caused = issuer.asked(Endpoint::Keys) - before;
    assert!((3..=4).contains(&caused), "{caused}");

    let new = issuer.rotate(Algorithm::Es256);
    for number in 0..3_000 {
        stage.miss(&slot, &format!("more-{number}")).await;
        stage.clock.leap(Duration::from_millis(10));
    }
    assert!(stage.has(&slot, &new.kid), "thirty seconds later, by whatever token");
    stage.end().await;
}

#[actix_rt::test]
async fn a_name_that_a_fetch_has_not_found_is_refused_without_another() {
    let (provider, stage) = (IdentityProvider::start().await, Stage::set());
    let issuer = provider.issuer("one");
    let slot = stage.taken_up(&issuer).await;
    assert_eq!(stage.miss(&slot, "made-up").await, Miss::UnknownKid);
    let before = issuer.asked(Endpoint::Keys);
    stage.clock.leap(Duration::from_secs(59));
    assert_eq!(stage.miss(&slot, "made-up").await, Miss::UnknownKid);
    assert_eq!(issuer.asked(Endpoint::Keys), before);
    stage.end().await;
}

#[actix_rt::test]
async fn a_token_of_an_entry_without_keys_waits_for_the_first_fetch_and_brings_it_forward() {
    let provider = IdentityProvider::start().await;
    let late = KeyPolicy { first_within: Duration::from_hours(1), ..policy() };
    let stage = Stage::with(late, Leaping::shared(), None);
    let issuer = provider.issuer("one");
    let slot = slot("a", &issuer);
    // Before the actor is there: the catalog is published first.
    let kid = issuer.key().kid;
    let miss = stage.miss(&slot, &kid);
    tokio::pin!(miss);
    assert!(miss.as_mut().now_or_never().is_none());
    stage.follow(&[&slot]).await;
    assert_eq!(miss.await, Miss::LookAgain);
    assert!(stage.has(&slot, &issuer.key().kid));
    stage.end().await;
}

#[actix_rt::test]
async fn a_token_that_names_no_key_causes_no_fetch() {
    let (provider, stage) = (IdentityProvider::start().await, Stage::set());
    let issuer = provider.issuer("one");
    issuer.behaves(Endpoint::Keys, Behaviour::RetryAfter(503, 1800));
    let slot = slot("a", &issuer);
    stage.follow(&[&slot]).await;
    until("the first fetch has failed", || async { (stage.status(&slot).failures > 0).then_some(()) }).await;
    assert!(matches!(slot.fetch_for(None, Instant::now() + LONG).now_or_never(), Some(Miss::Unavailable { .. })));
    let status = stage.status(&slot);
    assert!(!status.fetching && status.next_fetch_ms > Some(1_000_000), "{status:?}");
    issuer.behaves(Endpoint::Keys, Behaviour::Good);
    assert_eq!(
        stage.miss(&slot, &issuer.key().kid).await,
        Miss::LookAgain,
        "one that does name its key has it fetched"
    );
    stage.end().await;
}

#[actix_rt::test]
async fn a_token_that_names_no_key_waits_for_what_is_coming() {
    let (provider, stage) = (IdentityProvider::start().await, Stage::set());
    let issuer = provider.issuer("one");
    let slot = slot("a", &issuer);
    let miss = slot.fetch_for(None, Instant::now() + LONG);
    tokio::pin!(miss);
    assert!(miss.as_mut().now_or_never().is_none());
    stage.follow(&[&slot]).await;
    assert_eq!(miss.await, Miss::LookAgain);
    stage.end().await;
}

#[actix_rt::test]
async fn one_issuer_that_hangs_keeps_no_token_of_another_waiting() {
    let (provider, stage) = (IdentityProvider::start().await, Stage::set());
    let (dead, alive) = (provider.issuer("dead"), provider.issuer("alive"));
    dead.behaves(Endpoint::Keys, Behaviour::Held);
    let slots = [slot("a", &dead), slot("b", &alive)];
    stage.follow(&[&slots[0], &slots[1]]).await;
    stage.find_in_time(&slots[1], &alive.key().kid).await;
    assert!(!stage.has(&slots[0], &dead.key().kid));
    stage.end().await;
}
