//! Any number of requests that miss at the same time cost a handful of queries.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use crate::support::app::TestApp;
use crate::support::postgres::Session;

const LOADS: &str = "claimsmith_cache_loads_total{cache=\"roles\",result=\"published\"}";
const QUERIES: &str = "claimsmith_directory_query_duration_seconds_count{query=\"members\"}";
const IDENTITY_QUERIES: &str = "claimsmith_directory_query_duration_seconds_count{query=\"identities\"}";
const IN_FLIGHT: &str = "claimsmith_http_requests_in_flight{surface=\"claims\"}";

async fn patient_app() -> TestApp {
    TestApp::with(|settings| {
        settings.database.statement_timeout = Duration::from_mins(1);
        settings.http.answer_deadline = Duration::from_mins(1);
    })
    .await
}

/// Queries that read this table wait until the session ends.
async fn lock(app: &TestApp, table: &str) -> Session {
    let session = app.database.session().await;
    let lock = format!("BEGIN; LOCK TABLE claimsmith_data.{table} IN ACCESS EXCLUSIVE MODE");
    session.client.batch_execute(&lock).await.unwrap();
    session
}

/// Sends all bodies at once, while queries that read `table` wait until every request is under way. All are answered.
async fn ask_together(app: &TestApp, table: &str, bodies: impl Iterator<Item = serde_json::Value>) {
    let locked = lock(app, table).await;
    let bodies: Vec<_> = bodies.collect();
    let asked = join_all(bodies.iter().map(|body| app.claims(body)));
    let unlocked = async {
        app.count_becomes(IN_FLIGHT, bodies.len()).await;
        drop(locked);
    };
    let (answers, ()) = tokio::join!(asked, unlocked);
    assert!(answers.iter().all(|answer| answer.status == 200), "{:?}", answers.iter().find(|one| one.status != 200));
}

#[actix_rt::test]
async fn a_thousand_requests_for_a_thousand_cold_users_cost_a_handful_of_queries() {
    let app = patient_app().await;
    let (loads, queries) = (app.count(LOADS).await, app.count(QUERIES).await);
    ask_together(
        &app,
        "membership",
        (1..=1000).map(|number| json!({"user": format!("user-{number}"), "tenant": "big"})),
    )
    .await;
    let (loads, queries) = (app.count(LOADS).await - loads, app.count(QUERIES).await - queries);
    assert!((1..=8).contains(&queries), "{queries} queries");
    assert_eq!(loads, queries, "each query was published");
    app.stop().await;
}

#[actix_rt::test]
async fn two_hundred_requests_for_one_cold_user_cost_one_query() {
    let app = patient_app().await;
    let queries = app.count(QUERIES).await;
    ask_together(&app, "membership", (0..200).map(|_| json!({"user": "user-7", "tenant": "big"}))).await;
    assert_eq!(app.count(QUERIES).await - queries, 1);
    app.stop().await;
}

#[actix_rt::test]
async fn two_hundred_requests_for_one_cold_identity_cost_one_query() {
    let app = patient_app().await;
    let queries = app.count(IDENTITY_QUERIES).await;
    let subject = json!({"issuer": "https://acme.eu.auth0.com/", "sub": "auth0|alice"});
    ask_together(&app, "identity", (0..200).map(|_| json!({"subject": subject, "tenant": "acme"}))).await;
    assert_eq!(app.count(IDENTITY_QUERIES).await - queries, 1);
    app.stop().await;
}
