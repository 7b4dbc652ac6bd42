//! Who may call, and how far: keys, surfaces, tenants and hints.

use claimsmith::config::{HintKind, KeyDigest, Surface};
use claimsmith::error::Code;
use reqwest::StatusCode;
use serde_json::json;

use crate::support::app::{KEY, TestApp};
use crate::support::callers::{add_caller, only};

const OTHER: &str = "cs_other";

#[actix_rt::test]
async fn nobody_is_served_without_a_known_key_in_exactly_one_bearer_credential() {
    let app = TestApp::start().await;
    let bearer = format!("Bearer {KEY}");
    let digest = format!("Bearer {}", KeyDigest::of_key(KEY));
    let basic = format!("Basic {KEY}");
    let prefix = &bearer[..bearer.len() - 1];
    for credentials in [
        vec![],
        vec![""],
        vec!["Bearer"],
        vec!["Bearer "],
        vec!["Bearer cs_wrong"],
        vec![KEY],
        vec![basic.as_str()],
        vec![prefix],
        vec![digest.as_str()],
        vec![bearer.as_str(), bearer.as_str()],
        vec![bearer.as_str(), "Bearer cs_wrong"],
    ] {
        for request in [app.client.post(app.data("/v1/claims")), app.client.get(app.data("/v1/memberships?user=a"))] {
            let request = credentials.iter().fold(request, |request, value| request.header("authorization", *value));
            let answer = app.send(request.json(&json!({"user": "alice"}))).await;
            answer.assert_refused(Code::CallerUnauthenticated);
            assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"claimsmith\""), "{credentials:?}");
        }
    }
    app.stop().await;
}

#[actix_rt::test]
async fn the_scheme_of_a_credential_may_be_written_in_any_case() {
    let app = TestApp::start().await;
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let request = app.client.post(app.data("/v1/claims")).header("authorization", format!("{scheme} {KEY}"));
        assert_eq!(app.send(request.json(&json!({"user": "alice"}))).await.status, StatusCode::OK, "{scheme}");
    }
    app.stop().await;
}

#[actix_rt::test]
async fn a_caller_may_have_two_keys_while_one_replaces_the_other() {
    let app = TestApp::with(|settings| {
        add_caller(settings, "rotating", "cs_old", |caller| caller.keys.push(KeyDigest::of_key("cs_new")));
    })
    .await;
    for key in ["cs_old", "cs_new", KEY] {
        assert_eq!(app.claims_as(key, &json!({"user": "alice"})).await.status, StatusCode::OK, "{key}");
    }
    app.claims_as("cs_older", &json!({"user": "alice"})).await.assert_refused(Code::CallerUnauthenticated);
    app.stop().await;
}

#[actix_rt::test]
async fn keys_may_stand_in_a_file() {
    let file = std::env::temp_dir().join(format!("claimsmith-keys-{}", std::process::id()));
    let lines = format!("# in use\n{}\n\n{}\n", KeyDigest::of_key("cs_one"), KeyDigest::of_key("cs_two"));
    std::fs::write(&file, lines).unwrap();
    let app = TestApp::with(|settings| {
        add_caller(settings, "filed", "cs_written", |caller| caller.keys_file = Some(file.clone()));
    })
    .await;
    std::fs::remove_file(&file).unwrap();
    for key in ["cs_one", "cs_two", "cs_written"] {
        assert_eq!(app.claims_as(key, &json!({"user": "alice"})).await.status, StatusCode::OK, "{key}");
    }
    app.claims_as("# in use", &json!({"user": "alice"})).await.assert_refused(Code::CallerUnauthenticated);
    app.stop().await;
}

#[actix_rt::test]
async fn a_caller_uses_its_own_surfaces_and_no_others() {
    let app = TestApp::with(|settings| {
        add_caller(settings, "hook", "cs_hook", |caller| caller.surfaces = vec![Surface::Claims]);
        add_caller(settings, "picker", "cs_picker", |caller| caller.surfaces = vec![Surface::Memberships]);
    })
    .await;
    assert_eq!(app.claims_as("cs_hook", &json!({"user": "alice"})).await.status, StatusCode::OK);
    assert_eq!(app.memberships_as("cs_picker", "user=alice").await.status, StatusCode::OK);
    let refused = app.claims_as("cs_picker", &json!({"user": "alice"})).await;
    assert!(refused.assert_refused(Code::CallerForbidden).contains("may not use claims"));
    let refused = app.memberships_as("cs_hook", "user=alice").await;
    assert!(refused.assert_refused(Code::CallerForbidden).contains("may not use memberships"));
    app.stop().await;
}

#[actix_rt::test]
async fn a_hint_that_the_caller_may_not_give_is_refused_even_if_it_names_nobody() {
    let app = TestApp::with(|settings| {
        add_caller(settings, "other", OTHER, |caller| caller.hints = vec![HintKind::Organization]);
    })
    .await;
    let allowed = app.claims_as(OTHER, &json!({"user": "alice", "hints": {"organization": "org_globex"}})).await;
    assert_eq!(allowed.body["tenant"], "globex");
    for (kind, body) in [
        ("tenant", json!({"user": "alice", "tenant": "globex"})),
        ("host", json!({"user": "alice", "hints": {"host": "acme.app.example"}})),
        ("client_id", json!({"user": "alice", "hints": {"client_id": "nobodys"}})),
        ("audience", json!({"user": "alice", "hints": {"audience": "nobodys"}})),
        ("connection", json!({"user": "alice", "hints": {"connection": "nobodys"}})),
        ("login_hint", json!({"user": "alice", "hints": {"login_hint": "a@nobodys.example"}})),
        ("host", json!({"user": "alice", "hints": {"organization": "org_globex", "host": "none.example"}})),
    ] {
        let answer = app.claims_as(OTHER, &body).await;
        let detail = answer.assert_refused(Code::CallerForbidden);
        assert_eq!(detail, format!("the caller may not give the hint {kind}"));
    }
    app.stop().await;
}

#[actix_rt::test]
async fn a_caller_learns_of_no_tenant_beyond_its_rights() {
    let app = TestApp::with(|settings| {
        add_caller(settings, "other", OTHER, |caller| caller.tenants = only(&["globex", "big"]));
    })
    .await;
    let own = app.claims_as(OTHER, &json!({"user": "alice", "tenant": "globex"})).await;
    assert_eq!(own.status, StatusCode::OK);
    for hints in [json!({"host": "acme.app.example"}), json!({"client_id": "acme-spa"})] {
        app.claims_as(OTHER, &json!({"user": "alice", "hints": hints})).await.assert_refused(Code::CallerForbidden);
    }
    app.claims_as(OTHER, &json!({"user": "carol", "tenant": "initech"})).await.assert_refused(Code::CallerForbidden);
    // Her default tenant is acme: it is neither used nor listed.
    let listed = json!([{"tenant": "globex", "name": "Globex", "default": false, "suspended": false}]);
    let refused = app.claims_as(OTHER, &json!({"user": "alice"})).await;
    refused.assert_refused(Code::TenantRequired);
    assert_eq!(refused.body["memberships"], listed);
    let picker = app.memberships_as(OTHER, "user=alice").await;
    assert_eq!(picker.body["memberships"], listed);
    assert_eq!(app.memberships_as(OTHER, "user=carol").await.body["memberships"], json!([]));
    app.stop().await;
}
