//! An adopter's own tables with uuid keys, connected as `sql/examples` shows.

use claimsmith::error::Code;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::{Answer, TestApp};
use crate::support::postgres::TestDatabase;

const TABLES: &str = include_str!("../sql/examples/own_tables_schema.sql");
const CONTRACT: &str = include_str!("../sql/examples/own_tables.sql");

const NORTH: &str = "11111111-1111-4111-8111-111111111111";
const SOUTH: &str = "22222222-2222-4222-8222-222222222222";
const DORA: &str = "dddddddd-dddd-4ddd-8ddd-dddddddddddd";

const ROWS: &str = "
    INSERT INTO app.tenants VALUES
      ('11111111-1111-4111-8111-111111111111', 'North', 'north', false), ('22222222-2222-4222-8222-222222222222', 'South', 'south', false);
    INSERT INTO app.users VALUES ('dddddddd-dddd-4ddd-8ddd-dddddddddddd', 'd@example.com', 'de', '11111111-1111-4111-8111-111111111111');
    INSERT INTO app.logins VALUES ('main', 'login|dora', 'dddddddd-dddd-4ddd-8ddd-dddddddddddd');
    INSERT INTO app.roles SELECT id, 7, 'clerk' FROM app.tenants UNION SELECT id, 9, 'boss' FROM app.tenants;
    INSERT INTO app.role_permissions SELECT id, 7, 'bill:read' FROM app.tenants UNION SELECT id, 9, 'bill:write' FROM app.tenants;
    INSERT INTO app.memberships SELECT id, 'dddddddd-dddd-4ddd-8ddd-dddddddddddd', 7 FROM app.tenants;
    INSERT INTO claimsmith_data.issuer (id, issuer) VALUES ('main', '{https://login.own.example/}');";

/// The service on a database whose application had its tables before.
async fn start() -> TestApp {
    let database = TestDatabase::create().await;
    for script in [TABLES, ROWS, CONTRACT] {
        database.execute(script).await;
    }
    TestApp::on(database, |_| ()).await
}

async fn dora(app: &TestApp, hints: Value) -> Answer {
    let subject = json!({"issuer": "https://login.own.example/", "sub": "login|dora"});
    app.claims(&json!({"subject": subject, "hints": hints})).await
}

#[actix_rt::test]
async fn own_tables_answer_like_the_default_ones() {
    let app = start().await;
    let answer = dora(&app, json!({"host": "south.app.example"})).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(answer.body["tenant"], SOUTH);
    assert_eq!(answer.body["user"], DORA);
    assert_eq!(answer.claim("roles"), &json!(["clerk"]));
    assert_eq!(answer.claim("permissions"), &json!(["bill:read"]));
    let default = dora(&app, json!({})).await;
    assert_eq!((&default.body["tenant"], &default.body["tenant_source"]), (&json!(NORTH), &json!("default")));
    let picker = app.get(&format!("/v1/memberships?user={DORA}")).await;
    let line = |tenant, name, default| json!({"tenant": tenant, "name": name, "default": default, "suspended": false});
    assert_eq!(picker.body["memberships"], json!([line(NORTH, "North", true), line(SOUTH, "South", false)]));
    app.stop().await;
}

#[actix_rt::test]
async fn a_user_that_the_id_column_cannot_hold_is_no_member() {
    let app = start().await;
    let shouted = DORA.to_uppercase();
    for user in ["bob", "", "dddddddd", shouted.as_str(), "{dddddddd-dddd-4ddd-8ddd-dddddddddddd}"] {
        let code = if user.is_empty() { Code::InvalidRequest } else { Code::NotAMember };
        app.claims(&json!({"user": user, "tenant": NORTH})).await.assert_refused(code);
    }
    let answer = app.claims(&json!({"user": DORA, "tenant": NORTH})).await;
    assert_eq!(answer.status, StatusCode::OK, "nobody else pays for them");
    app.stop().await;
}

#[actix_rt::test]
async fn a_change_of_every_watched_table_changes_the_answer() {
    let app = start().await;
    let ask = async || dora(&app, json!({"host": "south.app.example"})).await;
    assert_eq!(ask().await.claim("roles"), &json!(["clerk"]));
    app.change(&format!("UPDATE app.memberships SET role_id = 9 WHERE tenant_id = '{SOUTH}'")).await;
    assert_eq!(ask().await.claim("roles"), &json!(["boss"]));
    app.change("UPDATE app.roles SET name = 'chief' WHERE id = 9").await;
    assert_eq!(ask().await.claim("roles"), &json!(["chief"]));
    app.change("UPDATE app.role_permissions SET perm = 'bill:pay' WHERE role_id = 9").await;
    assert_eq!(ask().await.claim("permissions"), &json!(["bill:pay"]));
    app.change(&format!("UPDATE app.users SET home_tenant_id = '{SOUTH}'")).await;
    assert_eq!(dora(&app, json!({})).await.body["tenant"], SOUTH);
    app.change("UPDATE app.tenants SET subdomain = 'sud' WHERE subdomain = 'south'").await;
    ask().await.assert_refused(Code::TenantUnknown);
    assert_eq!(dora(&app, json!({"host": "sud.app.example"})).await.status, StatusCode::OK);
    app.change("UPDATE app.tenants SET closed = true").await;
    dora(&app, json!({})).await.assert_refused(Code::TenantSuspended);
    app.change("DELETE FROM app.logins").await;
    dora(&app, json!({})).await.assert_refused(Code::UserUnknown);
    app.stop().await;
}

#[actix_rt::test]
async fn the_views_may_be_replaced_under_the_running_service() {
    let app = TestApp::start().await;
    let before = app.claims(&json!({"user": "alice", "tenant": "acme"})).await;
    assert_eq!(before.status, StatusCode::OK, "the statements are prepared on the default tables");
    app.database.execute(TABLES).await;
    app.database.execute(ROWS).await;
    app.change(CONTRACT).await;
    let after = dora(&app, json!({"host": "south.app.example"})).await;
    assert_eq!(after.claim("roles"), &json!(["clerk"]), "{after:?}");
    assert_eq!(dora(&app, json!({})).await.body["tenant"], NORTH);
    app.claims(&json!({"user": "alice", "tenant": "acme"})).await.assert_refused(Code::TenantUnknown);
    app.stop().await;
}
