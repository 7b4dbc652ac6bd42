//! PostgreSQL goes away and comes back, late, with other connections or with another history.

use std::time::Duration;

use claimsmith::clock::SystemClock;
use claimsmith::demo::private_postgres::{PrivatePostgres, Shutdown};
use claimsmith::directory::migrations::migrate;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::{Answer, TestApp};
use crate::support::postgres::{SERVICE_ROLE, TestDatabase, make_template, start_server};
use crate::support::wait::until;

const HITS: &str = "claimsmith_cache_lookups_total{cache=\"roles\",result=\"hit\"}";
const MISSES: &str = "claimsmith_cache_lookups_total{cache=\"roles\",result=\"miss\"}";
const CONNECTED: &str = "claimsmith_feed_connected";
const DISCONNECTS: &str = "claimsmith_feed_disconnects_total";
const RESETS: &str = "claimsmith_feed_resets_total";

/// A server that this test may stop, with a database on it.
async fn server_of_its_own() -> (PrivatePostgres, TestDatabase) {
    let server = start_server().await;
    make_template(&server).await;
    let database = TestDatabase::create_on(&server).await;
    (server, database)
}

async fn ask(app: &TestApp, user: &str, tenant: &str) -> Answer {
    app.claims(&json!({"user": user, "tenant": tenant})).await
}

/// Asks for an answer that contains everything committed by now.
async fn ask_up_to_date(app: &TestApp, user: &str, tenant: &str) -> Answer {
    let head = app.database.value("SELECT claimsmith.head()").await;
    app.claims(&json!({"user": user, "tenant": tenant, "at_least": head})).await
}

async fn is_ready(app: &TestApp) -> Answer {
    until("the service is ready", || async {
        Some(app.get_ops("/readyz").await).filter(|readiness| readiness.status == StatusCode::OK)
    })
    .await
}

#[actix_rt::test]
async fn answers_age_until_they_are_refused_and_recover_by_themselves() {
    let (mut server, database) = server_of_its_own().await;
    let app = TestApp::on(database, |settings| {
        settings.freshness.heartbeat = Duration::from_millis(100);
        settings.freshness.heartbeat_timeout = Duration::from_millis(200);
        settings.freshness.max_age = Duration::from_secs(4);
        settings.http.answer_deadline = Duration::from_millis(700);
    })
    .await;
    is_ready(&app).await;
    assert_eq!(ask(&app, "alice", "acme").await.status, StatusCode::OK);
    server.interrupt(Shutdown::Fast).await.unwrap();

    app.count_becomes(CONNECTED, 0).await;
    assert!(app.count_of_all(DISCONNECTS).await >= 1);
    let first = ask(&app, "alice", "acme").await;
    assert_eq!(first.status, StatusCode::OK, "{first:?}");
    until("the age bound grows", || async {
        let later = ask(&app, "alice", "acme").await;
        assert_eq!(later.claim("roles"), &json!(["admin"]));
        (later.body["age_bound_ms"].as_u64() > first.body["age_bound_ms"].as_u64()).then_some(())
    })
    .await;
    let miss = ask(&app, "bob", "globex").await;
    assert_eq!((miss.status, miss.code()), (StatusCode::SERVICE_UNAVAILABLE, "directory_unavailable"));
    until("the answers are too old", || async {
        let refused = Some(ask(&app, "alice", "acme").await).filter(|answer| answer.status != StatusCode::OK)?;
        assert_eq!((refused.status, refused.code()), (StatusCode::SERVICE_UNAVAILABLE, "too_stale"));
        Some(())
    })
    .await;
    assert_eq!(app.get_ops("/readyz").await.status, StatusCode::OK, "a database that fails does not end readiness");

    server.resume().await.unwrap();
    let owner = app.database.session().await;
    let demoted = "UPDATE claimsmith_data.membership_role SET role = 'viewer' WHERE tenant_id = 'acme'";
    owner.client.batch_execute(demoted).await.unwrap();
    until("answers are new again", || async {
        let answer = ask(&app, "alice", "acme").await;
        (answer.claim("roles") == &json!(["viewer"])).then_some(())
    })
    .await;
    assert_eq!(ask(&app, "bob", "globex").await.status, StatusCode::OK);
    app.count_becomes(CONNECTED, 1).await;
    assert_eq!(app.count(RESETS).await, 0);
    app.stop().await;
}

#[actix_rt::test]
async fn a_change_made_while_the_feed_was_cut_off_drops_only_what_it_touched() {
    let app = TestApp::with(|settings| {
        settings.freshness.reconnect_min = Duration::from_secs(2);
        settings.freshness.reconnect_max = Duration::from_secs(2);
    })
    .await;
    assert_eq!(ask(&app, "alice", "acme").await.claim("roles"), &json!(["admin"]));
    assert_eq!(ask(&app, "bob", "globex").await.status, StatusCode::OK);
    let cut = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE usename = '{SERVICE_ROLE}' AND datname = current_database()"
    );
    app.database.execute(&cut).await;
    app.count_becomes(CONNECTED, 0).await;
    app.database.execute("UPDATE claimsmith_data.membership_role SET role = 'viewer' WHERE tenant_id = 'acme'").await;
    assert_eq!(app.count(CONNECTED).await, 0, "the change came while the feed was cut off");
    let (hits, misses) = (app.count(HITS).await, app.count(MISSES).await);
    assert_eq!(ask_up_to_date(&app, "alice", "acme").await.claim("roles"), &json!(["viewer"]));
    assert_eq!(ask(&app, "bob", "globex").await.status, StatusCode::OK);
    assert_eq!((app.count(HITS).await - hits, app.count(MISSES).await - misses), (1, 1));
    assert_eq!(app.count(RESETS).await, 0);
    app.stop().await;
}

