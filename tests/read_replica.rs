//! Loads from a read replica: taken where they are new enough, and never believed where they are not.

use claimsmith::config::Settings;
use claimsmith::demo::private_postgres::PrivatePostgres;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::postgres::{SERVICE_ROLE, TestDatabase, connect, make_template, start_server};
use crate::support::standby::Standby;
use crate::support::wait::until;

const ANSWERED: &str = "claimsmith_directory_replica_loads_total{outcome=\"answered\"}";
const FAILED: &str = "claimsmith_directory_replica_loads_total{outcome=\"failed\"}";
const OTHER_HISTORY: &str = "claimsmith_directory_replica_loads_total{outcome=\"other_history\"}";
const FENCED: &str = "claimsmith_cache_loads_total{cache=\"roles\",result=\"fenced\"}";
const RESETS: &str = "claimsmith_feed_resets_total";
const SETTINGS: [(&str, &str); 2] = [("max_connections", "400"), ("hot_standby_feedback", "on")];

struct Pair {
    primary: PrivatePostgres,
    standby: Standby,
    app: TestApp,
}

impl Pair {
    async fn start() -> Self {
        let mut primary = start_server().await;
        make_template(&primary).await;
        let database = TestDatabase::create_on(&primary).await;
        let (owner_url, service_url) = (database.owner_url.clone(), database.service_url.clone());
        drop(database);
        let standby = Standby::follow(&mut primary, &SETTINGS).await;
        let name = owner_url.rsplit('/').next().unwrap().to_owned();
        let replica_url = standby.url(&name, SERVICE_ROLE);
        let database = TestDatabase::open(owner_url, service_url).await;
        standby.has_caught_up_with(&primary).await;
        let app = TestApp::on(database, |settings| {
            settings.database.replica_url = Some(Settings::with_database(&replica_url).database.url);
        })
        .await;
        Self { primary, standby, app }
    }

    async fn stop(self) {
        self.app.stop().await;
        self.standby.stop().await;
        drop(self.primary);
    }

    async fn replica(&self, sql: &str) -> Option<String> {
        connect(&self.standby.url("postgres", "postgres")).await.value(sql).await
    }
}

async fn roles(app: &TestApp, user: &str, tenant: &str) -> Value {
    let answer = app.claims(&json!({"user": user, "tenant": tenant})).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.claim("roles").clone()
}

fn promote(role: &str) -> String {
    format!("UPDATE claimsmith_data.membership_role SET role = '{role}' WHERE user_id = 'alice' AND tenant_id = 'acme'")
}

#[actix_rt::test]
async fn what_is_not_in_memory_is_loaded_from_the_replica() {
    let pair = Pair::start().await;
    assert_eq!(pair.app.count(ANSWERED).await, 0);
    assert_eq!(roles(&pair.app, "alice", "acme").await, json!(["admin"]));
    assert_eq!(pair.app.count(ANSWERED).await, 1);
    assert_eq!(pair.app.count(FENCED).await, 0);
    pair.stop().await;
}

#[actix_rt::test]
async fn a_replica_that_lags_is_overruled_by_the_primary_where_something_changed_and_nowhere_else() {
    let pair = Pair::start().await;
    assert_eq!(roles(&pair.app, "alice", "acme").await, json!(["admin"]));
    pair.replica("SELECT pg_wal_replay_pause()").await;
    until("the replay is paused", || async {
        (pair.replica("SELECT pg_get_wal_replay_pause_state()").await? == "paused").then_some(())
    })
    .await;
    for role in ["viewer", "editor", "admin", "viewer"] {
        pair.app.change(&promote(role)).await;
        assert_eq!(roles(&pair.app, "alice", "acme").await, json!([role]), "the replica does not know");
    }
    let (answered, fenced) = (pair.app.count(ANSWERED).await, pair.app.count(FENCED).await);
    assert_eq!(fenced, 4, "each time the replica was asked first and refused");
    // Nothing has changed in this tenant, but nobody had looked at it before either: its floor is everything that is known.
    assert_eq!(roles(&pair.app, "bob", "globex").await, json!(["viewer"]));
    assert_eq!((pair.app.count(ANSWERED).await, pair.app.count(FENCED).await), (answered + 1, fenced + 1));
    pair.replica("SELECT pg_wal_replay_resume()").await;
    pair.stop().await;
}

#[actix_rt::test]
async fn a_replica_that_fails_costs_nobody_an_answer() {
    let pair = Pair::start().await;
    let Pair { primary, standby, app } = pair;
    standby.stop().await;
    assert_eq!(roles(&app, "alice", "acme").await, json!(["admin"]));
    assert_eq!(roles(&app, "bob", "globex").await, json!(["viewer"]));
    assert_eq!(
        (app.count(FAILED).await, app.count(ANSWERED).await),
        (1, 0),
        "it is left alone after the first failure"
    );
    app.stop().await;
    drop(primary);
}

#[actix_rt::test]
async fn a_replica_with_a_history_of_its_own_is_not_believed() {
    let pair = Pair::start().await;
    pair.standby.promote().await;
    // The same position on both, drawn by two transactions.
    let name = pair.app.database.owner_url.rsplit('/').next().unwrap().to_owned();
    let apart = connect(&pair.standby.url(&name, "postgres")).await;
    apart.value(&promote("editor")).await;
    pair.app.change(&promote("viewer")).await;
    let head = "SELECT claimsmith.head()::text";
    assert_eq!(apart.value(head).await, pair.app.database.value(head).await);

    assert_eq!(roles(&pair.app, "alice", "acme").await, json!(["viewer"]));
    assert_eq!((pair.app.count(OTHER_HISTORY).await, pair.app.count(ANSWERED).await), (1, 0));
    assert_eq!(pair.app.count(RESETS).await, 0, "the primary's history is the one that counts");
    pair.stop().await;
}
