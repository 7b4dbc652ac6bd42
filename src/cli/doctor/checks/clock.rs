//! Whether the server's clock and ours agree. Tokens are judged by ours, grants lapse by the server's.

use tokio_postgres::Client;

use super::{Found, rows};
use crate::cli::doctor::finding::{Finding, Severity};
use crate::clock::SharedClock;

pub(in crate::cli::doctor) const CHECK: &str = "clock";
const STATEMENT: &str = include_str!("../../../../sql/doctor/clock.sql");

const WARNING_ABOVE: f64 = 1.0;
const ERROR_ABOVE: f64 = 10.0;

pub(in crate::cli::doctor) async fn check(client: &Client, clock: &SharedClock) -> Found {
    let before = clock.unix_seconds();
    let rows = rows(client, STATEMENT).await?;
    let after = clock.unix_seconds();
    let Some(row) = rows.first() else { return Ok(Vec::new()) };
    Ok(judge(before, row.try_get("now")?, after))
}

/// The server looked at its clock somewhere between our two looks at ours; only what lies outside is a difference.
fn judge(before: f64, server: f64, after: f64) -> Vec<Finding> {
    let (behind, ahead) = (before - server, server - after);
    let apart = behind.max(ahead);
    if apart <= WARNING_ABOVE {
        return Vec::new();
    }
    let severity = if apart > ERROR_ABOVE { Severity::Error } else { Severity::Warning };
    let side = if ahead > behind { "ahead of" } else { "behind" };
    let problem = format!(
        "it is at least {apart:.1} s {side} this machine's: tokens are judged by one, and grants lapse by the other"
    );
    let remedy = "let both machines keep their time by NTP: chronyc tracking, or timedatectl";
    vec![Finding { severity, ..Finding::error(CHECK, "the clock of the server", problem, remedy) }]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn severity(before: f64, server: f64, after: f64) -> Option<Severity> {
        judge(before, server, after).first().map(|finding| finding.severity)
    }

    #[test]
    fn a_slow_round_trip_is_no_difference() {
        assert_eq!(severity(100.0, 109.0, 110.0), None);
        assert_eq!(severity(100.0, 111.0, 110.0), None, "a second is nothing");
    }

    #[test]
    fn both_directions_count_beyond_the_round_trip() {
        assert_eq!(severity(100.0, 98.5, 100.1), Some(Severity::Warning));
        assert_eq!(severity(100.0, 101.5, 100.1), Some(Severity::Warning));
        assert_eq!(severity(100.0, 89.0, 100.1), Some(Severity::Error));
        assert_eq!(severity(100.0, 111.0, 100.1), Some(Severity::Error));
    }
}
