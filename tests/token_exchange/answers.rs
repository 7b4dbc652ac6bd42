//! What a token of ours says, and for how long.

use std::time::Duration;

use jsonwebtoken::decode_header;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::Answer;
use crate::support::exchange::{ACCESS_TOKEN, EDGE, Exchange, JWT, ORDERS, OURS, STOCK, asking};
use claimsmith::config::SigningAlgorithm;

fn token(answer: &Answer) -> &str {
    answer.body["access_token"].as_str().unwrap_or_else(|| panic!("{answer:?}"))
}

#[actix_rt::test]
async fn a_token_says_who_where_and_what_and_verifies_with_what_is_published() {
    let scene = Exchange::start().await;
    let brought = scene.issuer.token("alice").claim("client_id", "spa-1").claim("scope", "read write").sign();
    let answer = scene.exchange(&asking(&brought, &[("audience", STOCK), ("scope", "read")])).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(
        (answer.header("cache-control"), answer.header("content-type")),
        (Some("no-store"), Some("application/json"))
    );
    assert_eq!(answer.header("pragma"), Some("no-cache"));
    assert_eq!(answer.body["issued_token_type"], json!(ACCESS_TOKEN));
    assert_eq!((&answer.body["token_type"], answer.body.get("scope")), (&json!("Bearer"), None));
    let header = decode_header(token(&answer)).unwrap();
    assert_eq!((header.typ.as_deref(), header.alg), (Some("at+jwt"), jsonwebtoken::Algorithm::ES256));
    let claims = scene.verified(token(&answer), STOCK).await;
    let member = |name: &str| claims[name].clone();
    assert_eq!((member("iss"), member("sub"), member("aud")), (json!(OURS), json!("alice"), json!(STOCK)));
    assert_eq!(
        (member("client_id"), member("scope"), member("tenant")),
        (json!("spa-1"), json!("read"), json!("acme"))
    );
    assert_eq!(member("jti").as_str().map(str::len), Some(32));
    assert_eq!(
        answer.body["expires_in"].as_i64().unwrap(),
        claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap()
    );
    let plain = scene.app.claims(&json!({"user": "alice", "tenant": "acme"})).await;
    assert_eq!(member("position"), plain.body["position"]);
    assert_eq!(member("https://claims.example.com/roles"), *plain.claim("roles"));
    assert!(!token(&answer).contains(&brought) && !claims.to_string().contains(&scene.issuer.iss));
    scene.app.stop().await;
}

#[actix_rt::test]
async fn a_token_never_outlives_the_one_that_was_brought() {
    let scene = Exchange::start().await;
    for (left, most) in [(30, 30), (200, 200), (100_000, 300)] {
        let fresh = scene.issuer.token("alice");
        let ends = claims_of(&fresh.clone().sign())["iat"].as_i64().unwrap() + left;
        let brought = fresh.claim("exp", ends).sign();
        let answer = scene.exchange(&asking(&brought, &[])).await;
        let claims = scene.verified(token(&answer), ORDERS).await;
        let (exp, iat) = (claims["exp"].as_i64().unwrap(), claims["iat"].as_i64().unwrap());
        assert!(exp <= ends && exp - iat <= most && exp > iat, "{claims}");
        assert!(left > 300 || exp == ends, "{claims}: as long as there is left");
    }
    scene.app.stop().await;
}

fn claims_of(token: &str) -> Value {
    use base64::Engine as _;
    let payload = token.split('.').nth(1).unwrap();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[actix_rt::test]
async fn a_token_ends_when_what_it_grants_lapses() {
    let scene = Exchange::start().await;
    let lapse = "UPDATE claimsmith_data.membership SET expires_at = now() + interval '100 s' WHERE user_id = 'alice'";
    scene.app.change(lapse).await;
    let claims = scene.verified(&scene.token_of("alice").await, ORDERS).await;
    let life = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert!((1..=100).contains(&life), "{claims}");
    scene.app.stop().await;
}

#[actix_rt::test]
async fn a_token_ends_when_what_it_grants_lapses_also_where_only_the_primary_knows_of_it() {
    let scene = Exchange::with(|settings| {
        settings.freshness.reconnect_min = Duration::from_mins(1);
        settings.freshness.reconnect_max = Duration::from_mins(1);
        settings.freshness.max_age = Duration::from_mins(10);
        settings.freshness.at_least_wait = Duration::from_millis(50);
    })
    .await;
    scene.token_of("alice").await;
    let feed = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%since%'";
    scene.app.database.execute(feed).await;
    scene.app.count_becomes("claimsmith_feed_connected", 0).await;
    let lapse = "BEGIN;
        UPDATE claimsmith_data.membership SET expires_at = now() + interval '100 s' WHERE user_id = 'alice';
        SELECT claimsmith.consistency_token(); COMMIT";
    let place = scene.app.database.value(lapse).await.unwrap();
    let brought = scene.issuer.token("alice").sign();
    let answer = scene.exchange(&asking(&brought, &[("at_least", &place)])).await;
    let claims = claims_of(token(&answer));
    let life = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert!((1..=100).contains(&life), "{claims}");
    assert_eq!(scene.app.count("claimsmith_feed_connected").await, 0, "it was cut off all the time");
    scene.app.stop().await;
}

#[actix_rt::test]
async fn the_scope_is_told_where_it_is_another_than_was_asked_for() {
    let scene = Exchange::start().await;
    let brought = scene.issuer.token("alice").claim("scope", "read write").sign();
    let scope_of = async |more: &[(&str, &str)]| {
        let answer = scene.exchange(&asking(&brought, more)).await;
        let claims = scene.verified(token(&answer), ORDERS).await;
        (answer.body["scope"].as_str().map(str::to_owned), claims["scope"].as_str().map(str::to_owned))
    };
    let both = Some("read write".to_owned());
    assert_eq!(scope_of(&[]).await, (both.clone(), both));
    assert_eq!(scope_of(&[("scope", "write")]).await, (None, Some("write".to_owned())));
    let without = scene.issuer.token("alice").without("scope").sign();
    let answer = scene.exchange(&asking(&without, &[])).await;
    let claims = scene.verified(token(&answer), ORDERS).await;
    assert_eq!((answer.body.get("scope"), claims.get("scope")), (None, None));
    scene.app.stop().await;
}

#[actix_rt::test]
async fn two_exchanges_are_two_tokens_and_a_caller_stands_in_for_a_client_that_is_not_named() {
    let scene = Exchange::start().await;
    let (first, second) = (scene.token_of("alice").await, scene.token_of("alice").await);
    assert_ne!(claims_of(&first)["jti"], claims_of(&second)["jti"]);
    let nameless = scene.issuer.token("alice").without("client_id").sign();
    let answer = scene.exchange(&asking(&nameless, &[("requested_token_type", JWT)])).await;
    assert_eq!(answer.body["issued_token_type"], json!(JWT), "{answer:?}");
    assert_eq!(claims_of(token(&answer))["client_id"], json!(EDGE));
    scene.app.stop().await;
}

#[actix_rt::test]
async fn tokens_may_be_signed_with_ed25519_too() {
    let scene = Exchange::with(|settings| {
        settings.token.as_mut().unwrap().algorithm = SigningAlgorithm::EdDsa;
    })
    .await;
    let made = scene.token_of("alice").await;
    assert_eq!(decode_header(&made).unwrap().alg, jsonwebtoken::Algorithm::EdDSA);
    assert_eq!(scene.verified(&made, ORDERS).await["sub"], json!("alice"));
    scene.app.stop().await;
}
