//! What is kept in memory, how long, and how much of it.

use std::sync::Arc;
use std::time::Duration;

use claimsmith::clock::{ManualClock, SharedClock};
use claimsmith::config::{ByteSize, Settings};
use futures_util::stream::{self, StreamExt};
use serde_json::{Value, json};

use crate::support::app::{Answer, TestApp};
use crate::support::postgres::TestDatabase;
use crate::support::wait::until;

const HITS: &str = "claimsmith_cache_lookups_total{cache=\"roles\",result=\"hit\"}";
const NEGATIVE_HITS: &str = "claimsmith_cache_lookups_total{cache=\"roles\",result=\"negative_hit\"}";
const ENTRIES: &str = "claimsmith_cache_entries{cache=\"roles\"}";
const BYTES: &str = "claimsmith_cache_bytes{cache=\"roles\"}";
const MAX_BYTES: &str = "claimsmith_cache_max_bytes";
const EVICTED: &str = "claimsmith_cache_evictions_total{cache=\"roles\",cause=\"memory\"}";
const TENANTS: &str = "claimsmith_cache_tenants";

/// A service whose time passes when the test says so.
async fn with_manual_clock(change: impl FnOnce(&mut Settings)) -> (TestApp, Arc<ManualClock>) {
    let clock = ManualClock::shared();
    let app = TestApp::unready(TestDatabase::create().await, &(Arc::clone(&clock) as SharedClock), change);
    until("the service is ready", || async { app.freshness.read().age_bound.map(drop) }).await;
    (app, clock)
}

async fn ask(app: &TestApp, user: &str, tenant: &str) -> Answer {
    app.claims(&json!({"user": user, "tenant": tenant})).await
}

async fn ask_all(app: &TestApp, users: impl Iterator<Item = String>, tenant: &str, status: u16) {
    let answers = stream::iter(users).map(|user| async move { ask(app, &user, tenant).await.status });
    answers.buffer_unordered(64).for_each(|answered| async move { assert_eq!(answered, status) }).await;
}

/// A user whose name takes much memory.
fn long_name(number: u32) -> String {
    format!("user-{number}-{}", "x".repeat(600))
}

#[actix_rt::test]
async fn memory_returns_under_its_bound_and_who_is_asked_for_stays() {
    let (app, clock) = with_manual_clock(|settings| settings.cache.max_memory = ByteSize::from_mib(1)).await;
    app.change(
        "INSERT INTO claimsmith_data.membership (tenant_id, user_id)
           SELECT 'acme', 'user-' || n || '-' || repeat('x', 600) FROM generate_series(1, 2100) n",
    )
    .await;
    ask(&app, "alice", "acme").await;
    ask_all(&app, (1..=1200).map(long_name), "acme", 200).await;
    assert_eq!(app.count(EVICTED).await, 0, "so far there was room");
    clock.advance(Duration::from_secs(10));
    ask(&app, "alice", "acme").await;
    ask_all(&app, (1201..=2100).map(long_name), "acme", 200).await;

    let bound = app.count(MAX_BYTES).await;
    until("entries are dropped and memory is under its bound", || async {
        (app.count(EVICTED).await > 0 && app.count(BYTES).await <= bound).then_some(())
    })
    .await;
    let (hits, entries) = (app.count(HITS).await, app.count(ENTRIES).await);
    assert!(entries > 500, "only what was too much went, {entries} are left");
    assert_eq!(ask(&app, "alice", "acme").await.status, 200);
    assert_eq!(app.count(HITS).await - hits, 1);
    ask_all(&app, (1..=1200).map(long_name), "acme", 200).await;
    app.stop().await;
}

#[actix_rt::test]
async fn invented_users_are_remembered_but_not_without_bound() {
    let app = TestApp::start().await;
    ask(&app, "alice", "acme").await;
    assert_eq!(ask(&app, "invented-1", "acme").await.code(), "not_a_member");
    let before = app.count(NEGATIVE_HITS).await;
    assert_eq!(ask(&app, "invented-1", "acme").await.code(), "not_a_member");
    assert_eq!(app.count(NEGATIVE_HITS).await - before, 1);

    ask_all(&app, (1..=5_000).map(|number| format!("invented-{number}")), "acme", 403).await;
    app.count_becomes(ENTRIES, 1_001).await;
    assert_eq!(ask(&app, "alice", "acme").await.status, 200);
    app.stop().await;
}

#[actix_rt::test]
async fn a_tenant_that_nobody_asks_for_retires_and_comes_back_on_demand() {
    let (app, clock) = with_manual_clock(|settings| settings.cache.idle_after = Duration::from_secs(1)).await;
    assert_eq!(ask(&app, "alice", "acme").await.status, 200);
    app.count_becomes(TENANTS, 1).await;
    assert_eq!(tenants_in_status(&app).await, ["tenant acme"]);
    clock.advance(Duration::from_secs(3));
    app.count_becomes(TENANTS, 0).await;
    until("the tenant has left the status", || async { tenants_in_status(&app).await.is_empty().then_some(()) }).await;
    assert_eq!(ask(&app, "alice", "acme").await.claim("roles"), &json!(["admin"]));
    app.count_becomes(TENANTS, 1).await;
    app.stop().await;
}

async fn tenants_in_status(app: &TestApp) -> Vec<String> {
    let status = app.get_ops("/status").await.body;
    let actors = status["actors"].as_array().cloned().unwrap_or_default();
    let tenants = actors.into_iter().filter(|actor| actor["kind"] == "tenant");
    tenants.filter_map(|actor| actor["name"].as_str().map(str::to_owned)).collect()
}

#[actix_rt::test]
async fn a_grant_lapses_on_time_without_being_told() {
    let app = TestApp::start().await;
    app.change(
        "INSERT INTO claimsmith_data.membership_role (tenant_id, user_id, role, expires_at)
           VALUES ('globex', 'bob', 'admin', clock_timestamp() + interval '3 s')",
    )
    .await;
    let changes = app.count("claimsmith_feed_changes_total").await;
    let granted = ask(&app, "bob", "globex").await;
    assert_eq!(granted.claim("roles"), &json!(["admin", "viewer"]));
    let lapsed: Value = until("the grant lapses", || async {
        let answer = ask(&app, "bob", "globex").await;
        (answer.claim("roles") != &json!(["admin", "viewer"])).then(|| answer.claim("roles").clone())
    })
    .await;
    assert_eq!(lapsed, json!(["viewer"]));
    let in_force = "SELECT count(*) FROM claimsmith_data.membership_role WHERE expires_at > clock_timestamp()";
    assert_eq!(app.database.value(in_force).await.as_deref(), Some("0"), "it did not lapse early");
    assert_eq!(app.count("claimsmith_feed_changes_total").await, changes);
    app.stop().await;
}
