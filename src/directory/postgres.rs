//! The questions that the rooms ask of PostgreSQL, in the rooms' words.
//!
//! Every answer carries the position read in the same statement as the data: without it nobody could tell whether a
//! change overtook the load. Parameters are bound, never spliced; the only thing spliced is the type of an id column.
//!
//! Deliberately absent: retries (the caller has a deadline and knows what a second try is worth) and caching (that is
//! what the rooms are for).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use deadpool_postgres::{BuildError, Object, Pool};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::timeout;
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{Json, ToSql};

use super::id_type::{IdType, IdTypes};
use super::identifiers::{Position, TenantId, UserId};
use super::loads::{CatalogLoad, IdentitiesLoad, MembersLoad, Membership, Role, TenantOfUser};
use super::metrics::DirectoryMetrics;
use super::queries::{self, Query};
use crate::clock::SharedClock;

/// Why the directory has no answer.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// No connection could be had in time.
    #[error("no connection to PostgreSQL could be had")]
    Pool(#[from] deadpool_postgres::PoolError),
    /// The statement failed or was cut off.
    #[error("the query {query} failed")]
    Query {
        /// The statement's name in `sql/queries`.
        query: &'static str,
        /// What PostgreSQL or the connection said.
        #[source]
        source: tokio_postgres::Error,
    },
    /// No answer came although the server should have given up by itself.
    #[error("the query {query} was not answered in time")]
    TimedOut {
        /// The statement's name in `sql/queries`.
        query: &'static str,
    },
    /// A contract view is not what `sql/README.md` says it must be.
    #[error("the directory breaks its contract: {0}")]
    Contract(String),
}

impl DirectoryError {
    /// What went wrong without any of the server's own words, which may quote rows: for logs.
    pub fn label(&self) -> String {
        match self {
            Self::Pool(deadpool_postgres::PoolError::Timeout(_)) => "the pool has no connection to give".to_owned(),
            Self::Pool(_) => "connect".to_owned(),
            Self::Query { query, source } => {
                format!("query {query}: {}", source.code().map_or("connection", SqlState::code))
            }
            Self::TimedOut { query } => format!("query {query}: timed out"),
            Self::Contract(what) => format!("contract: {what}"),
        }
    }
}

/// Makes a pool, at the start and whenever its connections must not be used any more.
pub type MakePool = Box<dyn Fn() -> Result<Pool, BuildError> + Send + Sync>;

/// The adopter's PostgreSQL, through a pool.
pub struct Directory {
    make_pool: MakePool,
    pool: ArcSwap<Pool>,
    clock: SharedClock,
    metrics: DirectoryMetrics,
    /// How long a statement may take by our own clock; the server should have given up before.
    patience: Duration,
    types: ArcSwapOption<IdTypes>,
}

impl Directory {
    /// A directory behind a pool that is made now. Nothing is asked yet.
    pub fn new(
        make_pool: MakePool,
        clock: SharedClock,
        metrics: DirectoryMetrics,
        patience: Duration,
    ) -> Result<Self, BuildError> {
        let pool = ArcSwap::from_pointee(make_pool()?);
        Ok(Self { make_pool, pool, clock, metrics, patience, types: ArcSwapOption::empty() })
    }

    /// The server's history is another now: connections made before must not be asked any more, since a server that was
    /// replaced may still answer them.
    pub fn forget_connections(&self) {
        if let Ok(pool) = (self.make_pool)() {
            self.pool.swap(Arc::new(pool)).close();
        } else {
            tracing::warn!("the pool of connections could not be made anew");
        }
    }

    /// Some users of a tenant. Users that the id column cannot hold are no members.
    pub async fn members(
        &self,
        tenant: &TenantId,
        users: &[Box<str>],
        attributes: bool,
    ) -> Result<MembersLoad, DirectoryError> {
        let types = self.types().await?;
        let admitted: Vec<(usize, &str)> =
            users.iter().map(AsRef::as_ref).enumerate().filter(|(_, user)| types.user_id.admits(user)).collect();
        if admitted.is_empty() {
            // Nobody is asked for, and that nobody is a member is always true.
            let members = users.iter().map(|_| None).collect();
            return Ok(MembersLoad { head: Position::MAX, members, roles: Vec::new() });
        }
        let names: Vec<&str> = admitted.iter().map(|(_, user)| *user).collect();
        let text = types.fill(queries::MEMBERS);
        let rows = self.query(queries::MEMBERS, &text, &[&tenant.as_str(), &names, &attributes]).await?;
        let mut load =
            MembersLoad { head: Position::ZERO, members: users.iter().map(|_| None).collect(), roles: Vec::new() };
        for row in &rows {
            load.head = head(queries::MEMBERS, row)?;
            match column::<Option<i64>>(queries::MEMBERS, row, "ord")? {
                None => load.roles.push(role(row)?),
                Some(ord) => {
                    let place = ordinal(ord).and_then(|at| admitted.get(at));
                    if let Some(member) = place.and_then(|(at, _)| load.members.get_mut(*at)) {
                        *member = membership(row)?;
                    }
                }
            }
        }
        Ok(load)
    }

