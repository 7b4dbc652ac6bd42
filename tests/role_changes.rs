//! What a role is called and what it permits: a change takes effect for everybody who holds it, and is loaded once.

use serde_json::{Value, json};

use crate::support::app::TestApp;

const LOADS: &str = "claimsmith_cache_loads_total{cache=\"roles\",result=\"published\"}";

/// The claims of alice and bob in globex, who are both viewers.
async fn both(app: &TestApp, claim: &str) -> [Value; 2] {
    let mut found = [Value::Null, Value::Null];
    for (user, place) in ["alice", "bob"].into_iter().zip(&mut found) {
        *place = app.claims(&json!({"user": user, "tenant": "globex"})).await.claim(claim).clone();
    }
    found
}

/// Asks twice, and says how many loads that took.
async fn loads_of(app: &TestApp, claim: &str, expected: &Value) -> usize {
    let before = app.count(LOADS).await;
    for _ in 0..2 {
        assert_eq!(both(app, claim).await, [expected.clone(), expected.clone()]);
    }
    app.count(LOADS).await - before
}

#[actix_rt::test]
async fn a_renamed_role_is_renamed_for_all_who_hold_it_with_one_load() {
    let app = TestApp::start().await;
    assert_eq!(loads_of(&app, "roles", &json!(["viewer"])).await, 2, "one for each user");
    app.change("UPDATE claimsmith_data.role SET name = 'Reader' WHERE role = 'viewer' AND tenant_id = 'globex'").await;
    assert_eq!(loads_of(&app, "roles", &json!(["Reader"])).await, 1);
    let elsewhere = app.claims(&json!({"user": "user-1", "tenant": "big"})).await;
    assert_eq!(elsewhere.claim("roles"), &json!(["viewer"]), "a role belongs to its tenant");
    app.stop().await;
}

#[actix_rt::test]
async fn a_changed_permission_reaches_all_who_hold_the_role_with_one_load() {
    let app = TestApp::start().await;
    assert_eq!(loads_of(&app, "permissions", &json!(["doc:read"])).await, 2, "one for each user");
    app.change("INSERT INTO claimsmith_data.role_permission VALUES ('globex', 'viewer', 'doc:comment')").await;
    assert_eq!(loads_of(&app, "permissions", &json!(["doc:comment", "doc:read"])).await, 1);
    app.change("DELETE FROM claimsmith_data.role_permission WHERE tenant_id = 'globex' AND role = 'viewer'").await;
    assert_eq!(loads_of(&app, "permissions", &json!([])).await, 1);
    app.stop().await;
}

#[actix_rt::test]
async fn a_role_that_nobody_asked_about_holds_changes_nothing_that_is_cached() {
    let app = TestApp::start().await;
    loads_of(&app, "roles", &json!(["viewer"])).await;
    app.change("UPDATE claimsmith_data.role SET name = 'Owner' WHERE role = 'admin' AND tenant_id = 'globex'").await;
    app.change("UPDATE claimsmith_data.role SET name = 'Reader' WHERE role = 'viewer' AND tenant_id = 'acme'").await;
    assert_eq!(loads_of(&app, "roles", &json!(["viewer"])).await, 0);
    app.stop().await;
}
