//! The single writer of the catalog: reads all tenants and issuers, compiles, swaps.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, ActorFutureExt, AsyncContext, Context, Handler, Message, WrapFuture};
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

use super::CatalogReader;
use super::catalog::{Catalog, Fallback};
use super::metrics::CatalogMetrics;
use crate::cache::fence::Fence;
use crate::clock::SharedClock;
use crate::directory::{Directory, Position, TenantId};
use crate::issuers::IssuerRoster;
use crate::issuers::opaque::OpaqueRoster;
use crate::supervision::Lease;

const RETRY_MIN: Duration = Duration::from_millis(50);
const RETRY_MAX: Duration = Duration::from_secs(2);
/// How often actors that were given up are looked for.
const REVIVE_EVERY: Duration = Duration::from_secs(30);

/// Somebody whose copies depend on how tenants are configured.
pub trait Dependents: Send + Sync {
    /// The catalog in force renders claims of these tenants otherwise than the one before. Completes when no reader can be
    /// given a claim rendered the old way.
    fn tenants_changed(&self, tenants: &[TenantId]) -> BoxFuture<'static, ()>;
}

/// Who has to act on a new catalog.
#[derive(Clone)]
pub struct Followers {
    /// Who renders claims.
    pub roles: Arc<dyn Dependents>,
    /// Who keeps the keys of issuers.
    pub issuers: IssuerRoster,
    /// Who asks issuers about opaque tokens.
    pub opaque: Arc<OpaqueRoster>,
}

impl Followers {
    /// A catalog was published. Completes when nobody is given anything that only the one before allowed.
    fn follow(&self, catalog: &Catalog, changed: &[TenantId]) -> impl Future<Output = ()> + Send + 'static {
        self.opaque.apply(catalog.issuers.entries());
        let keys = self.issuers.follow(catalog.issuers.entries().filter_map(|entry| entry.slot.clone()));
        let rendered = self.roles.tenants_changed(changed);
        async move {
            keys.await;
            rendered.await;
        }
    }
}

/// Read the catalog again.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Reload {
    /// It must contain every change up to here.
    pub position: Position,
    /// Whether what was known of the server's history does not hold any more.
    pub new_history: bool,
    /// Told when no reader can see an older catalog.
    pub done: oneshot::Sender<()>,
}

/// What every incarnation needs.
#[derive(Clone)]
pub struct CatalogContext {
    /// Where the catalog is published.
    pub reader: CatalogReader,
    /// Where rows come from.
    pub directory: Arc<Directory>,
    /// What claims are made of where a tenant says nothing.
    pub fallback: Fallback,
    /// Who has to act on what it says.
    pub followers: Followers,
    /// The time.
    pub clock: SharedClock,
    /// Series of the room.
    pub metrics: CatalogMetrics,
}

/// A catalog, and the tenants whose claims it renders otherwise than the one in force.
struct Built {
    catalog: Catalog,
    changed: Vec<TenantId>,
}

/// Reads and compiles everything; the compiling where it may take its time. The catalog in force cannot change meanwhile,
/// because one is built at a time.
async fn build(context: CatalogContext) -> Result<Built, String> {
    let load = context.directory.catalog().await.map_err(|error| error.label())?;
    let compiled = spawn_blocking(move || Catalog::build(load, &context.reader.current(), &context.fallback));
    let (catalog, changed) = compiled.await.map_err(|_| "compiling the catalog panicked".to_owned())?;
    Ok(Built { catalog, changed })
}

/// One incarnation of the writer.
pub struct CatalogActor {
    lease: Lease,
    context: CatalogContext,
    /// Where the catalog in force stands. Whatever is newer is published, even if a change has overtaken it: those who wait for
    /// that change go on waiting, and a row of changes cannot starve everybody of all of them.
    fence: Fence,
    /// Counts histories: a load begun in an earlier one must not be published, whatever its position.
    history: u32,
    waiting: Vec<(Position, oneshot::Sender<()>)>,
    loading: bool,
    failures: u32,
}

