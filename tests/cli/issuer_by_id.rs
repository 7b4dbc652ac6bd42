//! `claimsmith issuer check ID`: the row, who trusts it, and what its issuer says.

use serde_json::{Value, json};

use super::{File, ran};
use crate::support::identity_provider::{Behaviour, ENTRY, Endpoint, IdentityProvider, Issuer};
use crate::support::postgres::TestDatabase;
use crate::support::program::Ended;

/// An issuer with an entry, in a database of its own.
struct Scene {
    _provider: IdentityProvider,
    issuer: Issuer,
    database: TestDatabase,
}

impl Scene {
    async fn with(settings: Value) -> Self {
        let provider = IdentityProvider::start().await;
        let issuer = provider.issuer("acme");
        let database = TestDatabase::create().await;
        issuer.register_with(&database, ENTRY, settings).await;
        Self { _provider: provider, issuer, database }
    }

    async fn new() -> Self {
        Self::with(json!({"algorithms": ["ES256", "RS256"]})).await
    }

    /// Checks an entry, with the leave that the test's issuer needs.
    async fn checked(&self, id: &str) -> (Ended, Value) {
        self.checked_with(id, &format!("[insecure]\nplaintext_issuers = ['{ENTRY}']\n")).await
    }

    async fn checked_with(&self, id: &str, configuration: &str) -> (Ended, Value) {
        let database = format!("[database]\nurl = '{}'\n", self.database.service_url);
        let file = File::new(database + configuration);
        let ended = ran(&["issuer", "check", "--json", id, "--config", file.path()]).await;
        let report = serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{ended:?}"));
        (ended, report)
    }
}

/// The texts and remedies of the findings of this code and severity.
fn texts(report: &Value, code: &str, severity: &str) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    let of_code = findings.filter(|finding| finding["code"] == code && finding["severity"] == severity);
    of_code.map(|finding| format!("{} {}", finding["text"], finding["remedy"])).collect()
}

#[track_caller]
fn assert_found(report: &Value, code: &str, severity: &str, text: &str) {
    let found = texts(report, code, severity);
    assert!(found.iter().any(|found| found.contains(text)), "{severity} {code} {text}: {report:#}");
}

#[actix_rt::test]
async fn a_sound_entry_is_checked_by_its_own_rules() {
    let scene = Scene::new().await;
    let (ended, report) = scene.checked(ENTRY).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_found(&report, "row", "ok", "keys");
    assert_found(&report, "trusted", "ok", "trusted by 2 of the tenants");
    assert_found(&report, "keys", "ok", "k0 (ES256)");
    assert_found(&report, "algorithm_without_key", "warning", "the entry accepts RS256");
    assert_found(&report, "relaxed_plaintext", "warning", "insecure.plaintext_issuers");
    assert_eq!(report["suggestion"], Value::Null);
}

#[actix_rt::test]
async fn what_the_configuration_does_not_allow_is_not_done_and_the_key_that_allows_it_is_named() {
    let scene = Scene::new().await;
    let (ended, report) = scene.checked_with(ENTRY, "").await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_found(&report, "url", "problem", &format!("list {ENTRY} in insecure.plaintext_issuers"));
    assert_eq!(scene.issuer.asked(Endpoint::Discovery), 0);
}

#[actix_rt::test]
async fn every_mistake_of_a_row_is_told() {
    let scene = Scene::with(json!({"audiences": ["account"], "access_token": true, "algorithms": ["HS256"]})).await;
    let (ended, report) = scene.checked(ENTRY).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(texts(&report, "row", "problem").len() >= 2, "{report:#}");
    assert_found(&report, "row", "problem", "settings.algorithms");
    assert_found(&report, "row", "problem", "Keycloak");
    assert_found(&report, "trusted", "ok", "2 of the tenants");
}

