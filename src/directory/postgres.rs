//! The questions that the rooms ask of PostgreSQL, in the rooms' words.
//!
//! Every answer carries the position read in the same statement as the data: without it nobody could tell whether a
//! change overtook the load. It also carries that position's nonce, and is given to nobody unless it belongs to the history
//! that the change feed follows, or has run ahead of it (see [`super::history`]).
//!
//! Deliberately absent: caching, which is what the rooms are for.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio_postgres::types::{Json, Type};

use super::error::DirectoryError;
use super::freshness::Freshness;
use super::id_type::{IdType, IdTypes};
use super::identifiers::{Position, TenantId, UserId};
use super::loads::{CatalogLoad, IdentitiesLoad, MembersLoad, TenantOfUser};
use super::metrics::DirectoryMetrics;
use super::place::Place;
use super::proven_load::{Loaded, to_sql};
use super::queries;
use super::replica::Replica;
use super::rows::{Rows, column, membership, only, ordinal, role, rows_of};
use super::server::{Parameter, Server};

/// Who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The replica if there is one and it will do, else the primary.
    Any,
    /// The primary: what it says is never older than what the change feed has told before.
    Primary,
}

/// The adopter's PostgreSQL.
pub struct Directory {
    pub(super) primary: Server,
    pub(super) replica: Option<Replica>,
    pub(super) freshness: Arc<Freshness>,
    pub(super) metrics: DirectoryMetrics,
    types: ArcSwapOption<IdTypes>,
}

impl Directory {
    /// Nothing is asked yet.
    pub fn new(
        primary: Server,
        replica: Option<Replica>,
        freshness: Arc<Freshness>,
        metrics: DirectoryMetrics,
    ) -> Self {
        Self { primary, replica, freshness, metrics, types: ArcSwapOption::empty() }
    }

    /// The servers' history is another now, and who answers under their names may be somebody else.
    pub fn forget_connections(&self) {
        self.primary.forget_connections();
        if let Some(replica) = &self.replica {
            replica.server.forget_connections();
        }
    }

