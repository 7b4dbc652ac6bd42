//! Whether everything under the contract views is watched, in a way that the caches of that view hear of.
//!
//! Deliberately absent: whether the columns given to `watch` are the right ones. Only the adopter knows what they mean.

use tokio_postgres::{Client, Row};

use super::{Found, TOUCH_ALL, judged};
use crate::cli::doctor::finding::Finding;

pub(in crate::cli::doctor) const CHECK: &str = "coverage";
const STATEMENT: &str =
    concat!(include_str!("../../../../sql/doctor/sources.sql"), include_str!("../../../../sql/doctor/coverage.sql"));

pub(in crate::cli::doctor) async fn check(client: &Client) -> Found {
    judged(client, STATEMENT, judge).await
}

fn judge(row: &Row) -> Found {
    let gap = Gap {
        contract: row.try_get("contract")?,
        subject: row.try_get("subject")?,
        detail: row.try_get::<_, Option<&str>>("detail")?.unwrap_or_default(),
        direct: row.try_get("direct")?,
    };
    Ok(vec![gap.finding(row.try_get("fault")?)])
}

/// Something that a view reads and nobody announces.
struct Gap<'r> {
    contract: &'r str,
    subject: &'r str,
    detail: &'r str,
    /// A contract view itself reads it, not a view below.
    direct: bool,
}

impl Gap<'_> {
    fn finding(&self, fault: &str) -> Finding {
        let (contract, subject) = (self.contract, self.subject);
        let unseen = |why: &str| format!("claimsmith.{contract} reads it, and {why}");
        let error = |problem: String, remedy: String| Finding::error(CHECK, subject, problem, remedy);
        match fault {
            "view_missing" => error(
                "the contract view does not exist".to_owned(),
                "create it (sql/migrations/V3__contract_views.sql, sql/examples/own_tables.sql), then run grant_service".to_owned(),
            ),
            "foreign" => error(
                unseen("changes on the foreign server are not seen here"),
                "copy the rows into a table of this database and watch that, or let that server be the directory".to_owned(),
            ),
            "materialized" => error(
                unseen("nothing tells when a materialized view is refreshed"),
                format!("let the view read the tables under {subject}, and watch those"),
            ),
            "no_table" => error(unseen("only tables can be watched"), "let the view read tables".to_owned()),
            "not_logged" => error(
                unseen("it is unlogged or temporary: a crash empties it unseen"),
                format!("ALTER TABLE {subject} SET LOGGED; then watch it"),
            ),
            "column" => self.column(),
            "function" => self.function(),
            _ => error(unseen(&self.unwatched()), self.watch()),
        }
    }

    fn unwatched(&self) -> String {
        match self.detail {
            "" => "nobody watches it: its changes stay unseen".to_owned(),
            kinds => format!("it is watched as {kinds} only, of which the caches of this view do not hear"),
        }
    }

    /// The narrow statement needs to know what the columns mean; the broad one is always right.
    fn watch(&self) -> String {
        let table = self.subject.replace('\'', "''");
        let narrow = match self.contract {
            "membership" => "'TENANT_COLUMN', 'USER_COLUMN', 'user'",
            "role" => "'TENANT_COLUMN', 'ROLE_COLUMN', 'role'",
            "identity" => "NULL, 'SUB_COLUMN', 'identity'",
            "tenant" => "'TENANT_COLUMN', NULL, 'catalog'",
            _ => "NULL, NULL, 'catalog'",
        };
        format!(
            "as the owner, with the columns that say who is concerned: SELECT claimsmith.watch('{table}', {narrow}); or, if \
             it has none, and a change may empty every cache: SELECT claimsmith.watch('{table}', NULL, NULL, 'all');"
        )
    }

    fn column(&self) -> Finding {
        let Self { contract, subject, detail, .. } = self;
        let remedy =
            format!("run claimsmith.watch on {subject} again, with {detail} in only_columns or without only_columns");
        if self.direct {
            let problem =
                format!("claimsmith.{contract} reads {detail}, which the only_columns of its watch leave out");
            return Finding::error(CHECK, *subject, problem, remedy);
        }
        let problem = format!(
            "a view under claimsmith.{contract} reads {detail}, which the only_columns of its watch leave out; no harm if \
             the contract view does not use it"
        );
        Finding::warning(CHECK, *subject, problem, remedy)
    }

    fn function(&self) -> Finding {
        let Self { subject, detail, .. } = self;
        let problem = format!("the view calls {detail}; what that reads cannot be seen");
        let remedy = format!(
            "write what it does into the view, or declare it IMMUTABLE if it reads nothing; or watch what it reads, and run \
             {TOUCH_ALL} when it is replaced"
        );
        Finding::warning(CHECK, *subject, problem, remedy)
    }
}
