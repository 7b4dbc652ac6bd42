//! What a tenant decides: whose word it takes, which clients it lets in, and whether it is suspended.

use claimsmith::error::Code;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::{Answer, TestApp};

const ACME: &str = "https://acme.eu.auth0.com/";
const ENTRA: &str = "https://login.example/v2.0";
const RETIRED: &str = "https://retired.example/";

async fn by_subject(app: &TestApp, issuer: &str, sub: &str, tenant: &str) -> Answer {
    app.claims(&json!({"subject": {"issuer": issuer, "sub": sub}, "tenant": tenant})).await
}

#[actix_rt::test]
async fn a_tenant_takes_the_word_of_the_issuers_that_it_trusts() {
    let app = TestApp::start().await;
    assert_eq!(by_subject(&app, ENTRA, "e-alice", "globex").await.status, StatusCode::OK);
    by_subject(&app, ENTRA, "e-alice", "acme").await.assert_refused(Code::IssuerNotTrusted);
    // With one more tenant that trusts it, the issuer names none.
    app.change("UPDATE claimsmith_data.tenant SET trusted_issuers = '{auth0,entra}' WHERE id = 'big'").await;
    // Her default tenant is acme, and an issuer may not reach it by naming none either.
    let default = app.claims(&json!({"subject": {"issuer": ENTRA, "sub": "e-alice"}})).await;
    default.assert_refused(Code::IssuerNotTrusted);
    app.change("UPDATE claimsmith_data.tenant SET trusted_issuers = '{entra}' WHERE id = 'acme'").await;
    assert_eq!(by_subject(&app, ENTRA, "e-alice", "acme").await.status, StatusCode::OK);
    by_subject(&app, ACME, "auth0|alice", "acme").await.assert_refused(Code::IssuerNotTrusted);
    app.stop().await;
}

#[actix_rt::test]
async fn an_issuer_that_is_unknown_or_disabled_speaks_for_nobody() {
    let app = TestApp::start().await;
    app.change(
        "INSERT INTO claimsmith_data.identity VALUES ('retired', 'r-alice', 'alice');
         UPDATE claimsmith_data.tenant SET trusted_issuers = '{auth0,retired}' WHERE id = 'acme'",
    )
    .await;
    for issuer in [RETIRED, "https://none.example/", "retired"] {
        let answer = by_subject(&app, issuer, "r-alice", "acme").await;
        assert!(answer.assert_refused(Code::UserUnknown).contains("no enabled issuer"), "{issuer}");
    }
    app.change("UPDATE claimsmith_data.issuer SET enabled = true WHERE id = 'retired'").await;
    assert_eq!(by_subject(&app, RETIRED, "r-alice", "acme").await.status, StatusCode::OK);
    app.change("UPDATE claimsmith_data.issuer SET enabled = false WHERE id = 'retired'").await;
    by_subject(&app, RETIRED, "r-alice", "acme").await.assert_refused(Code::UserUnknown);
    app.stop().await;
}

#[actix_rt::test]
async fn an_iss_that_several_entries_accept_belongs_to_none_of_them() {
    let app = TestApp::start().await;
    for copies in 1..=3 {
        app.change(&format!("INSERT INTO claimsmith_data.issuer (id, issuer) VALUES ('copy-{copies}', '{{{ACME}}}')"))
            .await;
        let answer = by_subject(&app, ACME, "auth0|alice", "acme").await;
        let detail = answer.assert_refused(Code::UserUnknown);
        assert!(detail.contains("no enabled issuer"), "{copies} copies: {detail:?}");
    }
    let problems = app.get_ops("/status").await.body["catalog"]["problems"].to_string();
    assert!(problems.contains("another entry accepts the same iss"), "{problems}");
    app.change("DELETE FROM claimsmith_data.issuer WHERE id LIKE 'copy-%'").await;
    assert_eq!(by_subject(&app, ACME, "auth0|alice", "acme").await.status, StatusCode::OK);
    app.stop().await;
}

#[actix_rt::test]
async fn a_tenant_lets_in_the_clients_that_it_allows() {
    let app = TestApp::start().await;
    let ask = async |client: Option<&str>| {
        let hints = client.map_or_else(|| json!({}), |client| json!({"client_id": client}));
        app.claims(&json!({"user": "alice", "tenant": "acme", "hints": hints})).await
    };
    let any = [None, Some("acme-spa"), Some("acme-cli")];
    let allowed_of = async |policy: &str| -> Vec<Option<&str>> {
        app.change(&format!("UPDATE claimsmith_data.tenant SET allowed_clients = {policy} WHERE id = 'acme'")).await;
        let mut allowed = Vec::new();
        for client in any {
            let answer = ask(client).await;
            if answer.status == StatusCode::OK {
                allowed.push(client);
            } else {
                answer.assert_refused(Code::ClientNotAllowed);
            }
        }
        allowed
    };
    assert_eq!(allowed_of("'{acme-cli}'").await, [Some("acme-cli")]);
    assert_eq!(allowed_of("'{acme-cli,acme-spa}'").await, [Some("acme-spa"), Some("acme-cli")]);
    assert!(allowed_of("'{}'").await.is_empty());
    assert_eq!(allowed_of("NULL").await, any);
    app.stop().await;
}

#[actix_rt::test]
async fn a_suspended_tenant_has_no_claims_until_it_is_back() {
    let app = TestApp::start().await;
    let ask = async |body: Value| app.claims(&body).await;
    ask(json!({"user": "carol", "tenant": "initech"})).await.assert_refused(Code::TenantSuspended);
    ask(json!({"user": "carol"})).await.assert_refused(Code::TenantSuspended);
    app.change("UPDATE claimsmith_data.tenant SET suspended = id = 'acme'").await;
    assert_eq!(ask(json!({"user": "carol"})).await.body["tenant"], "initech");
    ask(json!({"user": "alice", "tenant": "acme"})).await.assert_refused(Code::TenantSuspended);
    app.stop().await;
}
