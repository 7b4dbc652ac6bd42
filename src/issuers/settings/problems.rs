//! Everything that is wrong with an issuer row, in one answer: each mistake with its place and what to do about it.

use std::fmt;

/// Characters kept of a text that may quote what the row holds.
const MAX_CHARACTERS: usize = 800;

/// One mistake in an issuer row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsProblem {
    /// The place: `issuer`, `settings.algorithms`, `settings.access_token.typ`.
    pub path: String,
    /// What is wrong there.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl fmt::Display for SettingsProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.path, self.what, self.remedy)
    }
}

/// Mistakes that are told of one row. Who mends these sees the rest.
const MOST: usize = 32;

/// Why a row was refused: every mistake that was found. Displays one per line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettingsProblems(Vec<SettingsProblem>);

impl SettingsProblems {
    /// What is wrong with a row whose identifier another row has.
    pub(crate) fn of_a_second_row() -> Self {
        let mut problems = Self::default();
        problems.note("issuer_id", "is in several rows, so none of them counts", "give each row an id of its own");
        problems
    }

    /// Notes a mistake. `path` is that of the row: `issuer`, or `settings` and what is in it.
    pub(crate) fn note(&mut self, path: impl Into<String>, what: impl Into<String>, remedy: impl Into<String>) {
        let problem = SettingsProblem {
            path: one_line(&path.into()),
            what: one_line(&what.into()),
            remedy: one_line(&remedy.into()),
        };
        if self.0.len() < MOST && !self.0.contains(&problem) {
            self.0.push(problem);
        }
    }

    /// Whether something is wrong with this member of `settings`, or inside it: what follows from it need not be told too.
    pub(crate) fn concern(&self, member: &str) -> bool {
        self.0.iter().any(|problem| problem.path.strip_prefix("settings.").is_some_and(|path| begins(path, member)))
    }

    /// Nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The mistakes, one by one.
    pub fn iter(&self) -> std::slice::Iter<'_, SettingsProblem> {
        self.0.iter()
    }
}

fn begins(path: &str, member: &str) -> bool {
    path.strip_prefix(member).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

impl<'a> IntoIterator for &'a SettingsProblems {
    type Item = &'a SettingsProblem;
    type IntoIter = std::slice::Iter<'a, SettingsProblem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for SettingsProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for SettingsProblems {}

fn one_line(text: &str) -> String {
    let visible = |character: char| if character.is_control() { ' ' } else { character };
    text.chars().take(MAX_CHARACTERS).map(visible).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_one_line_whatever_it_quotes() {
        let mut problems = SettingsProblems::default();
        problems.note("settings.a\nb", "not \u{0} this", "é".repeat(10_000));
        let text = problems.to_string();
        assert_eq!(text.lines().count(), 1);
        assert!(text.starts_with("settings.a b: not   this; é") && text.chars().count() < 900, "{text}");
    }

    #[test]
    fn a_problem_inside_a_member_concerns_the_member() {
        let mut problems = SettingsProblems::default();
        problems.note("settings.access_token.typ", "x", "y");
        assert!(problems.concern("access_token") && !problems.concern("access") && !problems.concern("typ"));
    }
}
