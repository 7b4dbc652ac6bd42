//! The composition root: builds every room in order, serves, and stops in order. Tests start the same [`App`].
//!
//! Threads: one runs the guardians, so that none watches the thread it stands on; the change feed has an arbiter of its
//! own, because nothing may hold it up; catalog, identities and the registry share one; tenants are spread over as many
//! as there are cores to spare. Pooled connections live on a runtime that outlives them all.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::available_parallelism;
use std::time::Duration;

use actix_rt::{Arbiter, ArbiterHandle};
use actix_web::dev::ServerHandle;
use prometheus::Registry as Series;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use crate::cache::CacheSettings;
use crate::cache::metrics::CachesMetrics;
use crate::claims::{Template, TemplateProblems, TemplateSource};
use crate::clock::SharedClock;
use crate::config::{KeysFileError, SecretError, SecretSource, Settings};
use crate::directory::change_feed::{FeedContext, FeedSettings};
use crate::directory::change_feed_actor::ChangeFeedActor;
use crate::directory::connection::{self, DsnSource, PoolOptions};
use crate::directory::dsn::{Dsn, DsnError, DsnOptions, Purpose};
use crate::directory::{Directory, DirectoryMetrics, Freshness, Subscriber};
use crate::enrichment::Enrichment;
use crate::http::caller::Callers;
use crate::http::ops::OpsPlane;
use crate::http::server::{BindError, Serving, bind, serve_data_plane, serve_ops_plane};
use crate::http::{DataPlane, HttpMetrics};
use crate::identities::identity_actor::{IdentityActor, IdentityContext};
use crate::identities::{IdentityReader, IdentitySubscription, PublishedIdentities};
use crate::roles::registry_actor::{RegistryActor, RegistryContext};
use crate::roles::tenant_actor::TenantContext;
use crate::roles::{Registry, RoleReader, RolesSubscription};
use crate::supervision::shutdown::{Exit, Shutdown, Stage};
use crate::supervision::{OnExhausted, Policy, Spec, Supervisor};
use crate::tenancy::catalog::Fallback;
use crate::tenancy::catalog_actor::{CatalogActor, CatalogContext};
use crate::tenancy::{CatalogMetrics, CatalogReader, CatalogSubscription};

const MAILBOX: usize = 8_192;

