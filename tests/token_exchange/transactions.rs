//! Transaction tokens (draft-ietf-oauth-transaction-tokens-10).

use jsonwebtoken::decode_header;
use serde_json::json;

use crate::support::exchange::{EDGE, Exchange, STOCK, TXN_TOKEN, asking};

#[actix_rt::test]
async fn a_transaction_token_holds_what_the_draft_asks_for_and_is_no_bearer_token() {
    let scene = Exchange::start().await;
    let brought = scene.issuer.token("alice").claim("scope", "read pay").sign();
    let asked = [
        ("requested_token_type", TXN_TOKEN),
        ("audience", STOCK),
        ("scope", "pay"),
        ("request_context", "{\"req_ip\":\"192.0.2.1\",\"deep\":{\"a\":[1,2]}}"),
        ("request_details", "{\"order\":\"o-7\"}"),
    ];
    let answer = scene.exchange(&asking(&brought, &asked)).await;
    assert_eq!(answer.body["issued_token_type"], json!(TXN_TOKEN), "{answer:?}");
    assert_eq!((&answer.body["token_type"], answer.body.get("scope")), (&json!("N_A"), None));
    let token = answer.body["access_token"].as_str().unwrap();
    assert_eq!(decode_header(token).unwrap().typ.as_deref(), Some("txntoken+jwt"));
    let claims = scene.verified(token, STOCK).await;
    assert_eq!((&claims["sub"], &claims["scope"], &claims["req_wl"]), (&json!("alice"), &json!("pay"), &json!(EDGE)));
    assert_eq!(claims["txn"].as_str().map(str::len), Some(32));
    assert!(claims["iat"].is_i64() && claims["exp"].is_i64());
    assert_eq!(claims["rctx"], json!({"req_ip": "192.0.2.1", "deep": {"a": [1, 2]}}));
    let context = &claims["tctx"];
    assert_eq!((&context["tenant"], &context["request"]), (&json!("acme"), &json!({"order": "o-7"})));
    assert_eq!(context["claims"]["https://claims.example.com/tenant"], json!("acme"));
    assert!(context["position"].is_string());
    assert!(
        !claims.to_string().contains(brought.split('.').nth(1).unwrap()),
        "the token that was brought is not in it"
    );
    // It is for the back-ends of one trust domain, so it is not what a gateway brings back.
    assert_eq!(scene.introspect(&[("token", token)]).await.body, json!({"active": false}));
    let bare = scene.exchange(&asking(&brought, &asked[..3])).await;
    let claims = scene.verified(bare.body["access_token"].as_str().unwrap(), STOCK).await;
    assert_eq!((claims.get("rctx"), claims["tctx"].get("request")), (None, None));
    scene.app.stop().await;
}
