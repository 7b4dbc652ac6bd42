//! After an outage only what changed meanwhile is read again, and however many ask for it at once, in few queries.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::TestApp;

const TENANTS: usize = 1_000;
const CHANGED: usize = TENANTS / 100;
/// Requests for each changed tenant that arrive together.
const HERD: usize = 50;
const HITS: &str = "claimsmith_cache_lookups_total{cache=\"roles\",result=\"hit\"}";
const MISSES: &str = "claimsmith_cache_lookups_total{cache=\"roles\",result=\"miss\"}";
const KEYS: &str = "claimsmith_cache_load_keys_sum{cache=\"roles\"}";
const QUERIES: &str = "claimsmith_directory_query_duration_seconds_count{query=\"members\"}";
const RESETS: &str = "claimsmith_feed_resets_total";
const MISSED: &str = "claimsmith_feed_caught_up_changes_total";

const MANY_TENANTS: &str = "
    INSERT INTO claimsmith_data.tenant (id, name) SELECT 't' || n, 'Tenant ' || n FROM generate_series(0, 999) AS n;
    INSERT INTO claimsmith_data.role (tenant_id, role, name) SELECT 't' || n, r, r
      FROM generate_series(0, 999) AS n, unnest('{viewer,editor}'::text[]) AS r;
    INSERT INTO claimsmith_data.membership (tenant_id, user_id) SELECT 't' || n, 'alice' FROM generate_series(0, 999) AS n;
    INSERT INTO claimsmith_data.membership_role (tenant_id, user_id, role)
      SELECT 't' || n, 'alice', 'viewer' FROM generate_series(0, 999) AS n";

fn question(tenant: usize) -> Value {
    json!({"user": "alice", "tenant": format!("t{tenant}")})
}

/// Asks for every tenant; 50 at a time, so that no open file is one too many.
async fn ask_all(app: &TestApp) -> Vec<Value> {
    let mut roles = Vec::with_capacity(TENANTS);
    for some in (0..TENANTS).collect::<Vec<_>>().chunks(50) {
        let questions: Vec<Value> = some.iter().map(|tenant| question(*tenant)).collect();
        for answer in join_all(questions.iter().map(|question| app.claims(question))).await {
            assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
            roles.push(answer.claim("roles").clone());
        }
    }
    roles
}

#[actix_rt::test]
async fn of_a_thousand_tenants_only_the_ten_that_changed_are_read_again() {
    let app = TestApp::with(|settings| {
        settings.freshness.reconnect_min = Duration::from_secs(2);
        settings.freshness.reconnect_max = Duration::from_secs(2);
    })
    .await;
    app.change(MANY_TENANTS).await;
    assert_eq!(ask_all(&app).await, vec![json!(["viewer"]); TENANTS]);

    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    app.database.execute(cut).await;
    app.count_becomes("claimsmith_feed_connected", 0).await;
    for tenant in 0..CHANGED {
        let sql = "UPDATE claimsmith_data.membership_role SET role = 'editor' WHERE tenant_id = 't{}'";
        app.database.execute(&sql.replace("{}", &tenant.to_string())).await;
    }
    assert_eq!(app.count("claimsmith_feed_connected").await, 0, "the changes came while the feed was cut off");
    app.count_becomes(MISSED, CHANGED).await;
    app.change("SELECT 1").await;

    let before = [app.count(HITS).await, app.count(MISSES).await, app.count(KEYS).await, app.count(QUERIES).await];
    let herd = (0..CHANGED * HERD).map(|number| question(number % CHANGED)).collect::<Vec<_>>();
    for answer in join_all(herd.iter().map(|question| app.claims(question))).await {
        assert_eq!(answer.claim("roles"), &json!(["editor"]), "{answer:?}");
    }
    let expected: Vec<Value> = (0..TENANTS).map(|n| json!([if n < CHANGED { "editor" } else { "viewer" }])).collect();
    assert_eq!(ask_all(&app).await, expected);

    let after = [app.count(HITS).await, app.count(MISSES).await, app.count(KEYS).await, app.count(QUERIES).await];
    let [hits, misses, keys, queries] = [0, 1, 2, 3].map(|n| after[n] - before[n]);
    assert_eq!((keys, queries), (CHANGED, CHANGED), "each changed tenant was read once");
    assert!(misses >= CHANGED && hits + misses == TENANTS + CHANGED * HERD, "{hits} hits, {misses} misses");
    assert_eq!(app.count(RESETS).await, 0);
    app.stop().await;
}
