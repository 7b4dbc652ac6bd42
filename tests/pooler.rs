//! A pooler (`PgBouncer`) in transaction mode between the service and PostgreSQL.

use std::time::Duration;

use claimsmith::config::Settings;
use serde_json::json;

use crate::support::app::TestApp;
use crate::support::pgbouncer::{Mode, PgBouncer};
use crate::support::postgres::{SERVICE_ROLE, TestDatabase, server};

const DOORBELL: &str = "claimsmith_feed_doorbell";
const UNANNOUNCED: &str = "claimsmith_feed_unannounced_changes_total";

fn promote(role: &str) -> String {
    format!("UPDATE claimsmith_data.membership_role SET role = '{role}' WHERE user_id = 'alice' AND tenant_id = 'acme'")
}

async fn service(pooler: &PgBouncer, change: impl FnOnce(&mut Settings, &TestDatabase)) -> TestApp {
    let database = TestDatabase::create().await;
    let name = database.value("SELECT current_database()").await.unwrap();
    let through_it = Settings::with_database(&pooler.url(&name, SERVICE_ROLE)).database.url;
    let direct = TestDatabase::again(&database).await;
    TestApp::on(database, |settings| {
        settings.database.url = through_it;
        change(settings, &direct);
    })
    .await
}

async fn assert_follows(app: &TestApp) {
    for role in ["viewer", "editor", "admin", "viewer", "editor", "admin"] {
        app.change(&promote(role)).await;
        for (user, tenant, expected) in
            [("alice", "acme", role), ("alice", "globex", "viewer"), ("bob", "globex", "viewer")]
        {
            let answer = app.claims(&json!({"user": user, "tenant": tenant})).await;
            assert_eq!(answer.claim("roles"), &json!([expected]), "{answer:?}");
        }
    }
}

#[actix_rt::test]
async fn loads_go_through_it_and_the_feed_past_it() {
    let Some(pooler) = PgBouncer::start(server().await, Mode::Transaction).await else { return };
    let app = service(&pooler, |settings, direct| {
        settings.database.listener_url = Some(Settings::with_database(&direct.service_url).database.url);
    })
    .await;
    assert_follows(&app).await;
    app.count_becomes(DOORBELL, 1).await;
    app.stop().await;
}

#[actix_rt::test]
async fn a_feed_behind_it_hears_no_bell_says_so_and_follows_by_heartbeat() {
    let Some(pooler) = PgBouncer::start(server().await, Mode::Transaction).await else { return };
    let app = service(&pooler, |settings, _| {
        settings.freshness.heartbeat = Duration::from_millis(100);
        settings.freshness.heartbeat_timeout = Duration::from_millis(500);
    })
    .await;
    assert_follows(&app).await;
    app.count_becomes(DOORBELL, 0).await;
    assert!(app.count(UNANNOUNCED).await > 0);
    app.stop().await;
}