#[actix_rt::test]
async fn a_service_started_before_postgresql_says_why_it_is_not_ready_and_becomes_so() {
    let (mut server, database) = server_of_its_own().await;
    server.interrupt(Shutdown::Fast).await.unwrap();
    let app = TestApp::unready(database, &SystemClock::shared(), |settings| {
        settings.freshness.reconnect_max = Duration::from_millis(200);
    });
    until("a connection has failed", || async { (app.count_of_all(DISCONNECTS).await > 0).then_some(()) }).await;
    let unready = app.get_ops("/readyz").await;
    assert_eq!(unready.status, StatusCode::SERVICE_UNAVAILABLE);
    let reasons = json!({"ready": false, "migrations_current": false, "feed_confirmed": false, "draining": false});
    assert_eq!(unready.body, reasons);
    assert_eq!(app.get_ops("/livez").await.status, StatusCode::OK);
    assert_eq!(ask(&app, "alice", "acme").await.code(), "directory_unavailable");

    server.resume().await.unwrap();
    is_ready(&app).await;
    assert_eq!(ask(&app, "alice", "acme").await.claim("roles"), &json!(["admin"]));
    app.stop().await;
}

#[actix_rt::test]
async fn a_service_started_before_the_migrations_becomes_ready_after_them() {
    let database = TestDatabase::create().await;
    database.execute("DROP SCHEMA claimsmith CASCADE; DROP SCHEMA claimsmith_data CASCADE").await;
    let app = TestApp::unready(database, &SystemClock::shared(), |settings| {
        settings.freshness.reconnect_max = Duration::from_millis(200);
    });
    until("the feed has failed", || async { (app.count_of_all(DISCONNECTS).await > 0).then_some(()) }).await;
    let unready = app.get_ops("/readyz").await;
    assert_eq!(unready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(unready.body["migrations_current"], false);

    let mut owner = app.database.session().await;
    migrate(&mut owner.client).await.unwrap();
    owner.client.batch_execute(include_str!("../sql/demo/service_role.sql")).await.unwrap();
    assert_eq!(is_ready(&app).await.body["migrations_current"], true);
    app.change(include_str!("support/data.sql")).await;
    assert_eq!(ask(&app, "alice", "acme").await.claim("roles"), &json!(["admin"]));
    app.stop().await;
}

/// A change that no trigger sees, as a restore or a lossy failover makes one.
fn unseen(sql: &str) -> String {
    format!("SET LOCAL session_replication_role = replica; {sql}")
}

/// Everything that a reset has to forget: a grant, a link, a tenant.
async fn assert_everything_is(app: &TestApp, roles: &Value, user: &str, hint: &str) {
    until("what was cached is forgotten", || async {
        let answer = ask(app, "alice", "acme").await;
        (answer.claim("roles") == roles).then_some(())
    })
    .await;
    let subject = json!({"issuer": "https://acme.eu.auth0.com/", "sub": "auth0|bob"});
    let linked = app.claims(&json!({"subject": subject, "tenant": "globex"})).await;
    assert_eq!(linked.body["user"], user, "{linked:?}");
    let hinted = app.claims(&json!({"user": "alice", "hints": {"host": hint}})).await;
    assert_eq!(hinted.body["tenant"], "acme", "{hinted:?}");
}

#[actix_rt::test]
async fn a_server_with_another_history_is_noticed_and_nothing_cached_survives() {
    let app = TestApp::with(|settings| settings.freshness.heartbeat = Duration::from_millis(100)).await;
    app.change("UPDATE claimsmith_data.tenant SET name = 'Acme Inc' WHERE id = 'acme'").await;
    app.change("UPDATE claimsmith_data.tenant SET name = 'Acme Ltd' WHERE id = 'acme'").await;
    assert_everything_is(&app, &json!(["admin"]), "bob", "acme.app.example").await;

    // The same position, drawn by another transaction.
    app.database
        .execute(&unseen(
            "UPDATE claimsmith_data.membership_role SET role = 'viewer' WHERE user_id = 'alice' AND tenant_id = 'acme';
             UPDATE claimsmith_data.identity SET user_id = 'alice' WHERE subject = 'auth0|bob';
             UPDATE claimsmith_data.tenant SET hints = '{\"host\": [\"acme.example\"]}' WHERE id = 'acme';
             UPDATE claimsmith.change SET nonce = gen_random_uuid() WHERE pos = claimsmith.head()",
        ))
        .await;
    app.count_becomes(RESETS, 1).await;
    assert_everything_is(&app, &json!(["viewer"]), "alice", "acme.example").await;

    // A log that ends earlier than what was followed.
    app.database
        .execute(&unseen(
            "UPDATE claimsmith_data.membership_role SET role = 'editor' WHERE user_id = 'alice' AND tenant_id = 'acme';
             UPDATE claimsmith_data.identity SET user_id = 'bob' WHERE subject = 'auth0|bob';
             UPDATE claimsmith_data.tenant SET hints = '{\"host\": [\"acme.test\"]}' WHERE id = 'acme';
             DELETE FROM claimsmith.change WHERE pos = claimsmith.head()",
        ))
        .await;
    app.count_becomes(RESETS, 2).await;
    assert_everything_is(&app, &json!(["editor"]), "bob", "acme.test").await;
    app.change(
        "UPDATE claimsmith_data.membership_role SET role = 'admin' WHERE user_id = 'alice' AND tenant_id = 'acme'",
    )
    .await;
    assert_eq!(ask_up_to_date(&app, "alice", "acme").await.claim("roles"), &json!(["admin"]));
    app.stop().await;
}