#[actix_rt::test]
async fn an_entry_that_nobody_trusts_or_that_is_switched_off_is_told() {
    let scene = Scene::new().await;
    let untrusted = "UPDATE claimsmith_data.tenant SET trusted_issuers = '{}', suspended = false;
        UPDATE claimsmith_data.tenant SET trusted_issuers = '{acme-idp}', suspended = true WHERE id = 'initech';
        UPDATE claimsmith_data.issuer SET enabled = false WHERE id = 'acme-idp'";
    scene.database.execute(untrusted).await;
    let (ended, report) = scene.checked(ENTRY).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_found(&report, "untrusted", "problem", "trusted_issuers");
    assert_found(&report, "disabled", "warning", "switched off");
    assert_found(&report, "keys", "ok", "k0");
}

#[actix_rt::test]
async fn an_entry_whose_iss_another_one_has_is_told() {
    let scene = Scene::new().await;
    let copy = "INSERT INTO claimsmith_data.issuer (id, issuer, settings)
        SELECT 'twin', issuer, settings FROM claimsmith_data.issuer WHERE id = 'acme-idp'";
    scene.database.execute(copy).await;
    let (ended, report) = scene.checked(ENTRY).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_found(&report, "contested", "problem", "another entry accepts the same iss");
}

#[actix_rt::test]
async fn keys_on_a_host_that_the_entry_does_not_list_are_not_fetched() {
    let scene = Scene::new().await;
    let elsewhere = scene.issuer.url(Endpoint::Keys).replace("127.0.0.1", "localhost");
    scene.issuer.behaves(Endpoint::Discovery, Behaviour::KeysElsewhere(elsewhere));
    let (ended, report) = scene.checked(ENTRY).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_found(&report, "jwks_host", "problem", "list it in jwks_hosts");
    assert_eq!(scene.issuer.asked(Endpoint::Keys), 0);
}

#[actix_rt::test]
async fn an_entry_that_says_where_its_keys_are_is_advised_about_its_spelling() {
    let scene = Scene::new().await;
    let jwks_uri = scene.issuer.url(Endpoint::Keys);
    let sql = format!(
        "UPDATE claimsmith_data.issuer SET issuer = ARRAY[issuer[1] || '/'],
         settings = settings || '{{\"jwks_uri\": \"{jwks_uri}\"}}' WHERE id = '{ENTRY}'"
    );
    scene.database.execute(&sql).await;
    let (ended, report) = scene.checked(ENTRY).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_found(&report, "issuer_mismatch", "warning", "the slash at the end counts");
    assert_found(&report, "keys", "ok", "k0");
}

#[actix_rt::test]
async fn an_issuer_that_is_asked_about_tokens_needs_credentials() {
    let scene = Scene::new().await;
    let settings = r#"{"kind": "introspection", "introspection": {"endpoint": "https://a.example/introspect"}, "audiences": ["x"]}"#;
    let sql = format!("UPDATE claimsmith_data.issuer SET settings = '{settings}' WHERE id = '{ENTRY}'");
    scene.database.execute(&sql).await;
    let (ended, report) = scene.checked(ENTRY).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_found(&report, "credentials", "problem", "client_secret_file under [issuer.acme-idp]");
    let credentials = format!("[issuer.{ENTRY}]\nhosts = ['a.example']\nclient_id = 'me'\nclient_secret = 'hunter2'\n");
    let (ended, report) = scene.checked_with(ENTRY, &credentials).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_found(&report, "endpoint", "ok", "https://a.example/introspect");
    assert!(!ended.stdout.contains("hunter2"));
}

#[actix_rt::test]
async fn an_id_that_is_not_there_gets_those_that_are() {
    let scene = Scene::new().await;
    let (ended, report) = scene.checked("amce-idp").await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_found(&report, "absent", "problem", "acme-idp, auth0, entra");
}

#[actix_rt::test]
async fn a_database_that_cannot_be_reached_is_a_failure_that_says_where_to_look() {
    let file = File::new("[database]\nurl = 'host=/does/not/exist user=nobody dbname=none'\n");
    let ended = ran(&["issuer", "check", ENTRY, "--config", file.path()]).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{ended:?}");
    assert!(ended.stderr.contains("check [database]"), "{ended:?}");
}
