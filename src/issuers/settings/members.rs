//! Reads one JSON object member by member, and goes on after a mistake, so that all of them are told together.
//!
//! A member that nobody asked for is a mistake too. A member that is wrong reads as if it were not there; the row is
//! refused anyway.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::problems::SettingsProblems;

/// Longest text in a list, bytes.
const MAX_TEXT: usize = 2048;
/// Longest list.
const MAX_VALUES: usize = 1000;

const NO_LIST: &str = "is no list of texts, or an empty one, or holds an empty or over-long text";
const A_LIST: &str = "write a list of texts, such as [\"a\", \"b\"]";

/// Claims with the values that each may have.
pub(crate) type Values = BTreeMap<String, Vec<String>>;

/// An object that is being read.
pub(super) struct Members<'p> {
    path: String,
    rest: Map<String, Value>,
    known: Vec<&'static str>,
    pub(super) problems: &'p mut SettingsProblems,
}

impl<'p> Members<'p> {
    /// The members of the object at this place.
    pub(super) fn of(path: String, value: &Value, problems: &'p mut SettingsProblems) -> Self {
        let rest = value.as_object().cloned().unwrap_or_default();
        if !value.is_object() {
            problems.note(path.as_str(), "is no object", "write {…}");
        }
        Self { path, rest, known: Vec::new(), problems }
    }

    /// The place of a member.
    pub(super) fn path_of(&self, name: &str) -> String {
        format!("{}.{name}", self.path)
    }

    /// A member as it is.
    pub(super) fn take(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        self.rest.remove(name)
    }

    /// Says that a member is wrong.
    pub(super) fn refuse(&mut self, name: &str, what: impl Into<String>, remedy: impl Into<String>) {
        let path = self.path_of(name);
        self.problems.note(path, what, remedy);
    }

    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        let value = self.take(name)?;
        let text = value.as_str().and_then(sound).map(str::to_owned);
        if text.is_none() {
            self.refuse(name, "is no text, or an empty one", "write a text, or leave it out");
        }
        text
    }

    pub(super) fn flag(&mut self, name: &'static str) -> Option<bool> {
        let value = self.take(name)?;
        if !value.is_boolean() {
            self.refuse(name, "is neither true nor false", "write one of the two, without quotes");
        }
        value.as_bool()
    }

    /// A whole number of seconds within bounds.
    pub(super) fn seconds(&mut self, name: &'static str, bounds: RangeInclusive<i64>) -> Option<i64> {
        let value = self.take(name)?;
        let seconds = value.as_i64().filter(|seconds| bounds.contains(seconds));
        if seconds.is_none() {
            let remedy = format!("write a whole number of seconds from {} to {}", bounds.start(), bounds.end());
            self.refuse(name, "is out of bounds, or no whole number", remedy);
        }
        seconds
    }

    /// One of some words.
    pub(super) fn word<T: Copy>(&mut self, name: &'static str, words: &[(&str, T)]) -> Option<T> {
        let value = self.take(name)?;
        let found = words.iter().find(|(word, _)| value.as_str() == Some(word)).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let known = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
            self.refuse(name, format!("{value} is not one of the words known here"), format!("write one of {known}"));
        }
        found
    }

    /// A list that is not empty, without the texts that occur twice.
    pub(super) fn list(&mut self, name: &'static str) -> Option<Vec<String>> {
        let value = self.take(name)?;
        let list = texts(&value);
        if list.is_none() {
            self.refuse(name, NO_LIST, A_LIST);
        }
        list
    }

    /// Claims, each with a list of values.
    pub(super) fn values(&mut self, name: &'static str) -> Option<Values> {
        let value = self.take(name)?;
        let Some(claims) = value.as_object() else {
            self.refuse(name, "is no object", "write {claim: [value, …]}");
            return None;
        };
        let mut values = Values::new();
        for (claim, given) in claims {
            match texts(given) {
                Some(list) => drop(values.insert(claim.clone(), list)),
                None => self.refuse(&format!("{name}.{claim}"), NO_LIST, A_LIST),
            }
        }
        Some(values)
    }

    /// Refuses what is left.
    pub(super) fn finish(self) {
        for name in self.rest.keys() {
            let remedy = format!("remove it; the members here are {}", self.known.join(", "));
            self.problems.note(format!("{}.{name}", self.path), "is unknown", remedy);
        }
    }
}

fn texts(value: &Value) -> Option<Vec<String>> {
    let given = value.as_array().filter(|given| (1..=MAX_VALUES).contains(&given.len()))?;
    let mut list = Vec::with_capacity(given.len());
    for text in given {
        let text = text.as_str().and_then(sound)?.to_owned();
        if !list.contains(&text) {
            list.push(text);
        }
    }
    Some(list)
}

/// A text that may be compared with one of a token.
fn sound(text: &str) -> Option<&str> {
    let fits = !text.is_empty() && text.len() <= MAX_TEXT && !text.chars().any(char::is_control);
    fits.then_some(text)
}
