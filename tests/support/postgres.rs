//! One PostgreSQL for the whole run, one database per test, copied from a template that was migrated once.

use std::sync::atomic::{AtomicUsize, Ordering};

use claimsmith::demo::private_postgres::{Options, PrivatePostgres};
use claimsmith::directory::migrations::migrate;
use tokio::sync::{Mutex, OnceCell};
use tokio::task::JoinHandle;
use tokio_postgres::{Client, NoTls};

/// The role that the service logs in as: it has the rights of `grant_service` and no others.
pub(crate) const SERVICE_ROLE: &str = "claimsmith_service";
const TEMPLATE: &str = "template_claimsmith";

static SERVER: OnceCell<PrivatePostgres> = OnceCell::const_new();
/// PostgreSQL copies a template only while nobody else uses it.
static COPYING: Mutex<()> = Mutex::const_new(());
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// A migrated database with the small data set of `tests/support/data.sql`.
pub(crate) struct TestDatabase {
    /// As the owner of everything.
    pub(crate) owner_url: String,
    /// As the service.
    pub(crate) service_url: String,
    owner: Session,
}

/// A connection that is driven as long as it lives.
pub(crate) struct Session {
    pub(crate) client: Client,
    driver: JoinHandle<()>,
}

impl Session {
    /// One value, as text: the first of the first row that the statements give.
    pub(crate) async fn value(&self, sql: &str) -> Option<String> {
        let messages = self.client.simple_query(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        messages.iter().find_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => Some(row.get(0).map(str::to_owned)),
            _ => None,
        })?
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// The server of this run.
pub(crate) async fn server() -> &'static PrivatePostgres {
    SERVER
        .get_or_init(|| async {
            let server = start_server().await;
            make_template(&server).await;
            server
        })
        .await
}

/// A server of the test's own, for tests that stop it.
pub(crate) async fn start_server() -> PrivatePostgres {
    let settings = vec![("max_connections".to_owned(), "400".to_owned())];
    PrivatePostgres::start(Options { settings, ..Options::default() }).await.unwrap_or_else(|error| panic!("{error}"))
}

/// Makes the template database on a server.
pub(crate) async fn make_template(server: &PrivatePostgres) {
    let postgres = connect(&server.url("postgres", "postgres")).await;
    postgres.client.batch_execute(&format!("CREATE DATABASE {TEMPLATE}")).await.unwrap();
    let mut template = connect(&server.url(TEMPLATE, "postgres")).await;
    migrate(&mut template.client).await.unwrap();
    template.client.batch_execute(include_str!("../../sql/demo/service_role.sql")).await.unwrap();
    template.client.batch_execute(include_str!("data.sql")).await.unwrap();
}

pub(crate) async fn connect(url: &str) -> Session {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    let driver = tokio::spawn(async {
        let _ = connection.await;
    });
    Session { client, driver }
}

impl TestDatabase {
    /// A database of the test's own on the shared server.
    pub(crate) async fn create() -> Self {
        Self::create_on(server().await).await
    }

    /// A database on this server, whose template was made.
    pub(crate) async fn create_on(server: &PrivatePostgres) -> Self {
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        {
            let _alone = COPYING.lock().await;
            let postgres = connect(&server.url("postgres", "postgres")).await;
            postgres.client.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}")).await.unwrap();
        }
        let owner_url = server.url(&name, "postgres");
        let owner = connect(&owner_url).await;
        Self { service_url: server.url(&name, SERVICE_ROLE), owner, owner_url }
    }

    /// A database that is there already.
    pub(crate) async fn open(owner_url: String, service_url: String) -> Self {
        let owner = connect(&owner_url).await;
        Self { owner_url, service_url, owner }
    }

    /// The same database, for another service.
    pub(crate) async fn again(other: &Self) -> Self {
        Self::open(other.owner_url.clone(), other.service_url.clone()).await
    }

    /// Runs statements as the owner; several are one transaction unless they say otherwise.
    pub(crate) async fn execute(&self, sql: &str) {
        self.owner.client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    /// One value, as text.
    pub(crate) async fn value(&self, sql: &str) -> Option<String> {
        self.owner.value(sql).await
    }

    /// A further connection as the owner.
    pub(crate) async fn session(&self) -> Session {
        connect(&self.owner_url).await
    }
}
