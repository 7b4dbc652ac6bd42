//! Whether row-level security hides rows from the contract views.

use tokio_postgres::{Client, Row};

use super::{Found, judged};
use crate::cli::doctor::finding::Finding;

pub(in crate::cli::doctor) const CHECK: &str = "row_security";
const STATEMENT: &str = concat!(
    include_str!("../../../../sql/doctor/sources.sql"),
    include_str!("../../../../sql/doctor/row_security.sql")
);

pub(in crate::cli::doctor) async fn check(client: &Client) -> Found {
    judged(client, STATEMENT, judge).await
}

fn judge(row: &Row) -> Found {
    let (subject, reader, quoted): (&str, &str, &str) =
        (row.try_get("subject")?, row.try_get("reader")?, row.try_get("quoted_reader")?);
    let problem = format!("row-level security decides which rows the views see, who read it as {reader}");
    let remedy = format!(
        "let it see every row: CREATE POLICY claimsmith ON {subject} FOR SELECT TO {quoted} USING (true); or, if policies \
         restrict that, ALTER ROLE {quoted} BYPASSRLS;"
    );
    Ok(vec![Finding::warning(CHECK, subject, problem, remedy)])
}
