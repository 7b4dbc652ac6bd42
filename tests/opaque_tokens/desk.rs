//! What asks issuers about opaque tokens, put together as the service does, on a clock that the test moves.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use actix_rt::Arbiter;
use claimsmith::clock::{ManualClock, SharedClock};
use claimsmith::config::{Secret, SecretSource};
use claimsmith::directory::IssuerRow;
use claimsmith::issuers::Entry;
use claimsmith::issuers::fetch::{FetchLimits, Fetcher, Leave};
use claimsmith::issuers::opaque::{
    Access, Credentials, Introspected, NotIntrospected, OpaqueContext, OpaqueMetrics, OpaqueReader, OpaqueRoster,
};
use claimsmith::supervision::{OnExhausted, Policy, Supervisor};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::endpoint::Endpoint;
use crate::support::wait::LONG;

/// The second at which every test begins.
pub(crate) const NOW: i64 = 1_800_000_000;
/// Who we are to the issuer.
pub(crate) const CLIENT: &str = "claimsmith-1";

/// An endpoint, and those who ask it.
pub(crate) struct Desk {
    pub(crate) endpoint: Endpoint,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) supervisor: Supervisor,
    pub(crate) reader: OpaqueReader,
    pub(crate) roster: OpaqueRoster,
    pub(crate) entry: Arc<Entry>,
    series: prometheus::Registry,
}

/// How a desk differs from the usual one.
pub(crate) struct Options {
    pub(crate) settings: Value,
    pub(crate) cache_seconds: u64,
    pub(crate) secret: SecretSource,
    pub(crate) limits: FetchLimits,
}

impl Default for Options {
    fn default() -> Self {
        // Who waits for an answer waits for the answer, not for a busy machine.
        let limits = FetchLimits { connect: LONG, total: LONG, ..FetchLimits::default() };
        Self { settings: json!({}), cache_seconds: 60, secret: SecretSource::Inline(Secret::new("s3cret")), limits }
    }
}

impl Desk {
    /// Asks an introspection endpoint about tokens for `https://api.example`.
    pub(crate) fn introspection(endpoint: Endpoint, options: Options) -> Self {
        let settings = json!({
            "kind": "introspection", "audiences": ["https://api.example"],
            "introspection": {
                "endpoint": format!("{}/introspect", endpoint.url), "cache_seconds": options.cache_seconds
            }
        });
        Self::new(endpoint, settings, options)
    }

    /// Asks GitHub's API about tokens of one application.
    pub(crate) fn github(endpoint: Endpoint) -> Self {
        let settings = json!({"preset": "github", "client_ids": [CLIENT], "github_api": endpoint.url});
        Self::new(endpoint, settings, Options::default())
    }

    fn new(endpoint: Endpoint, mut settings: Value, options: Options) -> Self {
        for (name, value) in options.settings.as_object().unwrap() {
            settings[name] = value.clone();
        }
        let entry = entry(settings, 1);
        let clock = ManualClock::shared();
        clock.advance(Duration::from_secs(NOW.unsigned_abs()));
        let shared: SharedClock = Arc::clone(&clock) as SharedClock;
        let series = prometheus::Registry::new();
        let supervisor = Supervisor::new(Arc::clone(&shared), &series, tokio::runtime::Handle::current()).unwrap();
        let credentials = Credentials { client_id: CLIENT.into(), secret: options.secret };
        let leave = Leave { plaintext: true, ..Leave::default() };
        let roster = OpaqueRoster::new(OpaqueContext {
            supervisor: supervisor.clone(),
            policy: policy(),
            arbiters: [Arbiter::current()].into(),
            fetcher: Fetcher::new(options.limits, Arc::clone(&shared)),
            runtime: tokio::runtime::Handle::current(),
            access: HashMap::from([(entry.id.clone(), Access { credentials: Some(credentials), leave })]),
            clock: shared,
            // The longest pause of those that are possible.
            random: Arc::new(|| u64::MAX),
            metrics: OpaqueMetrics::register(&series).unwrap(),
        });
        roster.apply([&entry]);
        Self { endpoint, clock, supervisor, reader: roster.reader(), roster, entry, series }
    }

    /// What is said of a token.
    pub(crate) async fn verify(&self, token: &str) -> Result<Arc<Introspected>, NotIntrospected> {
        self.reader.verify(&self.entry, token, Instant::now() + LONG).await
    }

    /// Lets time pass.
    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// A series, written as in the exposition.
    pub(crate) fn metric(&self, series: &str) -> u64 {
        let text = self.exposition();
        let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("there is no series {series} in {text}")).parse().unwrap()
    }

    /// All series.
    pub(crate) fn exposition(&self) -> String {
        prometheus::TextEncoder::new().encode_to_string(&self.series.gather()).unwrap()
    }

    /// Stops in order.
    pub(crate) async fn stop(self) {
        self.supervisor.stop(LONG).await;
        self.endpoint.stop().await;
    }
}

/// The entry that these settings describe.
pub(crate) fn entry(settings: Value, version: u64) -> Arc<Entry> {
    let row = IssuerRow {
        issuer_id: "issuer-1".to_owned(),
        issuer: Some(vec!["https://issuer.example".to_owned()]),
        enabled: Some(true),
        settings: Some(settings),
    };
    let mut entry = Entry::compile(&row).unwrap_or_else(|problems| panic!("{problems}"));
    entry.version = version;
    Arc::new(entry)
}

fn policy() -> Policy {
    Policy {
        restart_min: Duration::from_millis(1),
        restart_max: Duration::from_millis(1),
        budget: 1_000,
        window: LONG,
        frozen_after: LONG,
        on_exhausted: OnExhausted::GiveUp,
    }
}

/// A file for a secret, removed with this.
pub(crate) struct SecretFile(pub(crate) PathBuf);

impl SecretFile {
    /// A file of its own.
    pub(crate) fn holding(secret: &str) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let file = Self(std::env::temp_dir().join(format!("claimsmith-opaque-{}-{number}", std::process::id())));
        file.write(secret);
        file
    }

    pub(crate) fn write(&self, secret: &str) {
        std::fs::write(&self.0, format!("{secret}\n")).unwrap();
    }
}

impl Drop for SecretFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
