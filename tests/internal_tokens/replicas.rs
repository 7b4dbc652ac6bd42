//! Two replicas that share a directory of keys.

use claimsmith::clock::SystemClock;
use claimsmith::config::SigningKeysAt;
use serde_json::json;

use crate::support::app::TestApp;
use crate::support::exchange::{EDGE_KEY, Exchange, ORDERS, exchanging, key_set, verified};
use crate::support::postgres::TestDatabase;
use crate::support::wait::until;

#[actix_rt::test]
async fn a_token_of_one_replica_is_good_at_the_other() {
    let scene = Exchange::start().await;
    let database =
        TestDatabase::open(scene.app.database.owner_url.clone(), scene.app.database.service_url.clone()).await;
    let other = TestApp::unready(database, &SystemClock::shared(), |settings| {
        exchanging(settings, SigningKeysAt::Directory(scene.keys.0.clone()));
    });
    until("the other replica is ready", || async { other.freshness.read().age_bound.map(drop) }).await;
    assert_eq!(key_set(&other).await, scene.key_set().await);
    let token = scene.token_of("alice").await;
    assert_eq!(verified(&token, ORDERS, &key_set(&other).await).unwrap()["sub"], json!("alice"));
    let introspect = other.client.post(other.data("/v1/introspect")).bearer_auth(EDGE_KEY).form(&[("token", &token)]);
    let answer = other.send(introspect).await;
    assert_eq!((&answer.body["active"], &answer.body["sub"]), (&json!(true), &json!("alice")), "{answer:?}");
    other.stop().await;
    scene.app.stop().await;
}
