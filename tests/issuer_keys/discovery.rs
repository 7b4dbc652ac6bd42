//! Where the keys are, if the entry leaves it to the issuer to say.

use std::sync::Arc;
use std::time::Duration;

use claimsmith::issuers::KeySlot;
use claimsmith::issuers::keys::Refresh;
use serde_json::json;

use super::stage::{Stage, slot_with};
use crate::support::identity_provider::{Behaviour, Endpoint, IdentityProvider, Issuer};
use crate::support::wait::until;

async fn discovered(stage: &Stage, issuer: &Issuer) -> Arc<KeySlot> {
    let slot = slot_with("a", issuer, &json!({}));
    stage.follow(&[&slot]).await;
    stage.find_in_time(&slot, &issuer.key().kid).await;
    slot
}

#[actix_rt::test]
async fn the_issuer_says_where_its_keys_are_once_a_day() {
    let (provider, stage) = (IdentityProvider::start().await, Stage::set());
    let issuer = provider.issuer("one");
    let slot = discovered(&stage, &issuer).await;
    assert_eq!(issuer.asked(Endpoint::Discovery), 1);
    stage.refreshed(&slot, "unchanged").await;
    assert_eq!(issuer.asked(Endpoint::Discovery), 1);
    stage.clock.leap(Duration::from_hours(24));
    stage.refreshed(&slot, "unchanged").await;
    assert_eq!(issuer.asked(Endpoint::Discovery), 2);
    stage.end().await;
}

#[actix_rt::test]
async fn keys_that_were_not_found_three_times_are_looked_for_again() {
    let (provider, stage) = (IdentityProvider::start().await, Stage::set());
    let issuer = provider.issuer("one");
    discovered(&stage, &issuer).await;
    issuer.behaves(Endpoint::Keys, Behaviour::Status(404));
    assert_eq!(issuer.asked(Endpoint::Discovery), 1);
    stage.clock.leap(Duration::from_hours(2));
    assert_eq!(stage.roster.refresh(&"a".into()), Refresh::Started);
    until("discovery is asked again", || async { (issuer.asked(Endpoint::Discovery) > 1).then_some(()) }).await;
    assert!(issuer.asked(Endpoint::Keys) >= 4, "the good one and three that were not found");
    stage.end().await;
}

#[actix_rt::test]
async fn a_discovery_that_fails_takes_no_keys_away() {
    let (provider, stage) = (IdentityProvider::start().await, Stage::set());
    let issuer = provider.issuer("one");
    let slot = discovered(&stage, &issuer).await;
    issuer.behaves(Endpoint::Discovery, Behaviour::WrongIssuer);
    stage.clock.leap(Duration::from_hours(24) - Duration::from_secs(10));
    stage.refreshed(&slot, "unchanged").await;
    stage.clock.leap(Duration::from_mins(1));
    stage.refreshed(&slot, "unchanged").await;
    assert_eq!(issuer.asked(Endpoint::Discovery), 2);
    assert!(stage.has(&slot, &issuer.key().kid));
    stage.end().await;
}

#[actix_rt::test]
async fn without_discovery_there_are_no_keys_and_it_is_tried_again() {
    let (provider, stage) = (IdentityProvider::start().await, Stage::set());
    let issuer = provider.issuer("one");
    issuer.behaves(Endpoint::Discovery, Behaviour::WrongIssuer);
    let slot = slot_with("a", &issuer, &json!({}));
    stage.follow(&[&slot]).await;
    until("it has failed", || async { (stage.fetches("discovery") > 1).then_some(()) }).await;
    assert_eq!(issuer.asked(Endpoint::Keys), 0);
    issuer.behaves(Endpoint::Discovery, Behaviour::Good);
    stage.find_in_time(&slot, &issuer.key().kid).await;
    stage.end().await;
}

#[actix_rt::test]
async fn keys_that_move_to_a_host_that_nobody_agreed_to_are_fetched_from_where_they_were() {
    let (provider, stage) = (IdentityProvider::start().await, Stage::set());
    let issuer = provider.issuer("one");
    let named = issuer.url(Endpoint::Keys).replace("127.0.0.1", "localhost");
    issuer.behaves(Endpoint::Discovery, Behaviour::KeysElsewhere(named));
    let slot = slot_with("a", &issuer, &json!({"jwks_hosts": ["localhost"]}));
    stage.follow(&[&slot]).await;
    stage.find_in_time(&slot, &issuer.key().kid).await;

    issuer.behaves(Endpoint::Discovery, Behaviour::Good);
    stage.clock.leap(Duration::from_hours(23));
    stage.refreshed(&slot, "unchanged").await;
    stage.clock.leap(Duration::from_hours(1));
    stage.refreshed(&slot, "unchanged").await;
    assert_eq!(stage.count("claimsmith_issuer_fetches_total{document=\"discovery\",result=\"moved\"}"), 1);
    stage.refreshed(&slot, "unchanged").await;
    assert!(issuer.asked_with(Endpoint::Keys, "host").unwrap().starts_with("localhost"));
    stage.end().await;
}
