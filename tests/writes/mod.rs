//! Every way in which PostgreSQL changes rows: afterwards the service answers what the views say, for everybody, and what
//! nobody has changed it has not read again.

mod kinds;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::postgres::TestDatabase;
use kinds::{Effect, KINDS, Write};

const TABLES: &str = include_str!("tables.sql");
const ROWS: &str = include_str!("rows.sql");
const EVERYBODY: [(&str, &str); 4] = [("acme", "alice"), ("acme", "bob"), ("globex", "alice"), ("globex", "bob")];
const PASSES: &str = "claimsmith_cache_invalidation_passes_total{cache=\"roles\"}";

/// What the views say: roles and permissions of everybody, `null` for who is no member.
const TRUTH: &str = "
    SELECT json_agg((SELECT json_build_object('roles', m.roles, 'permissions',
             (SELECT coalesce(json_agg(DISTINCT p ORDER BY p), '[]') FROM claimsmith.role AS r, unnest(r.permissions) AS p
              WHERE r.tenant_id = m.tenant_id AND r.role = ANY (m.roles)))
           FROM claimsmith.membership AS m WHERE m.tenant_id = w.t AND m.user_id = w.p) ORDER BY ord)::text
    FROM (VALUES (1, 'acme', 'alice'), (2, 'acme', 'bob'), (3, 'globex', 'alice'), (4, 'globex', 'bob')) AS w (ord, t, p)";

async fn truth(database: &TestDatabase) -> Value {
    serde_json::from_str(&database.value(TRUTH).await.unwrap()).unwrap()
}

/// What the service says to who wants everything that has committed by now.
async fn answers(app: &TestApp) -> Value {
    let head = app.database.value("SELECT claimsmith.consistency_token()").await.unwrap();
    let mut answers = Vec::new();
    for (tenant, user) in EVERYBODY {
        let answer = app.claims(&json!({"user": user, "tenant": tenant, "at_least": head})).await;
        answers.push(if answer.status == StatusCode::OK {
            json!({"roles": answer.claim("roles"), "permissions": answer.claim("permissions")})
        } else {
            assert_eq!(answer.code(), "not_a_member", "{answer:?}");
            Value::Null
        });
    }
    Value::Array(answers)
}

async fn check(app: &TestApp, write: &Write) {
    app.change(ROWS).await;
    let before = truth(&app.database).await;
    assert_eq!(answers(app).await, before, "{}: before", write.name);
    let passes = app.count(PASSES).await;
    app.database.session().await.value(write.sql).await;
    let after = truth(&app.database).await;
    assert_eq!(after != before, write.effect == Effect::Changes, "{}: {after}", write.name);
    assert_eq!(answers(app).await, after, "{}", write.name);
    if write.effect == Effect::None {
        assert_eq!(app.count(PASSES).await, passes, "{}: somebody was told of nothing", write.name);
    }
}

#[actix_rt::test]
async fn whatever_way_rows_change_the_answers_follow() {
    let database = TestDatabase::create().await;
    database.execute(TABLES).await;
    let version: u32 = database.value("SHOW server_version_num").await.unwrap().parse().unwrap();
    let app = TestApp::on(database, |_| ()).await;
    for write in KINDS.iter().filter(|write| version >= write.since) {
        check(&app, write).await;
    }
    app.stop().await;
}
