//! Providers in trouble: what they send by mistake is not taken, and what is not known is not called bad.

use std::time::Duration;

use claimsmith::config::Settings;
use claimsmith::error::Code;
use reqwest::StatusCode;

use crate::support::identity_provider::{Algorithm, Behaviour, Endpoint, Issuer, OneIssuer};

/// Everything that is no key set, or is one without a usable key.
fn faults() -> Vec<Behaviour> {
    vec![
        Behaviour::Status(500),
        Behaviour::Status(404),
        Behaviour::RetryAfter(429, 1),
        Behaviour::Redirect("http://169.254.169.254/".to_owned()),
        Behaviour::Html,
        Behaviour::TruncatedJson,
        Behaviour::Cut,
        Behaviour::Empty,
        Behaviour::PrivateKeys,
        Behaviour::Encoded("gzip"),
        Behaviour::Body(b"null".to_vec()),
        Behaviour::Body(vec![b'['; 100_000]),
        Behaviour::HangsUp,
        Behaviour::Endless,
        Behaviour::SlowLoris,
    ]
}

/// Every unknown kid may cause a fetch, and a fetch may not take long.
fn eager(settings: &mut Settings) {
    settings.issuers.miss_interval = Duration::from_millis(1);
    settings.issuers.fetch_timeout = Duration::from_secs(1);
}

#[actix_rt::test]
async fn an_answer_without_keys_changes_nothing_about_the_keys() {
    let scene = OneIssuer::with(eager).await;
    let mut known = vec![scene.issuer.token("alice").sign()];
    for fault in faults() {
        scene.issuer.behaves(Endpoint::Keys, fault.clone());
        scene.issuer.rotate(Algorithm::Es256);
        let new = scene.issuer.token("alice").sign();
        let answer = scene.app.by_token(&new, "acme").await;
        assert_eq!(answer.code(), Code::KeysUnavailable.label(), "{fault:?}");
        answer.assert_refused(Code::KeysUnavailable);
        for token in &known {
            assert_eq!(scene.app.by_token(token, "acme").await.status, StatusCode::OK, "{fault:?}");
        }
        scene.issuer.behaves(Endpoint::Keys, Behaviour::Good);
        scene.app.accepts(&new).await;
        known.push(new);
    }
    scene.app.stop().await;
}

#[actix_rt::test]
async fn a_provider_that_refuses_connections_is_asked_again_when_it_is_back() {
    let mut scene = OneIssuer::with(eager).await;
    let known = scene.issuer.token("alice").sign();
    scene.issuer.rotate(Algorithm::Es256);
    let new = scene.issuer.token("alice").sign();
    scene.provider.stop().await;
    scene.app.by_token(&new, "acme").await.assert_refused(Code::KeysUnavailable);
    assert_eq!(scene.app.by_token(&known, "acme").await.status, StatusCode::OK);
    scene.provider.start_again();
    scene.app.accepts(&new).await;
    scene.app.stop().await;
}

#[actix_rt::test]
async fn one_good_key_among_junk_is_enough() {
    let junk = |issuer: &Issuer| issuer.behaves(Endpoint::Keys, Behaviour::JunkAmongGood);
    let scene = OneIssuer::prepared(junk, eager).await;
    scene.app.accepts(&scene.issuer.token("alice").sign()).await;
    scene.app.stop().await;
}

#[actix_rt::test]
async fn a_provider_that_could_not_be_asked_at_first_is_asked_again() {
    for (endpoint, fault) in [
        (Endpoint::Keys, Behaviour::Status(503)),
        (Endpoint::Discovery, Behaviour::HangsUp),
        (Endpoint::Discovery, Behaviour::Empty),
        (Endpoint::Discovery, Behaviour::WrongIssuer),
        (Endpoint::Discovery, Behaviour::KeysElsewhere("https://keys.elsewhere.example/".to_owned())),
    ] {
        let OneIssuer { issuer, app, provider: _provider } =
            OneIssuer::prepared(|issuer| issuer.behaves(endpoint, fault), eager).await;
        let (good, expired) = (issuer.token("alice").sign(), issuer.token("alice").expires_in(-61).sign());
        app.by_token(&good, "acme").await.assert_refused(Code::KeysUnavailable);
        app.by_token(&expired, "acme").await.assert_refused(Code::TokenExpired);
        issuer.behaves(endpoint, Behaviour::Good);
        app.accepts(&good).await;
        app.stop().await;
    }
}
