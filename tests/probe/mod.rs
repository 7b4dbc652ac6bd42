//! The revocation probe on a real database, with the role and the canary that `sql/probe/setup.sql` makes.

mod measuring;
mod settings;
mod trouble;

use std::time::Duration;

use claimsmith::config::{Probe, Secret, SecretSource};
use serde_json::Value;
use tokio::sync::Mutex;

use crate::support::app::TestApp;
use crate::support::postgres::{SERVICE_ROLE, TestDatabase};
use crate::support::wait::until;

/// The kind of its actor.
pub(crate) const KIND: &str = "probe";
const ROLE: &str = "claimsmith_probe";
const EFFECTS: &str = "claimsmith_probe_commit_to_effect_seconds_count";
/// Roles belong to the whole server, and tests run at the same time.
static SETTING_UP: Mutex<()> = Mutex::const_new(());

/// A database with a canary.
async fn with_canary() -> TestDatabase {
    let database = TestDatabase::create().await;
    let _alone = SETTING_UP.lock().await;
    database.execute(include_str!("../../sql/probe/setup.sql")).await;
    database
}

/// Where the probe's role logs in.
fn url_of(database: &TestDatabase) -> String {
    let url = database.service_url.replacen(SERVICE_ROLE, ROLE, 1);
    assert_ne!(url, database.service_url);
    url
}

/// A probe with the defaults that logs in here.
fn probe(url: &str) -> Probe {
    Probe {
        url: SecretSource::Inline(Secret::new(url)),
        tenant: "canary".to_owned(),
        user: "canary".to_owned(),
        role: "canary".to_owned(),
        every: Duration::from_secs(1),
        grant: None,
        revoke: None,
    }
}

async fn started(database: TestDatabase) -> TestApp {
    let probe = probe(&url_of(&database));
    TestApp::on(database, |settings| settings.probe = Some(probe)).await
}

async fn flips(app: &TestApp, outcome: &str) -> usize {
    app.count(&format!("claimsmith_probe_flips_total{{outcome=\"{outcome}\"}}")).await
}

/// Waits for so many changes with this outcome.
async fn until_flips(app: &TestApp, outcome: &'static str, count: usize) {
    until("the probe has come that far", || async { (flips(app, outcome).await >= count).then_some(()) }).await;
}

/// What `/status` says of the probe.
async fn status(app: &TestApp) -> Value {
    app.get_ops("/status").await.body["probe"].clone()
}
