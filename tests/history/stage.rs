//! Everything together: a primary with its standby, two replicas of the service, and a proxy on each way between them.

use std::sync::Arc;
use std::time::Duration;

use claimsmith::clock::{SharedClock, SystemClock};
use claimsmith::config::{Secret, SecretSource, Settings};

use super::ledger::Ledger;
use super::readers::Asked;
use super::servers::{DATABASE, Server};
use super::truth::Era;
use crate::support::app::TestApp;
use crate::support::fault_proxy::{Behaviour, FaultProxy, Upstream};
use crate::support::postgres::{SERVICE_ROLE, TestDatabase};
use crate::support::wait::until;

/// Of the service.
pub(super) const REPLICAS: usize = 2;

/// The stage of one seed.
pub(super) struct Stage {
    pub(super) clock: SharedClock,
    pub(super) ledger: Arc<Ledger>,
    pub(super) primary: Server,
    pub(super) standby: Server,
    /// Between the two servers.
    pub(super) replication: FaultProxy,
    /// Between writers and the primary.
    pub(super) writing: FaultProxy,
    pub(super) replicas: Vec<Replica>,
    /// The lives of former primaries.
    pub(super) eras: Vec<Era>,
    /// The position of the first data.
    pub(super) first_position: u64,
}

/// One replica of the service.
pub(super) struct Replica {
    pub(super) app: TestApp,
    /// Between its loads and the primary.
    pub(super) pool: FaultProxy,
    /// Between its loads and the standby.
    pub(super) loads: FaultProxy,
    /// Between its change feed and PostgreSQL.
    pub(super) feed: FaultProxy,
}

impl Stage {
    /// `None` if this PostgreSQL cannot be copied.
    pub(super) async fn set_up() -> Option<Self> {
        let primary = Server::primary().await;
        if !primary.can_be_copied().await {
            primary.stop().await;
            return None;
        }
        let first_position = primary.head().await;
        let replication = FaultProxy::start(primary.upstream()).await;
        let standby = primary.standby(replication.address).await;
        let clock = SystemClock::shared();
        let mut replicas = Vec::new();
        for _ in 0..REPLICAS {
            replicas.push(Replica::start(&primary, &standby, &clock).await);
        }
        let writing = FaultProxy::start(primary.upstream()).await;
        let (ledger, eras) = (Arc::default(), Vec::new());
        Some(Self { clock, ledger, primary, standby, replication, writing, replicas, eras, first_position })
    }

    pub(super) fn writers_url(&self) -> String {
        url(&self.writing, "postgres")
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        let asked = |(number, replica): (usize, &Replica)| Asked {
            replica: number,
            address: replica.app.data("").trim_start_matches("http://").parse().unwrap(),
            freshness: Arc::clone(&replica.app.freshness),
            clock: Arc::clone(&self.clock),
            ledger: Arc::clone(&self.ledger),
        };
        self.replicas.iter().enumerate().map(asked).collect()
    }

    /// Every way to the primary leads there from now on.
    pub(super) fn lead_to(&self, upstream: &Upstream) {
        for proxy in self.ways_to_primary() {
            proxy.lead_to(upstream.clone());
            proxy.cut();
        }
    }

    /// Every way to the standby leads there from now on.
    pub(super) fn load_from(&self, upstream: &Upstream) {
        for replica in &self.replicas {
            replica.loads.lead_to(upstream.clone());
            replica.loads.cut();
        }
    }

    /// The end of every fault of the network.
    pub(super) fn heal(&self) {
        let others = self.replicas.iter().map(|replica| &replica.loads).chain([&self.replication]);
        for proxy in self.ways_to_primary().chain(others) {
            proxy.behave(Behaviour::default());
        }
    }

    fn ways_to_primary(&self) -> impl Iterator<Item = &FaultProxy> {
        self.replicas.iter().flat_map(|replica| [&replica.pool, &replica.feed]).chain([&self.writing])
    }

    pub(super) async fn tear_down(self) {
        for replica in self.replicas {
            replica.app.stop().await;
        }
        self.standby.stop().await;
        self.primary.stop().await;
    }
}

impl Replica {
    async fn start(primary: &Server, standby: &Server, clock: &SharedClock) -> Self {
        let (pool, feed) = (FaultProxy::start(primary.upstream()).await, FaultProxy::start(primary.upstream()).await);
        let loads = FaultProxy::start(standby.upstream()).await;
        let database = TestDatabase::open(primary.owner_url(), url(&pool, SERVICE_ROLE)).await;
        let (listener_url, replica_url) = (url(&feed, SERVICE_ROLE), url(&loads, SERVICE_ROLE));
        let app = TestApp::unready(database, clock, |settings| {
            hurry(settings);
            settings.database.listener_url = Some(SecretSource::Inline(Secret::new(listener_url)));
            settings.database.replica_url = Some(SecretSource::Inline(Secret::new(replica_url)));
        });
        until("the replica is ready", || async { app.freshness.read().age_bound.map(drop) }).await;
        Self { app, pool, loads, feed }
    }
}

fn url(proxy: &FaultProxy, role: &str) -> String {
    format!("host=127.0.0.1 port={} user={role} dbname={DATABASE} sslmode=disable", proxy.address.port())
}

/// Everything happens sooner than in production, and answers are refused after less than a second.
fn hurry(settings: &mut Settings) {
    settings.database.pool_size = 4;
    settings.database.connect_timeout = Duration::from_millis(300);
    settings.database.statement_timeout = Duration::from_millis(300);
    settings.freshness.heartbeat = Duration::from_millis(100);
    settings.freshness.heartbeat_timeout = Duration::from_millis(200);
    settings.freshness.reconnect_min = Duration::from_millis(10);
    settings.freshness.reconnect_max = Duration::from_millis(200);
    settings.freshness.max_age = Duration::from_millis(800);
    settings.http.answer_deadline = Duration::from_millis(400);
    settings.supervision.budget = 10_000;
    let attributes = "has(membership.attributes.v) ? membership.attributes.v : null";
    let claims = [("v", attributes), ("roles", "membership.roles"), ("permissions", "membership.permissions")];
    settings.claims.access_token = claims.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    settings.claims.id_token.clear();
}