    /// The users that some pairs of issuer entry and subject are linked to.
    pub async fn identities(&self, issuers: &[&str], subjects: &[&str]) -> Result<IdentitiesLoad, DirectoryError> {
        let query = queries::IDENTITIES;
        let rows = self.query(query, query.text, &[&issuers, &subjects]).await?;
        let mut load = IdentitiesLoad { head: Position::ZERO, users: subjects.iter().map(|_| None).collect() };
        let mut seen = vec![0_u8; subjects.len()];
        for row in &rows {
            load.head = head(query, row)?;
            let user = column::<Option<String>>(query, row, "user_id")?;
            let Some(at) = ordinal(column(query, row, "ord")?) else { continue };
            let (Some(count), Some(place)) = (seen.get_mut(at), load.users.get_mut(at)) else { continue };
            *count = count.saturating_add(1);
            // Two users for one identity: nobody can say which is meant, so neither is.
            *place = if *count == 1 { user.map(UserId::from) } else { None };
        }
        Ok(load)
    }

    /// The tenants of a user.
    pub async fn memberships_of(&self, user: &str) -> Result<Vec<TenantOfUser>, DirectoryError> {
        let query = queries::MEMBERSHIPS_OF_USER;
        let types = self.types().await?;
        if !types.user_id.admits(user) {
            return Ok(Vec::new());
        }
        let rows = self.query(query, &types.fill(query), &[&user]).await?;
        rows.iter()
            .map(|row| {
                Ok(TenantOfUser {
                    tenant: column::<String>(query, row, "tenant_id")?.into(),
                    is_default: column::<Option<bool>>(query, row, "is_default")?.unwrap_or(false),
                })
            })
            .collect()
    }

    /// Every tenant and issuer. Also looks again at the types of the id columns, which an adopter may have redefined.
    pub async fn catalog(&self) -> Result<CatalogLoad, DirectoryError> {
        let query = queries::CATALOG;
        let rows = self.query(query, query.text, &[]).await?;
        // After the rows: they say how new the load is, and the types must not be older than that.
        self.types.store(Some(Arc::new(self.read_types().await?)));
        let row = only(query, &rows)?;
        let mut problems = Vec::new();
        Ok(CatalogLoad {
            head: head(query, row)?,
            tenants: rows_of("tenant", &column::<Json<Rows>>(query, row, "tenants")?.0, &mut problems),
            issuers: rows_of("issuer", &column::<Json<Rows>>(query, row, "issuers")?.0, &mut problems),
            problems,
        })
    }

    /// The number of the newest migration that has run here.
    pub async fn schema_version(&self) -> Result<i32, DirectoryError> {
        let query = queries::SCHEMA_VERSION;
        let rows = self.query(query, query.text, &[]).await?;
        column::<Option<i32>>(query, only(query, &rows)?, "version").map(Option::unwrap_or_default)
    }

    /// Forgets changes that are older than `keep`.
    pub async fn prune(&self, keep: Duration) -> Result<(), DirectoryError> {
        let query = queries::PRUNE;
        self.query(query, query.text, &[&keep.as_secs_f64()]).await.map(drop)
    }

    /// Rings the probe channel.
    pub async fn ring(&self, nonce: &str) -> Result<(), DirectoryError> {
        let query = queries::RING;
        self.query(query, query.text, &[&nonce]).await.map(drop)
    }

    /// Brings the pool's gauges up to date, for a scrape.
    pub fn observe_pool(&self) {
        let status = self.pool.load().status();
        let idle = i64::try_from(status.available).unwrap_or(i64::MAX);
        let size = i64::try_from(status.size).unwrap_or(i64::MAX);
        self.metrics.pool.with_label_values(&["idle"]).set(idle);
        self.metrics.pool.with_label_values(&["used"]).set(size.saturating_sub(idle));
    }

    async fn types(&self) -> Result<Arc<IdTypes>, DirectoryError> {
        if let Some(types) = self.types.load_full() {
            return Ok(types);
        }
        let types = Arc::new(self.read_types().await?);
        self.types.store(Some(Arc::clone(&types)));
        Ok(types)
    }

    async fn read_types(&self) -> Result<IdTypes, DirectoryError> {
        let query = queries::ID_TYPES;
        let rows = self.query(query, query.text, &[]).await?;
        let row = only(query, &rows)?;
        let id_type = |name: &str| {
            let found = column::<Option<String>>(query, row, name)?.unwrap_or_else(|| "missing".to_owned());
            IdType::parse(&found).ok_or_else(|| {
                DirectoryError::Contract(format!(
                    "the type of {name} is {found}; cast it to text, uuid or bigint in the view"
                ))
            })
        };
        Ok(IdTypes {
            tenant_id: id_type("tenant_id")?,
            user_id: id_type("user_id")?,
            role_tenant_id: id_type("role_tenant_id")?,
        })
    }

