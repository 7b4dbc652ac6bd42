//! Answers that are no key set, or one of a strange kind: they cost nothing but time.

use std::time::Duration;

use claimsmith::issuers::{KeyState, Lookup, Miss};
use claimsmith::jose::NoKey;

use super::stage::{Stage, slot};
use crate::support::identity_provider::{Behaviour, Endpoint, IdentityProvider, Issuer};

/// The keys stay while the issuer answers like this, and the failure is counted as that.
async fn keys_outlive(behaviour: Behaviour, result: &str) {
    let (provider, stage) = (IdentityProvider::start().await, Stage::set());
    let issuer = provider.issuer("one");
    let slot = stage.taken_up(&issuer).await;
    issuer.behaves(Endpoint::Keys, behaviour);
    stage.refreshed(&slot, result).await;
    assert!(stage.has(&slot, &issuer.key().kid));
    assert!(matches!(stage.miss(&slot, "new").await, Miss::Unavailable { .. }), "a failure proves nothing");
    stage.end().await;
}

#[actix_rt::test]
async fn a_set_without_keys_is_not_believed_at_once() {
    keys_outlive(Behaviour::Empty, "nothing_usable").await;
}

#[actix_rt::test]
async fn a_set_of_private_keys_is_no_set() {
    keys_outlive(Behaviour::PrivateKeys, "nothing_usable").await;
}

#[actix_rt::test]
async fn truncated_json_is_no_set() {
    keys_outlive(Behaviour::TruncatedJson, "not_json").await;
}

#[actix_rt::test]
async fn json_without_an_array_of_keys_is_no_set() {
    keys_outlive(Behaviour::Body(b"{\"keys\": {}}".to_vec()), "no_keys").await;
}

#[actix_rt::test]
async fn more_than_a_thousand_keys_are_no_set() {
    let keys = vec!["{}"; 1001].join(",");
    keys_outlive(Behaviour::Body(format!("{{\"keys\":[{keys}]}}").into_bytes()), "too_many_keys").await;
}

#[actix_rt::test]
async fn a_web_page_is_no_set() {
    keys_outlive(Behaviour::Html, "html").await;
}

#[actix_rt::test]
async fn a_redirect_is_no_set() {
    keys_outlive(Behaviour::Redirect("http://169.254.169.254/".to_owned()), "redirect").await;
}

#[actix_rt::test]
async fn gone_is_no_set() {
    keys_outlive(Behaviour::Status(410), "status").await;
}

#[actix_rt::test]
async fn not_modified_is_an_answer_only_to_those_who_asked() {
    keys_outlive(Behaviour::Status(304), "not_modified").await;
}

#[actix_rt::test]
async fn a_good_key_among_twenty_pieces_of_junk_counts() {
    let (provider, stage) = (IdentityProvider::start().await, Stage::set());
    let issuer = provider.issuer("one");
    issuer.behaves(Endpoint::Keys, Behaviour::JunkAmongGood);
    let slot = stage.taken_up(&issuer).await;
    assert!(stage.has(&slot, &issuer.key().kid));
    stage.end().await;
}

#[actix_rt::test]
async fn a_set_without_keys_is_believed_after_three_answers_in_ten_minutes() {
    let (provider, stage) = (IdentityProvider::start().await, Stage::set());
    let issuer = provider.issuer("one");
    let slot = stage.taken_up(&issuer).await;
    issuer.behaves(Endpoint::Keys, Behaviour::Empty);
    stage.refreshed(&slot, "nothing_usable").await;
    stage.refreshed(&slot, "nothing_usable").await;
    assert!(stage.has(&slot, &issuer.key().kid));
    stage.clock.leap(Duration::from_mins(10));
    stage.refreshed(&slot, "nothing_usable").await;
    gone(&stage, &slot, &issuer).await;
    assert_eq!(stage.state(&slot), KeyState::Fresh, "that is an answer like any other");
    stage.end().await;
}

async fn gone(stage: &Stage, slot: &claimsmith::issuers::KeySlot, issuer: &Issuer) {
    crate::support::wait::until("the key is gone", || async {
        matches!(stage.look(slot, &issuer.key().kid), Lookup::NoKey(NoKey::Unknown)).then_some(())
    })
    .await;
}

#[actix_rt::test]
async fn what_an_issuer_asks_for_is_respected() {
    let (provider, stage) = (IdentityProvider::start().await, Stage::set());
    let issuer = provider.issuer("one");
    issuer.behaves(Endpoint::Keys, Behaviour::RetryAfter(429, 1800));
    let slot = slot("a", &issuer);
    stage.follow(&[&slot]).await;
    crate::support::wait::until("it has failed", || async { (stage.fetches("status") > 0).then_some(()) }).await;
    let due = stage.status(&slot).next_fetch_ms.unwrap();
    assert!((1_700_000..=1_800_000).contains(&due), "{due}");
    stage.end().await;
}
