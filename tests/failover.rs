//! Another server takes over, with or without what the first one had committed.

use std::fs;
use std::time::Duration;

use claimsmith::clock::SystemClock;
use claimsmith::config::Settings;
use claimsmith::demo::private_postgres::{PrivatePostgres, Shutdown};
use reqwest::StatusCode;
use serde_json::json;
use tokio_postgres::error::SqlState;

use crate::support::app::{Answer, TestApp};
use crate::support::postgres::{SERVICE_ROLE, TestDatabase, connect, make_template, start_server};
use crate::support::standby::Standby;
use crate::support::wait::until;

const SETTINGS: [(&str, &str); 1] = [("max_connections", "400")];
const DEMOTED: &str = "claimsmith_feed_disconnects_total{cause=\"wrong_role\"}";
const RESETS: &str = "claimsmith_feed_resets_total";

/// A primary with a database, and a standby that has all of it.
struct Pair {
    primary: PrivatePostgres,
    standby: Standby,
    name: String,
}

impl Pair {
    async fn start() -> Self {
        let mut primary = start_server().await;
        make_template(&primary).await;
        let database = TestDatabase::create_on(&primary).await;
        let name = database.value("SELECT current_database()").await.unwrap();
        drop(database);
        let standby = Standby::follow(&mut primary, &SETTINGS).await;
        standby.has_caught_up_with(&primary).await;
        Self { primary, standby, name }
    }

    async fn on_primary(&self) -> TestDatabase {
        TestDatabase::open(self.primary.url(&self.name, "postgres"), self.primary.url(&self.name, SERVICE_ROLE)).await
    }

    async fn on_standby(&self) -> TestDatabase {
        TestDatabase::open(self.standby.url(&self.name, "postgres"), self.standby.url(&self.name, SERVICE_ROLE)).await
    }

    /// From now on the standby gets nothing.
    async fn part(&self) {
        let file = self.primary.socket_dir().join("data/pg_hba.conf");
        let rules = fs::read_to_string(&file).unwrap();
        fs::write(&file, format!("local replication all reject\n{rules}")).unwrap();
        let primary = connect(&self.primary.url("postgres", "postgres")).await;
        primary.value("SELECT pg_reload_conf()").await;
        primary.value("SELECT pg_terminate_backend(pid) FROM pg_stat_replication").await;
        let standby = connect(&self.standby.url("postgres", "postgres")).await;
        until("the standby follows nobody", || async {
            (standby.value("SELECT count(*)::text FROM pg_stat_wal_receiver").await? == "0").then_some(())
        })
        .await;
    }

    async fn stop(self) {
        self.standby.stop().await;
        drop(self.primary);
    }
}

/// Both servers, of which the one is meant that can be written to.
fn either(pair: &Pair) -> String {
    let host = |url: String| url.split('@').nth(1).unwrap().rsplit_once('/').unwrap().0.to_owned();
    let (first, second) = (host(pair.primary.url("x", "x")), host(pair.standby.url("x", "x")));
    format!("postgres://{SERVICE_ROLE}@{first},{second}/{}?target_session_attrs=read-write", pair.name)
}

fn set_role(role: &str) -> String {
    format!("UPDATE claimsmith_data.membership_role SET role = '{role}' WHERE user_id = 'alice' AND tenant_id = 'acme'")
}

async fn ask(app: &TestApp) -> Answer {
    app.claims(&json!({"user": "alice", "tenant": "acme"})).await
}

async fn becomes(app: &TestApp, role: &str) {
    until("the answer is the present primary's", || async {
        (ask(app).await.claim("roles") == &json!([role])).then_some(())
    })
    .await;
}

fn hasty(settings: &mut Settings) {
    settings.freshness.heartbeat = Duration::from_millis(100);
    settings.freshness.heartbeat_timeout = Duration::from_millis(900);
    settings.freshness.reconnect_max = Duration::from_millis(200);
}

