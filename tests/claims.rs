//! `POST /v1/claims`: what is asked and what is answered.

use reqwest::StatusCode;
use serde_json::json;

use crate::support::app::TestApp;

#[actix_rt::test]
async fn a_user_gets_the_claims_of_the_tenant_that_is_named() {
    let app = TestApp::start().await;
    let answer = app.claims(&json!({"user": "alice", "tenant": "acme"})).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.claim("roles"), &json!(["admin"]));
    assert_eq!(answer.claim("permissions"), &json!(["doc:read", "doc:write"]));
    let elsewhere = app.claims(&json!({"user": "alice", "tenant": "globex"})).await;
    assert_eq!(elsewhere.claim("roles"), &json!(["viewer"]));
    app.stop().await;
}