/// Why the service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A listener could not be had.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// A connection string is not one.
    #[error("{key} cannot be used: {source}")]
    Dsn {
        /// Its key in the configuration.
        key: &'static str,
        /// What is wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database would be spoken to in the clear.
    #[error(
        "{0} leads to another machine without encryption: add sslmode=require or better, or set insecure.plaintext_database"
    )]
    Plaintext(&'static str),
    /// The service-wide claim template is broken.
    #[error("[claims] is not a claim template:\n{0}")]
    Template(#[from] TemplateProblems),
    /// A caller's key file cannot be read.
    #[error(transparent)]
    Keys(#[from] KeysFileError),
    /// Threads, runtimes or metrics could not be set up.
    #[error("the process could not be set up")]
    Process(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The running service.
pub struct App {
    /// Where the data plane listens.
    pub data_address: std::net::SocketAddr,
    /// Where the ops plane listens.
    pub ops_address: std::net::SocketAddr,
    /// Keeps the actors alive; also the way to inject faults.
    pub supervisor: Supervisor,
    /// How new everything is.
    pub freshness: Arc<Freshness>,
    /// Every series.
    pub series: Series,
    draining: Arc<AtomicBool>,
    data: Listener,
    ops: Listener,
    drain: Duration,
    deadline: Duration,
    threads: Threads,
}

struct Listener {
    handle: ServerHandle,
    served: JoinHandle<std::io::Result<()>>,
}

/// What the service runs on; dropped last.
struct Threads {
    feed: Arbiter,
    control: Arbiter,
    tenants: Vec<Arbiter>,
    connections: Runtime,
}

/// The series of all rooms.
struct Metrics {
    directory: DirectoryMetrics,
    caches: CachesMetrics,
    catalog: CatalogMetrics,
    http: HttpMetrics,
}

/// What is read: by handlers, and by the actors that write it.
struct Readers {
    freshness: Arc<Freshness>,
    directory: Arc<Directory>,
    enrichment: Enrichment,
    catalog: CatalogReader,
    subscribers: Vec<Arc<dyn Subscriber>>,
}

impl App {
    /// Binds, builds every room, starts the actors and serves. Answers are refused until the directory has been read once.
    pub fn start(settings: &Settings, clock: &SharedClock) -> Result<Self, StartError> {
        let fallback = fallback(settings)?;
        let callers = Callers::from_settings(settings)?;
        let dsns = Dsns::check(settings)?;
        let data_bound = bind("http.bind", settings.http.bind)?;
        let ops_bound = bind("ops.bind", settings.ops.bind)?;
        let (data_address, ops_address) = (data_bound.address, ops_bound.address);

        let series = Series::new();
        let metrics = Metrics::register(&series).map_err(process)?;
        let guardians = tokio::runtime::Handle::current();
        let supervisor = Supervisor::new(Arc::clone(clock), &series, guardians).map_err(process)?;
        let threads = Threads::start().map_err(process)?;
        let readers = start_rooms(settings, clock, &dsns, &metrics, &supervisor, &threads, fallback)?;
        start_feed(settings, clock, &dsns, &metrics, &supervisor, &threads, &readers);

        let draining = Arc::new(AtomicBool::new(false));
        let data = DataPlane {
            enrichment: readers.enrichment,
            callers,
            answer_deadline: settings.http.answer_deadline,
            body_deadline: settings.http.client_timeout,
            max_body: settings.http.max_body.as_len(),
            clock: Arc::clone(clock),
            metrics: metrics.http,
            draining: Arc::clone(&draining),
        };
        let ops = OpsPlane {
            registry: series.clone(),
            supervisor: supervisor.clone(),
            freshness: Arc::clone(&readers.freshness),
            catalog: readers.catalog,
            directory: readers.directory,
            directory_metrics: metrics.directory,
            migrated: AtomicBool::new(false),
            draining: Arc::clone(&draining),
        };
        let ops = Listener::spawn(serve_ops_plane(ops_bound, ops).map_err(process)?);
        let grace = settings.shutdown.deadline;
        let data = Listener::spawn(serve_data_plane(data_bound, data, &settings.http, grace).map_err(process)?);
        let (drain, deadline) = (settings.shutdown.drain, settings.shutdown.deadline);
        let freshness = readers.freshness;
        Ok(Self {
            data_address,
            ops_address,
            supervisor,
            freshness,
            series,
            draining,
            data,
            ops,
            drain,
            deadline,
            threads,
        })
    }

    /// Finds every mistake that [`App::start`] would find in the settings, without binding or connecting.
    pub fn check(settings: &Settings) -> Result<(), StartError> {
        fallback(settings)?;
        Callers::from_settings(settings)?;
        Dsns::check(settings).map(drop)
    }

    /// Serves until it is told to stop or cannot go on, then stops in order: not ready, no new connections, requests
    /// finished, actors stopped, the ops plane last.
    pub async fn run(self, shutdown: Shutdown) -> Exit {
        let failed = self.supervisor.failed();
        let exit = tokio::select! {
            () = shutdown.reached(Stage::Draining) => Exit::Orderly,
            () = failed.cancelled() => {
                tracing::error!("an actor that the service cannot do without was given up");
                Exit::Failed
            }
        };
        shutdown.advance(Stage::Draining);
        self.draining.store(true, Ordering::Relaxed);
        let drained = tokio::time::timeout(self.drain + self.deadline, self.drain(&shutdown)).await.unwrap_or(false);
        shutdown.advance(Stage::Stopping);
        self.supervisor.stop(if drained { Duration::from_secs(5) } else { Duration::ZERO }).await;
        self.data.handle.stop(false).await;
        self.ops.handle.stop(false).await;
        self.threads.stop();
        if drained { exit } else { Exit::Forced }
    }

    /// True when every accepted request was answered.
    async fn drain(&self, shutdown: &Shutdown) -> bool {
        let finished = async {
            tokio::time::sleep(self.drain).await;
            self.data.handle.stop(true).await;
        };
        tokio::select! {
            () = finished => true,
            () = shutdown.forced() => false,
        }
    }
}

impl Listener {
    fn spawn(serving: Serving) -> Self {
        Self { handle: serving.handle, served: actix_rt::spawn(serving.server) }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.served.abort();
    }
}

impl Threads {
    fn start() -> std::io::Result<Self> {
        let spare = available_parallelism().map_or(1, |cores| cores.get() / 2).max(1);
        let connections = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("connections")
            .enable_all()
            .build()?;
        Ok(Self {
            feed: Arbiter::new(),
            control: Arbiter::new(),
            tenants: (0..spare).map(|_| Arbiter::new()).collect(),
            connections,
        })
    }

    fn tenant_arbiters(&self) -> Arc<[ArbiterHandle]> {
        self.tenants.iter().map(Arbiter::handle).collect()
    }

    fn stop(self) {
        self.feed.stop();
        self.control.stop();
        for arbiter in &self.tenants {
            arbiter.stop();
        }
        self.connections.shutdown_background();
    }
}

impl Metrics {
    fn register(series: &Series) -> Result<Self, prometheus::Error> {
        let info = prometheus::IntGaugeVec::new(
            prometheus::Opts::new("claimsmith_build_info", "1, with the version of the service as a label."),
            &["version"],
        )?;
        info.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        series.register(Box::new(info))?;
        #[cfg(target_os = "linux")]
        series.register(Box::new(prometheus::process_collector::ProcessCollector::for_self()))?;
        Ok(Self {
            directory: DirectoryMetrics::register(series)?,
            caches: CachesMetrics::register(series)?,
            catalog: CatalogMetrics::register(series)?,
            http: HttpMetrics::register(series)?,
        })
    }
}

/// The connection strings, read anew for each connection.
struct Dsns {
    pool: DsnSource,
    listener: DsnSource,
}

impl Dsns {
    /// Reads both once, so that a mistake is told before a port is bound.
    fn check(settings: &Settings) -> Result<Self, StartError> {
        let database = &settings.database;
        let pool = DsnOptions {
            purpose: Purpose::Pool { statement_timeout: database.statement_timeout },
            connect_timeout: database.connect_timeout,
            home: home(),
        };
        let listener = DsnOptions { purpose: Purpose::Primary, ..pool.clone() };
        let (listener_key, listener_url) = match &database.listener_url {
            Some(url) => ("database.listener_url", url),
            None => ("database.url", &database.url),
        };
        Ok(Self {
            pool: checked("database.url", &database.url, pool, settings)?,
            listener: checked(listener_key, listener_url, listener, settings)?,
        })
    }
}

/// The user's home directory, where libpq looks for certificates.
pub(crate) fn home() -> Option<std::path::PathBuf> {
    std::env::home_dir()
}

fn checked(
    key: &'static str,
    url: &SecretSource,
    options: DsnOptions,
    settings: &Settings,
) -> Result<DsnSource, StartError> {
    let url = url.clone();
    let source: DsnSource = Arc::new(move || Ok(read_dsn(&url, &options)?));
    let dsn = source().map_err(|source| StartError::Dsn { key, source })?;
    if !dsn.is_local() && !dsn.encrypts() && !settings.insecure.plaintext_database {
        return Err(StartError::Plaintext(key));
    }
    Ok(source)
}

/// Why a connection string cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UrlError {
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Dsn(#[from] DsnError),
}

pub(crate) fn read_dsn(url: &SecretSource, options: &DsnOptions) -> Result<Dsn, UrlError> {
    Ok(Dsn::parse(url.read()?.expose(), options)?)
}

fn fallback(settings: &Settings) -> Result<Fallback, TemplateProblems> {
    let source = TemplateSource {
        namespace: None,
        claims: settings.claims.access_token.clone(),
        id_token_claims: settings.claims.id_token.clone(),
    };
    let template = Arc::new(Template::compile(&source, &settings.claims.namespace)?);
    Ok(Fallback { template, namespace: settings.claims.namespace.as_str().into() })
}

fn start_rooms(
    settings: &Settings,
    clock: &SharedClock,
    dsns: &Dsns,
    metrics: &Metrics,
    supervisor: &Supervisor,
    threads: &Threads,
    fallback: Fallback,
) -> Result<Readers, StartError> {
    let options = PoolOptions {
        size: settings.database.pool_size,
        wait: settings.database.statement_timeout,
        create: settings.database.connect_timeout,
    };
    let pool =
        connection::pool(Arc::clone(&dsns.pool), options, threads.connections.handle().clone()).map_err(process)?;
    let directory = Arc::new(Directory::new(pool, Arc::clone(clock), metrics.directory.clone()));
    let freshness = Arc::new(Freshness::new(Arc::clone(clock)));
    let catalog = CatalogReader::empty();
    let cache = cache_settings(settings);
    metrics.caches.max_bytes.set(i64::try_from(cache.max_memory).unwrap_or(i64::MAX));
    let control = threads.control.handle();
    let needed = policy(settings, OnExhausted::StopProcess);

    let identities = PublishedIdentities::empty();
    let identity_context = IdentityContext {
        published: Arc::clone(&identities),
        directory: Arc::clone(&directory),
        freshness: Arc::clone(&freshness),
        clock: Arc::clone(clock),
        settings: cache,
        metrics: metrics.caches.of("identities"),
    };
    let identity_actor = supervisor.supervise(spec("identities", &control, &needed), move |lease| {
        IdentityActor::new(lease, identity_context.clone())
    });

    let registry = Registry::empty();
    let registry_context = RegistryContext {
        registry: Arc::clone(&registry),
        supervisor: supervisor.clone(),
        policy: policy(settings, OnExhausted::GiveUp),
        arbiters: threads.tenant_arbiters(),
        tenant: TenantContext {
            directory: Arc::clone(&directory),
            catalog: catalog.clone(),
            freshness: Arc::clone(&freshness),
            clock: Arc::clone(clock),
            settings: cache,
            metrics: metrics.caches.of("roles"),
        },
        identities: Arc::clone(&identities),
        identity_actor: identity_actor.clone(),
        identity_metrics: metrics.caches.of("identities"),
        caches_metrics: metrics.caches.clone(),
    };
    let registry_actor = supervisor.supervise(spec("registry", &control, &needed), move |lease| {
        RegistryActor::new(lease, registry_context.clone())
    });

    let roles_subscription = RolesSubscription::new(Arc::clone(&registry), Arc::clone(clock));
    let catalog_context = CatalogContext {
        reader: catalog.clone(),
        directory: Arc::clone(&directory),
        fallback,
        dependents: Arc::clone(&roles_subscription) as Arc<_>,
        clock: Arc::clone(clock),
        metrics: metrics.catalog.clone(),
    };
    let catalog_actor = supervisor
        .supervise(spec("catalog", &control, &needed), move |lease| CatalogActor::new(lease, catalog_context.clone()));

    let enrichment = Enrichment {
        freshness: Arc::clone(&freshness),
        catalog: catalog.clone(),
        identities: IdentityReader::new(
            identities,
            identity_actor.clone(),
            Arc::clone(clock),
            metrics.caches.of("identities"),
        ),
        roles: RoleReader::new(registry, registry_actor, Arc::clone(clock), metrics.caches.of("roles")),
        directory: Arc::clone(&directory),
        max_age: settings.freshness.max_age,
    };
    let subscribers: Vec<Arc<dyn Subscriber>> =
        vec![roles_subscription, IdentitySubscription::new(identity_actor), CatalogSubscription::new(catalog_actor)];
    Ok(Readers { freshness, directory, enrichment, catalog, subscribers })
}

fn start_feed(
    settings: &Settings,
    clock: &SharedClock,
    dsns: &Dsns,
    metrics: &Metrics,
    supervisor: &Supervisor,
    threads: &Threads,
    readers: &Readers,
) {
    let context = Arc::new(FeedContext {
        dsn: Arc::clone(&dsns.listener),
        directory: Arc::clone(&readers.directory),
        freshness: Arc::clone(&readers.freshness),
        subscribers: readers.subscribers.clone(),
        metrics: metrics.directory.clone(),
        clock: Arc::clone(clock),
        settings: FeedSettings {
            heartbeat: settings.freshness.heartbeat,
            heartbeat_timeout: settings.freshness.heartbeat_timeout,
            reconnect_min: settings.freshness.reconnect_min,
            reconnect_max: settings.freshness.reconnect_max,
        },
        resume: parking_lot::Mutex::default(),
    });
    let keep_changes = settings.freshness.keep_changes;
    let needed = policy(settings, OnExhausted::StopProcess);
    supervisor.supervise(spec("change_feed", &threads.feed.handle(), &needed), move |lease| {
        ChangeFeedActor::new(lease, Arc::clone(&context), keep_changes)
    });
}

fn spec(kind: &'static str, arbiter: &ArbiterHandle, policy: &Policy) -> Spec {
    Spec { kind, name: kind.replace('_', " "), arbiter: arbiter.clone(), mailbox: MAILBOX, policy: policy.clone() }
}

fn policy(settings: &Settings, on_exhausted: OnExhausted) -> Policy {
    let supervision = &settings.supervision;
    Policy {
        restart_min: supervision.restart_min,
        restart_max: supervision.restart_max,
        budget: u32::try_from(supervision.budget).unwrap_or(u32::MAX),
        window: supervision.window,
        frozen_after: supervision.frozen_after,
        on_exhausted,
    }
}

fn cache_settings(settings: &Settings) -> CacheSettings {
    CacheSettings {
        max_memory: settings.cache.max_memory.as_len(),
        idle_after: settings.cache.idle_after,
        batch_max: settings.cache.batch_max,
        max_waiting: settings.cache.max_waiting,
    }
}

fn process(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StartError {
    StartError::Process(error.into())
}
