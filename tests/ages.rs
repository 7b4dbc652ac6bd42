//! How old an answer may be is the caller's own affair: refused, or given and marked.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::{Answer, TestApp};
use crate::support::callers::add_caller;
use crate::support::wait::until;

const STRICT: &str = "cs_strict";
const PATIENT: &str = "cs_patient";
const STALE: &str = "claimsmith_stale_answers_total";

/// A service whose change feed, once lost, does not come back while the test runs.
async fn service() -> TestApp {
    TestApp::with(|settings| {
        settings.freshness.heartbeat = Duration::from_millis(100);
        settings.freshness.heartbeat_timeout = Duration::from_millis(900);
        settings.freshness.max_age = Duration::from_secs(3);
        settings.freshness.reconnect_min = Duration::from_mins(1);
        settings.freshness.reconnect_max = Duration::from_mins(1);
        add_caller(settings, "strict", STRICT, |caller| caller.max_age = Some(Duration::from_secs(1)));
        add_caller(settings, "patient", PATIENT, |caller| {
            caller.max_age = Some(Duration::from_secs(1));
            caller.stale_up_to = Some(Duration::from_secs(5));
        });
    })
    .await
}

fn question() -> Value {
    json!({"user": "alice", "tenant": "acme"})
}

async fn cut_off(app: &TestApp) {
    let feed = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%since%'";
    app.database.execute(feed).await;
    app.count_becomes("claimsmith_feed_connected", 0).await;
}

fn assert_too_stale(answer: &Answer) {
    assert_eq!((answer.status, answer.code()), (StatusCode::SERVICE_UNAVAILABLE, "too_stale"), "{answer:?}");
}

#[actix_rt::test]
async fn a_strict_caller_is_refused_while_others_are_still_answered() {
    let app = service().await;
    assert_eq!(app.claims_as(STRICT, &question()).await.status, StatusCode::OK);
    cut_off(&app).await;
    let refused = until("the strict caller is refused", || async {
        Some(app.claims_as(STRICT, &question()).await).filter(|answer| answer.status != StatusCode::OK)
    })
    .await;
    assert_too_stale(&refused);
    let patient = app.claims_as(PATIENT, &question()).await;
    assert_eq!(patient.status, StatusCode::OK, "{patient:?}");
    app.stop().await;
}

#[actix_rt::test]
async fn a_patient_caller_is_told_that_an_answer_is_stale_until_even_that_is_too_old() {
    let app = service().await;
    let fresh = app.claims_as(PATIENT, &question()).await;
    assert_eq!((&fresh.body["stale"], fresh.headers.get("claims-stale")), (&json!(false), None));
    assert_eq!(app.count(STALE).await, 0);
    cut_off(&app).await;
    let stale = until("answers are stale", || async {
        let answer = app.claims_as(PATIENT, &question()).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        (answer.body["stale"] == true).then_some(answer)
    })
    .await;
    assert_eq!(stale.headers["claims-stale"], "true");
    assert_eq!(stale.claim("roles"), &json!(["admin"]));
    assert!(stale.body["age_bound_ms"].as_u64() > Some(1_000), "{stale:?}");
    assert!(app.count(STALE).await >= 1);
    let refused = until("even the patient caller is refused", || async {
        Some(app.claims_as(PATIENT, &question()).await).filter(|answer| answer.status != StatusCode::OK)
    })
    .await;
    assert_too_stale(&refused);
    app.stop().await;
}