    /// Some users of a tenant. Users that the id column cannot hold are no members.
    pub async fn members(
        &self,
        tenant: &TenantId,
        users: &[Box<str>],
        attributes: bool,
        source: Source,
    ) -> Result<MembersLoad, DirectoryError> {
        let fits = |types: &IdTypes, user: &str| types.tenant_id.admits(tenant.as_str()) && types.user_id.admits(user);
        let mut types = self.types().await?;
        let mut types_at = Position::MAX;
        if !users.iter().all(|user| fits(&types, user)) {
            // Who does not fit is no member, unless the column has another type by now.
            (types_at, types) = self.read_types().await?;
        }
        let admitted: Vec<(usize, &str)> =
            users.iter().map(AsRef::as_ref).enumerate().filter(|(_, user)| fits(&types, user)).collect();
        if admitted.is_empty() {
            let members = users.iter().map(|_| None).collect();
            return Ok(MembersLoad { head: types_at, snapshot: types_at, members, roles: Vec::new() });
        }
        let names: Vec<&str> = admitted.iter().map(|(_, user)| *user).collect();
        let text = types.fill(queries::MEMBERS);
        let tenant = tenant.as_str();
        let parameters: [Parameter<'_>; 3] =
            [(&tenant, Type::TEXT), (&names, Type::TEXT_ARRAY), (&attributes, Type::BOOL)];
        let Loaded { proven, snapshot, rows } = self.load(source, queries::MEMBERS, &text, &parameters).await?;
        let mut load = MembersLoad {
            head: proven.min(types_at),
            snapshot,
            members: users.iter().map(|_| None).collect(),
            roles: Vec::new(),
        };
        for row in &rows {
            if let Some(ord) = column::<Option<i64>>(queries::MEMBERS, row, "ord")? {
                let place = ordinal(ord).and_then(|at| admitted.get(at));
                if let Some(member) = place.and_then(|(at, _)| load.members.get_mut(*at)) {
                    *member = membership(row)?;
                }
            } else if let Some(key) = column(queries::MEMBERS, row, "role")? {
                load.roles.push(role(row, key)?);
            }
        }
        Ok(load)
    }

    /// The users that some pairs of issuer entry and subject are linked to.
    pub async fn identities(
        &self,
        issuers: &[&str],
        subjects: &[&str],
        source: Source,
    ) -> Result<IdentitiesLoad, DirectoryError> {
        let query = queries::IDENTITIES;
        let parameters: [Parameter<'_>; 2] = [(&issuers, Type::TEXT_ARRAY), (&subjects, Type::TEXT_ARRAY)];
        let Loaded { proven, snapshot, rows } = self.load(source, query, query.text, &parameters).await?;
        let mut load = IdentitiesLoad { head: proven, snapshot, users: subjects.iter().map(|_| None).collect() };
        let mut seen = vec![0_u8; subjects.len()];
        for row in &rows {
            let user = column::<Option<String>>(query, row, "user_id")?;
            let Some(at) = column::<Option<i64>>(query, row, "ord")?.and_then(ordinal) else { continue };
            let (Some(count), Some(place)) = (seen.get_mut(at), load.users.get_mut(at)) else { continue };
            *count = count.saturating_add(1);
            // Two users for one identity: nobody can say which is meant, so neither is.
            *place = if *count == 1 { user.map(UserId::from) } else { None };
        }
        Ok(load)
    }

    /// The tenants of a user, the default first, as the primary has them now; at least as new as `position`.
    pub async fn memberships_of(&self, user: &str, position: Position) -> Result<Vec<TenantOfUser>, DirectoryError> {
        let query = queries::MEMBERSHIPS_OF_USER;
        let mut types = self.types().await?;
        if !types.user_id.admits(user) {
            types = self.read_types().await?.1;
        }
        if !types.user_id.admits(user) {
            return Ok(Vec::new());
        }
        let loaded = self.load(Source::Primary, query, &types.fill(query), &[(&user, Type::TEXT)]).await?;
        let Loaded { snapshot, rows, .. } = loaded;
        if snapshot < position {
            return Err(DirectoryError::Behind { query: query.name });
        }
        let mut tenants = Vec::with_capacity(rows.len());
        for row in &rows {
            let Some(tenant) = column::<Option<String>>(query, row, "tenant_id")? else { continue };
            let is_default = column::<Option<bool>>(query, row, "is_default")?.unwrap_or(false);
            tenants.push(TenantOfUser { tenant: tenant.into(), is_default });
        }
        Ok(tenants)
    }

    /// Every tenant and issuer. Also looks again at the types of the id columns, which an adopter may have redefined.
    pub async fn catalog(&self) -> Result<CatalogLoad, DirectoryError> {
        let query = queries::CATALOG;
        let Loaded { proven, rows, .. } = self.load(Source::Primary, query, query.text, &[]).await?;
        // After the rows: they say how new the load is, and the types must not be older than that.
        self.read_types().await?;
        let row = only(query, &rows)?;
        let mut problems = Vec::new();
        Ok(CatalogLoad {
            head: proven,
            tenants: rows_of("tenant", &column::<Json<Rows>>(query, row, "tenants")?.0, &mut problems),
            issuers: rows_of("issuer", &column::<Json<Rows>>(query, row, "issuers")?.0, &mut problems),
            problems,
        })
    }

    /// The number of the newest migration that has run here.
    pub async fn schema_version(&self) -> Result<i32, DirectoryError> {
        let query = queries::SCHEMA_VERSION;
        let rows = self.primary.query(query, query.text, &[]).await?;
        column::<Option<i32>>(query, only(query, &rows)?, "version").map(Option::unwrap_or_default)
    }

    /// Forgets changes that are older than `keep`.
    pub async fn prune(&self, keep: Duration) -> Result<(), DirectoryError> {
        let query = queries::PRUNE;
        self.primary.query(query, query.text, &[(&keep.as_secs_f64(), Type::FLOAT8)]).await.map(drop)
    }

    /// Rings the probe channel.
    pub async fn ring(&self, nonce: &str) -> Result<(), DirectoryError> {
        let query = queries::RING;
        self.primary.query(query, query.text, &[(&nonce, Type::TEXT)]).await.map(drop)
    }

    /// Asks the primary's pool for its newest place, so that a pool and a change feed that speak to different servers find
    /// out even if nobody loads anything.
    pub async fn compare_history(&self) -> Result<(), DirectoryError> {
        let query = queries::HEAD;
        self.load(Source::Primary, query, query.text, &[]).await.map(drop)
    }

    /// Whether an answer that is read from the primary now contains everything up to `wanted`, and whether what its rows do
    /// not say, tenants and issuers, is in memory, which is complete up to `memory`.
    pub async fn read_through(&self, wanted: Place, memory: Place) -> Result<ReadThrough, DirectoryError> {
        let query = queries::READ_THROUGH;
        let (position, nonce) = to_sql(wanted);
        let (memory_position, memory_nonce) = to_sql(memory);
        let parameters: [Parameter<'_>; 4] = [
            (&position, Type::INT8),
            (&nonce, Type::TEXT),
            (&memory_position, Type::INT8),
            (&memory_nonce, Type::TEXT),
        ];
        let Loaded { snapshot, rows, .. } = self.load(Source::Primary, query, query.text, &parameters).await?;
        let row = only(query, &rows)?;
        Ok(if column(query, row, "is_foreign")? {
            ReadThrough::Foreign
        } else if snapshot < wanted.position {
            ReadThrough::NotThere
        } else if column(query, row, "catalog_changed")? {
            ReadThrough::CatalogChanged
        } else {
            ReadThrough::Contains(snapshot)
        })
    }

    /// Brings the pools' gauges up to date, for a scrape.
    pub fn observe_pools(&self) {
        self.primary.observe_pool();
        if let Some(replica) = &self.replica {
            replica.server.observe_pool();
        }
    }

    async fn types(&self) -> Result<Arc<IdTypes>, DirectoryError> {
        if let Some(types) = self.types.load_full() {
            return Ok(types);
        }
        Ok(self.read_types().await?.1)
    }

    /// The types as they are now, kept for the next loads; and up to where that is so.
    async fn read_types(&self) -> Result<(Position, Arc<IdTypes>), DirectoryError> {
        let query = queries::ID_TYPES;
        let Loaded { proven, rows, .. } = self.load(Source::Primary, query, query.text, &[]).await?;
        let row = only(query, &rows)?;
        let id_type = |name: &str| {
            let found = column::<Option<String>>(query, row, name)?.unwrap_or_else(|| "missing".to_owned());
            IdType::parse(&found).ok_or_else(|| {
                DirectoryError::Contract(format!(
                    "the type of {name} is {found}; cast it to text, uuid or bigint in the view"
                ))
            })
        };
        let types = Arc::new(IdTypes {
            tenant_id: id_type("tenant_id")?,
            user_id: id_type("user_id")?,
            role_tenant_id: id_type("role_tenant_id")?,
        });
        self.types.store(Some(Arc::clone(&types)));
        Ok((proven, types))
    }
}

/// What reading through would give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadThrough {
    /// Everything up to here.
    Contains(Position),
    /// The log of the primary does not reach that far.
    NotThere,
    /// That position was drawn by another transaction.
    Foreign,
    /// Tenants or issuers have changed since the catalog was read.
    CatalogChanged,
}
