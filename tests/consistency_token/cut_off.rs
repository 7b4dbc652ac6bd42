//! A service whose change feed is cut off: memory cannot have what is wanted, so the primary is read, within bounds.

use std::time::Duration;

use claimsmith::config::Settings;
use reqwest::StatusCode;
use serde_json::json;

use super::{ask_at_least, assert_is, promote};
use crate::support::app::TestApp;
use crate::support::postgres::TestDatabase;

const CONNECTED: &str = "claimsmith_feed_connected";
const RESETS: &str = "claimsmith_feed_resets_total";

/// Once cut off, it stays so for the test.
fn slow_to_reconnect(settings: &mut Settings) {
    settings.freshness.reconnect_min = Duration::from_mins(1);
    settings.freshness.reconnect_max = Duration::from_mins(1);
    settings.freshness.max_age = Duration::from_mins(10);
    settings.freshness.at_least_wait = Duration::from_millis(50);
}

async fn cut_off(app: &TestApp) {
    let feed = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%since%'";
    app.database.execute(feed).await;
    app.count_becomes(CONNECTED, 0).await;
}

async fn written(app: &TestApp, sql: &str) -> String {
    app.database.value(&format!("BEGIN; {sql}; SELECT claimsmith.consistency_token(); COMMIT")).await.unwrap()
}

#[actix_rt::test]
async fn a_writers_token_is_honoured_by_another_replica_that_is_cut_off() {
    let first = TestApp::start().await;
    let database = TestDatabase::again(&first.database).await;
    let second = TestApp::on(database, slow_to_reconnect).await;
    assert_is(&ask_at_least(&second, "0").await, "admin");
    cut_off(&second).await;
    first.count_becomes(CONNECTED, 1).await;

    let token = written(&first, &promote("viewer")).await;
    assert_is(&ask_at_least(&first, &token).await, "viewer");
    assert_is(&ask_at_least(&second, "0").await, "admin");
    let answer = ask_at_least(&second, &token).await;
    assert_is(&answer, "viewer");
    let position = token.split('.').next().unwrap().parse::<u64>().unwrap();
    assert!(answer.body["position"].as_str().unwrap().parse::<u64>().unwrap() >= position);
    assert_eq!(second.count(CONNECTED).await, 0, "it was cut off all the time");
    first.stop().await;
    second.stop().await;
}

#[actix_rt::test]
async fn links_and_strangers_are_read_through_too() {
    let app = TestApp::with(slow_to_reconnect).await;
    let subject = json!({"issuer": "https://acme.eu.auth0.com/", "sub": "auth0|alice"});
    let ask = |token: String| json!({"subject": subject, "tenant": "acme", "at_least": token});
    assert_eq!(app.claims(&ask("0".to_owned())).await.body["user"], "alice");
    cut_off(&app).await;
    let moved = "UPDATE claimsmith_data.identity SET user_id = 'bob' WHERE subject = 'auth0|alice'";
    let answer = app.claims(&ask(written(&app, moved).await)).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::FORBIDDEN, "not_a_member"), "{answer:?}");
    app.stop().await;
}

#[actix_rt::test]
async fn tenants_are_not_read_through_so_a_changed_one_is_waited_for_and_then_refused() {
    let app = TestApp::with(|settings| {
        slow_to_reconnect(settings);
        settings.http.answer_deadline = Duration::from_millis(300);
    })
    .await;
    cut_off(&app).await;
    let token = written(&app, "UPDATE claimsmith_data.tenant SET suspended = true WHERE id = 'acme'").await;
    let refused = ask_at_least(&app, &token).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::SERVICE_UNAVAILABLE, "too_stale"), "{refused:?}");
    app.stop().await;
}

#[actix_rt::test]
async fn a_tenant_that_was_suspended_in_a_part_of_the_log_that_is_pruned_by_now_is_not_answered_for() {
    let app = TestApp::with(|settings| {
        slow_to_reconnect(settings);
        settings.http.answer_deadline = Duration::from_millis(300);
    })
    .await;
    cut_off(&app).await;
    app.database.execute("UPDATE claimsmith_data.tenant SET suspended = true WHERE id = 'acme'").await;
    app.database.execute("UPDATE claimsmith.change SET at = at - interval '2 hours'").await;
    app.database.execute(&promote("viewer")).await;
    app.database.execute("SELECT claimsmith.prune('1 hour')").await;
    let token = written(&app, &promote("editor")).await;
    let refused = ask_at_least(&app, &token).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::SERVICE_UNAVAILABLE, "too_stale"), "{refused:?}");
    app.stop().await;
}

/// What a failover does that loses a commit which a cache had already read: the log and the rows are as if it had not been,
/// and its position was drawn by another transaction.
const LOST: &str = "SET LOCAL session_replication_role = replica;
    UPDATE claimsmith_data.membership_role SET role = 'admin' WHERE user_id = 'alice' AND tenant_id = 'acme';
    UPDATE claimsmith.change SET nonce = gen_random_uuid(), tenant = 'globex' WHERE pos = claimsmith.head()";

#[actix_rt::test]
async fn a_commit_that_was_read_ahead_of_the_feed_and_then_lost_leaves_nothing_behind() {
    let app = TestApp::with(|settings| {
        settings.freshness.reconnect_min = Duration::from_secs(2);
        settings.freshness.reconnect_max = Duration::from_secs(2);
    })
    .await;
    cut_off(&app).await;
    app.database.execute(&promote("viewer")).await;
    // Nobody has asked for her yet, so this is a load that is further than the feed.
    assert_is(&app.claims(&json!({"user": "alice", "tenant": "acme"})).await, "viewer");
    app.database.execute(LOST).await;
    assert_eq!(app.count(CONNECTED).await, 0, "all of that happened while the feed was cut off");
    app.count_becomes(RESETS, 1).await;
    app.count_becomes(CONNECTED, 1).await;
    let head = app.database.value("SELECT claimsmith.head()").await.unwrap();
    assert_is(&ask_at_least(&app, &head).await, "admin");
    app.stop().await;
}
