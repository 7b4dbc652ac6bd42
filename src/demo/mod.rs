//! The demo: the whole service on a private PostgreSQL, with a story to follow.
//!
//! It uses the same `App` as `serve`, the same migrations, and the same least-privilege role; nothing is staged. What it starts
//! is gone when it ends, unless `--keep` names a place for the cluster.

mod issuer;
pub mod private_postgres;
mod request;
mod story;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::Client;

use crate::app::{App, StartError};
use crate::clock::SystemClock;
use crate::config::{self, GatewayKind, LogLevel, Profile, Settings, random_key};
use crate::directory::connection::{ConnectError, connect, drive};
use crate::directory::dsn::{Dsn, DsnError, DsnOptions, Purpose};
use crate::directory::migrations::{MigrateError, migrate};
use crate::supervision::shutdown::{Exit, Shutdown, TerminationSignals};
use crate::telemetry;
use issuer::DemoIssuers;
pub use issuer::IssuerError;
use private_postgres::PrivatePostgres;
use story::{Story, say};

const SERVICE_ROLE: &str = "claimsmith_service";
const CALLER: &str = "demo";
const READY_WITHIN: Duration = Duration::from_secs(30);

/// How the demo is run. `DATABASE_URL` in the environment names a server to use instead of a private one.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Keep the private cluster in this directory, and use it again if it is there.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Where to answer; port 0 lets the system choose.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    bind: SocketAddr,
    /// Where gateways ask; port 0 lets the system choose.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8081")]
    gateway: SocketAddr,
    /// Where operators and Prometheus ask; port 0 lets the system choose.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9090")]
    ops: SocketAddr,
}

