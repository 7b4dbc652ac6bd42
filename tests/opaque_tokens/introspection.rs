//! The protocol of RFC 7662: what is sent, what is made of the answer, and for how long it counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use claimsmith::issuers::opaque::{Mismatch, NotIntrospected};
use serde_json::{Value, json};

use super::desk::{Desk, NOW, Options};
use super::endpoint::{Endpoint, json as answer};

/// An active token that the entry accepts.
pub(crate) fn active() -> Value {
    json!({
        "active": true, "iss": "https://issuer.example", "sub": "248289761001", "aud": "https://api.example",
        "client_id": "spa-1", "scope": "read write", "exp": NOW + 3_600, "token_type": "Bearer"
    })
}

fn desk_answering(body: Value) -> Desk {
    Desk::introspection(Endpoint::answering(move |_| answer(&body)), Options::default())
}

#[actix_rt::test]
async fn an_active_token_is_asked_about_in_a_form_and_speaks_for_its_subject() {
    let desk = desk_answering(active());
    let introspected = desk.verify("2YotnFZFEjr1zCsicMWpAA+/=").await.unwrap();
    assert_eq!(*introspected.subject, *"248289761001");
    assert_eq!(introspected.client.as_deref(), Some("spa-1"));
    assert_eq!(introspected.scope.as_deref(), Some("read write"));
    assert_eq!(introspected.expires_at, Some(NOW + 3_600));
    let asked = &desk.endpoint.asked()[0];
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("POST", "/introspect"));
    assert_eq!(asked.credentials, "claimsmith-1:s3cret");
    assert_eq!(asked.content_type, "application/x-www-form-urlencoded");
    assert_eq!(asked.body, "token=2YotnFZFEjr1zCsicMWpAA%2B%2F%3D&token_type_hint=access_token");
    desk.stop().await;
}

#[actix_rt::test]
async fn an_inactive_token_is_refused_and_for_a_moment_not_asked_about_again() {
    let desk = desk_answering(json!({"active": false}));
    assert_eq!(desk.verify("a").await, Err(NotIntrospected::Inactive));
    assert_eq!(desk.verify("a").await, Err(NotIntrospected::Inactive));
    assert_eq!(desk.endpoint.count(), 1);
    desk.advance(10);
    assert_eq!(desk.verify("a").await, Err(NotIntrospected::Inactive));
    assert_eq!(desk.endpoint.count(), 2);
    desk.stop().await;
}

#[actix_rt::test]
async fn an_active_token_for_somebody_else_is_refused() {
    for (member, value, mismatch) in [
        ("iss", json!("https://evil.example"), Mismatch::Issuer),
        ("aud", json!("https://other.example"), Mismatch::Audience),
        ("aud", json!(null), Mismatch::Audience),
        ("sub", json!(null), Mismatch::Subject),
        ("cnf", json!({"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}), Mismatch::SenderConstrained),
        ("token_use", json!("refresh_token"), Mismatch::Kind),
        ("nbf", json!(NOW + 3_000), Mismatch::NotYetValid),
    ] {
        let mut body = active();
        body["username"] = json!("jdoe");
        body[member] = value;
        let desk = desk_answering(body);
        assert_eq!(desk.verify("a").await, Err(NotIntrospected::NotForUs(mismatch)), "{member}");
        desk.stop().await;
    }
}

#[actix_rt::test]
async fn a_token_that_expires_while_it_is_remembered_is_asked_about_again() {
    let mut body = active();
    body["exp"] = json!(NOW + 20);
    let desk = desk_answering(body);
    assert!(desk.verify("a").await.is_ok());
    desk.advance(19);
    assert!(desk.verify("a").await.is_ok());
    assert_eq!(desk.endpoint.count(), 1);
    desk.advance(1);
    desk.endpoint.answer(|_| answer(&json!({"active": false})));
    assert_eq!(desk.verify("a").await, Err(NotIntrospected::Inactive));
    assert_eq!(desk.endpoint.count(), 2);
    desk.stop().await;
}

#[actix_rt::test]
async fn a_revoked_token_works_until_the_life_of_its_answer_is_over_and_no_longer() {
    let revoked = Arc::new(AtomicBool::new(false));
    let is_revoked = Arc::clone(&revoked);
    let endpoint = Endpoint::answering(move |_| {
        answer(&if is_revoked.load(Ordering::SeqCst) { json!({"active": false}) } else { active() })
    });
    let desk = Desk::introspection(endpoint, Options::default());
    assert!(desk.verify("a").await.is_ok());
    revoked.store(true, Ordering::SeqCst);
    desk.advance(59);
    assert!(desk.verify("a").await.is_ok());
    desk.advance(1);
    assert_eq!(desk.verify("a").await, Err(NotIntrospected::Inactive));
    let lookups = |result| {
        desk.metric(&format!("claimsmith_opaque_lookups_total{{protocol=\"introspection\",result=\"{result}\"}}"))
    };
    assert_eq!((lookups("miss"), lookups("hit"), lookups("negative_hit")), (2, 1, 0));
    desk.stop().await;
}

#[actix_rt::test]
async fn without_a_life_every_request_is_a_question() {
    let options = Options { cache_seconds: 0, ..Options::default() };
    let desk = Desk::introspection(Endpoint::answering(|_| answer(&active())), options);
    for _ in 0..3 {
        assert!(desk.verify("a").await.is_ok());
    }
    assert_eq!(desk.endpoint.count(), 3);
    desk.stop().await;
}

#[actix_rt::test]
async fn what_cannot_be_a_token_of_the_issuer_is_not_sent_to_it() {
    let options = Options { settings: json!({"token_prefixes": ["ory_at_"]}), ..Options::default() };
    let desk = Desk::introspection(Endpoint::answering(|_| answer(&active())), options);
    let long = format!("ory_at_{}", "x".repeat(16 * 1024));
    for other in ["gho_x", "", "ORY_AT_x", "xory_at_", "ory_at_ x", "ory_at_\r\nx", "ory_at_\u{e9}", &long] {
        assert_eq!(desk.verify(other).await, Err(NotIntrospected::NotForUs(Mismatch::NotSent)), "{other:?}");
    }
    assert_eq!(desk.endpoint.count(), 0);
    assert!(desk.verify("ory_at_x").await.is_ok());
    desk.stop().await;
}
