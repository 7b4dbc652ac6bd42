//! Many requests at once: few questions, and an answer for everybody, even when the one who asks dies.

use std::time::Duration;

use claimsmith::issuers::opaque::{NotIntrospected, OPAQUE_ISSUER};
use futures_util::future::join_all;
use tokio::time::Instant;

use super::desk::{Desk, Options};
use super::endpoint::{Endpoint, json as answer};
use super::introspection::active;
use crate::support::wait::{LONG, until};

fn desk() -> Desk {
    Desk::introspection(Endpoint::answering(|_| answer(&active())), Options::default())
}

#[actix_rt::test]
async fn a_hundred_requests_with_one_token_are_one_question() {
    let desk = desk();
    desk.endpoint.hold();
    let requests = join_all((0..100).map(|_| desk.verify("a")));
    let release = async {
        until("the question arrives", || async { (desk.endpoint.count() > 0).then_some(()) }).await;
        until("everybody waits", || async { (misses(&desk) == 100).then_some(()) }).await;
        desk.endpoint.release();
    };
    let (outcomes, ()) = tokio::join!(requests, release);
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(desk.endpoint.count(), 1);
    desk.stop().await;
}

fn misses(desk: &Desk) -> u64 {
    desk.metric("claimsmith_opaque_lookups_total{protocol=\"introspection\",result=\"miss\"}")
}

#[actix_rt::test]
async fn only_so_many_questions_are_on_their_way_at_once_and_all_are_answered() {
    let desk = desk();
    desk.endpoint.hold();
    let tokens: Vec<String> = (0..150).map(|number| format!("token-{number}")).collect();
    let requests = join_all(tokens.iter().map(|token| desk.verify(token)));
    let release = async {
        until("the endpoint is busy", || async { (desk.endpoint.count() == 16).then_some(()) }).await;
        until("everybody waits", || async { (misses(&desk) == 150).then_some(()) }).await;
        desk.endpoint.release();
    };
    let (outcomes, ()) = tokio::join!(requests, release);
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!((desk.endpoint.count(), desk.endpoint.most_at_once()), (150, 16));
    desk.stop().await;
}

#[actix_rt::test]
async fn who_cannot_wait_longer_is_told_to_come_back() {
    let desk = desk();
    desk.endpoint.hold();
    let deadline = Instant::now() + Duration::from_millis(50);
    let outcome = desk.reader.verify(&desk.entry, "a", deadline).await;
    assert!(matches!(outcome, Err(NotIntrospected::Unavailable { .. })), "{outcome:?}");
    assert_eq!(desk.metric("claimsmith_opaque_turned_away_total{cause=\"late\",protocol=\"introspection\"}"), 1);
    desk.stop().await;
}

#[actix_rt::test]
async fn more_than_can_wait_are_turned_away_at_once() {
    let desk = desk();
    desk.endpoint.hold();
    let tokens: Vec<String> = (0..1_100).map(|number| format!("token-{number}")).collect();
    let turned_away =
        || desk.metric("claimsmith_opaque_turned_away_total{cause=\"waiting\",protocol=\"introspection\"}");
    let deadline = Instant::now() + LONG;
    let requests = join_all(tokens.iter().take(1_100).map(|token| async {
        let outcome = desk.reader.verify(&desk.entry, token, deadline).await;
        outcome.is_err()
    }));
    let release = async {
        until("the line is full", || async { (turned_away() == 1_100 - 1_024).then_some(()) }).await;
        // Answers cost nothing on the test's clock, so the allowance of 200 questions has to be filled up.
        desk.endpoint.release();
        until("all are answered", || async {
            desk.advance(1);
            (desk.endpoint.count() == 1_024).then_some(())
        })
        .await;
    };
    let (refused, ()) = tokio::join!(requests, release);
    assert_eq!(refused.into_iter().filter(|refused| *refused).count(), 1_100 - 1_024);
    desk.stop().await;
}

#[actix_rt::test]
async fn when_the_actor_dies_everybody_is_answered_and_nothing_is_forgotten() {
    let desk = desk();
    assert!(desk.verify("known").await.is_ok());
    desk.endpoint.hold();
    let tokens: Vec<String> = (0..40).map(|number| format!("token-{}", number / 4)).collect();
    let requests = join_all(tokens.iter().map(|token| desk.verify(token)));
    let drill = async {
        until("questions are on their way", || async { (desk.endpoint.count() == 11).then_some(()) }).await;
        assert_eq!(desk.supervisor.inject_panic(OPAQUE_ISSUER), 1);
        until("they are asked anew", || async { (desk.endpoint.count() >= 21).then_some(()) }).await;
        assert!(desk.verify("known").await.is_ok(), "a hit needs no actor");
        desk.endpoint.release();
    };
    let (outcomes, ()) = tokio::join!(requests, drill);
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(desk.metric("claimsmith_actor_restarts_total{actor=\"opaque_issuer\",cause=\"panic\"}"), 1);
    desk.stop().await;
}
