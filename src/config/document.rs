//! The configuration file, parsed, with the line of every key.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::problem::{Fault, Origin, Problem};

/// A parsed file, or the absence of one.
#[derive(Debug)]
pub(crate) struct Document<'t> {
    name: String,
    text: &'t str,
    root: DeTable<'t>,
}

impl<'t> Document<'t> {
    /// Parses `text`; `name` is how messages call it. Broken TOML is one problem, with line and column.
    pub(crate) fn parse(name: &str, text: &'t str) -> Result<Self, Problem> {
        let mut document = Self { name: name.into(), text, root: DeTable::new() };
        match DeTable::parse(text) {
            Ok(root) => {
                document.root = root.into_inner();
                Ok(document)
            }
            Err(error) => Err(document.syntax_problem(&error)),
        }
    }

    /// A document that gives no key.
    pub(crate) fn empty(name: &str) -> Self {
        Self { name: name.into(), text: "", root: DeTable::new() }
    }

    pub(crate) fn root(&self) -> &DeTable<'t> {
        &self.root
    }

    /// The place of what spans these bytes.
    pub(crate) fn line(&self, span: &Range<usize>) -> Origin {
        Origin::Line { file: self.name.clone(), line: self.position(span.start).0 }
    }

    /// The document as a whole, for what it lacks.
    pub(crate) fn whole(&self) -> Origin {
        Origin::Whole(self.name.clone())
    }

    /// The parser's own display quotes the line, which may hold a secret; its bare message does not.
    fn syntax_problem(&self, error: &toml::de::Error) -> Problem {
        let (line, column) = self.position(error.span().map_or(0, |span| span.start));
        let origin = Origin::Character { file: self.name.clone(), line, column };
        let message = error.message().replace('\n', ", ");
        Problem::without_key(origin, Fault::new(format!("not valid TOML: {message}"), "correct the syntax"))
    }

    /// Line and column of a byte, both from 1.
    fn position(&self, byte: usize) -> (usize, usize) {
        let before = self.text.get(..byte).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|&character| character != '\n').count() + 1;
        (line, column)
    }
}

/// What kind of thing a value is, with its article, for messages that must not show it.
pub(crate) fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
