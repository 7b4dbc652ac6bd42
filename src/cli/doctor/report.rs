//! Everything that was found, and what was proved.

use serde::Serialize;

use super::finding::{Finding, Severity};
use super::measure_writes::Measurement;

/// The outcome of all checks. Serialised it is the document of `--json`, whose members are stable.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    pub(super) errors: usize,
    pub(super) warnings: usize,
    pub(super) findings: Vec<Finding>,
    /// The checks that were made and found nothing.
    pub(super) proved: Vec<&'static str>,
    /// What `--measure-writes` measured.
    pub(super) writes: Option<Measurement>,
}

impl Report {
    /// Takes in what a check found. One that PostgreSQL refused has proved nothing, and that is a finding.
    pub(super) fn note(&mut self, check: &'static str, found: Result<Vec<Finding>, tokio_postgres::Error>) {
        let found = found.unwrap_or_else(|error| vec![Finding::unproved(check, &error)]);
        if found.is_empty() {
            self.proved.push(check);
        }
        for finding in found {
            self.add(finding);
        }
    }

    pub(super) fn add(&mut self, finding: Finding) {
        match finding.severity {
            Severity::Error => self.errors += 1,
            Severity::Warning => self.warnings += 1,
        }
        self.findings.push(finding);
    }

    /// Whether the set-up may go live; a strict operator minds warnings too.
    pub(super) const fn passes(&self, strict: bool) -> bool {
        self.errors == 0 && !(strict && self.warnings > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_count_only_for_the_strict() {
        let mut report = Report::default();
        report.note("a", Ok(Vec::new()));
        assert!(report.passes(true));
        report.note("b", Ok(vec![Finding::warning("b", "x", "y", "z")]));
        assert!(report.passes(false) && !report.passes(true));
        report.note("c", Ok(vec![Finding::error("c", "x", "y", "z")]));
        assert!(!report.passes(false));
        assert_eq!((report.errors, report.warnings, report.proved), (1, 1, vec!["a"]));
    }
}
