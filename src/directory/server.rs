//! One server that loads ask, through a pool.
//!
//! Parameters are bound, never spliced. Statements are prepared once for each connection, until a pooler in transaction mode
//! turns out to be in between, which hands each transaction to another server connection: then they are sent whole.
//!
//! Deliberately absent: retries of a query that failed (the caller has a deadline and knows what a second try is worth). Only
//! what says nothing about the query, a dead connection, a view that was redefined or that pooler, is tried once more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use deadpool_postgres::{BuildError, Object, Pool};
use scopeguard::{ScopeGuard, guard};
use tokio::time::timeout;
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};

use super::error::DirectoryError;
use super::metrics::DirectoryMetrics;
use super::queries::Query;
use crate::clock::{Moment, SharedClock};

/// The value of a parameter, and the type that the statement casts it from.
pub(super) type Parameter<'value> = (&'value (dyn ToSql + Sync), Type);
/// The values of a statement's parameters.
pub(super) type Parameters<'values> = &'values [Parameter<'values>];

/// What PostgreSQL says of a prepared statement that another connection has, or does not have.
const NOT_PREPARED: [SqlState; 2] = [SqlState::INVALID_SQL_STATEMENT_NAME, SqlState::DUPLICATE_PSTATEMENT];

/// Makes a pool, at the start and whenever its connections must not be used any more.
pub type MakePool = Box<dyn Fn() -> Result<Pool, BuildError> + Send + Sync>;

/// A server behind a pool of its own.
pub struct Server {
    name: &'static str,
    make_pool: MakePool,
    pool: ArcSwap<Pool>,
    clock: SharedClock,
    metrics: DirectoryMetrics,
    /// How long a statement may take by our own clock; the server should have given up before.
    patience: Duration,
    /// Whether prepared statements are still there when they are used.
    keeps_statements: AtomicBool,
}

impl Server {
    /// A server behind a pool that is made now. Nothing is asked yet. `name` is the metric label.
    pub fn new(
        name: &'static str,
        make_pool: MakePool,
        clock: SharedClock,
        metrics: DirectoryMetrics,
        patience: Duration,
    ) -> Result<Self, BuildError> {
        let pool = ArcSwap::from_pointee(make_pool()?);
        let keeps_statements = AtomicBool::new(true);
        Ok(Self { name, make_pool, pool, clock, metrics, patience, keeps_statements })
    }

    /// The server's history is another now: connections made before must not be asked any more, since a server that was
    /// replaced may still answer them.
    pub(super) fn forget_connections(&self) {
        if let Ok(pool) = (self.make_pool)() {
            self.pool.swap(Arc::new(pool)).close();
        } else {
            tracing::warn!(server = self.name, "the pool of connections could not be made anew");
        }
    }

    /// Brings the pool's gauges up to date, for a scrape.
    pub(super) fn observe_pool(&self) {
        let status = self.pool.load().status();
        let idle = i64::try_from(status.available).unwrap_or(i64::MAX);
        let size = i64::try_from(status.size).unwrap_or(i64::MAX);
        self.metrics.pool.with_label_values(&[self.name, "idle"]).set(idle);
        self.metrics.pool.with_label_values(&[self.name, "used"]).set(size.saturating_sub(idle));
    }

    pub(super) fn now(&self) -> Moment {
        self.clock.now()
    }

    /// The rows of one statement; `text` is the query's own with its placeholders filled in.
    pub(super) async fn query(
        &self,
        query: Query,
        text: &str,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>, DirectoryError> {
        let started = self.clock.now();
        let result = self.query_on_some_connection(query, text, parameters).await;
        let elapsed = self.clock.now().since(started);
        self.metrics.query_duration.with_label_values(&[query.name]).observe(elapsed.as_secs_f64());
        if result.is_err() {
            self.metrics.query_errors.with_label_values(&[query.name]).inc();
        }
        result
    }

    async fn query_on_some_connection(
        &self,
        query: Query,
        text: &str,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>, DirectoryError> {
        let mut lent = self.connection().await?;
        let mut outcome = self.run(query, &lent, text, parameters).await;
        if let Err(DirectoryError::Query { source, .. }) = &outcome
            && self.is_about_the_connection(source)
        {
            if source.is_closed() {
                lent = self.connection().await?;
            } else {
                lent.statement_cache.clear();
            }
            outcome = self.run(query, &lent, text, parameters).await;
        }
        if !matches!(outcome, Err(DirectoryError::TimedOut { .. })) {
            drop(ScopeGuard::into_inner(lent));
        }
        outcome
    }

    /// Whether an error says nothing about the query itself.
    fn is_about_the_connection(&self, error: &tokio_postgres::Error) -> bool {
        let Some(code) = error.code() else { return error.is_closed() };
        if NOT_PREPARED.contains(code) && self.keeps_statements.swap(false, Ordering::Relaxed) {
            let server = self.name;
            tracing::info!(server, "a pooler in transaction mode is in between: statements are sent whole");
        }
        // The third: the adopter has redefined a view under a prepared statement.
        error.is_closed() || NOT_PREPARED.contains(code) || *code == SqlState::FEATURE_NOT_SUPPORTED
    }

    async fn connection(&self) -> Result<Lent, DirectoryError> {
        let pool = Pool::clone(&self.pool.load());
        Ok(guard(pool.get().await?, close))
    }

    async fn run(
        &self,
        query: Query,
        client: &Object,
        text: &str,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>, DirectoryError> {
        let rows = async {
            if !self.keeps_statements.load(Ordering::Relaxed) {
                return client.query_typed(text, parameters).await;
            }
            let types: Vec<Type> = parameters.iter().map(|(_, as_type)| as_type.clone()).collect();
            let values: Vec<&(dyn ToSql + Sync)> = parameters.iter().map(|(value, _)| *value).collect();
            let statement = client.prepare_typed_cached(text, &types).await?;
            client.query(&statement, &values).await
        };
        let answered =
            timeout(self.patience, rows).await.map_err(|_| DirectoryError::TimedOut { query: query.name })?;
        answered.map_err(|source| DirectoryError::Query { query: query.name, source })
    }
}

/// A connection of the pool. It goes back when it is given back, and is closed when whoever has it gives up waiting: the answer
/// that may still come must not be taken for the next one's, nor be waited for by who comes next.
type Lent = ScopeGuard<Object, fn(Object)>;

fn close(client: Object) {
    drop(Object::take(client));
}
