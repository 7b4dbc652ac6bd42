//! One check per file, each in the same order: its name, its statement, the asking, the judging.
//!
//! A check returns what it found; an error of PostgreSQL means that it could not be made.

pub(super) mod clock;
pub(super) mod connect;
pub(super) mod coverage;
pub(super) mod indexes;
pub(super) mod notification_queue;
mod plan;
pub(super) mod pooler;
pub(super) mod privileges;
pub(super) mod replication_role;
pub(super) mod row_security;
pub(super) mod schema_version;
pub(super) mod server_version;
pub(super) mod triggers;

use tokio_postgres::{Client, Error, Row};

use super::finding::Finding;

/// To be said after a gap was closed: nobody knows what passed through it.
const TOUCH_ALL: &str = r#"SELECT claimsmith.touch('[["all", null, null]]');"#;

/// What a check found, unless PostgreSQL refused it.
type Found = Result<Vec<Finding>, Error>;

/// The rows of a statement without parameters. Not prepared: behind a pooler the next message may meet another server session.
async fn rows(client: &Client, statement: &str) -> Result<Vec<Row>, Error> {
    client.query_typed(statement, &[]).await
}

/// What is wrong with each row of a statement without parameters.
async fn judged(client: &Client, statement: &str, judge: fn(&Row) -> Found) -> Found {
    let rows = rows(client, statement).await?;
    let found: Vec<Vec<Finding>> = rows.iter().map(judge).collect::<Result<_, _>>()?;
    Ok(found.concat())
}
