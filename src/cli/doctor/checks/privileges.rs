//! Whether the role of the service has every right that `claimsmith.grant_service` gives.
//!
//! Deliberately absent: rights that it has and does not need.

use tokio_postgres::{Client, Row};

use super::{Found, judged};
use crate::cli::doctor::finding::Finding;

pub(in crate::cli::doctor) const CHECK: &str = "privileges";
const STATEMENT: &str = include_str!("../../../../sql/doctor/privileges.sql");

pub(in crate::cli::doctor) async fn check(client: &Client) -> Found {
    judged(client, STATEMENT, judge).await
}

fn judge(row: &Row) -> Found {
    let subject: String = row.try_get("subject")?;
    if !row.try_get::<_, bool>("is_there")? {
        let remedy =
            "bring it back: `claimsmith migrate` makes it in an empty database, your own script makes your views";
        return Ok(vec![Finding::error(CHECK, subject, "it does not exist", remedy)]);
    }
    let (right, grantee): (String, String) = (row.try_get("right_name")?, row.try_get("grantee")?);
    let problem = format!("the role {grantee} of the service has no {right} on it");
    let remedy = format!("as the owner: SELECT claimsmith.grant_service({grantee});");
    Ok(vec![Finding::error(CHECK, subject, problem, remedy)])
}
