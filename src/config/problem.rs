//! What is wrong with the configuration, where, and what to do about it.
//!
//! Deliberately absent: the text of the offending line. It may hold a secret.

use std::fmt;

use super::environment::FILE;

/// Where a value came from. The order of the variants is the order of the report.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// A line of the file, counted from 1.
    Line { file: String, line: usize },
    /// A place in a file that is not TOML; line and column (in characters) count from 1.
    Character { file: String, line: usize, column: usize },
    /// An environment variable.
    Variable(String),
    /// The configuration as a whole: nothing was given.
    Whole(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line { file, line } => write!(f, "{file}:{line}"),
            Self::Character { file, line, column } => write!(f, "{file}:{line}:{column}"),
            Self::Variable(name) | Self::Whole(name) => f.write_str(name),
        }
    }
}

/// A mistake without its place.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    what: String,
    remedy: String,
}

impl Fault {
    pub(crate) fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: remedy.into() }
    }
}

/// One mistake: where it is, which key it concerns, what is wrong and what to do.
#[derive(Clone, Debug)]
pub struct Problem {
    origin: Origin,
    path: Option<String>,
    fault: Fault,
}

impl Problem {
    pub(crate) fn of_key(origin: Origin, path: impl Into<String>, fault: Fault) -> Self {
        Self { origin, path: Some(path.into()), fault }
    }

    /// A mistake that belongs to no key: broken TOML, or a variable that names none.
    pub(crate) fn without_key(origin: Origin, fault: Fault) -> Self {
        Self { origin, path: None, fault }
    }

    pub(crate) fn unreadable_file(name: &str, error: &std::io::Error) -> Self {
        let remedy = "name a readable file with --config or CLAIMSMITH_CONFIG";
        Self::without_key(Origin::Whole(name.into()), Fault::new(format!("cannot be read ({error})"), remedy))
    }

    pub(crate) fn unnamed_file() -> Self {
        let fault = Fault::new("is set but empty", "unset it, or name the file");
        Self::without_key(Origin::Variable(FILE.into()), fault)
    }

    pub(crate) fn is_about_a_variable(&self) -> bool {
        matches!(self.origin, Origin::Variable(_))
    }

    /// The full path of the key, for example `http.bind`; `None` when no key is concerned.
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }
}

impl fmt::Display for Problem {
    /// Honours a width, which pads the origin so that the paths of a list stand below each other.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = format!("{}:", self.origin);
        write!(f, "{place:<width$} ", width = f.width().unwrap_or(0))?;
        if let Some(path) = &self.path {
            write!(f, "{path}: ")?;
        }
        write!(f, "{}; {}", self.fault.what, self.fault.remedy)
    }
}

/// Every mistake found, in the order of the file, then of the environment, then what is missing.
///
/// Displayed as a numbered list without a final line break.
#[derive(Debug)]
pub struct Problems(Vec<Problem>);

impl Problems {
    pub(crate) fn new(mut problems: Vec<Problem>) -> Self {
        problems.sort_by(|one, other| one.origin.cmp(&other.origin));
        Self(problems)
    }

    /// The mistakes, one by one.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl std::error::Error for Problems {}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.len().to_string().len();
        let place = self.0.iter().map(|problem| problem.origin.to_string().len() + 1).max().unwrap_or(0);
        for (number, problem) in (1..).zip(&self.0) {
            let line_break = if number == 1 { "" } else { "\n" };
            write!(f, "{line_break}{number:>digits$}. {problem:place$}")?;
        }
        Ok(())
    }
}
