//! Servers that are not what the service needs, and what may stand in between.

use super::{examined_at, examined_with};
use crate::support::pgbouncer::{Mode, PgBouncer};
use crate::support::postgres::{SERVICE_ROLE, TestDatabase, make_template, server, start_server};
use crate::support::standby::Standby;

async fn name_of(database: &TestDatabase) -> String {
    database.value("SELECT current_database()").await.unwrap()
}

#[actix_rt::test]
async fn a_standby_is_told_from_a_primary_and_is_sound_once_it_is_promoted() {
    let mut primary = start_server().await;
    make_template(&primary).await;
    let name = name_of(&TestDatabase::create_on(&primary).await).await;
    let standby = Standby::follow(&mut primary, &[("max_connections", "400")]).await;
    standby.has_caught_up_with(&primary).await;
    let url = standby.url(&name, SERVICE_ROLE);

    let (problem, remedy) = examined_at(&url).await.only("connect", "error", "database.url");
    assert!(problem.contains("standby") && remedy.contains("primary"), "{problem} {remedy}");
    let insisting = format!("{url}?target_session_attrs=any");
    let found = examined_at(&insisting).await;
    let checks: Vec<_> = found.findings().iter().map(|finding| finding["check"].as_str().unwrap()).collect();
    assert_eq!(checks, ["connect", "pooler"], "what cannot be tried there is said: {:#}", found.report);
    assert_eq!(found.ended.code, Some(1));

    standby.promote().await;
    examined_at(&url).await.assert_silent();
    standby.stop().await;
    primary.stop().await.unwrap();
}

#[actix_rt::test]
async fn a_pooler_in_transaction_mode_is_found_and_a_direct_listener_mends_it() {
    let Some(pooler) = PgBouncer::start(server().await, Mode::Transaction).await else { return };
    let database = TestDatabase::create().await;
    let url = pooler.url(&name_of(&database).await, SERVICE_ROLE);
    let (problem, remedy) = examined_at(&url).await.only("pooler", "error", "database.url");
    assert!(problem.contains("transaction mode") && remedy.contains("set database.listener_url"), "{problem} {remedy}");

    let direct =
        [("CLAIMSMITH_DATABASE_URL", url.as_str()), ("CLAIMSMITH_DATABASE_LISTENER_URL", &database.service_url)];
    examined_with(&direct, &[]).await.assert_silent();
}

#[actix_rt::test]
async fn a_pooler_in_session_mode_is_none_for_the_listener() {
    let Some(pooler) = PgBouncer::start(server().await, Mode::Session).await else { return };
    let database = TestDatabase::create().await;
    examined_at(&pooler.url(&name_of(&database).await, SERVICE_ROLE)).await.assert_silent();
}

#[actix_rt::test]
async fn probes_of_others_are_not_taken_for_ours() {
    let Some(pooler) = PgBouncer::start(server().await, Mode::Transaction).await else { return };
    let database = TestDatabase::create().await;
    let url = pooler.url(&name_of(&database).await, SERVICE_ROLE);
    let listening =
        [("CLAIMSMITH_DATABASE_URL", database.service_url.as_str()), ("CLAIMSMITH_DATABASE_LISTENER_URL", &url)];
    let noise = database.session().await;
    let ringing = async {
        loop {
            noise.client.batch_execute("SELECT pg_notify('claimsmith_probe', 'somebody else''s')").await.unwrap();
        }
    };
    tokio::select! {
        () = ringing => {}
        found = examined_with(&listening, &[]) => {
            found.only("pooler", "error", "database.listener_url");
        }
    }
}

#[actix_rt::test]
async fn a_listener_that_leads_elsewhere_is_found() {
    let (database, other) = (TestDatabase::create().await, TestDatabase::create().await);
    let apart = [
        ("CLAIMSMITH_DATABASE_URL", database.service_url.as_str()),
        ("CLAIMSMITH_DATABASE_LISTENER_URL", &other.service_url),
    ];
    let (problem, _) = examined_with(&apart, &[]).await.only("pooler", "error", "database.listener_url");
    assert!(problem.contains("another server or database"), "{problem}");
}
