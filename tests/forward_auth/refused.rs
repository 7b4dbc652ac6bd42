//! No: three statuses, a reason, and nothing about anybody.

use claimsmith::config::Surface;
use claimsmith::error::Code;
use reqwest::Method;

use super::{EDGE, scene, scene_with};
use crate::support::app::KEY;
use crate::support::callers::{add_caller, only};

#[actix_rt::test]
async fn what_is_wrong_with_a_token_is_401_and_says_how_to_authenticate() {
    let scene = scene(|_| ()).await;
    let question = || scene.bare(Method::GET, EDGE).header("x-gateway-key", KEY).header("x-tenant", "acme");
    let missing = scene.told(question()).await;
    assert_eq!(missing.verdict(), (401, "token_missing"));
    assert_eq!(missing.field("www-authenticate"), "Bearer realm=\"claimsmith\"", "RFC 6750 section 3.1: no error code");
    assert_eq!(missing.field("cache-control"), "no-store");
    let token = |sub: &str| scene.issuer.token(sub);
    let bad = [
        (Code::TokenMalformed, "a.b.c".to_owned()),
        (Code::TokenExpired, token("alice").expires_in(-3_600).sign()),
        (Code::TokenAudience, token("alice").audience("https://other.example").sign()),
        (Code::TokenIssuerUnknown, token("alice").claim("iss", "https://nobody.example/").sign()),
    ];
    for (code, token) in bad {
        let answer = scene.told(question().bearer_auth(token)).await;
        assert_eq!(answer.verdict(), (401, code.label()));
        let challenge =
            format!("Bearer realm=\"claimsmith\", error=\"invalid_token\", error_description=\"{}\"", code.label());
        assert_eq!(answer.field("www-authenticate"), challenge);
    }
    scene.app.stop().await;
}

#[actix_rt::test]
async fn there_is_one_authorization_with_one_token_in_it() {
    let scene = scene(|_| ()).await;
    let token = scene.issuer.token("alice").sign();
    let question = || scene.bare(Method::GET, EDGE).header("x-gateway-key", KEY).header("x-tenant", "acme");
    let twice = question().bearer_auth(&token).bearer_auth(&token);
    assert_eq!(scene.told(twice).await.verdict(), (401, "token_malformed"));
    for joined in
        [format!("Bearer {token},Bearer {token}"), format!("Bearer {token} {token}"), format!("Bearer {token}, x")]
    {
        let answer = scene.told(question().header("authorization", joined)).await;
        assert_eq!(answer.verdict(), (401, "token_malformed"));
    }
    let basic = scene.told(question().basic_auth("alice", Some("secret"))).await;
    assert_eq!(basic.verdict(), (401, "token_missing"));
    scene.app.stop().await;
}

#[actix_rt::test]
async fn who_gets_nothing_is_403_and_never_404() {
    let scene = scene(|_| ()).await;
    let asks = |sub: &str, tenant: &str| {
        let token = scene.issuer.token(sub).sign();
        scene.bare(Method::GET, EDGE).header("x-gateway-key", KEY).bearer_auth(token).header("x-tenant", tenant)
    };
    for (sub, tenant, code) in [
        ("bob", "acme", Code::NotAMember),
        ("alice", "nowhere", Code::TenantUnknown),
        ("stranger", "acme", Code::UserUnknown),
        ("alice", "big", Code::IssuerNotTrusted),
    ] {
        let answer = scene.told(asks(sub, tenant)).await;
        assert_eq!(answer.verdict(), (403, code.label()));
        assert_eq!(answer.header("www-authenticate"), None);
        assert_eq!(answer.field("content-type"), "application/problem+json");
        assert_eq!((answer.body["status"].as_u64(), answer.body["code"].as_str()), (Some(403), Some(code.label())));
    }
    scene.app.stop().await;
}

#[actix_rt::test]
async fn a_refusal_tells_nothing_of_the_user_or_the_operator() {
    let scene = scene(|_| ()).await;
    scene.app.change("UPDATE claimsmith_data.membership SET is_default = false WHERE user_id = 'alice'").await;
    let token = scene.issuer.token("alice").sign();
    let answer = scene.told(scene.bare(Method::GET, EDGE).header("x-gateway-key", KEY).bearer_auth(&token)).await;
    assert_eq!(answer.verdict(), (403, "tenant_required"));
    let members: Vec<&String> = answer.body.as_object().unwrap().keys().collect();
    assert_eq!(members, ["code", "request_id", "status", "title", "type"]);
    scene.app.stop().await;
}

#[actix_rt::test]
async fn only_a_gateway_with_a_key_is_answered() {
    let scene = scene_with(
        |_| (),
        |settings| {
            add_caller(settings, "hook", "cs_hook", |caller| caller.surfaces = vec![Surface::Claims]);
            add_caller(settings, "globex-edge", "cs_globex", |caller| caller.tenants = only(&["globex"]));
        },
    )
    .await;
    let token = scene.issuer.token("alice").sign();
    let question = || scene.bare(Method::GET, EDGE).bearer_auth(&token).header("x-tenant", "acme");
    assert_eq!(scene.told(question()).await.verdict(), (403, "caller_unauthenticated"));
    for (key, code) in
        [("wrong", "caller_unauthenticated"), ("cs_hook", "caller_forbidden"), ("cs_globex", "caller_forbidden")]
    {
        let answer = scene.told(question().header("x-gateway-key", key)).await;
        assert_eq!(answer.verdict(), (403, code), "{key}");
        assert_eq!(answer.header("www-authenticate"), None);
    }
    let twice = question().header("x-gateway-key", KEY).header("x-gateway-key", KEY);
    assert_eq!(scene.told(twice).await.verdict(), (403, "caller_unauthenticated"));
    scene.app.stop().await;
}

#[actix_rt::test]
async fn an_unknown_profile_and_another_path_are_403() {
    let scene = scene(|_| ()).await;
    let address = scene.app.addresses.gateway.unwrap();
    for (path, code) in [
        ("/v1/authz/other", "profile_unknown"),
        ("/v1/authz/", "profile_unknown"),
        ("/v1/claims", "not_found"),
        ("/metrics", "not_found"),
        ("/", "not_found"),
    ] {
        let answer = scene.told(scene.app.client.get(format!("http://{address}{path}"))).await;
        assert_eq!(answer.verdict(), (403, code), "{path}");
    }
    // And the data plane has no such path.
    let answer = scene.told(scene.app.client.get(scene.app.data("/v1/authz/edge"))).await;
    answer.assert_refused(Code::NotFound);
    scene.app.stop().await;
}

#[actix_rt::test]
async fn what_cannot_be_told_now_is_503_with_a_time_to_come_back() {
    let scene = scene_with(
        |profile| profile.answer_deadline = std::time::Duration::from_millis(50),
        |settings| settings.database.pool_size = 1,
    )
    .await;
    // Nobody has asked for bob yet, and whoever asks now has to wait for the lock.
    let lock = scene.app.database.session().await;
    lock.client.batch_execute("BEGIN; LOCK TABLE claimsmith_data.membership IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let token = scene.issuer.token("bob").sign();
    let question =
        scene.bare(Method::GET, EDGE).header("x-gateway-key", KEY).bearer_auth(&token).header("x-tenant", "globex");
    let answer = scene.told(question).await;
    assert_eq!(answer.verdict(), (503, "directory_unavailable"));
    assert_eq!(answer.field("retry-after"), "1");
    drop(lock);
    scene.app.stop().await;
}
