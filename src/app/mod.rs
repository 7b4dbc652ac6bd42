//! The composition root: builds every room in order, serves, and stops in order. Tests start the same [`App`].
//!
//! Threads: one runs the guardians, so that none watches the thread it stands on; the change feed has an arbiter of its
//! own, because nothing may hold it up; catalog, identities, the registry and the roster of issuers share one; tenants and
//! issuers are spread over as many as there are cores to spare. Pooled connections and fetches live on a runtime that
//! outlives them all.

mod connection_strings;
mod issuance;
mod issuers;
mod listeners;
mod metrics;
mod open_files;
mod probe;
mod rooms;
mod threads;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::web;
use prometheus::Registry as Series;

use crate::claims::{Template, TemplateProblems, TemplateSource};
use crate::clock::SharedClock;
use crate::config::{KeysFileError, Settings};
use crate::directory::Freshness;
use crate::http::caller::Callers;
use crate::http::gateway::Profiles;
use crate::http::ops::OpsPlane;
use crate::http::server::BindError;
use crate::http::{DataPlane, DiscoverySettings};
use crate::issuance::NoSigningKey;
use crate::issuers::fetch::LeaveError;
use crate::jose::{SelfTestFailed, self_test};
use crate::supervision::Supervisor;
use crate::supervision::shutdown::{Exit, Shutdown, Stage};
use crate::tenancy::catalog::Fallback;

use connection_strings::ConnectionStrings;
use issuance::Signing;
use issuers::Grants;
use listeners::{BoundListeners, Listeners, Planes};
use metrics::Metrics;
use rooms::Site;
use threads::Threads;

pub use listeners::Addresses;

pub(crate) use connection_strings::{home, listener_dsn, owner_dsn, service_dsn};

const LISTENERS_STOP_WITHIN: Duration = Duration::from_secs(1);

