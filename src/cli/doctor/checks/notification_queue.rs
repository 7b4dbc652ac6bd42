//! Whether some listener does not read: when the queue of notifications is full, every writer's COMMIT fails.

use tokio_postgres::{Client, Row};

use super::{Found, judged};
use crate::cli::doctor::finding::{Finding, Severity};

pub(in crate::cli::doctor) const CHECK: &str = "notification_queue";
const STATEMENT: &str = include_str!("../../../../sql/doctor/notification_queue.sql");

const WARNING_ABOVE: f64 = 0.1;
const ERROR_ABOVE: f64 = 0.5;

pub(in crate::cli::doctor) async fn check(client: &Client) -> Found {
    judged(client, STATEMENT, |row: &Row| Ok(judge(row.try_get("used")?))).await
}

fn judge(used: f64) -> Vec<Finding> {
    if used <= WARNING_ABOVE {
        return Vec::new();
    }
    let severity = if used > ERROR_ABOVE { Severity::Error } else { Severity::Warning };
    let problem = format!(
        "{:.0} % of it is in use: a listener does not read, and when it is full the COMMIT of every change fails",
        used * 100.0
    );
    // A session that listens and is idle in a transaction reads nothing, and is the usual culprit.
    let remedy = "find the listener: SELECT pid, usename, application_name, client_addr, xact_start FROM pg_stat_activity \
                  WHERE state LIKE 'idle in transaction%' ORDER BY xact_start; and end it: SELECT pg_terminate_backend(pid);";
    vec![Finding { severity, ..Finding::error(CHECK, "the queue of notifications", problem, remedy) }]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn severity(used: f64) -> Option<Severity> {
        judge(used).first().map(|finding| finding.severity)
    }

    #[test]
    fn a_queue_that_fills_is_a_warning_and_then_an_error() {
        assert_eq!(severity(0.1), None);
        assert_eq!(severity(0.11), Some(Severity::Warning));
        assert_eq!(severity(0.5), Some(Severity::Warning));
        assert_eq!(severity(0.51), Some(Severity::Error));
    }
}
