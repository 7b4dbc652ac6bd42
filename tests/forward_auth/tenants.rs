//! Which tenant: what the route, the host or the client names, and never the query.

use claimsmith::config::GatewayKind;
use reqwest::Method;

use super::{EDGE, profile, scene, scene_with};
use crate::support::app::KEY;

#[actix_rt::test]
async fn the_query_names_nobody() {
    let scene = scene(|_| ()).await;
    let token = scene.issuer.token("alice").sign();
    for path in ["edge?tenant=globex", "edge/api?tenant=globex&host=globex", "edge/tenant=globex?x-tenant=globex"] {
        let question = scene.bare(Method::GET, path).header("x-gateway-key", KEY).bearer_auth(&token);
        let answer = scene.told(question).await;
        assert_eq!(answer.field("x-auth-tenant"), "acme", "her default, {path}");
    }
    scene.app.stop().await;
}

#[actix_rt::test]
async fn the_host_names_the_tenant_where_the_profile_says_so() {
    let scene = scene_with(
        |profile| profile.host_names_tenant = true,
        |settings| {
            settings
                .profiles
                .insert("envoy".to_owned(), profile(GatewayKind::Envoy, |profile| profile.host_names_tenant = true));
        },
    )
    .await;
    let token = scene.issuer.token("alice").sign();
    let question = |path: &str| scene.bare(Method::GET, path).header("x-gateway-key", KEY).bearer_auth(&token);
    let told = async |request| scene.told(request).await;
    let named = told(question(EDGE).header("x-original-host", "ACME.app.example:443")).await;
    assert_eq!(named.field("x-auth-tenant"), "acme");
    let unknown = told(question(EDGE).header("x-original-host", "nobody.app.example")).await;
    assert_eq!(unknown.verdict(), (403, "tenant_unknown"));
    assert_eq!(told(question(EDGE)).await.verdict(), (403, "invalid_request"), "it has to be said");
    let both = told(question(EDGE).header("x-original-host", "acme.app.example").header("x-tenant", "globex")).await;
    assert_eq!(both.verdict(), (403, "tenant_conflict"));
    // Envoy leaves the client's host where it is, and no other field is asked.
    let own = question("envoy/a").header("host", "acme.app.example").header("x-forwarded-host", "nobody.app.example");
    assert_eq!(told(own).await.field("x-auth-tenant"), "acme");
    scene.app.stop().await;
}

#[actix_rt::test]
async fn a_route_can_be_one_tenants() {
    let scene = scene(|profile| profile.tenant = Some("globex".to_owned())).await;
    let token = scene.issuer.token("alice").sign();
    let question = || scene.bare(Method::GET, EDGE).header("x-gateway-key", KEY).bearer_auth(&token);
    assert_eq!(scene.told(question()).await.field("x-auth-tenant"), "globex");
    let other = scene.told(question().header("x-tenant", "acme")).await;
    assert_eq!(other.verdict(), (403, "tenant_conflict"));
    scene.app.stop().await;
}

#[actix_rt::test]
async fn a_path_that_climbs_is_refused_and_leads_nowhere() {
    let scene = scene_with(
        |_| (),
        |settings| {
            settings.profiles.insert("envoy".to_owned(), profile(GatewayKind::Envoy, |_| ()));
        },
    )
    .await;
    let address = scene.app.addresses.gateway.unwrap();
    let token = scene.issuer.token("alice").sign();
    for target in
        ["/v1/authz/envoy/../../claims", "/v1/authz/envoy/%2e%2e/%2e%2e/v1/claims", "/v1/authz/envoy/a/..%2f..%2fb"]
    {
        let request = format!(
            "GET {target} HTTP/1.1\r\nhost: a\r\nx-gateway-key: {KEY}\r\nauthorization: Bearer {token}\r\nx-tenant: acme\r\n\r\n"
        );
        let answer = crate::support::raw::exchange(address, request.as_bytes()).await;
        assert_eq!(answer.verdict(), (403, "path_refused"), "{target}");
    }
    let question = scene.asks().header("x-original-uri", "/api/../admin");
    assert_eq!(scene.told(question).await.verdict(), (403, "invalid_request"), "it is there twice");
    let question = scene
        .app
        .client
        .get(format!("http://{address}/v1/authz/{EDGE}"))
        .header("x-gateway-key", KEY)
        .header("x-original-uri", "/api/%2e%2e/admin")
        .bearer_auth(&token);
    assert_eq!(scene.told(question).await.verdict(), (403, "path_refused"));
    scene.app.stop().await;
}
