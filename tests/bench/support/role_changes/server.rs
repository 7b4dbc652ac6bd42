//! One private server with three databases of equal content. They differ in what hangs on the membership table.

use claimsmith::demo::private_postgres::{Options, PrivatePostgres};
use claimsmith::directory::migrations::migrate;

use super::progress::doing;
use super::session::Session;
use crate::support::report::Failure;

/// Commits are flushed, as in production. No autovacuum and no JIT: they would strike one variant and spare another.
const SETTINGS: [(&str, &str); 6] = [
    ("shared_buffers", "1GB"),
    ("max_wal_size", "16GB"),
    ("checkpoint_timeout", "1h"),
    ("max_connections", "500"),
    ("autovacuum", "off"),
    ("jit", "off"),
];

/// What hangs on the membership table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Variant {
    /// Nothing.
    Bare,
    /// `claimsmith.watch`.
    Watched,
    /// A row trigger that sends a notification for each row.
    Naive,
}

/// A user in a tenant.
pub(crate) struct Member {
    pub(crate) tenant: String,
    pub(crate) user: String,
}

/// The server; it is gone when this is dropped.
pub(crate) struct Server {
    /// One of each tenant.
    pub(crate) members: Vec<Member>,
    /// The whole membership table, as a file that the server can read.
    pub(super) dump: String,
    postgres: PrivatePostgres,
}

impl Variant {
    pub(crate) const ALL: [Self; 3] = [Self::Bare, Self::Watched, Self::Naive];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Watched => "watched",
            Self::Naive => "naive",
        }
    }
}

impl Server {
    /// Starts the server and fills the databases.
    pub(crate) async fn start(tenants: usize, members: usize) -> Result<Self, Failure> {
        doing(&format!("filling three databases: {tenants} tenants of {members} members"))?;
        let settings = SETTINGS.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let postgres = PrivatePostgres::start(Options { settings, durable: true, ..Options::default() }).await?;
        let admin = Session::open(&postgres.url("postgres", "postgres")).await?;
        admin.client.batch_execute("CREATE DATABASE bare").await?;
        let mut server = Self { members: Vec::new(), dump: String::new(), postgres };
        server.fill(tenants, members).await?;
        for copy in [Variant::Watched, Variant::Naive] {
            admin.client.batch_execute(&format!("CREATE DATABASE {} TEMPLATE bare", copy.name())).await?;
        }
        server.watch().await?;
        server.connect(Variant::Naive).await?.client.batch_execute(include_str!("naive.sql")).await?;
        server.clean().await?;
        Ok(server)
    }

    /// A session in the database of this variant.
    pub(crate) async fn connect(&self, variant: Variant) -> Result<Session, Failure> {
        Session::open(&self.postgres.url(variant.name(), "postgres")).await
    }

    /// Takes dead rows away in all databases, and writes out what is dirty.
    pub(crate) async fn clean(&self) -> Result<(), Failure> {
        for variant in Variant::ALL {
            self.connect(variant).await?.client.batch_execute("VACUUM ANALYZE").await?;
        }
        self.connect(Variant::Bare).await?.client.batch_execute("CHECKPOINT").await?;
        Ok(())
    }

    pub(super) fn url(&self, variant: Variant) -> String {
        self.postgres.url(variant.name(), "postgres")
    }

    /// Where and as whom the service logs in.
    pub(super) fn service_url(&self) -> String {
        self.postgres.url(Variant::Watched.name(), "claimsmith_service")
    }

    pub(crate) fn version(&self) -> &str {
        self.postgres.version()
    }

    async fn fill(&mut self, tenants: usize, members: usize) -> Result<(), Failure> {
        let session = self.connect(Variant::Bare).await?;
        let settings = format!("SET bench.tenants = {tenants}; SET bench.members = {members}");
        session.client.batch_execute(&settings).await?;
        session.client.batch_execute(include_str!("tables.sql")).await?;
        let sample = "SELECT tenant_id::text, min(user_id::text) FROM app.memberships GROUP BY 1 ORDER BY 1";
        let rows = session.client.query(sample, &[]).await?;
        self.members = rows.iter().map(|row| Member { tenant: row.get(0), user: row.get(1) }).collect();
        let directory = session.client.query_one("SELECT current_setting('data_directory')", &[]).await?;
        self.dump = format!("{}/memberships.copy", directory.get::<_, &str>(0));
        session.client.batch_execute(&format!("COPY app.memberships TO '{}'", self.dump)).await?;
        Ok(())
    }

    async fn watch(&self) -> Result<(), Failure> {
        let mut session = self.connect(Variant::Watched).await?;
        migrate(&mut session.client).await?;
        session.client.batch_execute(include_str!("watched.sql")).await?;
        session.client.batch_execute(include_str!("../../../../sql/demo/service_role.sql")).await?;
        Ok(())
    }
}
