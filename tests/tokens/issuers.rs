//! Whose word counts: entries of the directory, those that the tenant trusts, each with its own keys only.

use std::time::Duration;

use claimsmith::error::Code;
use reqwest::StatusCode;
use serde_json::json;

use crate::support::app::TestApp;
use crate::support::identity_provider::{Algorithm, ENTRY, Endpoint, IdentityProvider, OneIssuer, reach};
use crate::support::postgres::TestDatabase;
use crate::support::wait::until;

impl OneIssuer {
    /// Neither by a token that was accepted, nor by one that is new, nor by one that would make the service look for a key.
    async fn assert_that_nobody_knows_the_issuer(&self, accepted: &str) {
        let asked = self.provider.requests();
        let new = self.issuer.token("alice");
        for token in [accepted.to_owned(), new.clone().sign(), new.header("kid", "new").sign()] {
            self.app.by_token(&token, "acme").await.assert_refused(Code::TokenIssuerUnknown);
        }
        assert_eq!(self.provider.requests(), asked);
    }
}

#[actix_rt::test]
async fn an_unknown_issuer_causes_no_request_whatever_its_token_says() {
    let scene = OneIssuer::start().await;
    let stranger = scene.provider.issuer("stranger");
    let elsewhere = stranger.url(Endpoint::Keys);
    let known = scene.issuer.token("alice");
    let jwk = stranger.key().jwk();
    let before = (scene.provider.connections(), scene.provider.requests());
    for _ in 0..3 {
        for token in [
            stranger.token("alice").sign(),
            stranger.token("alice").header("jku", elsewhere.as_str()).sign(),
            stranger.token("alice").claim("iss", "https://169.254.169.254/").sign(),
        ] {
            scene.app.by_token(&token, "acme").await.assert_refused(Code::TokenIssuerUnknown);
        }
        for token in [
            known.clone().signed_by(&stranger.key()).header("jku", elsewhere.as_str()),
            known.clone().signed_by(&stranger.key()).header("x5u", elsewhere.as_str()),
            known.clone().signed_by(&stranger.key()).header("jwk", jwk.clone()),
        ] {
            scene.app.by_token(&token.sign(), "acme").await.assert_refused(Code::TokenSignature);
        }
    }
    assert_eq!((scene.provider.connections(), scene.provider.requests()), before);
    scene.app.stop().await;
}

#[actix_rt::test]
async fn a_token_is_no_good_for_a_tenant_that_does_not_trust_its_issuer() {
    let scene = OneIssuer::start().await;
    let token = scene.issuer.token("alice").sign();
    scene
        .app
        .change(
            "UPDATE claimsmith_data.tenant SET trusted_issuers = '{auth0}' WHERE id = 'acme';
             UPDATE claimsmith_data.tenant SET trusted_issuers = '{acme-idp}' WHERE id = 'big'",
        )
        .await;
    scene.app.by_token(&token, "acme").await.assert_refused(Code::IssuerNotTrusted);
    assert_eq!(scene.app.by_token(&token, "globex").await.status, StatusCode::OK);
    // Several tenants trust it, so that it names none; her default is acme, and that is not reached by naming none either.
    scene.app.claims(&json!({"token": token})).await.assert_refused(Code::IssuerNotTrusted);
    scene.app.stop().await;
}

#[actix_rt::test]
async fn an_issuer_that_is_disabled_is_refused_with_the_next_request_until_it_is_back() {
    let scene = OneIssuer::start().await;
    let token = scene.issuer.token("alice").sign();
    assert_eq!(scene.app.by_token(&token, "acme").await.status, StatusCode::OK, "it may be remembered");
    scene.app.change("UPDATE claimsmith_data.issuer SET enabled = false WHERE id = 'acme-idp'").await;
    scene.assert_that_nobody_knows_the_issuer(&token).await;
    scene.app.change("UPDATE claimsmith_data.issuer SET enabled = true WHERE id = 'acme-idp'").await;
    scene.app.accepts(&token).await;
    scene.app.stop().await;
}

#[actix_rt::test]
async fn an_issuer_that_is_removed_or_moved_is_refused_with_the_next_request() {
    for sql in [
        "DELETE FROM claimsmith_data.issuer WHERE id = 'acme-idp'",
        "UPDATE claimsmith_data.issuer SET issuer = '{https://moved.example}' WHERE id = 'acme-idp'",
    ] {
        let scene = OneIssuer::start().await;
        let token = scene.issuer.token("alice").sign();
        assert_eq!(scene.app.by_token(&token, "acme").await.status, StatusCode::OK, "it may be remembered");
        scene.app.change(sql).await;
        scene.assert_that_nobody_knows_the_issuer(&token).await;
        scene.app.stop().await;
    }
}

#[actix_rt::test]
async fn keys_of_one_issuer_never_verify_a_token_of_another_with_the_same_kid() {
    let provider = IdentityProvider::start().await;
    let database = TestDatabase::create().await;
    let (first, second) = (provider.issuer("first"), provider.issuer("second"));
    assert_eq!(first.key().kid, second.key().kid);
    first.register(&database, ENTRY).await;
    second.register(&database, "other-idp").await;
    let app = TestApp::on(database, |settings| reach(settings, &[ENTRY, "other-idp"])).await;
    for _ in 0..2 {
        for (own, foreign) in [(&first, &second), (&second, &first)] {
            app.accepts(&own.token("alice").sign()).await;
            let forged = own.token("alice").signed_by(&foreign.key()).sign();
            app.by_token(&forged, "acme").await.assert_refused(Code::TokenSignature);
        }
    }
    // A key that only the other one has is unknown here.
    let only_there = second.rotate(Algorithm::Es256);
    app.accepts(&second.token("alice").sign()).await;
    let forged = first.token("alice").signed_by(&only_there).header("kid", only_there.kid.as_str()).sign();
    app.by_token(&forged, "acme").await.assert_refused(Code::TokenKeyUnknown);
    app.stop().await;
}

#[actix_rt::test]
async fn an_issuer_that_is_switched_off_while_a_token_waits_for_roles_speaks_for_nobody() {
    let scene = OneIssuer::with(|settings| settings.database.statement_timeout = Duration::from_mins(1)).await;
    let app = &scene.app;
    let lock = app.database.session().await;
    lock.client.batch_execute("BEGIN; LOCK TABLE claimsmith_data.membership IN ACCESS EXCLUSIVE MODE").await.unwrap();
    // Bob's roles in globex were never asked for, so his token waits for the lock.
    let token = scene.issuer.token("bob").sign();
    let waiting = app.by_token(&token, "globex");
    let switched_off = async {
        let waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
        until("the roles are waited for", || async { app.database.value(waits).await.map(drop) }).await;
        app.change(&format!("UPDATE claimsmith_data.issuer SET enabled = false WHERE id = '{ENTRY}'")).await;
        lock.client.batch_execute("ROLLBACK").await.unwrap();
    };
    let (answer, ()) = tokio::join!(waiting, switched_off);
    answer.assert_refused(Code::TokenIssuerUnknown);
    scene.app.stop().await;
}
