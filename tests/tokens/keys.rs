//! How long an answer holds: not beyond the token's own time, nor beyond its key's.

use std::time::Duration;

use claimsmith::config::Settings;
use claimsmith::error::Code;
use futures_util::future::{join, join_all};
use reqwest::StatusCode;
use serde_json::json;

use crate::support::app::TestApp;
use crate::support::identity_provider::{
    Algorithm, Behaviour, ENTRY, Endpoint, IdentityProvider, Issuer, OneIssuer, reach,
};
use crate::support::postgres::TestDatabase;
use crate::support::wait::until;

#[actix_rt::test]
async fn a_token_that_was_accepted_is_refused_when_it_has_expired() {
    let provider = IdentityProvider::start().await;
    let issuer = provider.issuer("acme");
    let database = TestDatabase::create().await;
    issuer.register_with(&database, ENTRY, json!({"leeway_seconds": 0})).await;
    let app = TestApp::on(database, |settings| reach(settings, &[ENTRY])).await;
    app.accepts(&issuer.token("alice").sign()).await;
    let token = until("a token that soon expires is accepted", || async {
        let token = issuer.token("alice").expires_in(3).sign();
        (app.by_token(&token, "acme").await.status == StatusCode::OK).then_some(token)
    })
    .await;
    app.refuses(&token, Code::TokenExpired).await;
    app.stop().await;
}

#[actix_rt::test]
async fn a_token_dies_with_its_key_even_if_it_was_accepted_before() {
    let scene = OneIssuer::start().await;
    let old = scene.issuer.token("alice").sign();
    assert_eq!(scene.app.by_token(&old, "acme").await.status, StatusCode::OK);
    scene.issuer.replace(Algorithm::Es256);
    // The new kid is what makes the service look.
    assert_eq!(scene.app.by_token(&scene.issuer.token("alice").sign(), "acme").await.status, StatusCode::OK);
    scene.app.by_token(&old, "acme").await.assert_refused(Code::TokenKeyUnknown);
    scene.app.stop().await;
}

#[actix_rt::test]
async fn a_key_that_is_withdrawn_in_an_emergency_is_gone_with_the_next_refresh() {
    let scene = OneIssuer::with(refreshing_often).await;
    let old = scene.issuer.token("alice").sign();
    assert_eq!(scene.app.by_token(&old, "acme").await.status, StatusCode::OK);
    // Nobody shows a token of the new key: only the regular refresh can notice.
    scene.issuer.replace(Algorithm::Es256);
    scene.app.refuses(&old, Code::TokenKeyUnknown).await;
    scene.app.stop().await;
}

#[actix_rt::test]
async fn tokens_of_every_published_key_are_accepted_whatever_its_algorithm() {
    let scene = OneIssuer::start().await;
    let old_key = scene.issuer.key();
    let mut tokens = vec![scene.issuer.token("alice").sign()];
    for algorithm in [Algorithm::Rs256, Algorithm::Ps256, Algorithm::EdDsa, Algorithm::Es384] {
        scene.issuer.rotate(algorithm);
        tokens.push(scene.issuer.token("alice").sign());
    }
    let asked = scene.issuer.asked(Endpoint::Keys);
    for token in tokens.iter().rev() {
        assert_eq!(scene.app.by_token(token, "acme").await.status, StatusCode::OK);
    }
    assert_eq!(scene.issuer.asked(Endpoint::Keys), asked + 1, "one fetch brings all keys");
    scene.issuer.retire(&old_key);
    let answer = scene.app.by_token(&tokens[0], "acme").await;
    assert_eq!(answer.status, StatusCode::OK, "nothing has made the service look");
    scene.app.stop().await;
}

#[actix_rt::test]
async fn keys_that_have_not_changed_are_not_sent_again() {
    let scene = OneIssuer::with(refreshing_often).await;
    scene.issuer.sends_etag();
    until("a refresh carries the validator", || async {
        scene.issuer.asked_with(Endpoint::Keys, "if-none-match").map(drop)
    })
    .await;
    let asked = scene.issuer.asked(Endpoint::Keys);
    until("one more", || async { (scene.issuer.asked(Endpoint::Keys) > asked).then_some(()) }).await;
    let token = scene.issuer.token("alice").sign();
    assert_eq!(scene.app.by_token(&token, "acme").await.status, StatusCode::OK);
    scene.issuer.rotate(Algorithm::Es256);
    scene.app.accepts(&scene.issuer.token("alice").sign()).await;
    scene.app.stop().await;
}

#[actix_rt::test]
async fn a_provider_cannot_put_off_the_refresh() {
    let scene = OneIssuer::with(refreshing_often).await;
    scene.issuer.sends(&[("cache-control", "max-age=99999999999999999999"), ("cache-control", "immutable")]);
    for _ in 0..2 {
        let old = scene.issuer.token("alice").sign();
        scene.issuer.replace(Algorithm::Es256);
        scene.app.refuses(&old, Code::TokenKeyUnknown).await;
    }
    scene.app.stop().await;
}