#[actix_rt::test]
async fn a_standby_is_no_primary_whatever_the_connection_string_allows_until_it_is_promoted() {
    let pair = Pair::start().await;
    let mut database = pair.on_standby().await;
    database.service_url.push_str("?target_session_attrs=any");
    let app = TestApp::unready(database, &SystemClock::shared(), hasty);
    until("the feed sees what it is", || async { (app.count(DEMOTED).await > 0).then_some(()) }).await;
    assert_eq!(ask(&app).await.status, StatusCode::SERVICE_UNAVAILABLE);
    let refused = app.database.session().await.client.batch_execute("SELECT claimsmith.consistency_token()").await;
    assert_eq!(refused.unwrap_err().code(), Some(&SqlState::READ_ONLY_SQL_TRANSACTION));
    pair.standby.promote().await;
    becomes(&app, "admin").await;
    app.stop().await;
    pair.stop().await;
}

#[actix_rt::test]
async fn commits_that_a_failover_lost_are_gone_from_every_answer() {
    let mut pair = Pair::start().await;
    let mut database = pair.on_primary().await;
    database.service_url = either(&pair);
    let app = TestApp::on(database, hasty).await;
    pair.part().await;
    app.change(&set_role("editor")).await;
    assert_eq!(ask(&app).await.claim("roles"), &json!(["editor"]));
    let lost = app.database.value("SELECT claimsmith.consistency_token()").await.unwrap();

    pair.primary.interrupt(Shutdown::Immediate).await.unwrap();
    pair.standby.promote().await;
    becomes(&app, "admin").await;
    assert!(app.count(RESETS).await >= 1);
    // The new primary draws the same position for another change.
    let promoted = pair.on_standby().await;
    let write = format!("BEGIN; {}; SELECT claimsmith.consistency_token(); COMMIT", set_role("viewer"));
    let token = promoted.value(&write).await.unwrap();
    assert_eq!(token.split('.').next(), lost.split('.').next());
    let at_least = |token: String| json!({"user": "alice", "tenant": "acme", "at_least": token});
    assert_eq!(app.claims(&at_least(token)).await.claim("roles"), &json!(["viewer"]));
    let refused = app.claims(&at_least(lost.clone())).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::CONFLICT, "position_foreign"), "{refused:?}");

    // Who begins to follow only now has to look it up.
    promoted.execute(&set_role("editor")).await;
    let newcomer = TestApp::on(pair.on_standby().await, hasty).await;
    let refused = newcomer.claims(&at_least(lost)).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::CONFLICT, "position_foreign"), "{refused:?}");
    newcomer.stop().await;
    app.stop().await;
    pair.stop().await;
}

#[actix_rt::test]
async fn a_failover_that_loses_nothing_drops_nothing() {
    let mut pair = Pair::start().await;
    let mut database = pair.on_primary().await;
    database.service_url = either(&pair);
    let app = TestApp::on(database, hasty).await;
    app.change(&set_role("editor")).await;
    pair.standby.has_caught_up_with(&pair.primary).await;
    assert_eq!(ask(&app).await.claim("roles"), &json!(["editor"]));
    pair.primary.interrupt(Shutdown::Immediate).await.unwrap();
    app.count_becomes("claimsmith_feed_connected", 0).await;
    pair.standby.promote().await;
    app.count_becomes("claimsmith_feed_connected", 1).await;
    let promoted = pair.on_standby().await;
    promoted.execute(&set_role("viewer")).await;
    becomes(&app, "viewer").await;
    assert_eq!(app.count(RESETS).await, 0);
    app.stop().await;
    pair.stop().await;
}

#[actix_rt::test]
async fn a_feed_that_clings_to_the_old_primary_is_found_out_by_the_first_load_from_the_new_one() {
    let pair = Pair::start().await;
    let mut database = pair.on_primary().await;
    let old = Settings::with_database(&database.service_url).database.url;
    database.service_url = pair.standby.url(&pair.name, SERVICE_ROLE);
    pair.part().await;
    pair.standby.promote().await;
    // Two primaries, as after a network partition: loads go to the one, the feed follows the other.
    let app = TestApp::on(database, |settings| {
        hasty(settings);
        settings.database.listener_url = Some(old);
    })
    .await;
    pair.on_standby().await.execute(&set_role("viewer")).await;
    assert_eq!(app.count(RESETS).await, 0);
    let _ = ask(&app).await;
    until("the two are told apart", || async { (app.count(RESETS).await > 0).then_some(()) }).await;
    app.stop().await;
    pair.stop().await;
}