    async fn query(
        &self,
        query: Query,
        text: &str,
        parameters: &[&(dyn ToSql + Sync)],
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
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, DirectoryError> {
        let client = self.connection().await?;
        match self.run(query, &client, text, parameters).await {
            // The adopter has redefined a view under a prepared statement: prepare it anew, once.
            Err(DirectoryError::Query { source, .. }) if source.code() == Some(&SqlState::FEATURE_NOT_SUPPORTED) => {
                client.statement_cache.clear();
                self.run(query, &client, text, parameters).await
            }
            // A pooled connection that had died is noticed by its first query.
            Err(DirectoryError::Query { source, .. }) if source.is_closed() => {
                drop(client);
                self.run(query, &self.connection().await?, text, parameters).await
            }
            Err(late @ DirectoryError::TimedOut { .. }) => {
                // Its answer may still come, and must not be taken for the next one's.
                drop(Object::take(client));
                Err(late)
            }
            outcome => outcome,
        }
    }

    async fn connection(&self) -> Result<Object, DirectoryError> {
        let pool = Pool::clone(&self.pool.load());
        Ok(pool.get().await?)
    }

    async fn run(
        &self,
        query: Query,
        client: &Object,
        text: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, DirectoryError> {
        let rows = async {
            let statement = client.prepare_cached(text).await?;
            client.query(&statement, parameters).await
        };
        let answered =
            timeout(self.patience, rows).await.map_err(|_| DirectoryError::TimedOut { query: query.name })?;
        answered.map_err(|source| DirectoryError::Query { query: query.name, source })
    }
}

fn column<'row, T: tokio_postgres::types::FromSql<'row>>(
    query: Query,
    row: &'row Row,
    name: &str,
) -> Result<T, DirectoryError> {
    row.try_get(name).map_err(|source| DirectoryError::Query { query: query.name, source })
}

fn head(query: Query, row: &Row) -> Result<Position, DirectoryError> {
    column::<Option<i64>>(query, row, "head").map(|head| Position::from_sql(head.unwrap_or(0)))
}

fn ordinal(ord: i64) -> Option<usize> {
    usize::try_from(ord).ok()?.checked_sub(1)
}

fn only(query: Query, rows: &[Row]) -> Result<&Row, DirectoryError> {
    rows.first().ok_or_else(|| DirectoryError::Contract(format!("the query {} returned no row", query.name)))
}

fn membership(row: &Row) -> Result<Option<Membership>, DirectoryError> {
    let query = queries::MEMBERS;
    if column::<Option<bool>>(query, row, "is_member")? != Some(true) {
        return Ok(None);
    }
    let mut roles: Vec<String> =
        column::<Option<Vec<Option<String>>>>(query, row, "roles")?.into_iter().flatten().flatten().collect();
    roles.sort_unstable();
    roles.dedup();
    let lapses_in = column::<Option<f64>>(query, row, "lapses_in")?
        .map(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX));
    // What no reader takes is nothing to read from: it costs this member's claims, if they are made of it, and nobody else's.
    let attributes = column::<Option<Json<Box<RawValue>>>>(query, row, "attributes")?
        .map(|Json(text)| serde_json::from_str(text.get()).unwrap_or_default());
    Ok(Some(Membership { roles, attributes, lapses_in }))
}

fn role(row: &Row) -> Result<Role, DirectoryError> {
    let query = queries::MEMBERS;
    let key: String = column(query, row, "role")?;
    let name = column::<Option<String>>(query, row, "role_name")?.unwrap_or_else(|| key.clone());
    let permissions = column::<Option<Vec<Option<String>>>>(query, row, "permissions")?;
    Ok(Role { key, name, permissions: permissions.into_iter().flatten().flatten().collect() })
}

/// Rows as they stand in the answer. Their values are not looked at yet: what one of them holds must not cost the others.
type Rows = Vec<Box<RawValue>>;

/// The rows that can be read; the others are named, so that one bad row costs itself and no other.
fn rows_of<T: for<'de> Deserialize<'de>>(view: &str, rows: &Rows, problems: &mut Vec<String>) -> Vec<T> {
    let mut read = Vec::with_capacity(rows.len());
    for row in rows {
        match serde_json::from_str(row.get()) {
            Ok(row) => read.push(row),
            // serde's message would quote the row.
            Err(_) => problems.push(format!(
                "{view} {}: its row has another shape, or a value that is too deep or too large; sql/README.md lists the \
                 columns",
                id_of(view, row)
            )),
        }
    }
    read
}

fn id_of(view: &str, row: &RawValue) -> String {
    let members: HashMap<String, &RawValue> = serde_json::from_str(row.get()).unwrap_or_default();
    let id = members.get(&format!("{view}_id")).and_then(|id| serde_json::from_str(id.get()).ok());
    id.unwrap_or_else(|| "without an id".to_owned())
}
