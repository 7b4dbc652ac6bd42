//! Bringing a database to the schema that this version speaks.
//!
//! The files of `sql/migrations/` are part of the binary. Any number of replicas may migrate at once: a session lock lets
//! one through, the others find nothing left to do. An applied migration that was edited since is refused, because
//! nobody could say which text a database has seen.
//!
//! To add one: write `sql/migrations/V<n>__<what>.sql`, add its line below, and read `sql/README.md` first.

use refinery::{Migration, Runner};
use tokio_postgres::Client;

const HISTORY: &str = "claimsmith.schema_history";
/// One lock class for the whole service; `1` is the change log's commit lock, `2` the pruner's.
const LOCK: &str = "SELECT pg_advisory_lock(7305817, 3)";
const UNLOCK: &str = "SELECT pg_advisory_unlock(7305817, 3)";

const FILES: &[(&str, &str)] = &[
    ("V1__change_log", include_str!("../../sql/migrations/V1__change_log.sql")),
    ("V2__default_tables", include_str!("../../sql/migrations/V2__default_tables.sql")),
    ("V3__contract_views", include_str!("../../sql/migrations/V3__contract_views.sql")),
    ("V4__watch", include_str!("../../sql/migrations/V4__watch.sql")),
    ("V5__service_role", include_str!("../../sql/migrations/V5__service_role.sql")),
    ("V6__consistency_token", include_str!("../../sql/migrations/V6__consistency_token.sql")),
];

/// Why a database could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// A migration failed; those before it stay.
    #[error("a migration failed")]
    Migration(#[from] refinery::Error),
    /// PostgreSQL refused something else.
    #[error(
        "PostgreSQL refused to prepare the migration; it needs a role that may create schemas (database.owner_url)"
    )]
    Postgres(#[from] tokio_postgres::Error),
}

/// The newest schema version that this binary knows and needs.
pub fn latest() -> i32 {
    i32::try_from(FILES.len()).unwrap_or(i32::MAX)
}

/// Runs what has not run yet; returns the names of those.
pub async fn migrate(client: &mut Client) -> Result<Vec<String>, MigrateError> {
    client.batch_execute(LOCK).await?;
    let outcome = migrate_alone(client).await;
    client.batch_execute(UNLOCK).await?;
    outcome
}

async fn migrate_alone(client: &mut Client) -> Result<Vec<String>, MigrateError> {
    client.batch_execute("CREATE SCHEMA IF NOT EXISTS claimsmith").await?;
    let migrations: Vec<Migration> =
        FILES.iter().map(|(name, sql)| Migration::unapplied(name, sql)).collect::<Result<_, _>>()?;
    let mut runner = Runner::new(&migrations).set_abort_divergent(true).set_abort_missing(false);
    runner.set_migration_table_name(HISTORY);
    let report = runner.run_async(client).await?;
    Ok(report.applied_migrations().iter().map(ToString::to_string).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_are_numbered_without_gaps() {
        for (at, (name, _)) in FILES.iter().enumerate() {
            assert!(name.starts_with(&format!("V{}__", at + 1)), "{name} is out of order");
        }
        assert_eq!(usize::try_from(latest()), Ok(FILES.len()));
    }
}
