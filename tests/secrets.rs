//! What nobody may read anywhere: caller keys, their digests, the database's password, what a request said.

use claimsmith::config::KeyDigest;
use serde_json::json;

use crate::support::app::{Answer, KEY, TestApp};
use crate::support::postgres::{SERVICE_ROLE, TestDatabase};
use crate::support::wait::until;

const PASSWORD: &str = "hunter2";
const WRONG: &str = "cs_wrong_key_of_somebody";
const SAID: &str = "said-in-the-request";

#[actix_rt::test]
async fn no_secret_is_in_a_metric_a_status_or_a_refusal() {
    let mut database = TestDatabase::create().await;
    let (role, with_password) = (format!("{SERVICE_ROLE}@"), format!("{SERVICE_ROLE}:{PASSWORD}@"));
    database.service_url = database.service_url.replacen(&role, &with_password, 1);
    assert!(database.service_url.contains(PASSWORD), "the service connects with the password");
    let app = TestApp::on(database, |_| ()).await;
    let digest = KeyDigest::of_key(KEY).to_string();
    let secrets = [PASSWORD, KEY, WRONG, SAID, digest.trim_start_matches("sha256:")];
    for answer in refusals(&app).await {
        assert!(answer.status.is_client_error(), "{answer:?}");
        assert_clean(&answer, &secrets);
    }
    break_connections(&app).await;
    for path in ["/metrics", "/status", "/readyz", "/livez"] {
        assert_clean(&app.get_ops(path).await, &secrets);
    }
    app.stop().await;
}

/// Refusals of requests that hold a secret in each of their places.
async fn refusals(app: &TestApp) -> Vec<Answer> {
    let mut answers = vec![
        app.claims_as(WRONG, &json!({"user": "alice"})).await,
        app.claims(&json!({SAID: 1, "user": "alice"})).await,
        app.claims(&json!({"user": "alice", "token": SAID})).await,
        app.claims(&json!({"user": "alice", "tenant": SAID})).await,
        app.claims(&json!({"user": SAID, "tenant": "acme"})).await,
        app.claims(&json!({"subject": {"issuer": SAID, "sub": SAID}})).await,
        app.claims(&json!({"user": "alice", "hints": {"host": SAID}})).await,
        app.claims(&json!({"user": "alice", "at_least": SAID})).await,
        app.get(&format!("/v1/memberships?{SAID}={SAID}")).await,
        app.get(&format!("/{SAID}")).await,
    ];
    let broken = app.client.post(app.data("/v1/claims")).bearer_auth(KEY).body(format!("{{\"user\":{SAID}"));
    answers.push(app.send(broken).await);
    answers
}

/// Errors of connections are where a password would come out.
async fn break_connections(app: &TestApp) {
    app.database.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()").await;
    app.change("UPDATE claimsmith_data.tenant SET name = 'Anew' WHERE id = 'acme'").await;
    until("the feed is back", || async { app.freshness.is_listening().then_some(()) }).await;
}

fn assert_clean(answer: &Answer, secrets: &[&str]) {
    let said = format!("{:?} {}", answer.headers, answer.body);
    for secret in secrets {
        assert!(!said.contains(secret), "{secret} is in {said}");
    }
}
