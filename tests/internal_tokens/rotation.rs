//! Keys rotate under load, by the clock and by a file, and no token is lost.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use claimsmith::clock::SharedClock;
use claimsmith::config::SigningKeysAt;
use futures_util::future::join_all;
use jsonwebtoken::jwk::JwkSet;

use crate::support::exchange::{Exchange, ORDERS, Scratch, ShiftedClock, asking, new_pem, verified, write_keys};
use crate::support::wait::until;

const HOUR: Duration = Duration::from_hours(1);
const SIGNING: &str = "claimsmith_signing_key_rotations_total";
const FAILURES: &str = "claimsmith_signing_key_store_failures_total";
/// How long a verifier may keep a key set, by its `Cache-Control`.
const KEPT: Duration = Duration::from_mins(5);

/// Tokens that are asked for at once, each with its key.
async fn tokens(scene: &Exchange, brought: &str) -> Vec<(String, String)> {
    let asked = (0..20).map(|_| async {
        let answer = scene.exchange(&asking(brought, &[])).await;
        let token = answer.body["access_token"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned();
        let kid = jsonwebtoken::decode_header(&token).unwrap().kid.unwrap();
        (kid, token)
    });
    join_all(asked).await
}

fn assert_verify(tokens: &[(String, String)], keys: &JwkSet) {
    for (_, token) in tokens {
        verified(token, ORDERS, keys).unwrap_or_else(|error| panic!("{error}"));
    }
}

#[actix_rt::test]
async fn rotation_by_the_clock_loses_no_token_even_for_who_keeps_the_keys_as_long_as_allowed() {
    let (keys, clock) = (Scratch::new(), ShiftedClock::shared());
    let at = SigningKeysAt::Directory(keys.0.clone());
    let scene = Exchange::on(keys, at, &(Arc::clone(&clock) as SharedClock), |settings| {
        let token = settings.token.as_mut().unwrap();
        (token.rotate_every, token.publish_ahead) = (HOUR * 10, HOUR);
    })
    .await;
    let brought = scene.issuer.token("alice").claim("exp", i64::MAX / 2_000_000_000).sign();
    let first = tokens(&scene, &brought).await;
    let mut kept = scene.key_set().await;
    assert_verify(&first, &kept);
    clock.put_forward(HOUR * 10);
    scene.look_at_keys().await;
    until("the next key is published", || async { (scene.key_set().await.keys.len() == 2).then_some(()) }).await;
    let waiting = tokens(&scene, &brought).await;
    assert_verify(&waiting, &kept);
    assert_eq!(waiting[0].0, first[0].0, "the next key does not sign before everybody knows it");
    // A verifier that has looked as long ago as it may.
    clock.put_forward(HOUR.checked_sub(KEPT).unwrap());
    kept = scene.key_set().await;
    clock.put_forward(KEPT);
    let load = async {
        let mut all = Vec::new();
        for _ in 0..10 {
            all.extend(tokens(&scene, &brought).await);
        }
        all
    };
    let (during, ()) = tokio::join!(load, scene.look_at_keys());
    assert_verify(&during, &kept);
    scene.app.count_becomes(SIGNING, 1).await;
    let after = tokens(&scene, &brought).await;
    assert_ne!(after[0].0, first[0].0, "the next key signs");
    assert_verify(&after, &kept);
    assert_verify(&first, &scene.key_set().await);
    clock.put_forward(HOUR * 2);
    scene.look_at_keys().await;
    until("the old key is gone", || async { (scene.key_set().await.keys.len() == 1).then_some(()) }).await;
    assert_eq!(fs::read_dir(&scene.keys.0).unwrap().count(), 1, "its file too");
    scene.app.stop().await;
}

#[actix_rt::test]
async fn a_key_file_is_replaced_broken_and_removed_under_load_and_no_token_is_lost() {
    let keys = Scratch::new();
    let (old, next) = (new_pem(), new_pem());
    write_keys(&keys.0, &[&old]);
    let at = SigningKeysAt::File(keys.0.clone());
    let scene = Exchange::on(keys, at, &claimsmith::clock::SystemClock::shared(), |_| ()).await;
    let brought = scene.issuer.token("alice").sign();
    let first = tokens(&scene, &brought).await;
    write_keys(&scene.keys.0, &[&old, &next]);
    scene.look_at_keys().await;
    until("the next key is published", || async { (scene.key_set().await.keys.len() == 2).then_some(()) }).await;
    let kept = scene.key_set().await;
    write_keys(&scene.keys.0, &[&next]);
    let (during, ()) = tokio::join!(tokens(&scene, &brought), scene.look_at_keys());
    assert_verify(&during, &kept);
    scene.app.count_becomes(SIGNING, 1).await;
    let after = tokens(&scene, &brought).await;
    assert_ne!(after[0].0, first[0].0, "the next key signs");
    assert_verify(&after, &kept);
    assert_verify(&first, &scene.key_set().await);
    let published = scene.key_set().await;
    write_keys(&scene.keys.0, &["hunter2"]);
    scene.look_at_keys().await;
    until("the broken file is told", || async { (scene.app.count(FAILURES).await > 0).then_some(()) }).await;
    let told = scene.app.count(FAILURES).await;
    fs::remove_file(&scene.keys.0).unwrap();
    scene.look_at_keys().await;
    until("the vanished file is told", || async { (scene.app.count(FAILURES).await > told).then_some(()) }).await;
    assert_eq!(scene.key_set().await, published);
    assert_verify(&tokens(&scene, &brought).await, &published);
    scene.app.stop().await;
}
