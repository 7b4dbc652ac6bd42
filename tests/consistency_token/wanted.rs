//! What a service makes of the token that it is sent.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::json;

use super::{ask_at_least, assert_is, promote};
use crate::support::app::TestApp;

/// What a writer is given who asks in its own transaction.
async fn written(app: &TestApp, role: &str) -> String {
    let transaction = format!("BEGIN; {}; SELECT claimsmith.consistency_token(); COMMIT", promote(role));
    app.database.value(&transaction).await.unwrap()
}

#[actix_rt::test]
async fn an_answer_to_it_contains_the_write_each_time() {
    let app = TestApp::start().await;
    for role in ["viewer", "editor"].repeat(20) {
        let token = written(&app, role).await;
        assert_is(&ask_at_least(&app, &token).await, role);
    }
    app.stop().await;
}

#[actix_rt::test]
async fn every_endpoint_that_answers_about_users_takes_it() {
    let app = TestApp::start().await;
    let token = written(&app, "viewer").await;
    let position: u64 = token.split('.').next().unwrap().parse().unwrap();
    let memberships = app.get(&format!("/v1/memberships?user=alice&at_least={token}")).await;
    assert_eq!(memberships.status, StatusCode::OK, "{memberships:?}");
    assert!(memberships.body["position"].as_str().unwrap().parse::<u64>().unwrap() >= position);
    assert_eq!(memberships.headers["claims-position"], memberships.body["position"].as_str().unwrap());
    let odd = app.get("/v1/memberships?user=alice&at_least=soon").await;
    assert_eq!((odd.status, odd.code()), (StatusCode::BAD_REQUEST, "invalid_request"));
    app.stop().await;
}

#[actix_rt::test]
async fn a_token_of_another_history_is_refused_and_says_so() {
    let app = TestApp::start().await;
    let token = written(&app, "viewer").await;
    assert_is(&ask_at_least(&app, &token).await, "viewer");
    let (position, nonce) = token.split_once('.').unwrap();
    let foreign = format!("{position}.{}", nonce.chars().rev().collect::<String>());
    let refused = ask_at_least(&app, &foreign).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::CONFLICT, "position_foreign"), "{refused:?}");
    app.stop().await;
}

#[actix_rt::test]
async fn a_position_that_nobody_has_drawn_is_refused_within_the_deadline() {
    let app = TestApp::with(|settings| {
        settings.freshness.at_least_wait = Duration::from_millis(20);
        settings.http.answer_deadline = Duration::from_millis(200);
    })
    .await;
    let refused = ask_at_least(&app, "9000000000").await;
    assert_eq!((refused.status, refused.code()), (StatusCode::SERVICE_UNAVAILABLE, "too_stale"), "{refused:?}");
    assert_eq!(refused.headers["retry-after"], "1");
    app.stop().await;
}

#[actix_rt::test]
async fn a_token_from_before_the_log_was_pruned_is_as_good_as_any() {
    let app = TestApp::start().await;
    let old = written(&app, "viewer").await;
    let resets = app.count("claimsmith_feed_resets_total").await;
    app.database.execute("UPDATE claimsmith.change SET at = at - interval '2 hours'").await;
    app.change(&promote("editor")).await;
    app.database.execute("SELECT claimsmith.prune('1 hour')").await;
    assert_eq!(app.database.value("SELECT count(DISTINCT pos)::text FROM claimsmith.change").await.unwrap(), "1");
    assert_is(&ask_at_least(&app, &old).await, "editor");
    assert_eq!(app.count("claimsmith_feed_resets_total").await, resets);
    app.stop().await;
}

#[actix_rt::test]
async fn what_is_no_token_is_a_mistake_of_the_request() {
    let app = TestApp::start().await;
    for odd in ["", "-1", "soon", "1.2", "1."] {
        let refused = app.claims(&json!({"user": "alice", "tenant": "acme", "at_least": odd})).await;
        assert_eq!((refused.status, refused.code()), (StatusCode::BAD_REQUEST, "invalid_request"), "{odd}");
    }
    app.stop().await;
}
