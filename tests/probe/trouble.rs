//! What it says when changes come late, are lost, cannot be made or cannot be seen.

use std::time::Duration;

use serde_json::{Value, json};

use super::{flips, probe, started, status, until_flips, url_of, with_canary};
use crate::support::app::TestApp;
use crate::support::process::Process;
use crate::support::wait::until;

/// What must be neither in `/status` nor in the log.
const SAID: &str = "said-in-the-statement";

async fn until_problem(app: &TestApp, words: &'static str) -> Value {
    until("the problem is told", || async {
        Some(status(app).await).filter(|status| status["problem"].as_str().is_some_and(|told| told.contains(words)))
    })
    .await
}

#[actix_rt::test]
async fn changes_are_late_and_not_stale_while_the_feed_is_cut_off() {
    let database = with_canary().await;
    let mut probe = probe(&url_of(&database));
    probe.every = Duration::from_millis(300);
    let app = TestApp::on(database, |settings| {
        settings.probe = Some(probe);
        settings.freshness.reconnect_max = Duration::from_millis(200);
    })
    .await;
    until_flips(&app, "seen", 2).await;
    let late = flips(&app, "late").await;
    app.database.execute(&in_this_database("REVOKE CONNECT ON DATABASE %I FROM PUBLIC")).await;
    app.database.execute(END_OF_THE_FEED).await;
    app.count_becomes("claimsmith_feed_connected", 0).await;
    until_flips(&app, "late", late + 3).await;
    until_problem(&app, "within probe.every").await;

    app.database.execute(&in_this_database("GRANT CONNECT ON DATABASE %I TO PUBLIC")).await;
    app.count_becomes("claimsmith_feed_connected", 1).await;
    let seen = flips(&app, "seen").await;
    until_flips(&app, "seen", seen + 2).await;
    assert_eq!((flips(&app, "stale").await, flips(&app, "failed").await), (0, 0));
    app.stop().await;
}

/// Whoever is connected stays so, except for the feed.
const END_OF_THE_FEED: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%claimsmith.since%'";

fn in_this_database(sql: &str) -> String {
    format!("DO $$ BEGIN EXECUTE format('{sql}', current_database()); END $$")
}

#[actix_rt::test]
async fn an_answer_that_lacks_a_change_that_it_claims_to_contain_is_called_stale() {
    let database = with_canary().await;
    // Hidden from the triggers, as a table that is not watched; the position is drawn by something else.
    let mut probe = probe(&database.owner_url);
    let hidden = "SET LOCAL session_replication_role = replica;
        INSERT INTO claimsmith_data.membership_role VALUES ('canary', 'canary', 'canary') ON CONFLICT DO NOTHING;
        SET LOCAL session_replication_role = origin;
        SELECT claimsmith.touch('[[\"user\", \"acme\", [\"alice\"]]]')";
    probe.grant = Some(hidden.to_owned());
    probe.revoke = Some("DELETE FROM claimsmith_data.membership_role WHERE tenant_id = 'canary'".to_owned());
    let app = TestApp::on(database, |settings| settings.probe = Some(probe)).await;
    until_flips(&app, "stale", 2).await;
    assert_eq!(flips(&app, "seen").await, 0);
    until_problem(&app, "claims to contain").await;
    app.stop().await;
}

#[actix_rt::test]
async fn a_change_of_somebody_elses_that_the_log_does_not_know_is_noticed() {
    let app = started(with_canary().await).await;
    until_flips(&app, "seen", 2).await;
    let hidden = "SET LOCAL session_replication_role = replica;
        INSERT INTO claimsmith_data.membership_role VALUES ('canary', 'canary', 'canary') ON CONFLICT DO NOTHING";
    until("the probe notices it", || async {
        // Again and again: in the middle of a round the canary has its role already.
        app.database.execute(hidden).await;
        (flips(&app, "stale").await > 0).then_some(())
    })
    .await;
    app.stop().await;
}

#[actix_rt::test]
async fn a_canary_whose_claims_show_no_roles_is_told_as_such() {
    let database = with_canary().await;
    let blind = "UPDATE claimsmith_data.tenant SET claim_template = '{\"claims\": {\"tenant\": \"tenant.id\"}}' WHERE id = 'canary'";
    database.execute(blind).await;
    let app = started(database).await;
    let told = until_problem(&app, "claim template").await;
    assert_eq!(told["outcome"], "failed", "{told}");
    app.change("UPDATE claimsmith_data.tenant SET claim_template = NULL WHERE id = 'canary'").await;
    until_flips(&app, "seen", 2).await;
    assert_eq!(flips(&app, "stale").await, 0);
    app.stop().await;
}

#[actix_rt::test]
async fn a_canary_that_is_no_member_or_has_no_tenant_is_told_as_such() {
    let database = with_canary().await;
    let mut probe = probe(&url_of(&database));
    probe.tenant = "nowhere".to_owned();
    let app = TestApp::on(database, |settings| settings.probe = Some(probe)).await;
    let told = until_problem(&app, "tenant_unknown").await;
    assert_eq!((told["outcome"].as_str(), told["tenant"].as_str()), (Some("failed"), Some("nowhere")));
    app.stop().await;
}

#[actix_rt::test]
async fn statements_that_change_nothing_watched_are_told_as_such() {
    let database = with_canary().await;
    let mut probe = probe(&url_of(&database));
    (probe.grant, probe.revoke) = (Some("SELECT 1; SELECT 2".to_owned()), Some("SELECT 3".to_owned()));
    let app = TestApp::on(database, |settings| settings.probe = Some(probe)).await;
    until_problem(&app, "no row of a watched table").await;
    assert_eq!((flips(&app, "seen").await, flips(&app, "stale").await), (0, 0));
    app.stop().await;
}

#[actix_rt::test]
async fn a_missing_right_is_told_without_the_statement_and_the_service_goes_on() {
    let database = with_canary().await;
    database.execute("REVOKE INSERT ON claimsmith_data.membership_role FROM claimsmith_probe").await;
    let statement = format!("INSERT INTO claimsmith_data.membership_role VALUES ('canary', '{SAID}', 'canary')");
    let sections = format!(
        "[probe]\nurl = \"{}\"\nevery = \"200ms\"\ngrant = \"{statement}\"\nrevoke = \"SELECT 1\"\n[log]\nformat = \"json\"\n",
        url_of(&database),
    );
    let process = Process::serve_on(database, "probe-rights", &sections).await;
    let told = until("the problem is told", || async {
        let status: Value = reqwest::get(format!("http://{}/status", process.ops)).await.ok()?.json().await.ok()?;
        Some(status["probe"].clone()).filter(|probe| probe["problem"].is_string())
    })
    .await;
    assert!(told["problem"].as_str().unwrap().starts_with("grant: the probe's role lacks a right (42501)"), "{told}");
    let log = process.log();
    assert!(log.contains("42501") && log.contains("the probe measures nothing"), "{log}");
    for secret in [SAID, "INSERT INTO"] {
        assert!(!format!("{told}{log}").contains(secret), "{secret} is in {told} or {log}");
    }
    assert!(process.is_ready().await);
}

#[actix_rt::test]
async fn without_a_probe_the_status_does_not_speak_of_one() {
    let app = TestApp::start().await;
    let status = app.get_ops("/status").await.body;
    assert_eq!((status.get("probe"), &status["draining"]), (None, &json!(false)));
    app.stop().await;
}
