//! Whether every trigger of every watched table is there and fires, partitions included.

use tokio_postgres::{Client, Row};

use super::{Found, TOUCH_ALL, judged};
use crate::cli::doctor::finding::Finding;

pub(in crate::cli::doctor) const CHECK: &str = "triggers";
const STATEMENT: &str = include_str!("../../../../sql/doctor/triggers.sql");

pub(in crate::cli::doctor) async fn check(client: &Client) -> Found {
    judged(client, STATEMENT, judge).await
}

fn judge(row: &Row) -> Found {
    let detail = row.try_get::<_, Option<&str>>("detail")?.unwrap_or_default();
    let (fault, subject, statement) = (row.try_get("problem")?, row.try_get("subject")?, row.try_get("statement")?);
    Ok(vec![finding(fault, subject, detail, statement)])
}

fn finding(fault: &str, subject: &str, detail: &str, statement: &str) -> Finding {
    let (problem, remedy) = match fault {
        // watch() announces everything by itself when it had to add a trigger.
        "trigger_missing" => {
            (format!("it has no trigger for {detail}: such changes pass unseen"), statement.to_owned())
        }
        "trigger_disabled" => (
            format!("its triggers for {detail} are switched off: such changes pass unseen"),
            format!("{statement} {TOUCH_ALL}"),
        ),
        "table_dropped" => ("a watched table was dropped".to_owned(), statement.to_owned()),
        "column_missing" => (
            format!("it is watched by {detail}, which it no longer has: every write to it fails"),
            format!("with the new name of the column: {statement}"),
        ),
        "publisher_missing" => {
            ("the trigger that publishes is gone: no change is ever announced".to_owned(), touched(statement))
        }
        _ => ("the trigger that publishes is switched off: no change is ever announced".to_owned(), touched(statement)),
    };
    Finding::error(CHECK, subject, problem, format!("as the owner: {remedy}"))
}

fn touched(statement: &str) -> String {
    format!("{statement} {TOUCH_ALL}")
}
