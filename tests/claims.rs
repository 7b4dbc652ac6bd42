//! `POST /v1/claims`: how the user is named, what the answer carries, and how new it is.

use claimsmith::error::Code;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::{Answer, KEY, TestApp};
use crate::support::wait::until;

const ACME: &str = "https://acme.eu.auth0.com/";

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

#[actix_rt::test]
async fn a_subject_gets_what_its_user_gets() {
    let app = TestApp::start().await;
    let by_user = app.claims(&json!({"user": "alice", "tenant": "globex"})).await;
    for (issuer, sub) in [(ACME, "auth0|alice"), ("https://login.example/v2.0", "e-alice")] {
        let answer = app.claims(&json!({"subject": {"issuer": issuer, "sub": sub}, "tenant": "globex"})).await;
        assert_eq!(answer.status, StatusCode::OK, "{issuer}");
        assert_eq!(answer.body["user"], "alice");
        assert_eq!(answer.body["claims"], by_user.body["claims"]);
    }
    app.stop().await;
}

#[actix_rt::test]
async fn a_subject_of_one_issuer_means_nothing_to_another() {
    let app = TestApp::start().await;
    for (issuer, sub) in [(ACME, "e-alice"), ("https://acme.eu.auth0.com", "auth0|alice"), (ACME, "AUTH0|alice")] {
        let answer = app.claims(&json!({"subject": {"issuer": issuer, "sub": sub}, "tenant": "globex"})).await;
        answer.assert_refused(Code::UserUnknown);
    }
    app.stop().await;
}

#[actix_rt::test]
async fn a_request_that_is_not_understood_is_refused_and_says_why() {
    let app = TestApp::start().await;
    let subject = json!({"issuer": ACME, "sub": "auth0|alice"});
    for (body, reason) in [
        (json!({}), "exactly one of token, subject and user"),
        (json!({"user": "alice", "subject": subject}), "exactly one of token, subject and user"),
        (json!({"user": "alice", "token": "eyJhbGciOiJub25lIn0.e30."}), "exactly one of"),
        (json!({"user": "alice", "tennant": "acme"}), "unknown"),
        (json!({"user": "alice", "hints": {"colour": "red"}}), "unknown"),
        (json!({"subject": {"issuer": ACME, "sub": "x", "email": "a@b.example"}}), "unknown"),
        (json!({"user": 42}), "another type"),
        (json!({"user": "alice", "at_least": "soon"}), "at_least"),
        (json!({"user": "alice", "tenant": ""}), "tenant must be"),
        (json!(["alice"]), "member"),
    ] {
        let answer = app.claims(&body).await;
        let detail = answer.assert_refused(Code::InvalidRequest);
        assert!(detail.contains(reason), "{body}: {detail}");
    }
    for body in ["", "{", "not json", "{\"user\":\"alice\"}{}", "{\"user\":\"\u{0}\"}"] {
        let request = app.client.post(app.data("/v1/claims")).bearer_auth(KEY).body(body);
        let answer = app.send(request).await;
        assert!(answer.assert_refused(Code::InvalidRequest).contains("is not JSON"), "{body}");
    }
    app.stop().await;
}

#[actix_rt::test]
async fn headers_repeat_how_new_the_answer_is_and_forbid_to_store_it() {
    let app = TestApp::start().await;
    let answer = app.claims(&json!({"user": "alice"})).await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("claims-position"), answer.body["position"].as_str());
    let age = answer.body["age_bound_ms"].as_u64().unwrap();
    assert_eq!(answer.header("claims-age-bound-ms"), Some(age.to_string().as_str()));
    let head = app.database.value("SELECT claimsmith.head()").await;
    assert_eq!(answer.header("claims-position"), head.as_deref());
    app.stop().await;
}

#[actix_rt::test]
async fn that_somebody_is_no_member_is_an_answer_too_and_says_how_new_it_is() {
    let app = TestApp::start().await;
    for _from_the_directory_then_from_memory in 0..2 {
        let refused = app.claims(&json!({"user": "bob", "tenant": "acme"})).await;
        assert_eq!((refused.status, refused.code()), (StatusCode::FORBIDDEN, "not_a_member"));
        let head = app.database.value("SELECT claimsmith.head()").await;
        assert_eq!(refused.header("claims-position"), head.as_deref());
        assert!(refused.header("claims-age-bound-ms").unwrap().parse::<u64>().unwrap() < 60_000);
    }
    let unread = app.claims(&json!({"user": ""})).await;
    assert_eq!(unread.header("claims-position"), None, "nothing of the directory has decided that");
    app.stop().await;
}

#[actix_rt::test]
async fn a_request_id_is_kept_if_it_is_fit_and_made_if_not() {
    let app = TestApp::start().await;
    let ask = async |sent: &str| {
        let request = app.client.post(app.data("/v1/claims")).bearer_auth(KEY).header("x-request-id", sent);
        app.send(request.json(&json!({"user": "alice"}))).await
    };
    assert_eq!(ask("order-7:a.b_c").await.header("x-request-id"), Some("order-7:a.b_c"));
    let too_long = "x".repeat(65);
    for unfit in ["two words", "<b>", too_long.as_str(), ""] {
        let answer = ask(unfit).await;
        let made = answer.header("x-request-id").unwrap();
        assert!(made != unfit && !made.is_empty(), "{unfit}");
    }
    let first = app.claims(&json!({"user": "alice"})).await;
    let second = app.claims(&json!({"user": "alice"})).await;
    assert_ne!(first.header("x-request-id").unwrap(), second.header("x-request-id").unwrap());
    app.stop().await;
}

#[actix_rt::test]
async fn a_position_that_has_been_reached_is_answered_at_once() {
    let app = TestApp::start().await;
    app.change(
        "UPDATE claimsmith_data.membership_role SET role = 'editor' WHERE user_id = 'alice' AND tenant_id = 'acme'",
    )
    .await;
    let position = app.database.value("SELECT claimsmith.position()").await.unwrap();
    let answer = app.claims(&json!({"user": "alice", "at_least": position})).await;
    assert_eq!(answer.claim("roles"), &json!(["editor"]));
    assert!(position_of(&answer) >= position.parse().unwrap());
    app.stop().await;
}

#[actix_rt::test]
async fn a_request_waits_for_the_position_that_it_wants() {
    let app = TestApp::start().await;
    assert_eq!(app.claims(&json!({"user": "alice"})).await.claim("roles"), &json!(["admin"]), "it is cached");
    let next = position_of(&app.claims(&json!({"user": "alice"})).await) + 1;
    let body = json!({"user": "alice", "at_least": next.to_string()});
    let change = async {
        until("the request waits", || async {
            let waiting = app.count("claimsmith_http_requests_in_flight{surface=\"claims\"}").await;
            (waiting >= 1).then_some(())
        })
        .await;
        app.database.execute("DELETE FROM claimsmith_data.membership_role WHERE user_id = 'alice'").await;
    };
    let (answer, ()) = tokio::join!(app.claims(&body), change);
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.claim("roles"), &Value::Array(Vec::new()));
    assert!(position_of(&answer) >= next);
    app.stop().await;
}

fn position_of(answer: &Answer) -> u64 {
    answer.body["position"].as_str().unwrap().parse().unwrap()
}
