//! Everything that is wrong with a template, in one answer.

use std::fmt;

/// Characters kept of a place or a message, which may quote what the author wrote.
const MAX_CHARACTERS: usize = 400;

/// One mistake in a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateProblem {
    /// The place in the template: `namespace`, `claims`, `claims.roles`, `id_token_claims.tenant`.
    pub claim: String,
    /// What is wrong and what to write instead, in one line, for the template's author.
    pub message: String,
}

impl TemplateProblem {
    pub(super) fn new(claim: impl Into<String>, message: impl Into<String>) -> Self {
        Self { claim: one_line(&claim.into()), message: one_line(&message.into()) }
    }
}

fn one_line(text: &str) -> String {
    let visible = |character: char| if character.is_control() { ' ' } else { character };
    text.chars().take(MAX_CHARACTERS).map(visible).collect()
}

impl fmt::Display for TemplateProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.claim, self.message)
    }
}

/// Why a template was refused: every problem that was found. Displays one per line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateProblems(Vec<TemplateProblem>);

impl TemplateProblems {
    pub(super) fn new(problems: Vec<TemplateProblem>) -> Self {
        Self(problems)
    }

    /// The problems, in the order of the template.
    pub fn iter(&self) -> impl Iterator<Item = &TemplateProblem> {
        self.0.iter()
    }
}

impl fmt::Display for TemplateProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for TemplateProblems {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_one_line_whatever_it_quotes() {
        let quoting = TemplateProblem::new("claims.a\nb", "not \u{0} this\r\nor that");
        let long = TemplateProblem::new("claims.c", "é".repeat(10_000));
        let text = TemplateProblems::new(vec![quoting, long]).to_string();
        assert_eq!(text.lines().count(), 2);
        assert!(text.starts_with("claims.a b: not   this  or that\n"), "{text}");
        assert!(text.chars().count() < 500);
    }
}
