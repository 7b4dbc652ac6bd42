//! New keys come in, withdrawn ones go, and a set that has not changed is not sent again.

use claimsmith::issuers::{KeyState, Lookup, Miss};
use claimsmith::jose::NoKey;

use super::stage::Stage;
use crate::support::identity_provider::{Algorithm, Endpoint, IdentityProvider};

#[actix_rt::test]
async fn a_set_that_has_not_changed_is_confirmed_and_a_new_one_is_taken() {
    let (provider, stage) = (IdentityProvider::start().await, Stage::set());
    let issuer = provider.issuer("one");
    issuer.sends_etag();
    let slot = stage.taken_up(&issuer).await;
    assert_eq!(stage.fetches("new"), 1, "200");

    stage.refreshed(&slot, "unchanged").await;
    assert!(issuer.asked_with(Endpoint::Keys, "if-none-match").is_some(), "304");
    assert_eq!(stage.status(&slot).generation, 1);

    let new = issuer.rotate(Algorithm::Es256);
    stage.refreshed(&slot, "new").await;
    assert!(stage.has(&slot, &new.kid), "200");
    assert_eq!(stage.status(&slot).generation, 2);
    stage.end().await;
}

#[actix_rt::test]
async fn the_same_document_without_a_validator_is_no_new_set() {
    let (provider, stage) = (IdentityProvider::start().await, Stage::set());
    let slot = stage.taken_up(&provider.issuer("one")).await;
    stage.refreshed(&slot, "unchanged").await;
    assert_eq!(stage.status(&slot).generation, 1);
    stage.end().await;
}

#[actix_rt::test]
async fn after_a_rotation_with_overlap_old_and_new_keys_count() {
    let (provider, stage) = (IdentityProvider::start().await, Stage::set());
    let issuer = provider.issuer("one");
    let slot = stage.taken_up(&issuer).await;
    let old = issuer.key();
    let new = issuer.rotate(Algorithm::Es256);
    assert_eq!(stage.miss(&slot, &new.kid).await, Miss::LookAgain);
    assert!(stage.has(&slot, &new.kid) && stage.has(&slot, &old.kid));
    stage.end().await;
}

#[actix_rt::test]
async fn after_a_rotation_without_overlap_the_old_key_is_gone_as_soon_as_a_new_token_comes() {
    let (provider, stage) = (IdentityProvider::start().await, Stage::set());
    let issuer = provider.issuer("one");
    let slot = stage.taken_up(&issuer).await;
    let old = issuer.key();
    let new = issuer.replace(Algorithm::Es256);
    assert_eq!(stage.miss(&slot, &new.kid).await, Miss::LookAgain);
    assert!(stage.has(&slot, &new.kid));
    assert!(matches!(stage.look(&slot, &old.kid), Lookup::NoKey(NoKey::Unknown)));
    stage.end().await;
}

#[actix_rt::test]
async fn a_key_that_was_withdrawn_in_an_emergency_is_gone_with_the_next_refresh() {
    let (provider, stage) = (IdentityProvider::start().await, Stage::set());
    let issuer = provider.issuer("one");
    let slot = stage.taken_up(&issuer).await;
    let old = issuer.key();
    let Lookup::Key(compromised) = stage.look(&slot, &old.kid) else { panic!("it is there before") };
    assert!(slot.holds(compromised.thumbprint(), slot_now(&stage)));
    issuer.replace(Algorithm::Es256);
    stage.refreshed(&slot, "new").await;
    assert!(!stage.has(&slot, &old.kid));
    assert!(!slot.holds(compromised.thumbprint(), slot_now(&stage)), "what was verified by it does not count either");
    stage.end().await;
}

#[actix_rt::test]
async fn a_name_that_means_another_key_than_before_is_taken_and_counted() {
    let (provider, stage) = (IdentityProvider::start().await, Stage::set());
    let issuer = provider.issuer("one");
    let slot = stage.taken_up(&issuer).await;
    let old = issuer.key();
    let before = stage.find_in_time(&slot, &old.kid).await;
    issuer.publish(&[issuer.make_key(Algorithm::Es256).named(&old.kid)]);
    stage.refreshed(&slot, "new").await;
    assert_ne!(stage.find_in_time(&slot, &old.kid).await, before);
    assert_eq!(stage.count("claimsmith_issuer_keys_replaced_total"), 1);
    stage.end().await;
}

#[actix_rt::test]
async fn two_issuers_with_keys_of_one_name_keep_them_apart() {
    let (provider, stage) = (IdentityProvider::start().await, Stage::set());
    let (one, other) = (provider.issuer("one"), provider.issuer("other"));
    let slots = [super::stage::slot("a", &one), super::stage::slot("b", &other)];
    stage.follow(&[&slots[0], &slots[1]]).await;
    assert_eq!(one.key().kid, other.key().kid);
    let first = stage.find_in_time(&slots[0], &one.key().kid).await;
    let second = stage.find_in_time(&slots[1], &one.key().kid).await;
    assert_ne!(first, second);
    assert!(!slots[0].holds(&second, slot_now(&stage)) && !slots[1].holds(&first, slot_now(&stage)));
    assert_eq!(stage.state(&slots[0]), KeyState::Fresh);
    stage.end().await;
}

fn slot_now(stage: &Stage) -> claimsmith::clock::Moment {
    use claimsmith::clock::Clock as _;
    stage.clock.now()
}
