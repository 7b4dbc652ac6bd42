//! `GET /status` about issuers: what an operator needs to see which of them is in trouble and why, and no secret.

use claimsmith::config::{IssuerGrant, Secret, SecretSource};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::identity_provider::{Algorithm, Behaviour, ENTRY, Endpoint, Issuer, OneIssuer};
use crate::support::wait::until;

async fn issuers(app: &TestApp) -> Vec<Value> {
    app.get_ops("/status").await.body["issuers"].as_array().unwrap().clone()
}

/// The only one.
async fn issuer(app: &TestApp) -> Value {
    let [issuer]: [Value; 1] = issuers(app).await.try_into().unwrap();
    issuer
}

fn has(issuer: &Value, members: &Value) -> bool {
    members.as_object().unwrap().iter().all(|(name, value)| issuer[name] == *value)
}

#[actix_rt::test]
async fn an_issuer_is_shown_with_its_state_its_keys_and_their_generation() {
    let scene = OneIssuer::start().await;
    let shown = issuer(&scene.app).await;
    let uri = scene.issuer.url(Endpoint::Keys);
    let first = json!({
        "issuer": ENTRY, "state": "fresh", "keys": 1, "generation": 1, "last_fetch": "new", "failures": 0,
        "fetching": false, "uri": uri
    });
    assert!(has(&shown, &first), "{shown}");
    assert!(shown["confirmed_at_unix_seconds"].is_f64() && shown["next_fetch_ms"].is_u64(), "{shown}");

    scene.issuer.rotate(Algorithm::Es256);
    scene.app.accepts(&scene.issuer.token("alice").sign()).await;
    let shown = issuer(&scene.app).await;
    assert!(has(&shown, &json!({"state": "fresh", "keys": 2, "generation": 2, "last_fetch": "new"})), "{shown}");
    scene.app.stop().await;
}

#[actix_rt::test]
async fn an_issuer_without_keys_is_shown_with_what_its_fetches_come_to() {
    let broken = |issuer: &Issuer| issuer.behaves(Endpoint::Keys, Behaviour::Status(500));
    let scene = OneIssuer::prepared(broken, |_| ()).await;
    let cold = json!({"state": "cold", "keys": 0, "generation": 0, "last_fetch": "status"});
    let shown = until("the failure is shown", || async {
        let shown = issuer(&scene.app).await;
        has(&shown, &cold).then_some(shown)
    })
    .await;
    assert!(shown["failures"].as_u64() > Some(0) && shown["confirmed_at_unix_seconds"].is_null(), "{shown}");

    scene.issuer.behaves(Endpoint::Keys, Behaviour::Good);
    let fresh = json!({"state": "fresh", "keys": 1, "generation": 1, "last_fetch": "new", "failures": 0});
    until("the keys are shown", || async { has(&issuer(&scene.app).await, &fresh).then_some(()) }).await;
    scene.app.stop().await;
}

#[actix_rt::test]
async fn an_issuer_that_is_switched_off_is_not_shown() {
    let scene = OneIssuer::start().await;
    assert_eq!(issuers(&scene.app).await.len(), 1);
    scene.app.change("UPDATE claimsmith_data.issuer SET enabled = false WHERE id = 'acme-idp'").await;
    until("it is not shown", || async { issuers(&scene.app).await.is_empty().then_some(()) }).await;
    scene.app.stop().await;
}

#[actix_rt::test]
async fn no_token_no_secret_and_no_key_is_shown() {
    const SECRET: &str = "the-secret-of-our-client";
    let scene = OneIssuer::with(|settings| {
        let client_secret = Some(SecretSource::Inline(Secret::new(SECRET)));
        let grant = IssuerGrant { client_id: Some("claimsmith".to_owned()), client_secret, ..IssuerGrant::default() };
        settings.issuer_grants.insert(ENTRY.to_owned(), grant);
    })
    .await;
    let (good, unknown) =
        (scene.issuer.token("alice").sign(), scene.issuer.token("alice").header("kid", "no-such-key"));
    let unknown = unknown.sign();
    assert_eq!(scene.app.by_token(&good, "acme").await.status, StatusCode::OK);
    assert_eq!(scene.app.by_token(&unknown, "acme").await.status, StatusCode::UNAUTHORIZED);
    let shown = scene.app.get_ops("/status").await.body.to_string();
    assert!(shown.contains(ENTRY), "it says something: {shown}");
    let jwk = scene.issuer.key().jwk();
    let parts = good.split('.').chain(unknown.split('.'));
    for hidden in parts.chain([SECRET, "no-such-key", jwk["x"].as_str().unwrap()]) {
        assert!(!shown.contains(hidden), "{hidden} is in {shown}");
    }
    scene.app.stop().await;
}
