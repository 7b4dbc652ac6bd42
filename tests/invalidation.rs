//! What a committed change costs: one notification, one pass of the tenant's actor, and nobody else's entries.

use std::future::poll_fn;

use futures_util::stream::{self, StreamExt};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_postgres::{AsyncMessage, Client, NoTls};

use crate::support::app::{Answer, TestApp};
use crate::support::postgres::TestDatabase;

const HITS: &str = "claimsmith_cache_lookups_total{cache=\"roles\",result=\"hit\"}";
const MISSES: &str = "claimsmith_cache_lookups_total{cache=\"roles\",result=\"miss\"}";
const LOADS: &str = "claimsmith_cache_loads_total{cache=\"roles\",result=\"published\"}";
const PASSES: &str = "claimsmith_cache_invalidation_passes_total{cache=\"roles\"}";
const ENTRIES: &str = "claimsmith_cache_entries{cache=\"roles\"}";

const MEMBERS: u32 = 100_000;
const WARMED: usize = 2_000;
/// Entries of other tenants than the one that changes.
const OTHERS: [(&str, &str); 4] = [("alice", "acme"), ("alice", "globex"), ("bob", "globex"), ("user-1", "big")];

/// A listener of the test's own on the service's channel.
struct Listener {
    heard: UnboundedReceiver<String>,
    _client: Client,
}

impl Listener {
    async fn on(database: &TestDatabase) -> Self {
        let (client, mut connection) = tokio_postgres::connect(&database.owner_url, NoTls).await.unwrap();
        let (sender, heard) = unbounded_channel();
        tokio::spawn(async move {
            while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
                if let AsyncMessage::Notification(notification) = message {
                    let _ = sender.send(notification.payload().to_owned());
                }
            }
        });
        client.batch_execute("LISTEN claimsmith").await.unwrap();
        Self { heard, _client: client }
    }

    /// What was heard up to a notification that is sent now; PostgreSQL delivers them in the order of commits.
    async fn heard_until_now(&mut self, database: &TestDatabase) -> Vec<String> {
        database.execute("NOTIFY claimsmith, 'the end'").await;
        let mut payloads = Vec::new();
        loop {
            let payload = self.heard.recv().await.unwrap();
            if payload == "the end" {
                return payloads;
            }
            payloads.push(payload);
        }
    }
}

async fn ask(app: &TestApp, user: &str, tenant: &str) -> Answer {
    app.claims(&json!({"user": user, "tenant": tenant})).await
}

/// Asks for `user`, and refuses an answer that is older than everything committed by now.
async fn ask_up_to_date(app: &TestApp, user: &str, tenant: &str) -> Answer {
    let head = app.database.value("SELECT claimsmith.head()").await;
    app.claims(&json!({"user": user, "tenant": tenant, "at_least": head})).await
}

async fn assert_roles(app: &TestApp, users: impl IntoIterator<Item = String>, tenant: &str, roles: &Value) {
    let asked = stream::iter(users).map(|user| async move { ask(app, &user, tenant).await });
    let answers = asked.buffer_unordered(64).collect::<Vec<_>>().await;
    for answer in &answers {
        assert_eq!(answer.claim("roles"), roles, "{answer:?}");
    }
}

async fn make_huge_tenant(app: &TestApp) {
    app.change(&format!(
        "INSERT INTO claimsmith_data.tenant (id, name) VALUES ('huge', 'Huge');
         INSERT INTO claimsmith_data.role (tenant_id, role, name) VALUES ('huge', 'old', 'old'), ('huge', 'new', 'new');
         INSERT INTO claimsmith_data.membership (tenant_id, user_id)
           SELECT 'huge', 'member-' || n FROM generate_series(1, {MEMBERS}) n;
         INSERT INTO claimsmith_data.membership_role (tenant_id, user_id, role)
           SELECT 'huge', 'member-' || n, 'old' FROM generate_series(1, {MEMBERS}) n"
    ))
    .await;
}

fn members() -> impl Iterator<Item = String> {
    (1..=WARMED).map(|number| format!("member-{number}"))
}

