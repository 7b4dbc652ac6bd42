//! Tokens that are not accepted, users who get nothing, and what cannot be decided now.

use std::time::Duration;

use crate::support::exchange::{Exchange, JWT, asking, assert_error};
use crate::support::identity_provider::{Behaviour, Endpoint};

#[actix_rt::test]
async fn a_token_that_proves_nothing_or_a_user_who_gets_nothing_is_an_invalid_request_with_our_code() {
    let scene = Exchange::start().await;
    let token = |sub: &str| scene.issuer.token(sub);
    let foreign = scene.provider.issuer("stranger").token("alice").sign();
    let refused = [
        ("token_malformed", "a.b.c".to_owned()),
        ("token_malformed", "gho_16C7e42F292c6912E7710c838347Ae178B4a".to_owned()),
        ("token_expired", token("alice").expires_in(-3_600).sign()),
        ("token_audience", token("alice").audience("https://other.example").sign()),
        ("token_issuer_unknown", foreign),
        ("token_signature", token("alice").signed_by(&scene.provider.issuer("forger").key()).sign()),
        ("user_unknown", token("nobody").sign()),
        ("not_a_member", token("bob").sign()),
    ];
    for (code, brought) in refused {
        let answer = scene.exchange(&asking(&brought, &[])).await;
        let description = assert_error(&answer, 400, "invalid_request");
        assert!(description.starts_with(&format!("{code}: ")), "{code}: {description}");
        assert!(!description.contains(&brought), "{description}");
    }
    let ours = scene.token_of("alice").await;
    let answer = scene.exchange(&asking(&ours, &[("subject_token_type", JWT)])).await;
    let description = assert_error(&answer, 400, "invalid_request");
    assert!(description.starts_with("token_issuer_unknown"), "a token of ours is not exchanged again: {description}");
    scene.app.change("UPDATE claimsmith_data.tenant SET suspended = true WHERE id = 'acme'").await;
    let answer = scene.exchange(&asking(&token("alice").sign(), &[])).await;
    assert!(assert_error(&answer, 400, "invalid_request").starts_with("tenant_suspended"));
    assert_eq!(scene.app.count("claimsmith_refusals_total{code=\"tenant_suspended\"}").await, 1);
    scene.app.stop().await;
}

#[actix_rt::test]
async fn what_cannot_be_decided_now_is_to_be_asked_again() {
    let scene = Exchange::with(|settings| settings.http.answer_deadline = Duration::from_millis(300)).await;
    scene.issuer.behaves(Endpoint::Keys, Behaviour::Held);
    let unknown = scene.issuer.make_key(crate::support::identity_provider::Algorithm::Es256);
    let brought = scene.issuer.token("alice").header("kid", unknown.kid.as_str()).signed_by(&unknown).sign();
    let answer = scene.exchange(&asking(&brought, &[])).await;
    let description = assert_error(&answer, 503, "temporarily_unavailable");
    assert!(description.starts_with("keys_unavailable"), "{description}");
    scene.issuer.behaves(Endpoint::Keys, Behaviour::Good);
    scene.app.stop().await;
}