/// Why the service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A listener could not be had.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// A connection string is not one.
    #[error("{key} cannot be used")]
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
    Template(TemplateProblems),
    /// A caller's key file cannot be read.
    #[error(transparent)]
    Keys(#[from] KeysFileError),
    /// What the operator grants an issuer cannot be read.
    #[error(transparent)]
    Leave(#[from] LeaveError),
    /// The directory for keys cannot be used.
    #[error("issuers.keys_directory cannot be made or used")]
    KeysDirectory(#[source] std::io::Error),
    /// There is no key for our own tokens.
    #[error(transparent)]
    SigningKey(#[from] NoSigningKey),
    /// This build cannot verify signatures.
    #[error(transparent)]
    SelfTest(#[from] SelfTestFailed),
    /// Threads, runtimes or metrics could not be set up.
    #[error("the process could not be set up")]
    Process(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl StartError {
    /// Whether the settings are to be mended, and not the machine.
    pub fn is_misconfiguration(&self) -> bool {
        !matches!(self, Self::Bind(_) | Self::SelfTest(_) | Self::Process(_))
    }
}

/// The running service.
pub struct App {
    /// Where it listens.
    pub addresses: Addresses,
    /// Keeps the actors alive; also the way to inject faults.
    pub supervisor: Supervisor,
    /// How new everything is.
    pub freshness: Arc<Freshness>,
    /// Every series.
    pub series: Series,
    draining: Arc<AtomicBool>,
    listeners: Listeners,
    drain: Duration,
    deadline: Duration,
    /// Dropped last, when nothing runs on them any more.
    _threads: Threads,
}

impl App {
    /// Binds, builds every room, starts the actors and serves. Answers are refused until the directory has been read once.
    pub fn start(settings: &Settings, clock: &SharedClock) -> Result<Self, StartError> {
        self_test()?;
        open_files::allow(settings.http.max_connections);
        let fallback = fallback(settings)?;
        let callers = Arc::new(Callers::from_settings(settings)?);
        let strings = ConnectionStrings::check(settings)?;
        let grants = Grants::read(settings)?.with_directory(settings)?;
        let signing = Signing::open(settings, clock)?;
        let bound = BoundListeners::bind(settings)?;
        let addresses = bound.addresses();

        let series = Series::new();
        let metrics = Metrics::register(&series).map_err(process)?;
        let guardians = tokio::runtime::Handle::current();
        let supervisor = Supervisor::new(Arc::clone(clock), &series, guardians).map_err(process)?;
        let threads = Threads::start(settings.grpc.as_ref().map(|_| settings.gateway.workers)).map_err(process)?;
        let site =
            Site { settings, clock, strings: &strings, metrics: &metrics, supervisor: &supervisor, threads: &threads };
        let rooms = site.build(fallback, grants, signing.as_ref()).map_err(process)?;
        site.caller_keys(&callers);
        let issuance = site.issuance(signing, &rooms.enrichment);
        let probe = site.probe(&rooms.enrichment);

        let draining = Arc::new(AtomicBool::new(false));
        let data = web::Data::new(DataPlane {
            enrichment: rooms.enrichment,
            callers,
            issuance: issuance.clone(),
            discovery: DiscoverySettings::from_settings(settings),
            answer_deadline: settings.http.answer_deadline,
            body_deadline: settings.http.client_timeout,
            max_body: settings.http.max_body.as_len(),
            clock: Arc::clone(clock),
            metrics: metrics.http,
            draining: Arc::clone(&draining),
        });
        let ops = OpsPlane {
            registry: series.clone(),
            supervisor: supervisor.clone(),
            freshness: Arc::clone(&rooms.freshness),
            catalog: rooms.catalog,
            issuers: rooms.issuers,
            issuance,
            probe,
            clock: Arc::clone(clock),
            directory: rooms.directory,
            directory_metrics: metrics.directory,
            confirmed: AtomicBool::new(false),
            migrated: AtomicBool::new(false),
            draining: Arc::clone(&draining),
        };
        let planes = Planes { data, ops, profiles: Profiles::from_settings(settings) };
        Ok(Self {
            addresses,
            supervisor,
            freshness: rooms.freshness,
            series,
            draining,
            listeners: bound.serve(planes, settings, &threads).map_err(process)?,
            drain: settings.shutdown.drain,
            deadline: settings.shutdown.deadline,
            _threads: threads,
        })
    }

    /// Finds every mistake that [`App::start`] and a migration would find in the settings, without binding or connecting.
    pub fn check(settings: &Settings) -> Result<(), StartError> {
        fallback(settings)?;
        Callers::from_settings(settings)?;
        ConnectionStrings::check(settings)?;
        Grants::read(settings)?;
        Signing::check(settings)?;
        owner_dsn(settings).map(drop)
    }

    /// Serves until it is told to stop or cannot go on, then stops in order: not ready, no new connections, requests
    /// finished, actors stopped, the ops plane last.
    pub async fn run(mut self, shutdown: Shutdown) -> Exit {
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
        self.listeners.say_draining();
        let drained = tokio::time::timeout(self.drain + self.deadline, self.drain(&shutdown)).await.unwrap_or(false);
        shutdown.advance(Stage::Stopping);
        self.supervisor.stop(if drained { Duration::from_secs(5) } else { Duration::ZERO }).await;
        // An orderly stop that is under way would have to end first; what does not stop soon is cut off with the process.
        let _ = tokio::time::timeout(LISTENERS_STOP_WITHIN, self.listeners.cut_off()).await;
        if drained || exit == Exit::Failed { exit } else { Exit::Forced }
    }

    /// True when every accepted request was answered.
    async fn drain(&mut self, shutdown: &Shutdown) -> bool {
        let finished = async {
            tokio::time::sleep(self.drain).await;
            self.listeners.finish().await;
        };
        tokio::select! {
            () = finished => true,
            () = shutdown.forced() => false,
        }
    }
}

fn fallback(settings: &Settings) -> Result<Fallback, StartError> {
    let source = TemplateSource {
        namespace: None,
        claims: settings.claims.access_token.clone(),
        id_token_claims: settings.claims.id_token.clone(),
    };
    let template = Template::compile(&source, &settings.claims.namespace).map_err(StartError::Template)?;
    Ok(Fallback { template: Arc::new(template), namespace: settings.claims.namespace.as_str().into() })
}

fn process(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StartError {
    StartError::Process(error.into())
}
