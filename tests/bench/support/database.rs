//! A private PostgreSQL with the schema, and as many members as are asked for.

use claimsmith::demo::private_postgres::{Options, PrivatePostgres};
use claimsmith::directory::migrations::migrate;
use tokio::task::JoinHandle;
use tokio_postgres::{Client, NoTls};

use super::report::Failure;

const SERVICE_ROLE: &str = "claimsmith_service";

/// The database; it is gone when this is dropped.
pub(crate) struct Database {
    /// As the owner of everything.
    pub(crate) owner: Client,
    /// Where and as whom the service logs in.
    pub(crate) service_url: String,
    driver: JoinHandle<()>,
    _server: PrivatePostgres,
}

/// Who is in the database: `tenants` of `members` each, all with ids of one kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Population {
    pub(crate) tenants: usize,
    pub(crate) members: usize,
    pub(crate) ids: Ids,
}

/// How user ids look.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Ids {
    /// `u123456`.
    Short,
    /// 36 characters, as a UUID has.
    Uuid,
}

impl Database {
    /// Starts the server and makes the schema.
    pub(crate) async fn start() -> Result<Self, Failure> {
        let settings = [("shared_buffers", "512MB"), ("max_wal_size", "8GB")];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let server = PrivatePostgres::start(Options { settings, ..Options::default() }).await?;
        let (mut owner, connection) = tokio_postgres::connect(&server.url("postgres", "postgres"), NoTls).await?;
        let driver = tokio::spawn(async {
            // A lost connection shows in the query that wanted it.
            let _ = connection.await;
        });
        migrate(&mut owner).await?;
        owner.batch_execute(include_str!("../../../sql/demo/service_role.sql")).await?;
        let service_url = server.url("postgres", SERVICE_ROLE);
        Ok(Self { owner, service_url, driver, _server: server })
    }

    /// Replaces everybody. No trigger runs, so do it before a service reads.
    pub(crate) async fn fill(&self, population: Population) -> Result<(), Failure> {
        let Population { tenants, members, ids } = population;
        let settings =
            format!("SET bench.tenants = {tenants}; SET bench.members = {members}; SET bench.ids = '{ids:?}'");
        self.owner.batch_execute(&settings).await?;
        Ok(self.owner.batch_execute(include_str!("members.sql")).await?)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Population {
    /// How many there are in all tenants.
    pub(crate) const fn size(&self) -> usize {
        self.tenants * self.members
    }

    /// The tenant of the user with this number; users are numbered from 0 through all tenants.
    pub(crate) fn tenant(&self, number: usize) -> String {
        format!("t{}", number / self.members)
    }

    /// The id of the user with this number.
    pub(crate) fn user(&self, number: usize) -> String {
        match self.ids {
            Ids::Short => format!("u{number}"),
            Ids::Uuid => format!("{number:08x}-7d1c-4f0e-9b6a-{number:012x}"),
        }
    }
}
