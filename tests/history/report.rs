//! What all seeds came to, as a table.

use std::collections::BTreeMap;
use std::fmt;

use super::faults::Fault;
use super::run::Outcome;

/// The sum over seeds.
#[derive(Default)]
pub(super) struct Report {
    seeds: Vec<u64>,
    changes: usize,
    lost_in_failovers: usize,
    answers: usize,
    refusals: BTreeMap<String, u64>,
    faults: BTreeMap<Fault, u64>,
    stale: usize,
    never_valid: usize,
    lost_changes: usize,
    examples: Vec<String>,
}

impl Report {
    pub(super) fn add(&mut self, seed: u64, outcome: Outcome) {
        self.seeds.push(seed);
        self.changes += outcome.changes;
        self.lost_in_failovers += outcome.lost_in_failovers;
        self.answers += outcome.answers;
        self.lost_changes += outcome.lost_changes.len();
        for (code, count) in outcome.refusals {
            *self.refusals.entry(code).or_default() += count;
        }
        for (fault, count) in outcome.faults {
            *self.faults.entry(fault).or_default() += count;
        }
        let stale = outcome.violations.iter().filter(|(_, violation)| violation.is_stale()).count();
        self.stale += stale;
        self.never_valid += outcome.violations.len() - stale;
        let examples = outcome.violations.iter().take(5).map(|(answer, violation)| {
            let (replica, sent) = (answer.replica, answer.sent.as_micros());
            format!("replica {replica}, asked at {sent} us: {violation:?} in {answer:?}")
        });
        self.examples.extend(examples);
        self.examples.extend(outcome.lost_changes.iter().take(5).map(|lost| format!("never right: {lost:?}")));
    }

    /// Whether the long run has seen enough.
    pub(super) fn is_enough(&self, changes: usize, answers: usize, of_each_fault: u64) -> bool {
        let of = |fault| self.faults.get(fault).copied().unwrap_or(0);
        self.changes >= changes
            && self.answers >= answers
            && Fault::EVERY.iter().all(|fault| of(fault) >= of_each_fault)
    }

    /// Fails if one answer was wrong, or one change never arrived; `replay` says how to see it again.
    pub(super) fn assert_flawless(&self, replay: &str) {
        let flaws = (self.stale, self.never_valid, self.lost_changes);
        assert_eq!(flaws, (0, 0, 0), "{replay}\n{self}\n{}", self.examples.join("\n"));
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:>10}  changes, of which failovers lost {}", self.changes, self.lost_in_failovers)?;
        writeln!(f, "{:>10}  answers checked", self.answers)?;
        writeln!(f, "{:>10}  stale answers", self.stale)?;
        writeln!(f, "{:>10}  answers that never were valid", self.never_valid)?;
        writeln!(f, "{:>10}  lost changes", self.lost_changes)?;
        for (code, count) in &self.refusals {
            writeln!(f, "{count:>10}  refusals: {code}")?;
        }
        for (fault, count) in &self.faults {
            writeln!(f, "{count:>10}  faults: {}", fault.label())?;
        }
        write!(f, "{:>10}  seeds: {:?}", self.seeds.len(), self.seeds)
    }
}
