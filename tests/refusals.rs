//! Every refusal that there is, provoked on the real service: its status, its shape, its headers, its metric.

use std::time::Duration;

use claimsmith::error::Code;
use reqwest::StatusCode;
use serde_json::json;

use crate::support::app::{Answer, KEY, TestApp};
use crate::support::callers::{add_caller, only};
use crate::support::identity_provider::{Behaviour, Endpoint, IdentityProvider, Issuer, reach};
use crate::support::postgres::TestDatabase;
use crate::support::wait::until;

const LIMITED: &str = "cs_limited";
/// A tenant whose template has never worked, and one that lets no client in.
const TENANTS: &str = "
    INSERT INTO claimsmith_data.tenant (id, name, allowed_clients, claim_template) VALUES
      ('broken', 'Broken', NULL, '{\"claims\": {\"a\": \"1 +\"}}'), ('closed', 'Closed', '{}', NULL)";

/// Only a gateway is told these.
const OF_GATEWAYS: [Code; 3] = [Code::PathRefused, Code::ClaimsTooLarge, Code::ProfileUnknown];

/// The services that the refusals are provoked on.
struct Services {
    usual: TestApp,
    /// It waits for nothing, and nobody may wait for it.
    starved: TestApp,
    /// It wants the whole request soon.
    hasty: TestApp,
    /// An issuer that never has keys.
    keyless: Issuer,
    _provider: IdentityProvider,
}

impl Services {
    async fn start() -> Self {
        let database = TestDatabase::create().await;
        database.execute(TENANTS).await;
        let provider = IdentityProvider::start().await;
        let keyless = provider.issuer("keyless");
        keyless.behaves(Endpoint::Keys, Behaviour::Status(500));
        keyless.register(&database, "keyless").await;
        let usual = TestApp::on(database, |settings| {
            reach(settings, &["keyless"]);
            add_caller(settings, "limited", LIMITED, |caller| caller.tenants = only(&["globex"]));
        });
        let starved = TestApp::with(|settings| {
            settings.http.answer_deadline = Duration::from_millis(50);
            settings.cache.max_waiting = 0;
            (settings.discovery.per_second, settings.discovery.burst) = (1, 1);
        });
        let hasty = TestApp::with(|settings| settings.http.client_timeout = Duration::from_millis(500));
        let (usual, starved, hasty) = tokio::join!(usual, starved, hasty);
        Self { usual, starved, hasty, keyless, _provider: provider }
    }

    fn on_which(&self, code: Code) -> &TestApp {
        match code {
            Code::TooStale | Code::Overloaded | Code::RateLimited => &self.starved,
            Code::RequestTimeout => &self.hasty,
            _ => &self.usual,
        }
    }

