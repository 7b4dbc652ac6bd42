//! GitHub's check of a token, with the bodies that its documentation shows.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::RETRY_AFTER;
use claimsmith::issuers::opaque::{Mismatch, NotIntrospected};
use serde_json::{Value, json};

use super::desk::{CLIENT, Desk};
use super::endpoint::{Endpoint, json as answer, status};

const TOKEN: &str = "gho_16C7e42F292c6912E7710c838347Ae178B4a";

fn documented() -> Value {
    json!({
        "id": 1, "url": "https://api.github.com/authorizations/1", "scopes": ["public_repo", "user"],
        "token": TOKEN, "token_last_eight": "Ae178B4a",
        "hashed_token": "25f94a2a5c7fbaf499c665bc73d67c1c87e496da8985131633ee0a95819db2e8",
        "app": {"url": "http://my-github-app.com", "name": "my github app", "client_id": CLIENT},
        "note": "optional note", "note_url": "http://optional/note/url", "updated_at": "2011-09-06T20:39:23Z",
        "created_at": "2011-09-06T17:26:27Z", "fingerprint": "jklmnop12345678", "expires_at": "2027-01-15T08:01:00Z",
        "user": {
            "login": "octocat", "id": 583_231, "node_id": "MDQ6VXNlcjE=", "gravatar_id": "",
            "avatar_url": "https://github.com/images/error/octocat_happy.gif",
            "html_url": "https://github.com/octocat", "type": "User", "site_admin": false
        }
    })
}

#[actix_rt::test]
async fn a_token_of_the_application_speaks_for_the_users_number() {
    let desk = Desk::github(Endpoint::answering(|_| answer(&documented())));
    let introspected = desk.verify(TOKEN).await.unwrap();
    assert_eq!(*introspected.subject, *"583231");
    assert_eq!(introspected.client.as_deref(), Some(CLIENT));
    assert_eq!(introspected.scope.as_deref(), Some("public_repo user"));
    let asked = &desk.endpoint.asked()[0];
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("POST", "/applications/claimsmith-1/token"));
    assert_eq!(asked.credentials, "claimsmith-1:s3cret");
    assert_eq!(asked.content_type, "application/json");
    assert_eq!(asked.body, format!("{{\"access_token\":\"{TOKEN}\"}}"));
    desk.stop().await;
}

#[actix_rt::test]
async fn what_github_does_not_find_is_inactive_and_nothing_else_is_asked() {
    for code in [404, 422] {
        let desk = Desk::github(Endpoint::answering(move |_| status(code)));
        assert_eq!(desk.verify(TOKEN).await, Err(NotIntrospected::Inactive), "{code}");
        assert_eq!(desk.verify(TOKEN).await, Err(NotIntrospected::Inactive), "{code}");
        assert!(desk.endpoint.asked().iter().all(|asked| asked.path == "/applications/claimsmith-1/token"));
        assert_eq!(desk.endpoint.count(), 1);
        desk.stop().await;
    }
}

#[actix_rt::test]
async fn a_token_of_another_application_is_refused_though_active() {
    let mut body = documented();
    body["app"]["client_id"] = json!("Iv1.somebody-else");
    let desk = Desk::github(Endpoint::answering(move |_| answer(&body)));
    assert_eq!(desk.verify(TOKEN).await, Err(NotIntrospected::NotForUs(Mismatch::Client)));
    desk.stop().await;
}

#[actix_rt::test]
async fn a_throttled_api_is_left_alone_for_as_long_as_it_says() {
    let throttled = |_: &_| HttpResponse::TooManyRequests().insert_header((RETRY_AFTER, "42")).finish();
    let desk = Desk::github(Endpoint::answering(throttled));
    let retry_after = |seconds| Err(NotIntrospected::Unavailable { retry_after: Duration::from_secs(seconds) });
    assert_eq!(desk.verify(TOKEN).await, retry_after(42));
    desk.advance(12);
    assert_eq!(desk.verify("gho_other").await, retry_after(30));
    assert_eq!(desk.endpoint.count(), 1);
    desk.endpoint.answer(|_| answer(&documented()));
    desk.advance(30);
    assert!(desk.verify(TOKEN).await.is_ok());
    assert_eq!(desk.metric("claimsmith_opaque_questions_total{protocol=\"github\",result=\"throttled\"}"), 1);
    desk.stop().await;
}

#[actix_rt::test]
async fn tokens_of_another_kind_are_not_shown_to_github() {
    let desk = Desk::github(Endpoint::answering(|_| answer(&documented())));
    for other in ["ghp_personal", "ghs_installation", "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"] {
        assert_eq!(desk.verify(other).await, Err(NotIntrospected::NotForUs(Mismatch::NotSent)), "{other}");
    }
    assert_eq!(desk.endpoint.count(), 0);
    desk.stop().await;
}