impl CatalogActor {
    /// A writer that has nothing to do until it is told of a change.
    pub fn new(lease: Lease, context: CatalogContext) -> Self {
        Self { lease, context, fence: Fence::default(), history: 0, waiting: Vec::new(), loading: false, failures: 0 }
    }

    fn start_load(&mut self, ctx: &mut Context<Self>) {
        if self.loading || self.waiting.is_empty() {
            return;
        }
        self.loading = true;
        let history = self.history;
        let built = build(self.context.clone());
        ctx.spawn(built.into_actor(self).map(move |outcome, actor, ctx| {
            actor.loading = false;
            actor.built(outcome, history, ctx);
        }));
    }

    fn built(&mut self, outcome: Result<Built, String>, history: u32, ctx: &mut Context<Self>) {
        match outcome {
            Ok(built) if self.may_publish(&built.catalog, history) => {
                self.failures = 0;
                self.publish(built, ctx);
                self.start_load(ctx);
            }
            Ok(_) => {
                self.context.metrics.loads.with_label_values(&["fenced"]).inc();
                self.retry(ctx);
            }
            Err(reason) => {
                self.context.metrics.loads.with_label_values(&["failed"]).inc();
                tracing::warn!(cause = reason, "tenants and issuers could not be read; trying again");
                self.retry(ctx);
            }
        }
    }

    fn may_publish(&self, catalog: &Catalog, history: u32) -> bool {
        history == self.history && self.fence.admits(catalog.position) && self.lease.is_current()
    }

    fn publish(&mut self, built: Built, ctx: &mut Context<Self>) {
        let head = built.catalog.position;
        self.fence.raise(head);
        self.observe(&built.catalog);
        self.context.reader.publish(built.catalog);
        let followed = self.context.followers.follow(&self.context.reader.current(), &built.changed);
        let (due, later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.waiting).into_iter().partition(|(position, _)| *position <= head);
        self.waiting = later;
        let told = async move {
            followed.await;
            for (_, done) in due {
                // The feed may have been replaced meanwhile; its successor asks again.
                let _ = done.send(());
            }
        };
        ctx.spawn(told.into_actor(self));
    }

    fn observe(&self, catalog: &Catalog) {
        let metrics = &self.context.metrics;
        metrics.loads.with_label_values(&["published"]).inc();
        metrics.tenants.set(i64::try_from(catalog.tenant_count()).unwrap_or(i64::MAX));
        metrics.issuers.set(i64::try_from(catalog.issuers.spelling_count()).unwrap_or(i64::MAX));
        metrics.problems.set(i64::try_from(catalog.problems.len()).unwrap_or(i64::MAX));
        metrics.last_load.set(self.context.clock.unix_seconds());
        let current = self.context.reader.current();
        let known: HashSet<&String> = current.problems.iter().collect();
        for problem in catalog.problems.iter().filter(|problem| !known.contains(problem)) {
            tracing::warn!(problem, "the catalog has a mistake");
        }
    }

    fn retry(&mut self, ctx: &mut Context<Self>) {
        let pause = RETRY_MIN.saturating_mul(2_u32.saturating_pow(self.failures.min(10))).min(RETRY_MAX);
        self.failures = self.failures.saturating_add(1);
        ctx.run_later(pause, Self::start_load);
    }
}

impl Actor for CatalogActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.lease.attach(ctx);
        // Without a change there is no new catalog, and an actor that was given up would stay so.
        ctx.run_interval(REVIVE_EVERY, |actor, _| {
            actor.context.followers.opaque.apply(actor.context.reader.current().issuers.entries());
        });
    }
}

impl Handler<Reload> for CatalogActor {
    type Result = ();

    fn handle(&mut self, reload: Reload, ctx: &mut Self::Context) {
        if reload.new_history {
            // Those who wait for a position of the old history wait for nothing.
            self.waiting.clear();
            self.history = self.history.wrapping_add(1);
            self.fence = Fence::at(reload.position);
        }
        self.waiting.push((reload.position, reload.done));
        self.start_load(ctx);
    }
}
