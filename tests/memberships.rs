//! `GET /v1/memberships`: the tenants of one user, for a picker.

use claimsmith::error::Code;
use reqwest::StatusCode;
use serde_json::json;

use crate::support::app::{Answer, TestApp};

#[actix_rt::test]
async fn a_user_has_the_default_tenant_first_and_then_the_others_by_identifier() {
    let app = TestApp::start().await;
    app.change(
        "INSERT INTO claimsmith_data.membership (tenant_id, user_id) VALUES ('big', 'bob');
         UPDATE claimsmith_data.membership SET is_default = true WHERE user_id = 'bob' AND tenant_id = 'globex'",
    )
    .await;
    let answer = app.get("/v1/memberships?user=bob").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body["user"], "bob");
    let line = |tenant, name, default| json!({"tenant": tenant, "name": name, "default": default, "suspended": false});
    assert_eq!(answer.body["memberships"], json!([line("globex", "Globex", true), line("big", "Big", false)]));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    app.stop().await;
}

#[actix_rt::test]
async fn a_subject_is_named_by_issuer_and_sub() {
    let app = TestApp::start().await;
    let query = "issuer=https%3A%2F%2Facme.eu.auth0.com%2F&sub=auth0%7Calice";
    let answer = app.get(&format!("/v1/memberships?{query}")).await;
    assert_eq!(answer.body["user"], "alice");
    assert_eq!(tenants(&answer), ["acme", "globex"]);
    app.get("/v1/memberships?issuer=https%3A%2F%2Fnone.example%2F&sub=a").await.assert_refused(Code::UserUnknown);
    app.stop().await;
}

#[actix_rt::test]
async fn a_suspended_tenant_is_listed_as_such_and_a_user_of_none_has_an_empty_list() {
    let app = TestApp::start().await;
    let answer = app.get("/v1/memberships?user=carol").await;
    let line = json!({"tenant": "initech", "name": "Initech", "default": true, "suspended": true});
    assert_eq!(answer.body["memberships"], json!([line]));
    let nobody = app.get("/v1/memberships?user=nobody").await;
    assert_eq!((nobody.status, &nobody.body["memberships"]), (StatusCode::OK, &json!([])));
    app.stop().await;
}

#[actix_rt::test]
async fn a_query_that_names_nobody_or_two_is_refused() {
    let app = TestApp::start().await;
    for query in [
        "",
        "user=",
        "user=alice&issuer=i&sub=s",
        "issuer=i",
        "sub=s",
        "user=alice&user=bob",
        "user=alice&colour=red",
        "user=a%00b",
        "token=ey",
    ] {
        app.get(&format!("/v1/memberships?{query}")).await.assert_refused(Code::InvalidRequest);
    }
    app.stop().await;
}

#[actix_rt::test]
async fn a_membership_that_ends_is_gone_from_the_list() {
    let app = TestApp::start().await;
    assert_eq!(tenants(&app.get("/v1/memberships?user=alice").await), ["acme", "globex"]);
    app.change("DELETE FROM claimsmith_data.membership WHERE user_id = 'alice' AND tenant_id = 'acme'").await;
    assert_eq!(tenants(&app.get("/v1/memberships?user=alice").await), ["globex"]);
    app.stop().await;
}

fn tenants(answer: &Answer) -> Vec<&str> {
    let lines = answer.body["memberships"].as_array().unwrap();
    lines.iter().filter_map(|line| line["tenant"].as_str()).collect()
}