    /// A request that is refused with this code; of tokens, `tests/tokens` has them. Without a wildcard: a new code wants a line here.
    async fn provoke(&self, code: Code) -> Answer {
        let app = self.on_which(code);
        match code {
            Code::PositionForeign => {
                let head = app.database.value("SELECT claimsmith.head()").await.unwrap();
                let foreign = format!("{head}.00000000000040008000000000000000");
                app.claims(&json!({"user": "alice", "tenant": "acme", "at_least": foreign})).await
            }
            Code::InvalidRequest => app.claims(&json!({"user": ""})).await,
            Code::CallerUnauthenticated => app.claims_as("cs_wrong", &json!({"user": "alice"})).await,
            Code::CallerForbidden => app.claims_as(LIMITED, &json!({"user": "alice", "tenant": "acme"})).await,
            Code::NotAMember => app.claims(&json!({"user": "bob", "tenant": "acme"})).await,
            Code::TenantSuspended => app.claims(&json!({"user": "carol"})).await,
            Code::IssuerNotTrusted => {
                let subject = json!({"issuer": "https://login.example/v2.0", "sub": "e-alice"});
                app.claims(&json!({"subject": subject, "tenant": "acme"})).await
            }
            Code::ClientNotAllowed => app.claims(&json!({"user": "alice", "tenant": "closed"})).await,
            Code::TenantUnknown => app.claims(&json!({"user": "alice", "tenant": "none"})).await,
            Code::UserUnknown => {
                let subject = json!({"issuer": "https://acme.eu.auth0.com/", "sub": "nobody"});
                app.claims(&json!({"subject": subject, "tenant": "acme"})).await
            }
            Code::TenantConflict => {
                app.claims(&json!({"user": "alice", "tenant": "acme", "hints": {"organization": "org_globex"}})).await
            }
            Code::PathRefused | Code::ClaimsTooLarge | Code::ProfileUnknown => {
                panic!("tests/forward_auth provokes {}", code.label())
            }
            Code::TokenMissing
            | Code::TokenMalformed
            | Code::TokenExpired
            | Code::TokenNotYetValid
            | Code::TokenSignature
            | Code::TokenIssuerUnknown
            | Code::TokenKeyUnknown
            | Code::TokenAlgorithm
            | Code::TokenAudience
            | Code::TokenType
            | Code::TokenClaims => panic!("tests/tokens provokes {}", code.label()),
            Code::KeysUnavailable => app.claims(&json!({"token": self.keyless.token("alice").sign()})).await,
            Code::RateLimited => {
                until("one request is too many", || async {
                    Some(app.get("/v1/discovery?slug=acme").await).filter(|answer| answer.status != StatusCode::OK)
                })
                .await
            }
            Code::BodyTooLarge => app.claims(&json!({"user": "x".repeat(70_000)})).await,
            Code::TenantRequired => app.claims(&json!({"user": "bob"})).await,
            Code::DirectoryUnavailable => app.claims(&json!({"user": "alice", "tenant": "broken"})).await,
            Code::TooStale => app.claims(&json!({"user": "alice", "at_least": "999999999"})).await,
            Code::Overloaded => app.claims(&json!({"user": "alice", "tenant": "acme"})).await,
            Code::NotFound => app.get("/v2/claims").await,
            Code::MethodNotAllowed => app.get("/v1/claims").await,
            Code::RequestTimeout => {
                let head = format!("POST /v1/claims HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {KEY}\r\n");
                app.exchange(&format!("{head}content-length: 16\r\n\r\n{{\"user\"")).await
            }
        }
    }
}

#[actix_rt::test]
async fn every_code_has_its_status_its_shape_and_its_count() {
    let services = Services::start().await;
    let elsewhere = |code: &Code| code.label().starts_with("token_") || OF_GATEWAYS.contains(code);
    for code in Code::EVERY.iter().filter(|code| !elsewhere(code)) {
        let series = format!("claimsmith_refusals_total{{code=\"{}\"}}", code.label());
        let app = services.on_which(*code);
        let before = app.count(&series).await;
        services.provoke(*code).await.assert_refused(*code);
        assert_eq!(app.count(&series).await - before, 1, "{series}");
    }
    let Services { usual, starved, hasty, .. } = services;
    tokio::join!(usual.stop(), starved.stop(), hasty.stop());
}

#[actix_rt::test]
async fn a_position_that_is_never_reached_is_too_stale_and_says_so() {
    let app = TestApp::with(|settings| settings.http.answer_deadline = Duration::from_millis(50)).await;
    let answer = app.claims(&json!({"user": "alice", "at_least": "999999999"})).await;
    assert!(answer.assert_refused(Code::TooStale).contains("position 999999999 was not reached"));
    assert_eq!(answer.header("retry-after"), Some("1"));
    app.stop().await;
}

#[actix_rt::test]
async fn a_refusal_for_want_of_a_tenant_lists_what_the_user_may_choose() {
    let app = TestApp::start().await;
    app.change("UPDATE claimsmith_data.membership SET is_default = false").await;
    let answer = app.claims(&json!({"user": "alice"})).await;
    answer.assert_refused(Code::TenantRequired);
    let line = |tenant, name| json!({"tenant": tenant, "name": name, "default": false, "suspended": false});
    assert_eq!(answer.body["memberships"], json!([line("acme", "Acme"), line("globex", "Globex")]));
    let nobody = app.claims(&json!({"user": "nobody"})).await;
    nobody.assert_refused(Code::TenantRequired);
    assert_eq!(nobody.body["memberships"], json!([]));
    app.stop().await;
}