#[actix_rt::test]
async fn a_hundred_thousand_changed_memberships_are_one_notification_and_one_pass() {
    let app = TestApp::start().await;
    make_huge_tenant(&app).await;
    for (user, tenant) in OTHERS {
        assert_eq!(ask(&app, user, tenant).await.status, 200);
    }
    assert_roles(&app, members(), "huge", &json!(["old"])).await;
    app.count_becomes(ENTRIES, WARMED + OTHERS.len()).await;

    let mut listener = Listener::on(&app.database).await;
    let passes = app.count(PASSES).await;
    app.database.execute("UPDATE claimsmith_data.membership_role SET role = 'new' WHERE tenant_id = 'huge'").await;
    let first = ask_up_to_date(&app, "member-1", "huge").await;
    assert_eq!(first.claim("roles"), &json!(["new"]), "the first answer after the change contains it");
    assert_eq!(app.count(PASSES).await - passes, 1);
    assert_eq!(listener.heard_until_now(&app.database).await.len(), 1);

    app.count_becomes(ENTRIES, 1 + OTHERS.len()).await;
    let (hits, misses) = (app.count(HITS).await, app.count(MISSES).await);
    for (user, tenant) in OTHERS {
        ask(&app, user, tenant).await;
    }
    assert_eq!(app.count(HITS).await - hits, OTHERS.len(), "other tenants kept their entries");
    assert_eq!(app.count(MISSES).await, misses);
    assert_roles(&app, members(), "huge", &json!(["new"])).await;
    app.stop().await;
}

#[actix_rt::test]
async fn a_transaction_over_several_tables_is_one_pass() {
    let app = TestApp::start().await;
    ask(&app, "alice", "acme").await;
    let mut listener = Listener::on(&app.database).await;
    let passes = app.count(PASSES).await;
    app.database
        .execute(
            "INSERT INTO claimsmith_data.role_permission VALUES ('acme', 'viewer', 'doc:print');
             UPDATE claimsmith_data.membership_role SET role = 'viewer' WHERE tenant_id = 'acme';
             UPDATE claimsmith_data.membership SET attributes = '{\"seen\": true}' WHERE tenant_id = 'acme'",
        )
        .await;
    let answer = ask_up_to_date(&app, "alice", "acme").await;
    assert_eq!(answer.claim("permissions"), &json!(["doc:print", "doc:read"]));
    assert_eq!(listener.heard_until_now(&app.database).await.len(), 1);
    assert_eq!(app.count(PASSES).await - passes, 1);
    app.stop().await;
}

#[actix_rt::test]
async fn a_changed_member_costs_no_other_member_an_entry() {
    let app = TestApp::start().await;
    let editors = (1..=50).map(|number| format!("user-{}", 2 * number));
    assert_roles(&app, editors.clone(), "big", &json!(["editor"])).await;
    app.change(
        "UPDATE claimsmith_data.membership_role SET role = 'admin' WHERE user_id = 'user-2' AND tenant_id = 'big'",
    )
    .await;
    let misses = app.count(MISSES).await;
    assert_roles(&app, editors.skip(1), "big", &json!(["editor"])).await;
    assert_eq!(app.count(MISSES).await, misses);
    assert_eq!(ask(&app, "user-2", "big").await.claim("roles"), &json!(["admin"]));
    assert_eq!(app.count(MISSES).await - misses, 1);
    app.stop().await;
}

#[actix_rt::test]
async fn a_changed_permission_costs_one_query_however_many_hold_the_role() {
    let app = TestApp::start().await;
    let editors = (1..=50).map(|number| format!("user-{}", 2 * number));
    assert_roles(&app, editors.clone(), "big", &json!(["editor"])).await;
    app.change("INSERT INTO claimsmith_data.role_permission VALUES ('big', 'editor', 'doc:print')").await;
    let loads = app.count(LOADS).await;
    for editor in editors {
        assert_eq!(ask(&app, &editor, "big").await.claim("permissions"), &json!(["doc:edit", "doc:print"]));
    }
    assert_eq!(app.count(LOADS).await - loads, 1);
    app.stop().await;
}