/// Why there is no demo.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// No private PostgreSQL.
    #[error(transparent)]
    Postgres(#[from] private_postgres::StartError),
    /// The private PostgreSQL did not stop.
    #[error(transparent)]
    Stop(#[from] private_postgres::StopError),
    /// The database cannot be reached.
    #[error("the database cannot be reached")]
    Connect(#[from] ConnectError),
    /// `DATABASE_URL` is no connection string.
    #[error("DATABASE_URL cannot be used")]
    Dsn(#[from] DsnError),
    /// The schema was not made.
    #[error("the database was not migrated")]
    Migrate(#[from] MigrateError),
    /// The data set was not loaded.
    #[error("the demo's data could not be loaded")]
    Load(#[from] tokio_postgres::Error),
    /// The demo's own issuer was not served.
    #[error(transparent)]
    Issuer(#[from] IssuerError),
    /// The service did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The service did not become ready.
    #[error("the service was not ready within {} s; its log above says why", READY_WITHIN.as_secs())]
    NotReady,
    /// The operating system refused.
    #[error("the operating system refused")]
    System(#[from] std::io::Error),
    /// No randomness for a key.
    #[error("the operating system has no randomness to give")]
    Randomness,
}

/// A database with the schema and the data, and how to get at it.
struct Stage {
    postgres: Option<PrivatePostgres>,
    issuers: DemoIssuers,
    service_url: String,
    psql: String,
}

/// Runs the demo until it is told to stop.
pub fn main(options: &Options) -> Result<Exit, DemoError> {
    let mut settings = Settings::with_database("");
    settings.log.level = LogLevel::Warn;
    telemetry::start(&settings.log);
    actix_rt::System::new().block_on(async {
        let signals = TerminationSignals::listen()?;
        let shutdown = Shutdown::default();
        let listening = actix_rt::spawn(signals.pass_to(shutdown.clone()));
        let outcome = tokio::select! {
            outcome = play(options, &shutdown) => outcome,
            // Told to stop before there was anything to stop in order.
            () = shutdown.forced() => Ok(Exit::Forced),
        };
        listening.abort();
        outcome
    })
}

async fn play(options: &Options, shutdown: &Shutdown) -> Result<Exit, DemoError> {
    let stage = Stage::set(options).await?;
    let exit = tokio::select! {
        exit = perform(options, &stage, shutdown) => exit,
        Err(error) = stage.issuers.rotate_on_signal() => Err(error.into()),
    };
    stage.issuers.stop().await;
    if let Some(postgres) = stage.postgres {
        postgres.stop().await?;
    }
    exit
}

async fn perform(options: &Options, stage: &Stage, shutdown: &Shutdown) -> Result<Exit, DemoError> {
    let key = random_key().map_err(|_| DemoError::Randomness)?;
    let settings = settings(options, &stage.service_url, &key);
    let app = App::start(&settings, &SystemClock::shared())?;
    ready(&app).await?;
    let story = Story { addresses: app.addresses, issuers: stage.issuers.address, key: &key, psql: &stage.psql };
    story.tell().await?;
    let exit = app.run(shutdown.clone()).await;
    say("\nstopped; nothing is left behind unless you asked for it\n")?;
    Ok(exit)
}

fn settings(options: &Options, service_url: &str, key: &str) -> Settings {
    let mut settings = Settings::with_database(service_url);
    settings.http.bind = free_or_any(options.bind);
    settings.gateway.bind = free_or_any(options.gateway);
    settings.profiles.insert(CALLER.to_owned(), gateway());
    settings.ops.bind = free_or_any(options.ops);
    settings.callers = config::Caller::with_key(CALLER, key);
    // The demo talks to whatever server it was given, to show claims of people who do not exist.
    settings.insecure.plaintext_database = true;
    // The demo's own issuers are on this machine, and have no certificate.
    settings.insecure.plaintext_issuers = [issuer::TRUSTED, issuer::STRANGER].map(str::to_owned).into();
    settings
}

/// As Envoy asks: the original request is the question's own, so that one line of curl can put it.
fn gateway() -> Profile {
    Profile { tenant_header: Some("x-tenant".to_owned()), ..Profile::of(GatewayKind::Envoy) }
}

/// The address, or one with a port that the system chooses if somebody is there.
fn free_or_any(wanted: SocketAddr) -> SocketAddr {
    match std::net::TcpListener::bind(wanted) {
        Ok(_) => wanted,
        Err(_) => SocketAddr::new(wanted.ip(), 0),
    }
}

async fn ready(app: &App) -> Result<(), DemoError> {
    let confirmed = async {
        while app.freshness.read().age_bound.is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(READY_WITHIN, confirmed).await.map_err(|_| DemoError::NotReady)
}

impl Stage {
    async fn set(options: &Options) -> Result<Self, DemoError> {
        let issuers = DemoIssuers::start(&SystemClock::shared())?;
        if let Some(url) = std::env::var("DATABASE_URL").ok().filter(|url| !url.is_empty()) {
            say("using the server of DATABASE_URL\n")?;
            prepare(&url, None, &issuers).await?;
            let psql = "psql \"$DATABASE_URL\"".to_owned();
            return Ok(Self { postgres: None, issuers, service_url: url, psql });
        }
        say("starting a private PostgreSQL …\n")?;
        let wanted =
            private_postgres::Options { keep: options.keep.clone(), tcp: true, ..private_postgres::Options::default() };
        let postgres = PrivatePostgres::start(wanted).await?;
        say(&format!("PostgreSQL {} runs; loading 100,000 memberships …\n", postgres.version()))?;
        prepare(&postgres.url("postgres", "postgres"), postgres.password(), &issuers).await?;
        Ok(Self {
            issuers,
            service_url: postgres.url("postgres", SERVICE_ROLE),
            psql: postgres.psql_line("postgres", "postgres"),
            postgres: Some(postgres),
        })
    }
}

/// Migrates, makes the role that the service logs in as, and loads the data unless they are there.
async fn prepare(owner_url: &str, password: Option<&str>, issuers: &DemoIssuers) -> Result<(), DemoError> {
    let options =
        DsnOptions { purpose: Purpose::Primary, connect_timeout: Duration::from_secs(10), home: crate::app::home() };
    let (mut client, messages) = connect(&Dsn::parse(owner_url, &options)?).await?;
    let driver = actix_rt::spawn(drive(messages));
    migrate(&mut client).await?;
    if let Some(password) = password {
        make_service_role(&client, password).await?;
    }
    if client.query_one(include_str!("../../sql/demo/is_empty.sql"), &[]).await?.get(0) {
        client.batch_execute(include_str!("../../sql/demo/data.sql")).await?;
    }
    let (trusted, stranger) = (issuers.url(issuer::TRUSTED), issuers.url(issuer::STRANGER));
    client.execute(include_str!("../../sql/demo/issuers.sql"), &[&trusted, &stranger, &issuer::AUDIENCE]).await?;
    driver.abort();
    Ok(())
}

async fn make_service_role(client: &Client, password: &str) -> Result<(), tokio_postgres::Error> {
    client.batch_execute(include_str!("../../sql/demo/service_role.sql")).await?;
    // ALTER ROLE takes no parameters; the password is ours, hexadecimal, and dies with the server.
    client.batch_execute(&format!("ALTER ROLE {SERVICE_ROLE} PASSWORD '{password}'")).await
}
