//! Entries change, go and come: what an issuer said counts for the version of the entry under which it was asked.

use std::sync::Arc;
use std::time::Duration;

use claimsmith::issuers::opaque::{Mismatch, NotIntrospected, OPAQUE_ISSUER};
use claimsmith::issuers::{Entry, Source};
use serde_json::json;
use tokio::time::Instant;

use super::desk::{Desk, Options, entry};
use super::endpoint::{Endpoint, json as answer};
use super::introspection::active;
use crate::support::wait::{LONG, until};

const RUNNING: &str = "claimsmith_actors{actor=\"opaque_issuer\",state=\"running\"}";

fn desk() -> Desk {
    Desk::introspection(Endpoint::answering(|_| answer(&active())), Options::default())
}

/// The same issuer, for another API.
fn for_another_api(desk: &Desk) -> Arc<Entry> {
    let endpoint = format!("{}/introspect", desk.endpoint.url);
    let settings = json!({
        "kind": "introspection", "introspection": {"endpoint": endpoint}, "audiences": ["https://other.example"]
    });
    entry(settings, 2)
}

#[actix_rt::test]
async fn a_changed_entry_judges_anew_and_its_predecessor_is_over() {
    let desk = desk();
    assert!(desk.verify("a").await.is_ok());
    let changed = for_another_api(&desk);
    desk.roster.apply([&changed]);
    let outcome = desk.reader.verify(&changed, "a", Instant::now() + LONG).await;
    assert_eq!(outcome, Err(NotIntrospected::NotForUs(Mismatch::Audience)));
    assert_eq!(desk.endpoint.count(), 2);
    until("one actor is left", || async { (desk.metric(RUNNING) == 1).then_some(()) }).await;
    desk.stop().await;
}

#[actix_rt::test]
async fn an_entry_that_stays_as_it_was_keeps_what_is_known() {
    let desk = desk();
    assert!(desk.verify("a").await.is_ok());
    desk.roster.apply([&desk.entry]);
    assert!(desk.verify("a").await.is_ok());
    assert_eq!(desk.endpoint.count(), 1);
    desk.stop().await;
}

#[actix_rt::test]
async fn an_entry_that_is_gone_answers_nothing_not_even_from_memory() {
    let desk = desk();
    assert!(desk.verify("a").await.is_ok());
    desk.roster.apply([]);
    let outcome = desk.reader.verify(&desk.entry, "a", Instant::now() + Duration::from_millis(50)).await;
    assert!(matches!(outcome, Err(NotIntrospected::Unavailable { .. })), "{outcome:?}");
    until("its actor ends", || async { (desk.metric(RUNNING) == 0).then_some(()) }).await;
    assert!(desk.supervisor.status().iter().all(|actor| actor.kind != OPAQUE_ISSUER));
    desk.stop().await;
}

#[actix_rt::test]
async fn who_waits_while_the_entry_is_switched_off_and_on_is_answered_by_the_new_one() {
    let desk = desk();
    desk.endpoint.hold();
    let request = desk.verify("a");
    let switch = async {
        until("the question arrives", || async { (desk.endpoint.count() == 1).then_some(()) }).await;
        desk.roster.apply([]);
        desk.roster.apply([&desk.entry]);
        until("it is asked anew", || async { (desk.endpoint.count() == 2).then_some(()) }).await;
        desk.endpoint.release();
    };
    let (outcome, ()) = tokio::join!(request, switch);
    assert!(outcome.is_ok());
    desk.stop().await;
}

#[actix_rt::test]
async fn an_entry_with_keys_has_no_actor_here() {
    let desk = desk();
    let with_keys = Entry { source: Source::None, ..(*desk.entry).clone() };
    desk.roster.apply([&Arc::new(with_keys)]);
    until("there is no actor", || async { (desk.metric(RUNNING) == 0).then_some(()) }).await;
    desk.stop().await;
}
