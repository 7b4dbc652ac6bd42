//! Yes: what is in it, and that it is in every one of them.

use std::time::Duration;

use claimsmith::config::{FieldSource, GatewayKind};
use reqwest::{Method, StatusCode};

use super::{EDGE, FIELDS, profile, scene, scene_with};
use crate::support::app::KEY;

#[actix_rt::test]
async fn a_yes_says_who_the_client_is() {
    let scene = scene(|_| ()).await;
    let answer = scene.told(scene.asks()).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(answer.body, "");
    let told = FIELDS.map(|name| answer.field(name));
    let position = scene.app.freshness.read().position.to_string();
    let expected = [&scene.issuer.iss, "doc:read,doc:write", &position, "admin", "alice", "acme", "", "alice"];
    assert_eq!(told, expected);
    assert_eq!(answer.field("claims-position"), position);
    assert!(answer.field("claims-age-bound-ms").parse::<u64>().is_ok());
    assert_eq!(answer.field("cache-control"), "no-store");
    assert_eq!(answer.header("set-cookie"), None);
    assert_eq!(answer.header("content-type"), None, "some gateways copy every field to the back-end's request");
    scene.app.stop().await;
}

#[actix_rt::test]
async fn every_field_is_there_once_also_when_there_is_nothing_to_say() {
    let scene = scene(|_| ()).await;
    scene
        .app
        .change("DELETE FROM claimsmith_data.membership_role WHERE tenant_id = 'acme' AND user_id = 'alice'")
        .await;
    let answer = scene.told(scene.asks()).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!((answer.field("x-auth-roles"), answer.field("x-auth-permissions")), ("", ""));
    assert!(FIELDS.iter().all(|name| answer.headers.get_all(*name).iter().count() == 1), "{answer:?}");
    scene.app.stop().await;
}

#[actix_rt::test]
async fn a_profile_chooses_its_fields() {
    let fields = [
        ("remote-user", FieldSource::User),
        ("remote-groups", FieldSource::Claim("https://claims.example.com/roles".into())),
        ("x-client", FieldSource::Client),
        ("x-scope", FieldSource::Scope),
        ("x-userinfo", FieldSource::Claims),
        ("x-nothing", FieldSource::Claim("nothing".into())),
    ];
    let scene = scene(|profile| profile.fields = fields.map(|(name, source)| (name.to_owned(), source)).into()).await;
    let token = scene.issuer.token("alice").claim("scope", "openid read").sign();
    let request =
        scene.bare(Method::GET, EDGE).header("x-gateway-key", KEY).bearer_auth(token).header("x-tenant", "acme");
    let answer = scene.told(request).await;
    let told = ["remote-user", "remote-groups", "x-client", "x-scope", "x-nothing"].map(|name| answer.field(name));
    assert_eq!(told, ["alice", "admin", "spa-1", "openid,read", ""]);
    let claims = base64::Engine::decode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, answer.field("x-userinfo")).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["https://claims.example.com/roles"], serde_json::json!(["admin"]));
    assert_eq!(answer.header("x-auth-user"), None);
    scene.app.stop().await;
}

#[actix_rt::test]
async fn values_are_visible_ascii_whatever_the_directory_holds() {
    let scene = scene(|_| ()).await;
    scene
        .app
        .change(
            "UPDATE claimsmith_data.role SET name = E'Zürich, 100 %\\r\\nx-auth-user: root' WHERE tenant_id = 'acme' AND role = 'admin';
             INSERT INTO claimsmith_data.membership_role (tenant_id, user_id, role) VALUES ('acme', 'alice', 'viewer')",
        )
        .await;
    let answer = scene.told(scene.asks()).await;
    assert_eq!(answer.field("x-auth-roles"), "Z%C3%BCrich%2C%20100%20%25%0D%0Ax-auth-user:%20root,viewer");
    assert_eq!(answer.field("x-auth-user"), "alice");
    scene.app.stop().await;
}

#[actix_rt::test]
async fn envoy_and_no_other_is_told_what_to_strip() {
    let scene = scene_with(
        |_| (),
        |settings| {
            settings.profiles.insert("envoy".to_owned(), profile(GatewayKind::Envoy, |_| ()));
        },
    )
    .await;
    assert_eq!(scene.told(scene.asks()).await.header("x-envoy-auth-headers-to-remove"), None);
    let token = scene.issuer.token("alice").sign();
    let request = scene
        .bare(Method::PUT, "envoy/api/things")
        .header("x-gateway-key", KEY)
        .bearer_auth(token)
        .header("x-tenant", "acme");
    let answer = scene.told(request).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let names: Vec<&str> = answer.field("x-envoy-auth-headers-to-remove").split(", ").collect();
    for name in ["authorization", "x-gateway-key", "x-tenant", "x_auth_roles", "x.auth.roles"] {
        assert!(names.contains(&name), "{names:?}");
    }
    assert!(FIELDS.iter().all(|field| !names.contains(field)), "{names:?}");
    scene.app.stop().await;
}

#[actix_rt::test]
async fn a_gateway_may_keep_an_answer_only_if_the_operator_says_so_and_never_beyond_the_token() {
    let scene = scene(|profile| profile.cache = Duration::from_secs(100)).await;
    let answer = scene.told(scene.asks()).await;
    assert_eq!(answer.field("cache-control"), "max-age=100");
    assert_eq!(answer.field("vary"), "authorization, x-tenant, x-original-uri");
    let token = scene.issuer.token("alice").expires_in(50).sign();
    let request =
        scene.bare(Method::GET, EDGE).header("x-gateway-key", KEY).bearer_auth(token).header("x-tenant", "acme");
    let answer = scene.told(request).await;
    let seconds: u64 = answer.field("cache-control").strip_prefix("max-age=").unwrap().parse().unwrap();
    assert!((1..=50).contains(&seconds), "{seconds}");
    let refused = scene.told(scene.asks().header("x-original-uri", "/../x")).await;
    assert_eq!((refused.status.as_u16(), refused.field("cache-control")), (403, "no-store"));
    scene.app.stop().await;
}

#[actix_rt::test]
async fn a_change_counts_from_the_next_question() {
    let scene = scene(|_| ()).await;
    assert_eq!(scene.told(scene.asks()).await.field("x-auth-roles"), "admin");
    scene
        .app
        .change(
            "UPDATE claimsmith_data.membership_role SET role = 'viewer' WHERE tenant_id = 'acme' AND user_id = 'alice'",
        )
        .await;
    assert_eq!(scene.told(scene.asks()).await.field("x-auth-roles"), "viewer");
    scene.app.change("DELETE FROM claimsmith_data.membership WHERE tenant_id = 'acme' AND user_id = 'alice'").await;
    assert_eq!(scene.told(scene.asks()).await.verdict(), (403, "not_a_member"));
    scene.app.stop().await;
}
