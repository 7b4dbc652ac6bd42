//! The rooms that keep something: built in the order in which they need each other, each with its actor.

use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Context};
use actix_rt::ArbiterHandle;
use deadpool_postgres::BuildError;
use tokio::sync::Semaphore;

use super::connection_strings::ConnectionStrings;
use super::issuance::Signing;
use super::issuers::Grants;
use super::metrics::Metrics;
use super::threads::Threads;
use crate::cache::CacheSettings;
use crate::clock::SharedClock;
use crate::config::Settings;
use crate::directory::change_feed::{ChangeFeedActor, FeedContext, FeedSettings};
use crate::directory::connection::{self, DsnSource, PoolOptions};
use crate::directory::{Directory, Freshness, Replica, Server, Subscriber};
use crate::enrichment::Enrichment;
use crate::http::caller::Callers;
use crate::http::caller_keys_actor::CallerKeysActor;
use crate::identities::identity_actor::{IdentityActor, IdentityContext};
use crate::identities::{IdentityReader, IdentitySubscription, PublishedIdentities};
use crate::issuers::IssuerRoster;
use crate::roles::registry_actor::{RegistryActor, RegistryContext, TENANT};
use crate::roles::tenant_actor::TenantContext;
use crate::roles::{Registry, RoleReader, RolesSubscription};
use crate::supervision::{Handle, Lease, OnExhausted, Policy, Spec, Supervisor};
use crate::tenancy::catalog::Fallback;
use crate::tenancy::catalog_actor::{CatalogActor, CatalogContext, Followers};
use crate::tenancy::{CatalogReader, CatalogSubscription, HostPatterns};
use crate::tokens::TokenReader;

pub(super) const MAILBOX: usize = 8_192;

/// What every room is built with.
pub(super) struct Site<'app> {
    pub(super) settings: &'app Settings,
    pub(super) clock: &'app SharedClock,
    pub(super) strings: &'app ConnectionStrings,
    pub(super) metrics: &'app Metrics,
    pub(super) supervisor: &'app Supervisor,
    pub(super) threads: &'app Threads,
}

/// What handlers read, written by the actors that were started with it.
pub(super) struct Rooms {
    pub(super) freshness: Arc<Freshness>,
    pub(super) directory: Arc<Directory>,
    pub(super) catalog: CatalogReader,
    pub(super) issuers: IssuerRoster,
    pub(super) enrichment: Enrichment,
}

