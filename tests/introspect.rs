//! `POST /v1/introspect` (RFC 7662): what a gateway that speaks it is told.

use claimsmith::config::Surface;
use claimsmith::error::Code;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::{Answer, KEY};
use crate::support::callers::{add_caller, only};
use crate::support::identity_provider::{AUDIENCE, OneIssuer};

const GATEWAY: &str = "cs_gateway";

/// A service with a caller that may do nothing else, and only for acme.
async fn scene() -> OneIssuer {
    OneIssuer::with(|settings| {
        add_caller(settings, "gateway", GATEWAY, |caller| {
            caller.surfaces = vec![Surface::Introspect];
            caller.tenants = only(&["acme"]);
        });
    })
    .await
}

impl OneIssuer {
    async fn introspect(&self, form: &[(&str, &str)]) -> Answer {
        let request = self.app.client.post(self.app.data("/v1/introspect")).basic_auth("gateway", Some(GATEWAY));
        Answer::of(request.form(form).send().await.unwrap()).await
    }
}

#[actix_rt::test]
async fn an_active_token_says_what_it_is_and_what_its_user_may_do() {
    let scene = scene().await;
    let token = scene.issuer.token("alice").claim("client_id", "spa-1").claim("scope", "openid read").sign();
    let answer = scene.introspect(&[("token", &token), ("token_type_hint", "access_token"), ("tenant", "acme")]).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let member = |name: &str| answer.body[name].clone();
    assert_eq!(member("active"), json!(true));
    assert_eq!(member("iss"), json!(scene.issuer.iss));
    assert_eq!(member("sub"), json!("alice"));
    assert_eq!(member("aud"), json!([AUDIENCE]));
    assert_eq!(member("client_id"), json!("spa-1"));
    assert_eq!(member("scope"), json!("openid read"));
    assert_eq!(member("token_type"), json!("Bearer"));
    assert!(member("exp").is_i64() && member("iat").is_i64(), "{answer:?}");
    assert_eq!(member("https://claims.example.com/tenant"), json!("acme"));
    let by_user = scene.app.claims(&json!({"user": "alice", "tenant": "acme"})).await;
    assert_eq!(member("https://claims.example.com/roles"), *by_user.claim("roles"));
    scene.app.stop().await;
}

#[actix_rt::test]
async fn a_token_that_proves_nothing_and_a_user_who_gets_nothing_are_inactive_and_nothing_more() {
    let scene = scene().await;
    let token = |sub: &str| scene.issuer.token(sub);
    let inactive = [
        ("malformed", "a.b.c".to_owned()),
        ("opaque", "gho_16C7e42F292c6912E7710c838347Ae178B4a".to_owned()),
        ("expired", token("alice").expires_in(-3_600).sign()),
        ("for somebody else", token("alice").audience("https://other.example").sign()),
        ("of nobody", token("nobody").sign()),
        ("of no member", token("bob").sign()),
    ];
    for (what, token) in inactive {
        let answer = scene.introspect(&[("token", &token), ("tenant", "acme")]).await;
        assert_eq!((answer.status, &answer.body), (StatusCode::OK, &json!({"active": false})), "{what}");
    }
    // The caller may ask about acme only; whether the token is good elsewhere is not for it to know.
    let elsewhere = scene.introspect(&[("token", &token("alice").sign()), ("tenant", "globex")]).await;
    assert_eq!(elsewhere.body, json!({"active": false}), "of another tenant");
    scene.app.change("UPDATE claimsmith_data.tenant SET suspended = true WHERE id = 'acme'").await;
    let answer = scene.introspect(&[("token", &token("alice").sign()), ("tenant", "acme")]).await;
    assert_eq!(answer.body, json!({"active": false}), "suspended");
    scene.app.stop().await;
}

#[actix_rt::test]
async fn what_is_wrong_with_the_request_is_no_answer_about_the_token() {
    let scene = scene().await;
    let token = scene.issuer.token("alice").sign();
    let refusals: [(&[(&str, &str)], Code); 5] = [
        (&[("tenant", "acme")], Code::InvalidRequest),
        (&[("token", &token), ("token", &token)], Code::InvalidRequest),
        (&[("token", &token), ("colour", "red")], Code::InvalidRequest),
        (&[("token", &token), ("tenant", "none")], Code::TenantUnknown),
        (&[("token", &token), ("tenant", "acme"), ("organization", "org_globex")], Code::TenantConflict),
    ];
    for (form, code) in refusals {
        scene.introspect(form).await.assert_refused(code);
    }
    scene.app.stop().await;
}

#[actix_rt::test]
async fn a_caller_proves_itself_by_its_key_alone_or_with_its_name() {
    let scene = scene().await;
    let token = scene.issuer.token("alice").sign();
    let form = [("token", token.as_str()), ("tenant", "acme")];
    let post = || scene.app.client.post(scene.app.data("/v1/introspect")).form(&form);
    let active = |answer: &Answer| answer.body["active"] == json!(true);
    assert!(active(&Answer::of(post().bearer_auth(GATEWAY).send().await.unwrap()).await));
    assert!(active(&Answer::of(post().basic_auth("gateway", Some(GATEWAY)).send().await.unwrap()).await));
    for (name, key) in [("other", GATEWAY), ("gateway", "cs_wrong"), ("test", GATEWAY), ("", GATEWAY)] {
        let answer = Answer::of(post().basic_auth(name, Some(key)).send().await.unwrap()).await;
        answer.assert_refused(Code::CallerUnauthenticated);
    }
    let body: Value = json!({"user": "alice", "tenant": "acme"});
    scene.app.claims_as(GATEWAY, &body).await.assert_refused(Code::CallerForbidden);
    assert_eq!(scene.app.claims_as(KEY, &body).await.status, StatusCode::OK);
    scene.app.stop().await;
}
