//! It measures, with the least rights, beside another replica, and after a panic.

use std::time::Duration;

use claimsmith::config::{Secret, SecretSource};
use serde_json::{Value, json};
use tokio_postgres::error::SqlState;

use super::{EFFECTS, KIND, flips, probe, started, status, until_flips, url_of, with_canary};
use crate::support::app::TestApp;
use crate::support::postgres::{TestDatabase, connect};
use crate::support::wait::until;

#[actix_rt::test]
async fn changes_of_the_canary_are_measured() {
    let app = started(with_canary().await).await;
    until_flips(&app, "seen", 4).await;
    assert!(app.count(EFFECTS).await >= 4);
    assert!(app.metric("claimsmith_probe_last_success_timestamp_seconds").await > 0.0);
    let status = status(&app).await;
    assert_eq!((&status["tenant"], &status["user"]), (&json!("canary"), &json!("canary")));
    assert_eq!((&status["outcome"], &status["problem"]), (&json!("seen"), &Value::Null), "{status}");
    assert!(status["effect_ms"].is_f64() && status["last_seen_at"].is_f64(), "{status}");
    assert_eq!((flips(&app, "stale").await, flips(&app, "failed").await), (0, 0));
    app.stop().await;
}

#[actix_rt::test]
async fn a_canary_that_was_left_with_its_role_is_measured_from_the_next_round_on() {
    let database = with_canary().await;
    database.execute("INSERT INTO claimsmith_data.membership_role VALUES ('canary', 'canary', 'canary')").await;
    let app = started(database).await;
    until_flips(&app, "seen", 2).await;
    assert_eq!((flips(&app, "stale").await, flips(&app, "failed").await), (0, 0));
    app.stop().await;
}

#[actix_rt::test]
async fn the_role_of_the_probe_can_change_the_canary_and_nobody_else() {
    let database = with_canary().await;
    let session = connect(&url_of(&database)).await;
    for sql in [
        "INSERT INTO claimsmith_data.membership_role VALUES ('acme', 'alice', 'viewer')",
        "INSERT INTO claimsmith_data.membership_role VALUES ('canary', 'alice', 'canary')",
        "UPDATE claimsmith_data.membership_role SET role = 'admin'",
        "INSERT INTO claimsmith_data.membership (tenant_id, user_id) VALUES ('acme', 'canary')",
        "SELECT * FROM claimsmith.change",
    ] {
        let refused = session.client.batch_execute(sql).await.unwrap_err();
        assert_eq!(refused.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{sql}");
    }
    assert_eq!(session.client.execute("DELETE FROM claimsmith_data.membership_role", &[]).await.unwrap(), 0);
    let others = database.value("SELECT count(*) FROM claimsmith_data.membership_role WHERE user_id = 'alice'").await;
    assert_eq!(others.as_deref(), Some("2"));
}

#[actix_rt::test]
async fn replicas_that_share_a_canary_both_measure_and_blame_nobody() {
    let database = with_canary().await;
    let service = SecretSource::Inline(Secret::new(&*database.service_url));
    let mut probing = probe(&url_of(&database));
    // So often that they would meet.
    probing.every = Duration::from_millis(50);
    let first = TestApp::on(database, |settings| settings.probe = Some(probing.clone())).await;
    let second = TestApp::on(TestDatabase::create().await, |settings| {
        settings.database.url = service;
        settings.probe = Some(probing);
    })
    .await;
    for app in [&first, &second] {
        until_flips(app, "seen", 100).await;
    }
    for app in [&first, &second] {
        assert_eq!((flips(app, "stale").await, flips(app, "failed").await), (0, 0), "{}", status(app).await);
    }
    first.stop().await;
    second.stop().await;
}

#[actix_rt::test]
async fn a_probe_that_panics_comes_back() {
    let app = started(with_canary().await).await;
    until_flips(&app, "seen", 2).await;
    assert_eq!(app.supervisor.inject_panic(KIND), 1);
    app.count_becomes("claimsmith_actor_restarts_total{actor=\"probe\",cause=\"panic\"}", 1).await;
    let so_far = flips(&app, "seen").await;
    until_flips(&app, "seen", so_far + 2).await;
    assert_eq!(flips(&app, "stale").await, 0);
    app.stop().await;
}

#[actix_rt::test]
async fn a_probe_that_is_given_up_leaves_the_service_alone() {
    let database = with_canary().await;
    let probe = probe(&url_of(&database));
    let app = TestApp::on(database, |settings| {
        settings.probe = Some(probe);
        settings.supervision.budget = 0;
    })
    .await;
    until("the actor runs", || async { (app.supervisor.inject_panic(KIND) == 1).then_some(()) }).await;
    app.count_becomes("claimsmith_actors{actor=\"probe\",state=\"gave_up\"}", 1).await;
    assert!(!app.supervisor.failed().is_cancelled());
    assert_eq!(app.claims(&json!({"user": "alice", "tenant": "acme"})).await.status, 200);
    app.stop().await;
}
