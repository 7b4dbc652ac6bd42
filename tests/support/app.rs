//! The real service on a database of the test's own, and a client that speaks HTTP to it.

use claimsmith::app::{Addresses, App};
use claimsmith::clock::{SharedClock, SystemClock};
use claimsmith::config::{Caller, Settings};
use claimsmith::directory::Freshness;
use claimsmith::supervision::Supervisor;
use claimsmith::supervision::shutdown::{Exit, Shutdown, Stage};
use reqwest::{Client, Response, StatusCode};
use serde_json::Value;
use std::sync::Arc;
use tokio::task::JoinHandle;

use super::postgres::TestDatabase;
use super::wait::until;

/// The key of the only caller, unless the test configures others.
pub(crate) const KEY: &str = "cs_test";

/// The running service.
pub(crate) struct TestApp {
    pub(crate) database: TestDatabase,
    pub(crate) supervisor: Supervisor,
    pub(crate) freshness: Arc<Freshness>,
    pub(crate) shutdown: Shutdown,
    pub(crate) client: Client,
    pub(crate) addresses: Addresses,
    running: JoinHandle<Exit>,
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) async fn of(response: Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Self { status, headers, body }
    }

    /// The stable code of a refusal.
    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// The claim of this short name.
    pub(crate) fn claim(&self, name: &str) -> &Value {
        &self.body["claims"][format!("https://claims.example.com/{name}")]
    }
}

impl TestApp {
    /// With the defaults.
    pub(crate) async fn start() -> Self {
        Self::with(|_| ()).await
    }

    /// With settings of the test's own.
    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::on(TestDatabase::create().await, change).await
    }

    /// On a database of the test's own; returns when the service is ready.
    pub(crate) async fn on(database: TestDatabase, change: impl FnOnce(&mut Settings)) -> Self {
        let app = Self::unready(database, &SystemClock::shared(), change);
        until("the service is ready", || async { app.freshness.read().age_bound.map(drop) }).await;
        app
    }

    /// Does not wait, and takes its time from `clock`.
    pub(crate) fn unready(database: TestDatabase, clock: &SharedClock, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::with_database(&database.service_url);
        settings.http.bind.set_port(0);
        settings.gateway.bind.set_port(0);
        settings.gateway.workers = 1;
        settings.ops.bind.set_port(0);
        settings.http.workers = 1;
        // A test that waits for an answer waits for the answer, not for a busy machine.
        settings.http.answer_deadline = std::time::Duration::from_secs(20);
        settings.freshness.at_least_wait = std::time::Duration::from_secs(20);
        settings.callers = Caller::with_key("test", KEY);
        change(&mut settings);
        let app = App::start(&settings, clock).unwrap();
        let addresses = app.addresses;
        let (supervisor, freshness) = (app.supervisor.clone(), Arc::clone(&app.freshness));
        let shutdown = Shutdown::default();
        let running = actix_rt::spawn(app.run(shutdown.clone()));
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = Client::builder().no_proxy().build().unwrap();
        Self { database, supervisor, freshness, shutdown, client, addresses, running }
    }

    /// An address on the data plane.
    pub(crate) fn data(&self, path: &str) -> String {
        format!("http://{}{path}", self.addresses.data)
    }

    /// An address on the ops plane.
    pub(crate) fn ops(&self, path: &str) -> String {
        format!("http://{}{path}", self.addresses.ops)
    }

    /// `POST /v1/claims` as the test's caller.
    pub(crate) async fn claims(&self, body: &Value) -> Answer {
        let request = self.client.post(self.data("/v1/claims")).bearer_auth(KEY).json(body);
        Answer::of(request.send().await.unwrap()).await
    }

    /// `GET` on the data plane as the test's caller.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::of(self.client.get(self.data(path)).bearer_auth(KEY).send().await.unwrap()).await
    }

    /// `GET` on the ops plane.
    pub(crate) async fn get_ops(&self, path: &str) -> Answer {
        Answer::of(self.client.get(self.ops(path)).send().await.unwrap()).await
    }

    /// The value of one series, written as in the exposition: `name` or `name{label="value"}`.
    pub(crate) async fn metric(&self, series: &str) -> f64 {
        let exposition = self.get_ops("/metrics").await.body;
        let text = exposition.as_str().unwrap_or_default().to_owned();
        let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("there is no series {series}")).parse().unwrap()
    }

    /// Runs statements as the owner, and waits until every answer contains what they changed.
    pub(crate) async fn change(&self, sql: &str) {
        self.database.execute(sql).await;
        let head = self.database.value("SELECT claimsmith.head()").await.unwrap().parse::<u64>().unwrap();
        until("the change is applied", || async { (self.freshness.read().position.get() >= head).then_some(()) }).await;
    }

    /// Stops in order and says how that went.
    pub(crate) async fn stop(self) -> Exit {
        self.shutdown.advance(Stage::Draining);
        self.running.await.unwrap()
    }
}
