//! Two replicas that share a directory of keys.

use claimsmith::clock::SystemClock;
use claimsmith::config::SigningKeysAt;
use serde_json::json;

use crate::support::app::{Answer, TestApp};
use crate::support::exchange::{EDGE_KEY, Exchange, ORDERS, exchanging, key_set, verified};
use crate::support::postgres::TestDatabase;
use crate::support::wait::until;

/// Another replica, which starts now.
async fn another(scene: &Exchange) -> TestApp {
    let database =
        TestDatabase::open(scene.app.database.owner_url.clone(), scene.app.database.service_url.clone()).await;
    let other = TestApp::unready(database, &SystemClock::shared(), |settings| {
        exchanging(settings, SigningKeysAt::Directory(scene.keys.0.clone()));
    });
    until("the other replica is ready", || async { other.freshness.read().age_bound.map(drop) }).await;
    other
}

async fn introspected(app: &TestApp, token: &str) -> Answer {
    app.send(app.client.post(app.data("/v1/introspect")).bearer_auth(EDGE_KEY).form(&[("token", token)])).await
}

#[actix_rt::test]
async fn a_token_of_one_replica_is_good_at_the_other() {
    let scene = Exchange::start().await;
    let other = another(&scene).await;
    assert_eq!(key_set(&other).await, scene.key_set().await);
    let token = scene.token_of("alice").await;
    assert_eq!(verified(&token, ORDERS, &key_set(&other).await).unwrap()["sub"], json!("alice"));
    let answer = introspected(&other, &token).await;
    assert_eq!((&answer.body["active"], &answer.body["sub"]), (&json!(true), &json!("alice")), "{answer:?}");
    other.stop().await;
    scene.app.stop().await;
}

#[actix_rt::test]
async fn a_replica_that_has_just_started_looks_up_no_history_for_a_token_that_is_outdated_anyway() {
    let scene = Exchange::start().await;
    let token = scene.token_of("alice").await;
    scene.app.change("UPDATE claimsmith_data.tenant SET name = 'Anew' WHERE id = 'globex'").await;
    let other = another(&scene).await;
    assert_eq!(introspected(&other, &token).await.body, json!({"active": false}));
    let look_ups = "claimsmith_directory_query_duration_seconds_count{query=\"read_through\"}";
    assert_eq!(other.count(look_ups).await, 0);
    let outdated = "claimsmith_internal_token_checks_total{result=\"outdated\"}";
    assert_eq!(other.count(outdated).await, 1);
    other.stop().await;
    scene.app.stop().await;
}
