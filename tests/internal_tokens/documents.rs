//! What is published: the keys, and where everything is.

use std::collections::BTreeSet;

use reqwest::StatusCode;
use serde_json::json;

use crate::support::app::{Answer, TestApp};
use crate::support::exchange::{EDGE, EDGE_KEY, Exchange, GRANT, OURS};
use claimsmith::error::Code;

async fn get(app: &TestApp, path: &str) -> Answer {
    app.send(app.client.get(app.data(path))).await
}

#[actix_rt::test]
async fn the_key_set_is_public_may_be_kept_and_has_public_members_only() {
    let scene = Exchange::start().await;
    let answer = get(&scene.app, "/.well-known/jwks.json").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let keys = answer.body["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 1);
    let members: BTreeSet<&str> = keys[0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, BTreeSet::from(["alg", "crv", "kid", "kty", "use", "x", "y"]));
    let post = scene.app.send(scene.app.client.post(scene.app.data("/.well-known/jwks.json"))).await;
    post.assert_refused(Code::MethodNotAllowed);
    scene.app.stop().await;
}

#[actix_rt::test]
async fn both_metadata_documents_lead_to_the_keys_and_the_endpoint() {
    let scene = Exchange::start().await;
    let oauth = get(&scene.app, "/.well-known/oauth-authorization-server").await;
    let openid = get(&scene.app, "/.well-known/openid-configuration").await;
    assert_eq!((oauth.status, &oauth.body), (StatusCode::OK, &openid.body));
    assert_eq!(oauth.header("cache-control"), Some("public, max-age=300"));
    let document = &oauth.body;
    assert_eq!(document["issuer"], json!(OURS));
    assert_eq!(document["jwks_uri"], json!(format!("{OURS}/.well-known/jwks.json")));
    assert_eq!(document["token_endpoint"], json!(format!("{OURS}/v1/token")));
    assert_eq!(document["grant_types_supported"], json!([GRANT]));
    assert_eq!(document["token_endpoint_auth_methods_supported"], json!(["client_secret_basic", "client_secret_post"]));
    assert_eq!(document["introspection_endpoint_auth_methods_supported"], json!(["client_secret_basic"]));
    assert_eq!(document["response_types_supported"], json!([]));
    assert_eq!(document["id_token_signing_alg_values_supported"], json!(["ES256"]));
    scene.app.stop().await;
}

#[actix_rt::test]
async fn a_client_proves_itself_for_an_introspection_as_it_is_told_and_in_no_form() {
    let scene = Exchange::start().await;
    let token = scene.token_of("alice").await;
    let introspect = || scene.app.client.post(scene.app.data("/v1/introspect"));
    let basic = introspect().basic_auth(EDGE, Some(EDGE_KEY)).form(&[("token", &token)]);
    assert_eq!(scene.app.send(basic).await.body["active"], json!(true));
    let in_form = introspect().form(&[("token", token.as_str()), ("client_id", EDGE), ("client_secret", EDGE_KEY)]);
    scene.app.send(in_form).await.assert_refused(Code::CallerUnauthenticated);
    scene.app.stop().await;
}

#[actix_rt::test]
async fn while_tokens_are_off_there_is_nothing_at_any_of_these_paths() {
    let app = TestApp::start().await;
    for path in [
        "/.well-known/jwks.json",
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
        "/v1/min-position?tenant=acme&user=alice",
    ] {
        app.get(path).await.assert_refused(Code::NotFound);
    }
    let request = app.client.post(app.data("/v1/token")).form(&[("grant_type", GRANT)]);
    app.send(request).await.assert_refused(Code::NotFound);
    assert_eq!(app.get_ops("/status").await.body.get("token"), None);
    app.stop().await;
}
