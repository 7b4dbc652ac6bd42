//! Actors that die and entries that go, at the worst moment.

use claimsmith::issuers::keys::Refresh;
use claimsmith::issuers::{KeyState, Lookup, Miss};
use futures_util::FutureExt;
use serde_json::json;
use tokio::time::Instant;

use super::stage::{Stage, origin, slot, slot_with};
use crate::support::identity_provider::{Algorithm, Behaviour, Endpoint, IdentityProvider, Issuer};
use crate::support::wait::{LONG, until};

async fn asked(issuer: &Issuer, times: usize) {
    until("the keys are asked for", || async { (issuer.asked(Endpoint::Keys) >= times).then_some(()) }).await;
}

#[actix_rt::test]
async fn those_who_wait_for_an_actor_that_dies_get_their_answer_from_the_next() {
    let (provider, stage) = (IdentityProvider::start().await, Stage::set());
    let issuer = provider.issuer("one");
    let slot = stage.taken_up(&issuer).await;
    let new = issuer.rotate(Algorithm::Es256);
    issuer.behaves(Endpoint::Keys, Behaviour::Held);
    let miss = stage.miss(&slot, &new.kid);
    tokio::pin!(miss);
    assert!(miss.as_mut().now_or_never().is_none());
    asked(&issuer, 2).await;
    assert_eq!(stage.supervisor.inject_panic("issuer"), 1);
    asked(&issuer, 3).await;
    assert!(miss.as_mut().now_or_never().is_none(), "it waits on");
    issuer.behaves(Endpoint::Keys, Behaviour::Good);
    assert_eq!(miss.await, Miss::LookAgain);
    assert!(stage.has(&slot, &new.kid));
    stage.end().await;
}

#[actix_rt::test]
async fn an_actor_that_dies_takes_no_key_with_it() {
    let (provider, stage) = (IdentityProvider::start().await, Stage::set());
    let issuer = provider.issuer("one");
    let slot = stage.taken_up(&issuer).await;
    for kind in ["issuer", "issuers"] {
        assert_eq!(stage.supervisor.inject_panic(kind), 1);
        assert!(stage.has(&slot, &issuer.key().kid));
    }
    let new = issuer.rotate(Algorithm::Es256);
    assert_eq!(stage.miss(&slot, &new.kid).await, Miss::LookAgain);
    stage.end().await;
}

#[actix_rt::test]
async fn an_entry_that_is_switched_off_answers_nothing_at_once_and_sends_those_who_wait_away() {
    let (provider, stage) = (IdentityProvider::start().await, Stage::set());
    let issuer = provider.issuer("one");
    let slot = stage.taken_up(&issuer).await;
    issuer.behaves(Endpoint::Keys, Behaviour::Held);
    let miss = stage.miss(&slot, "new");
    tokio::pin!(miss);
    assert!(miss.as_mut().now_or_never().is_none());
    asked(&issuer, 2).await;

    stage.follow(&[]).await;
    assert!(matches!(stage.look(&slot, &issuer.key().kid), Lookup::Cold));
    assert_eq!(miss.await, Miss::LookAgain);
    issuer.behaves(Endpoint::Keys, Behaviour::Good);
    until("its actor has gone", || async {
        stage.supervisor.status().iter().all(|actor| actor.kind != "issuer").then_some(())
    })
    .await;
    assert_eq!(stage.state(&slot), KeyState::Disabled, "what came in late does not count");
    assert_eq!(slot.refresh_now(), Refresh::Unknown);
    stage.end().await;
}

#[actix_rt::test]
async fn an_entry_that_comes_back_starts_without_the_keys_that_it_had() {
    let (provider, stage) = (IdentityProvider::start().await, Stage::set());
    let issuer = provider.issuer("one");
    let before = stage.taken_up(&issuer).await;
    stage.follow(&[]).await;
    let again = claimsmith::issuers::KeySlot::kept(before.origin().clone(), Some(&before));
    assert_eq!(stage.state(&again), KeyState::Cold);
    stage.follow(&[&again]).await;
    stage.find_in_time(&again, &issuer.key().kid).await;
    stage.end().await;
}

#[actix_rt::test]
async fn an_entry_whose_keys_come_from_elsewhere_loses_those_it_had() {
    let (provider, stage) = (IdentityProvider::start().await, Stage::set());
    let (one, other) = (provider.issuer("one"), provider.issuer("other"));
    let before = stage.taken_up(&one).await;
    let same = claimsmith::issuers::KeySlot::kept(before.origin().clone(), Some(&before));
    assert!(std::sync::Arc::ptr_eq(&same, &before));

    let elsewhere = origin("a", &one, &json!({"jwks_uri": other.url(Endpoint::Keys)}));
    let after = claimsmith::issuers::KeySlot::kept(elsewhere, Some(&before));
    let old = stage.find_in_time(&before, &one.key().kid).await;
    stage.follow(&[&after]).await;
    assert_ne!(stage.find_in_time(&after, &other.key().kid).await, old);
    assert_eq!(stage.state(&before), KeyState::Disabled);
    stage.end().await;
}

#[actix_rt::test]
async fn keys_that_stand_in_the_entry_need_no_fetch() {
    let (provider, stage) = (IdentityProvider::start().await, Stage::set());
    let issuer = provider.issuer("one");
    let slot = slot_with("a", &issuer, &json!({"jwks": {"keys": [issuer.key().jwk()]}}));
    assert!(stage.has(&slot, &issuer.key().kid), "before anybody attends to it");
    stage.follow(&[&slot]).await;
    stage.clock.leap(std::time::Duration::from_hours(1000));
    assert!(stage.has(&slot, &issuer.key().kid));
    let soon = Instant::now() + std::time::Duration::from_millis(50);
    assert!(matches!(slot.fetch_for(Some("new"), soon).await, Miss::UnknownKid), "there will be no other");
    assert_eq!(provider.requests(), 0);
    stage.end().await;
}

#[actix_rt::test]
async fn a_token_gets_its_answer_before_its_own_deadline() {
    let (provider, stage) = (IdentityProvider::start().await, Stage::set());
    let issuer = provider.issuer("one");
    issuer.behaves(Endpoint::Keys, Behaviour::Held);
    let slot = slot("a", &issuer);
    stage.follow(&[&slot]).await;
    let soon = Instant::now() + std::time::Duration::from_millis(20);
    let miss = tokio::time::timeout(LONG, slot.fetch_for(Some("k0"), soon)).await;
    assert!(matches!(miss, Ok(Miss::Unavailable { .. })));
    issuer.behaves(Endpoint::Keys, Behaviour::Good);
    stage.end().await;
}
