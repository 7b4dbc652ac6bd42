//! The rooms of `src/` keep to the map in `src/lib.rs`: which may import which, and what is spoken in one room only.
//!
//! The sources are read line by line, as `rustfmt` leaves them. What that cannot see through is refused:
//! `crate::{…}` in braces, and `super` of `super`.

mod imports;
mod vocabulary;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// A line that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
struct Offence {
    file: String,
    line: usize,
    rule: String,
}

impl fmt::Display for Offence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.file, self.line, self.rule)
    }
}

/// A source file.
struct Source {
    /// From `src/` on.
    file: String,
    text: String,
}

impl Source {
    fn new(file: &str, text: &str) -> Self {
        Self { file: file.to_owned(), text: text.to_owned() }
    }

    /// The top-level module that the file belongs to.
    fn room(&self) -> &str {
        let inside = self.file.strip_prefix("src/").unwrap();
        inside.split('/').next().unwrap().trim_end_matches(".rs")
    }

    /// The lines that are no comments, with their numbers.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines()).filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    fn offence(&self, line: usize, rule: impl Into<String>) -> Offence {
        Offence { file: self.file.clone(), line, rule: rule.into() }
    }
}

/// Every source file of the service.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut waiting = vec![root.join("src")];
    let mut found = Vec::new();
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let file = path.strip_prefix(root).unwrap().to_str().unwrap();
                found.push(Source::new(file, &fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(found.len() > 50, "these are not all sources: {}", found.len());
    found
}

/// Shows every offence in every file.
fn assert_none(rule: fn(&Source) -> Vec<Offence>) {
    let offences: Vec<String> = sources().iter().flat_map(rule).map(|offence| offence.to_string()).collect();
    assert!(offences.is_empty(), "\n{}", offences.join("\n"));
}

/// The lines of `text` that break the rule when it stands in `file`.
fn planted(rule: fn(&Source) -> Vec<Offence>, file: &str, text: &str) -> Vec<usize> {
    rule(&Source::new(file, text)).iter().map(|offence| offence.line).collect()
}
