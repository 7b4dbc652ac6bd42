//! Providers that do not answer, for less and for more than the bound.

use std::time::Duration;

use claimsmith::issuers::{KeyState, Lookup, Miss};
use serde_json::json;

use super::stage::{Stage, slot, slot_with};
use crate::support::identity_provider::{Behaviour, Endpoint, IdentityProvider};
use crate::support::wait::until;

#[actix_rt::test]
async fn an_outage_shorter_than_the_bound_goes_unnoticed() {
    let (mut provider, stage) = (IdentityProvider::start().await, Stage::set());
    let issuer = provider.issuer("one");
    let slot = stage.taken_up(&issuer).await;
    provider.stop().await;
    stage.clock.leap(Duration::from_hours(23));
    assert_eq!(stage.state(&slot), KeyState::Stale);
    assert!(stage.has(&slot, &issuer.key().kid));
    assert!(matches!(stage.miss(&slot, "new").await, Miss::Unavailable { .. }), "nobody knows");
    assert!(stage.has(&slot, &issuer.key().kid), "a failure takes nothing away");
    provider.start_again();
    stage.refreshed(&slot, "unchanged").await;
    assert_eq!(stage.state(&slot), KeyState::Fresh);
    stage.end().await;
}

#[actix_rt::test]
async fn in_an_outage_longer_than_the_bound_keys_stop_counting_and_come_back_with_the_issuer() {
    let (mut provider, stage) = (IdentityProvider::start().await, Stage::set());
    let issuer = provider.issuer("one");
    let slot = stage.taken_up(&issuer).await;
    provider.stop().await;
    stage.clock.leap(Duration::from_hours(24));
    assert!(matches!(stage.look(&slot, &issuer.key().kid), Lookup::Cold), "not now, and not never");
    assert_eq!(stage.state(&slot), KeyState::Expired);
    assert!(matches!(stage.miss(&slot, &issuer.key().kid).await, Miss::Unavailable { .. }));
    provider.start_again();
    stage.find_in_time(&slot, &issuer.key().kid).await;
    stage.end().await;
}

#[actix_rt::test]
async fn the_bound_of_an_entry_counts_if_it_is_shorter() {
    let (provider, stage) = (IdentityProvider::start().await, Stage::set());
    let issuer = provider.issuer("one");
    let slot = slot_with("a", &issuer, &json!({"jwks_uri": issuer.url(Endpoint::Keys), "max_stale_seconds": 3600}));
    stage.follow(&[&slot]).await;
    stage.find_in_time(&slot, &issuer.key().kid).await;
    issuer.behaves(Endpoint::Keys, Behaviour::Status(500));
    stage.clock.leap(Duration::from_hours(1));
    assert_eq!(stage.state(&slot), KeyState::Expired);
    stage.end().await;
}

#[actix_rt::test]
async fn a_first_fetch_that_fails_is_made_again_until_there_are_keys() {
    let (provider, stage) = (IdentityProvider::start().await, Stage::set());
    let issuer = provider.issuer("one");
    issuer.behaves(Endpoint::Keys, Behaviour::Status(503));
    let slot = slot("a", &issuer);
    stage.follow(&[&slot]).await;
    assert!(matches!(stage.miss(&slot, &issuer.key().kid).await, Miss::Unavailable { .. }));
    assert_eq!(stage.state(&slot), KeyState::Cold);
    until("it is tried again", || async { (stage.fetches("status") > 2).then_some(()) }).await;
    issuer.behaves(Endpoint::Keys, Behaviour::Good);
    stage.find_in_time(&slot, &issuer.key().kid).await;
    stage.end().await;
}

#[actix_rt::test]
async fn a_clock_that_jumps_a_few_hours_costs_no_token_anything() {
    let (provider, stage) = (IdentityProvider::start().await, Stage::set());
    let issuer = provider.issuer("one");
    let slot = stage.taken_up(&issuer).await;
    stage.clock.leap(Duration::from_hours(5));
    assert!(stage.has(&slot, &issuer.key().kid));
    stage.end().await;
}

#[actix_rt::test]
async fn after_a_clock_has_jumped_over_the_bound_the_next_token_has_the_keys_fetched() {
    let (provider, stage) = (IdentityProvider::start().await, Stage::set());
    let issuer = provider.issuer("one");
    let slot = stage.taken_up(&issuer).await;
    stage.clock.leap(Duration::from_hours(48));
    assert!(!stage.has(&slot, &issuer.key().kid));
    assert_eq!(stage.miss(&slot, &issuer.key().kid).await, Miss::LookAgain);
    assert!(stage.has(&slot, &issuer.key().kid));
    stage.end().await;
}
