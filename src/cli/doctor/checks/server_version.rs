//! Whether this release of PostgreSQL is one that was tested, without the known fault of LISTEN.

use tokio_postgres::{Client, Row};

use super::{Found, judged};
use crate::cli::doctor::finding::Finding;

pub(in crate::cli::doctor) const CHECK: &str = "server_version";
const STATEMENT: &str = include_str!("../../../../sql/doctor/server_version.sql");

const OLDEST: i32 = 13;
const NEWEST: i32 = 18;
/// The first minor releases in which LISTEN does not fail after VACUUM FREEZE (November 2025).
const MENDED: [(i32, i32); 6] = [(13, 23), (14, 20), (15, 15), (16, 11), (17, 7), (18, 1)];

pub(in crate::cli::doctor) async fn check(client: &Client) -> Found {
    judged(client, STATEMENT, |row: &Row| Ok(judge(row.try_get("number")?, row.try_get("name")?))).await
}

fn judge(number: i32, name: &str) -> Vec<Finding> {
    let (major, minor) = (number / 10_000, number % 10_000);
    let subject = format!("PostgreSQL {name}");
    if major < OLDEST {
        let remedy = format!("upgrade to {OLDEST} or newer");
        return vec![Finding::error(CHECK, subject, "it is too old for the change log", remedy)];
    }
    if major > NEWEST {
        let problem = format!("it was not tested; the newest that was is {NEWEST}");
        return vec![Finding::warning(CHECK, subject, problem, "look for a newer release of claimsmith")];
    }
    match MENDED.iter().find(|(of, first)| *of == major && minor < *first) {
        Some((_, first)) => {
            let problem = "LISTEN may fail after VACUUM FREEZE; changes are then noticed late, at reconnects";
            vec![Finding::warning(CHECK, subject, problem, format!("upgrade to {major}.{first} or newer"))]
        }
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::finding::Severity;

    fn severity(number: i32) -> Option<Severity> {
        judge(number, "x").first().map(|finding| finding.severity)
    }

    #[test]
    fn what_is_too_old_too_new_or_not_mended_is_told() {
        assert_eq!(severity(120_022), Some(Severity::Error));
        assert_eq!(severity(130_022), Some(Severity::Warning));
        assert_eq!(severity(130_023), None);
        assert_eq!(severity(150_014), Some(Severity::Warning));
        assert_eq!(severity(150_015), None);
        assert_eq!(severity(170_006), Some(Severity::Warning));
        assert_eq!(severity(180_000), Some(Severity::Warning));
        assert_eq!(severity(180_004), None);
        assert_eq!(severity(190_000), Some(Severity::Warning));
    }
}
