//! Whether something writes past the triggers: sessions in replica mode, and logical subscriptions.

use tokio_postgres::{Client, Row};

use super::{Found, TOUCH_ALL, judged};
use crate::cli::doctor::finding::Finding;

pub(in crate::cli::doctor) const CHECK: &str = "replication_role";
const STATEMENT: &str = concat!(
    include_str!("../../../../sql/doctor/sources.sql"),
    include_str!("../../../../sql/doctor/replication_role.sql")
);

pub(in crate::cli::doctor) async fn check(client: &Client) -> Found {
    judged(client, STATEMENT, judge).await
}

fn judge(row: &Row) -> Found {
    let (subject, statement): (&str, &str) = (row.try_get("subject")?, row.try_get("statement")?);
    let finding = match row.try_get("fault")? {
        "setting" => Finding::error(
            CHECK,
            subject,
            "session_replication_role is replica there: triggers do not fire, and changes pass unseen",
            format!("{statement} Let its sessions connect anew, then as the owner: {TOUCH_ALL}"),
        ),
        _ => Finding::error(
            CHECK,
            subject,
            "a logical subscription writes to it, and statement triggers never fire for that: its changes pass unseen",
            format!("watch the table on the publisher and let the service use that server, or end it: {statement}"),
        ),
    };
    Ok(vec![finding])
}
