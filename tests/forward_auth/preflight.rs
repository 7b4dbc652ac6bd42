//! CORS preflights, which bring no token.

use reqwest::{Method, RequestBuilder};

use super::{EDGE, FIELDS, scene};
use crate::support::app::KEY;
use crate::support::identity_provider::OneIssuer;

fn preflight(scene: &OneIssuer, method: &str) -> RequestBuilder {
    let address = scene.app.addresses.gateway.unwrap();
    let question = scene.app.client.request(Method::GET, format!("http://{address}/v1/authz/{EDGE}"));
    question
        .header("x-gateway-key", KEY)
        .header("x-original-method", method)
        .header("x-original-uri", "/api/things")
        .header("origin", "https://app.example")
        .header("access-control-request-method", "PUT")
}

#[actix_rt::test]
async fn a_preflight_needs_a_token_unless_the_profile_lets_it_pass() {
    let scene = scene(|_| ()).await;
    assert_eq!(scene.told(preflight(&scene, "OPTIONS")).await.verdict(), (401, "token_missing"));
    scene.app.stop().await;
}

#[actix_rt::test]
async fn a_preflight_that_passes_is_nobody() {
    let scene = scene(|profile| profile.preflight = true).await;
    let answer = scene.told(preflight(&scene, "OPTIONS")).await;
    assert_eq!(answer.verdict(), (200, ""));
    assert!(FIELDS.iter().all(|name| answer.field(name).is_empty()), "{answer:?}");
    assert_eq!(answer.field("cache-control"), "no-store");
    assert_eq!(scene.told(preflight(&scene, "PUT")).await.verdict(), (401, "token_missing"));
    let without_key = preflight(&scene, "OPTIONS").header("x-gateway-key", "wrong");
    assert_eq!(scene.told(without_key).await.verdict(), (403, "caller_unauthenticated"));
    scene.app.stop().await;
}
