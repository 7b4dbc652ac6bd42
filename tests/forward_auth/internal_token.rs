//! The internal token in a yes: what the back-end verifies instead of believing the gateway.

use std::sync::Arc;
use std::time::Duration;

use claimsmith::clock::SharedClock;
use claimsmith::config::{ByteSize, FieldSource, GatewayKind, Profile, Settings, SigningKeysAt};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use super::profile;
use crate::support::app::{Answer, KEY};
use crate::support::exchange::{Exchange, ORDERS, OURS, STOCK, Scratch, ShiftedClock, for_audience, verified};
use crate::support::wait::until;

const PROFILE: &str = "orders";
const HOUR: Duration = Duration::from_hours(1);

fn with_token(change: impl FnOnce(&mut Profile)) -> Profile {
    profile(GatewayKind::Nginx, |profile| {
        profile.audience = Some(ORDERS.to_owned());
        profile.fields.insert("x-auth-token".to_owned(), FieldSource::Token);
        profile.max_headers = ByteSize::from_kib(8);
        change(profile);
    })
}

async fn scene(change: impl FnOnce(&mut Profile)) -> Exchange {
    let profile = with_token(change);
    Exchange::with(|settings| gateway_for(settings, profile)).await
}

/// The usual caller is a gateway with this profile, and may have tokens for its audience.
fn gateway_for(settings: &mut Settings, profile: Profile) {
    settings.profiles.insert(PROFILE.to_owned(), profile);
    for_audience(settings, ORDERS);
}

/// What the gateway is told about a request with this token, to acme.
async fn told(scene: &Exchange, token: &str) -> Answer {
    let address = scene.app.addresses.gateway.unwrap();
    let request = scene.app.client.request(Method::GET, format!("http://{address}/v1/authz/{PROFILE}"));
    let request = request.header("x-gateway-key", KEY).header("x-original-uri", "/").header("x-tenant", "acme");
    scene.app.send(request.bearer_auth(token)).await
}

#[actix_rt::test]
async fn a_yes_carries_a_token_that_the_back_end_can_verify() {
    let scene = scene(|_| ()).await;
    let brought = scene.issuer.token("alice").expires_in(60).sign();
    let answer = told(&scene, &brought).await;
    let claims = scene.verified(answer.field("x-auth-token"), ORDERS).await;
    let named = ["iss", "sub", "aud", "client_id", "scope", "tenant"].map(|name| claims[name].clone());
    assert_eq!(named, [OURS, "alice", ORDERS, "spa-1", "read", "acme"].map(|text| json!(text)));
    assert_eq!(claims["position"], json!(answer.field("x-auth-position")));
    assert_eq!(claims["https://claims.example.com/roles"], json!(["admin"]));
    let (begins, ends) = (claims["iat"].as_i64().unwrap(), claims["exp"].as_i64().unwrap());
    assert!(ends - begins <= 60, "never longer than what was brought: {claims}");
    scene.app.stop().await;
}

#[actix_rt::test]
async fn a_token_is_given_again_until_something_changes() {
    let scene = scene(|_| ()).await;
    let brought = scene.issuer.token("alice").sign();
    let first = told(&scene, &brought).await.field("x-auth-token").to_owned();
    assert_eq!(told(&scene, &brought).await.field("x-auth-token"), first);
    scene
        .app
        .change(
            "UPDATE claimsmith_data.membership_role SET role = 'viewer' WHERE tenant_id = 'acme' AND user_id = 'alice'",
        )
        .await;
    let second = told(&scene, &brought).await.field("x-auth-token").to_owned();
    assert_ne!(second, first);
    let claims = scene.verified(&second, ORDERS).await;
    assert_eq!(claims["https://claims.example.com/roles"], json!(["viewer"]));
    // Whoever has kept the first learns that it lacks the change.
    let lacking = scene.introspect(&[("token", &first)]).await;
    assert_eq!(lacking.body, json!({"active": false}));
    assert_eq!(scene.introspect(&[("token", &second)]).await.body["active"], json!(true));
    scene.app.stop().await;
}

#[actix_rt::test]
async fn a_gateway_gets_tokens_for_the_audiences_of_its_caller_only() {
    let scene = Exchange::with(|settings| {
        for_audience(settings, STOCK);
        gateway_for(settings, with_token(|_| ()));
    })
    .await;
    let answer = told(&scene, &scene.issuer.token("alice").sign()).await;
    assert_eq!(answer.verdict(), (403, "caller_forbidden"));
    scene.app.stop().await;
}

#[actix_rt::test]
async fn an_answer_is_kept_no_longer_than_the_token_in_it() {
    let scene = Exchange::with(|settings| {
        gateway_for(settings, with_token(|profile| profile.cache = Duration::from_mins(10)));
        settings.token.as_mut().unwrap().lifetime = Duration::from_mins(1);
    })
    .await;
    let answer = told(&scene, &scene.issuer.token("alice").sign()).await;
    let seconds: u64 = answer.field("cache-control").strip_prefix("max-age=").unwrap().parse().unwrap();
    assert!(seconds <= 60, "what was brought lives longer: {seconds}");
    scene.app.stop().await;
}

#[actix_rt::test]
async fn it_can_ride_as_a_bearer_token_in_place_of_the_clients() {
    let scene = scene(|profile| {
        profile.fields.remove("x-auth-token");
        profile.fields.insert("authorization".to_owned(), FieldSource::Bearer);
    })
    .await;
    let answer = told(&scene, &scene.issuer.token("alice").sign()).await;
    let token = answer.field("authorization").strip_prefix("Bearer ").unwrap();
    assert_eq!(scene.verified(token, ORDERS).await["sub"], json!("alice"));
    scene.app.stop().await;
}

#[actix_rt::test]
async fn rotation_under_load_loses_no_answer() {
    let (keys, clock) = (Scratch::new(), ShiftedClock::shared());
    let at = SigningKeysAt::Directory(keys.0.clone());
    let profile = with_token(|_| ());
    let scene = Exchange::on(keys, at, &(Arc::clone(&clock) as SharedClock), |settings| {
        let token = settings.token.as_mut().unwrap();
        (token.rotate_every, token.publish_ahead) = (HOUR * 10, HOUR);
        gateway_for(settings, profile);
    })
    .await;
    let brought = scene.issuer.token("alice").claim("exp", i64::MAX / 2_000_000_000).sign();
    let kid = |answer: &Answer| jsonwebtoken::decode_header(answer.field("x-auth-token")).unwrap().kid.unwrap();
    let first = kid(&told(&scene, &brought).await);
    clock.put_forward(HOUR * 10);
    scene.look_at_keys().await;
    until("the next key is published", || async { (scene.key_set().await.keys.len() == 2).then_some(()) }).await;
    // As old as a verifier may keep it.
    let kept = scene.key_set().await;
    clock.put_forward(HOUR);
    let load = async {
        let mut kids = std::collections::BTreeSet::new();
        for _ in 0..20 {
            for answer in join_all((0..20).map(|_| told(&scene, &brought))).await {
                assert_eq!(answer.status.as_u16(), 200, "{answer:?}");
                verified(answer.field("x-auth-token"), ORDERS, &kept).unwrap_or_else(|error| panic!("{error}"));
                kids.insert(kid(&answer));
            }
        }
        kids
    };
    let (kids, ()) = tokio::join!(load, scene.look_at_keys());
    assert!(kids.iter().any(|kid| *kid != first), "the next key signs: {kids:?}");
    scene.app.stop().await;
}
