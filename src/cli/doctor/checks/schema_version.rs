//! Whether the database has the schema that this version speaks.

use tokio_postgres::{Client, Error, Row};

use super::{Found, rows};
use crate::cli::doctor::finding::Finding;
use crate::directory::migrations::latest;

pub(in crate::cli::doctor) const CHECK: &str = "schema_version";
const STATEMENT: &str = include_str!("../../../../sql/doctor/schema_version.sql");
const VERSION: &str = include_str!("../../../../sql/queries/schema_version.sql");

const SUBJECT: &str = "claimsmith.schema_history";

/// Whether there is a schema to look at, and what is wrong with it.
pub(in crate::cli::doctor) async fn check(client: &Client) -> (bool, Found) {
    match ask(client).await {
        Ok((is_there, found)) => (is_there, Ok(found)),
        // Something is there, or it could not have been refused.
        Err(error) => (true, Err(error)),
    }
}

async fn ask(client: &Client) -> Result<(bool, Vec<Finding>), Error> {
    let found = rows(client, STATEMENT).await?;
    let is = |column: &str| found.first().map_or(Ok(false), |row: &Row| row.try_get(column));
    if !is("has_schema")? {
        let remedy = "run `claimsmith migrate`, as the owner (database.owner_url)";
        return Ok((false, vec![Finding::error(CHECK, "claimsmith", "the schema is not there", remedy)]));
    }
    if !is("has_history")? {
        let problem = "nothing says which migrations have run; were the files applied by hand?";
        let remedy = "let `claimsmith migrate` make the schema, and keep its table";
        return Ok((true, vec![Finding::error(CHECK, SUBJECT, problem, remedy)]));
    }
    let version = rows(client, VERSION).await?;
    let version = version.first().map_or(Ok(None), |row| row.try_get::<_, Option<i32>>("version"))?;
    Ok((true, judge(version.unwrap_or_default(), latest())))
}

fn judge(found: i32, needed: i32) -> Vec<Finding> {
    if found < needed {
        let problem = format!("the schema has version {found}, and this program needs {needed}");
        let remedy = "run `claimsmith migrate`, as the owner (database.owner_url)";
        return vec![Finding::error(CHECK, SUBJECT, problem, remedy)];
    }
    if found > needed {
        let problem =
            format!("the schema has version {found}, and this program knows {needed}: a newer one migrated it");
        return vec![Finding::warning(CHECK, SUBJECT, problem, "bring every replica to the newer release")];
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::finding::Severity;

    #[test]
    fn an_older_schema_is_an_error_and_a_newer_one_a_warning() {
        assert_eq!(judge(3, 5).first().map(|finding| finding.severity), Some(Severity::Error));
        assert_eq!(judge(6, 5).first().map(|finding| finding.severity), Some(Severity::Warning));
        assert!(judge(5, 5).is_empty());
    }
}
