//! `POST /refresh-keys`: an operator does not wait for the regular refresh.

use claimsmith::error::Code;
use reqwest::StatusCode;
use serde_json::json;

use crate::support::app::{Answer, TestApp};
use crate::support::identity_provider::{Algorithm, ENTRY, Endpoint, IdentityProvider, OneIssuer};
use crate::support::postgres::TestDatabase;
use crate::support::wait::until;

async fn refresh(app: &TestApp, query: &str) -> Answer {
    Answer::of(app.client.post(app.ops(&format!("/refresh-keys{query}"))).send().await.unwrap()).await
}

fn of(issuer: &str) -> String {
    format!("?issuer={issuer}")
}

#[actix_rt::test]
async fn a_key_that_was_withdrawn_in_an_emergency_is_gone_as_soon_as_the_operator_says_so() {
    let scene = OneIssuer::start().await;
    let old = scene.issuer.token("alice").sign();
    scene.issuer.replace(Algorithm::Es256);
    // Nobody shows a token of the new key, and the regular refresh is minutes away.
    assert_eq!(scene.app.by_token(&old, "acme").await.status, StatusCode::OK);
    let answer = refresh(&scene.app, &of(ENTRY)).await;
    assert_eq!((answer.status, &answer.body["result"]), (StatusCode::ACCEPTED, &json!("started")));
    scene.app.refuses(&old, Code::TokenKeyUnknown).await;
    scene.app.stop().await;
}

#[actix_rt::test]
async fn an_operator_who_asks_again_at_once_is_told_when_to_come_back() {
    let scene = OneIssuer::start().await;
    let answer = until("an operator asks twice in a moment", || async {
        let answer = refresh(&scene.app, &of(ENTRY)).await;
        (answer.status != StatusCode::ACCEPTED).then_some(answer)
    })
    .await;
    assert_eq!((answer.status, &answer.body["result"]), (StatusCode::TOO_MANY_REQUESTS, &json!("too_soon")));
    let seconds = answer.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap();
    assert!((1..=6).contains(&seconds), "{seconds}");
    scene.app.stop().await;
}

#[actix_rt::test]
async fn an_issuer_that_is_unknown_or_not_named_is_refused() {
    let scene = OneIssuer::start().await;
    let asked = scene.issuer.asked(Endpoint::Keys);
    let answer = refresh(&scene.app, &of("nobody")).await;
    assert_eq!((answer.status, &answer.body["issuer"]), (StatusCode::NOT_FOUND, &json!("nobody")));
    assert_eq!(refresh(&scene.app, "").await.status, StatusCode::BAD_REQUEST);
    assert!(
        !scene.app.get_ops(&format!("/refresh-keys{}", of(ENTRY))).await.status.is_success(),
        "GET changes nothing"
    );
    assert_eq!(scene.issuer.asked(Endpoint::Keys), asked);
    scene.app.stop().await;
}

#[actix_rt::test]
async fn keys_that_stand_in_the_row_are_not_fetched() {
    let provider = IdentityProvider::start().await;
    let issuer = provider.issuer("acme");
    let database = TestDatabase::create().await;
    issuer.register_with(&database, ENTRY, json!({"jwks": {"keys": [issuer.key().jwk()]}})).await;
    let app = TestApp::on(database, |_| ()).await;
    app.accepts(&issuer.token("alice").sign()).await;
    let answer = refresh(&app, &of(ENTRY)).await;
    assert_eq!((answer.status, &answer.body["result"]), (StatusCode::CONFLICT, &json!("never_fetched")));
    assert_eq!(issuer.asked(Endpoint::Keys), 0);
    app.stop().await;
}