#[actix_rt::test]
async fn a_provider_cannot_have_itself_asked_all_the_time() {
    let hasty = |issuer: &Issuer| issuer.sends(&[("cache-control", "no-store, max-age=0")]);
    let scene = OneIssuer::prepared(hasty, |_| ()).await;
    for _ in 0..50 {
        scene.app.accepts(&scene.issuer.token("alice").sign()).await;
    }
    assert_eq!(scene.issuer.asked(Endpoint::Keys), 1);
    scene.app.stop().await;
}

#[actix_rt::test]
async fn a_kid_that_gets_another_key_stands_for_that_key() {
    let scene = OneIssuer::start().await;
    let (old_key, old) = (scene.issuer.key(), scene.issuer.token("alice").sign());
    let other = scene.issuer.make_key(Algorithm::Es256);
    let renamed = other.named(&old_key.kid);
    scene.issuer.publish(&[renamed.clone(), other.clone()]);
    scene.issuer.sign_with(&other);
    assert_eq!(scene.app.by_token(&scene.issuer.token("alice").sign(), "acme").await.status, StatusCode::OK);
    scene.app.by_token(&old, "acme").await.assert_refused(Code::TokenSignature);
    scene.issuer.sign_with(&renamed);
    assert_eq!(scene.app.by_token(&scene.issuer.token("alice").sign(), "acme").await.status, StatusCode::OK);
    scene.app.stop().await;
}

#[actix_rt::test]
async fn a_token_that_names_no_key_is_accepted_if_there_is_only_one() {
    let scene = OneIssuer::start().await;
    let unnamed = |scene: &OneIssuer| scene.issuer.token("alice").without_header("kid").sign();
    assert_eq!(scene.app.by_token(&unnamed(&scene), "acme").await.status, StatusCode::OK);
    scene.issuer.rotate(Algorithm::Es256);
    let asked = scene.issuer.asked(Endpoint::Keys);
    scene.app.by_token(&unnamed(&scene), "acme").await.assert_refused(Code::TokenSignature);
    assert_eq!(scene.issuer.asked(Endpoint::Keys), asked, "it does not make the service look");
    assert_eq!(scene.app.by_token(&scene.issuer.token("alice").sign(), "acme").await.status, StatusCode::OK);
    scene.app.by_token(&unnamed(&scene), "acme").await.assert_refused(Code::TokenKeyUnknown);
    scene.app.stop().await;
}

#[actix_rt::test]
async fn a_thousand_tokens_of_a_new_key_at_once_cause_one_fetch() {
    let scene = OneIssuer::start().await;
    scene.issuer.rotate(Algorithm::Es256);
    let asked = scene.issuer.asked(Endpoint::Keys);
    let tokens: Vec<String> = (0..1000).map(|_| scene.issuer.token("alice").sign()).collect();
    let shown = join_all(tokens.iter().map(|token| scene.app.by_token(token, "acme")));
    scene.issuer.behaves(Endpoint::Keys, Behaviour::Held);
    let release = async {
        until("many tokens wait", || async {
            let waiting = scene.app.count("claimsmith_http_requests_in_flight{surface=\"claims\"}").await;
            (waiting >= 100).then_some(())
        })
        .await;
        scene.issuer.behaves(Endpoint::Keys, Behaviour::Good);
    };
    let (answers, ()) = join(shown, release).await;
    for answer in answers {
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    }
    assert_eq!(scene.issuer.asked(Endpoint::Keys), asked + 1);
    scene.app.stop().await;
}

#[actix_rt::test]
async fn a_key_that_is_newer_than_the_fetch_under_way_is_found_all_the_same() {
    // Every unknown kid may cause a fetch.
    let eager = |settings: &mut Settings| settings.issuers.miss_interval = Duration::from_millis(1);
    let scene = OneIssuer::with(eager).await;
    scene.issuer.behaves(Endpoint::Keys, Behaviour::Overtaken);
    let stray = scene.issuer.token("alice").header("kid", "made-up").sign();
    let asked = scene.issuer.asked(Endpoint::Keys);
    let late = async {
        until("a fetch is under way", || async { (scene.issuer.asked(Endpoint::Keys) > asked).then_some(()) }).await;
        scene.issuer.rotate(Algorithm::Es256);
        let new = scene.issuer.token("alice").sign();
        let release = async {
            until("both tokens wait", || async {
                let waiting = scene.app.count("claimsmith_http_requests_in_flight{surface=\"claims\"}").await;
                (waiting == 2).then_some(())
            })
            .await;
            scene.issuer.behaves(Endpoint::Keys, Behaviour::Good);
        };
        join(scene.app.by_token(&new, "acme"), release).await.0
    };
    let (stray, new) = join(scene.app.by_token(&stray, "acme"), late).await;
    stray.assert_refused(Code::TokenKeyUnknown);
    assert_eq!(new.status, StatusCode::OK, "{new:?}");
    scene.app.stop().await;
}

fn refreshing_often(settings: &mut Settings) {
    (settings.issuers.refresh_min, settings.issuers.refresh_max) = (Duration::from_secs(1), Duration::from_secs(1));
}