impl Site<'_> {
    /// Builds every room and starts every actor; the change feed last, when all who hear of changes are there.
    pub(super) fn build(
        &self,
        fallback: Fallback,
        grants: Grants,
        signing: Option<&Signing>,
    ) -> Result<Rooms, BuildError> {
        let freshness = Arc::new(Freshness::new(Arc::clone(self.clock)));
        let directory = self.directory(&freshness)?;
        let catalog = CatalogReader::empty(HostPatterns::new(&self.settings.tenancy.host_patterns));

        let published = PublishedIdentities::empty();
        let identity_actor = self.identities(&published, &directory, &freshness);
        let registry = Registry::empty();
        let tenant = TenantContext {
            directory: Arc::clone(&directory),
            catalog: catalog.clone(),
            freshness: Arc::clone(&freshness),
            clock: Arc::clone(self.clock),
            settings: self.cache_settings(),
            metrics: self.metrics.caches.of("roles"),
        };
        let registry_actor = self.registry(&registry, tenant, &published, &identity_actor);
        let roles = RolesSubscription::new(Arc::clone(&registry), Arc::clone(self.clock));
        let (issuers, opaque) = self.issuers(grants);
        let tokens = TokenReader::new(opaque.reader(), Arc::clone(self.clock), self.metrics.tokens.clone());
        let followers = Followers { roles: Arc::clone(&roles) as Arc<_>, issuers: issuers.clone(), opaque };
        let catalog_actor = self.catalog(&catalog, &directory, followers, fallback);

        let identity_metrics = self.metrics.caches.of("identities");
        let enrichment = Enrichment {
            freshness: Arc::clone(&freshness),
            catalog: catalog.clone(),
            tokens,
            identities: IdentityReader::new(
                published,
                identity_actor.clone(),
                Arc::clone(&directory),
                identity_metrics,
            ),
            roles: self.roles(registry, registry_actor, &directory),
            directory: Arc::clone(&directory),
            at_least_wait: self.settings.freshness.at_least_wait,
            // Loads go on beside them.
            read_throughs: Arc::new(Semaphore::new(self.settings.database.pool_size.div_ceil(2))),
            clock: Arc::clone(self.clock),
        };
        let mut subscribers: Vec<Arc<dyn Subscriber>> =
            vec![roles, IdentitySubscription::new(identity_actor), CatalogSubscription::new(catalog_actor)];
        subscribers.extend(signing.map(Signing::subscriber));
        self.feed(&directory, &freshness, subscribers);
        Ok(Rooms { freshness, directory, catalog, issuers, enrichment })
    }

    fn directory(&self, freshness: &Arc<Freshness>) -> Result<Arc<Directory>, BuildError> {
        let database = &self.settings.database;
        let options = PoolOptions {
            size: database.pool_size,
            wait: database.statement_timeout,
            create: database.connect_timeout,
            max_age: database.connection_max_age,
        };
        let patience = database.statement_timeout + Duration::from_secs(1);
        let primary = self.server("primary", &self.strings.pool, options, patience)?;
        // Half of what a request may wait: if the replica is silent, the other half is the primary's.
        let half = self.settings.http.answer_deadline / 2;
        let options = PoolOptions { wait: options.wait.min(half), create: options.create.min(half), ..options };
        let replica = self.strings.replica.as_ref();
        let replica =
            replica.map(|strings| self.server("replica", strings, options, patience.min(half))).transpose()?;
        let metrics = self.metrics.directory.clone();
        Ok(Arc::new(Directory::new(primary, replica.map(Replica::new), Arc::clone(freshness), metrics)))
    }

    fn server(
        &self,
        name: &'static str,
        strings: &DsnSource,
        options: PoolOptions,
        patience: Duration,
    ) -> Result<Server, BuildError> {
        let (strings, runtime) = (Arc::clone(strings), self.threads.connections());
        let make_pool = Box::new(move || connection::pool(Arc::clone(&strings), options, runtime.clone()));
        Server::new(name, make_pool, Arc::clone(self.clock), self.metrics.directory.clone(), patience)
    }

    fn roles(&self, registry: Arc<Registry>, actor: Handle<RegistryActor>, directory: &Arc<Directory>) -> RoleReader {
        let metrics = self.metrics.caches.of("roles");
        RoleReader::new(registry, actor, Arc::clone(directory), Arc::clone(self.clock), metrics)
    }

    fn identities(
        &self,
        published: &Arc<PublishedIdentities>,
        directory: &Arc<Directory>,
        freshness: &Arc<Freshness>,
    ) -> Handle<IdentityActor> {
        let context = IdentityContext {
            published: Arc::clone(published),
            directory: Arc::clone(directory),
            freshness: Arc::clone(freshness),
            clock: Arc::clone(self.clock),
            settings: self.cache_settings(),
            metrics: self.metrics.caches.of("identities"),
        };
        self.start("identities", &self.threads.control.handle(), move |lease| {
            IdentityActor::new(lease, context.clone())
        })
    }

    fn registry(
        &self,
        registry: &Arc<Registry>,
        tenant: TenantContext,
        identities: &Arc<PublishedIdentities>,
        identity_actor: &Handle<IdentityActor>,
    ) -> Handle<RegistryActor> {
        let bound = i64::try_from(tenant.settings.max_memory).unwrap_or(i64::MAX);
        self.metrics.caches.max_bytes.set(bound);
        self.supervisor.declare(TENANT);
        let context = RegistryContext {
            registry: Arc::clone(registry),
            supervisor: self.supervisor.clone(),
            policy: self.policy(OnExhausted::GiveUp),
            arbiters: self.threads.tenant_arbiters(),
            tenant,
            identities: Arc::clone(identities),
            identity_actor: identity_actor.clone(),
            identity_metrics: self.metrics.caches.of("identities"),
            caches_metrics: self.metrics.caches.clone(),
        };
        self.start("registry", &self.threads.control.handle(), move |lease| RegistryActor::new(lease, context.clone()))
    }

    fn catalog(
        &self,
        reader: &CatalogReader,
        directory: &Arc<Directory>,
        followers: Followers,
        fallback: Fallback,
    ) -> Handle<CatalogActor> {
        let context = CatalogContext {
            reader: reader.clone(),
            directory: Arc::clone(directory),
            fallback,
            followers,
            clock: Arc::clone(self.clock),
            metrics: self.metrics.catalog.clone(),
        };
        self.start("catalog", &self.threads.control.handle(), move |lease| CatalogActor::new(lease, context.clone()))
    }

    fn feed(&self, directory: &Arc<Directory>, freshness: &Arc<Freshness>, subscribers: Vec<Arc<dyn Subscriber>>) {
        let settings = &self.settings.freshness;
        self.metrics.directory.max_age.set(settings.max_age.as_secs_f64());
        let context = Arc::new(FeedContext {
            dsn: Arc::clone(&self.strings.listener),
            directory: Arc::clone(directory),
            freshness: Arc::clone(freshness),
            subscribers,
            metrics: self.metrics.directory.clone(),
            clock: Arc::clone(self.clock),
            settings: FeedSettings {
                heartbeat: settings.heartbeat,
                heartbeat_timeout: settings.heartbeat_timeout,
                reconnect_min: settings.reconnect_min,
                reconnect_max: settings.reconnect_max,
            },
            resume: parking_lot::Mutex::default(),
        });
        let keep_changes = settings.keep_changes;
        self.start("change_feed", &self.threads.feed.handle(), move |lease| {
            ChangeFeedActor::new(lease, Arc::clone(&context), keep_changes)
        });
    }

    /// Keeps the keys of callers as their files have them.
    pub(super) fn caller_keys(&self, callers: &Arc<Callers>) {
        let callers = Arc::clone(callers);
        self.start("caller_keys", &self.threads.control.handle(), move |lease| {
            CallerKeysActor::new(lease, Arc::clone(&callers))
        });
    }

    /// Starts an actor without which the service is of no use.
    pub(super) fn start<A: Actor<Context = Context<A>>>(
        &self,
        kind: &'static str,
        arbiter: &ArbiterHandle,
        factory: impl Fn(Lease) -> A + Send + Sync + 'static,
    ) -> Handle<A> {
        let spec = Spec {
            kind,
            name: kind.replace('_', " "),
            arbiter: arbiter.clone(),
            mailbox: MAILBOX,
            policy: self.policy(OnExhausted::StopProcess),
        };
        self.supervisor.supervise(spec, factory)
    }

    pub(super) fn policy(&self, on_exhausted: OnExhausted) -> Policy {
        let supervision = &self.settings.supervision;
        Policy {
            restart_min: supervision.restart_min,
            restart_max: supervision.restart_max,
            budget: u32::try_from(supervision.budget).unwrap_or(u32::MAX),
            window: supervision.window,
            frozen_after: supervision.frozen_after,
            on_exhausted,
        }
    }

    fn cache_settings(&self) -> CacheSettings {
        CacheSettings {
            max_memory: self.settings.cache.max_memory.as_len(),
            idle_after: self.settings.cache.idle_after,
            batch_max: self.settings.cache.batch_max,
            max_waiting: self.settings.cache.max_waiting,
        }
    }
}
