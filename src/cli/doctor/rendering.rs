//! The report as people and as programs read it.

use serde::Serialize;

use super::finding::{Finding, Severity};
use super::measure_writes::{Measurement, Update};
use super::report::Report;

/// What a sound set-up means, in one line.
const SOUND: &str = "sound: every table under the contract views is watched completely, and nothing else that was looked at \
                     keeps a change from being seen";

#[derive(Serialize)]
struct Judged<'r> {
    sound: bool,
    #[serde(flatten)]
    report: &'r Report,
}

/// One document.
pub(super) fn as_json(report: &Report) -> Result<String, std::io::Error> {
    let document = Judged { sound: report.passes(false), report };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

/// One block for each finding and a summary; one line when there is none.
pub(super) fn as_text(report: &Report) -> String {
    let measured = report.writes.as_ref().map(measurement).unwrap_or_default();
    if report.findings.is_empty() {
        return format!("{SOUND} ({})\n{measured}", report.proved.join(", "));
    }
    let blocks: String = report.findings.iter().map(block).collect();
    format!("{blocks}{measured}{}\n", summary(report))
}

fn block(finding: &Finding) -> String {
    let severity = match finding.severity {
        Severity::Error => "ERROR",
        Severity::Warning => "warning",
    };
    let Finding { check, subject, problem, remedy, .. } = finding;
    format!("{severity} {check}: {subject}\n  what:  {problem}\n  to do: {remedy}\n\n")
}

fn summary(report: &Report) -> String {
    let verdict = if report.errors > 0 { "not sound" } else { "sound, with warnings" };
    let proved = if report.proved.is_empty() { "none".to_owned() } else { report.proved.join(", ") };
    format!("{verdict}. errors: {}, warnings: {}, checks without a finding: {proved}", report.errors, report.warnings)
}

fn measurement(measured: &Measurement) -> String {
    let line = |update: &Update| {
        format!(
            "  update of {:>4} rows: {:.3} ms without, {:.3} ms with triggers (× {:.2})\n",
            update.rows, update.without_ms, update.with_ms, update.ratio
        )
    };
    let updates: String = measured.updates.iter().map(line).collect();
    format!(
        "writes to {} (medians, {} rows copied):\n{updates}  once per transaction, at COMMIT: {:.3} ms\n",
        measured.table, measured.copied, measured.publish_ms
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_set_up_is_one_line() {
        let mut report = Report::default();
        report.note("connect", Ok(Vec::new()));
        let text = as_text(&report);
        assert_eq!(text.lines().count(), 1);
        assert!(text.ends_with("(connect)\n"));
    }

    #[test]
    fn each_finding_has_a_block_and_the_last_line_counts() {
        let mut report = Report::default();
        report.note("coverage", Ok(vec![Finding::error("coverage", "app.x", "nobody watches it", "watch it")]));
        report.note("clock", Ok(vec![Finding::warning("clock", "the server", "it is late", "set it")]));
        let text = as_text(&report);
        assert!(text.starts_with("ERROR coverage: app.x\n  what:  nobody watches it\n  to do: watch it\n\n"), "{text}");
        assert!(text.ends_with("not sound. errors: 1, warnings: 1, checks without a finding: none\n"), "{text}");
    }
}
