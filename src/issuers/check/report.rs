//! What a check has found.

use serde::Serialize;

use super::suggestion::Suggestion;

/// Characters kept of a text that the other side has sent.
const LONGEST_QUOTE: usize = 200;

/// What a check has found.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// The URL, or the entry's id.
    pub checked: String,
    /// In the order in which they were made.
    pub findings: Vec<Finding>,
    /// A row for the directory, if there is none yet.
    pub suggestion: Option<Suggestion>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Which it is, for programs; stable.
    pub code: &'static str,
    /// What it is, for people.
    pub text: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// As it should be.
    Ok,
    /// It works, and somebody should know.
    Warning,
    /// Good tokens would be refused, or bad ones could be made.
    Problem,
}

impl Report {
    pub(super) fn of(checked: &str) -> Self {
        Self { checked: printable(checked), ..Self::default() }
    }

    /// Whether there is no problem.
    pub fn is_sound(&self) -> bool {
        self.count(Severity::Problem) == 0
    }

    /// How many findings are of this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    pub(super) fn ok(&mut self, code: &'static str, text: impl Into<String>) {
        self.findings.push(Finding { severity: Severity::Ok, code, text: text.into(), remedy: None });
    }

    pub(super) fn warn(&mut self, code: &'static str, text: impl Into<String>, remedy: impl Into<String>) {
        self.add(Severity::Warning, code, text, remedy);
    }

    pub(super) fn problem(&mut self, code: &'static str, text: impl Into<String>, remedy: impl Into<String>) {
        self.add(Severity::Problem, code, text, remedy);
    }

    pub(super) fn add(
        &mut self,
        severity: Severity,
        code: &'static str,
        text: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.findings.push(Finding { severity, code, text: text.into(), remedy: Some(remedy.into()) });
    }

    /// Takes over what was found where the service itself does not look: nothing there is worse than a warning.
    pub(super) fn take_as_advice(&mut self, other: Self) {
        let soften = |finding: Finding| Finding { severity: finding.severity.min(Severity::Warning), ..finding };
        self.findings.extend(other.findings.into_iter().map(soften));
    }
}

/// A text of the other side, on one line and not too long.
pub(super) fn printable(text: &str) -> String {
    let mut characters = text.chars();
    let kept: String = characters.by_ref().take(LONGEST_QUOTE).flat_map(char::escape_debug).collect();
    // Quotes and apostrophes are harmless, and URLs hold them.
    let kept = kept.replace("\\\"", "\"").replace("\\'", "'");
    if characters.next().is_some() { format!("{kept}…") } else { kept }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_sound_while_nothing_in_it_is_a_problem() {
        let mut report = Report::of("https://login.example");
        report.ok("a", "good");
        report.warn("b", "odd", "look");
        assert!(report.is_sound());
        report.problem("c", "bad", "mend");
        assert!(!report.is_sound());
        assert_eq!([Severity::Ok, Severity::Warning, Severity::Problem].map(|severity| report.count(severity)), [1; 3]);
    }

    #[test]
    fn advice_is_never_a_problem() {
        let (mut report, mut advice) = (Report::default(), Report::default());
        advice.problem("c", "bad", "mend");
        advice.ok("a", "good");
        report.take_as_advice(advice);
        assert!(report.is_sound());
        assert_eq!((report.count(Severity::Warning), report.count(Severity::Ok)), (1, 1));
    }

    #[test]
    fn a_quote_is_one_short_line() {
        assert_eq!(printable("https://a.example/\u{1b}[2J\n"), "https://a.example/\\u{1b}[2J\\n");
        assert_eq!(printable(&"x".repeat(5_000)).chars().count(), LONGEST_QUOTE + 1);
    }
}
