//! Issuer entries, ready to be asked about tokens.

use serde_json::Value;

use super::written::Written;
use crate::directory::IssuerRow;
use crate::issuers::settings::SettingsProblem;
use crate::issuers::{Entry, Source};
use crate::tokens::Offline;

/// Where the compiler of rows places what is wrong with one key.
const KEY: &str = "settings.jwks.keys.";

/// Entries as they were given, and keys for those that have none.
#[derive(Debug)]
pub(super) struct Entries {
    written: Vec<Written>,
    jwks: Option<Value>,
}

/// Entries that can be asked.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) offline: Offline,
    /// What whoever asks should know about them.
    pub(super) notes: Vec<String>,
}

impl Entries {
    /// None yet.
    pub(super) const fn with_keys(jwks: Option<Value>) -> Self {
        Self { written: Vec::new(), jwks }
    }

    /// Adds an entry, or each of a list.
    pub(super) fn add(&mut self, given: Value) -> Result<(), Vec<String>> {
        let list = if let Value::Array(list) = given { list } else { vec![given] };
        for entry in list {
            let mut entry = Written::read(entry, self.jwks.as_ref())?;
            self.tell_apart(&mut entry);
            self.written.push(entry);
        }
        Ok(())
    }

    /// Several entries without an id are several all the same.
    fn tell_apart(&self, entry: &mut Written) {
        if entry.id == "issuer" && self.written.iter().any(|known| known.id == entry.id) {
            entry.id = format!("issuer-{}", self.written.len() + 1);
        }
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.written.is_empty()
    }

    /// All of them, or everything that is wrong with them.
    pub(super) fn prepare(&self) -> Result<Prepared, Vec<String>> {
        prepare(self.written.iter())
    }

    /// Those that are called so; `None` if there are none or they have mistakes.
    pub(super) fn called(&self, name: &str) -> Option<Offline> {
        let mut called = self.written.iter().filter(|entry| entry.is_called(name)).peekable();
        called.peek()?;
        prepare(called).ok().map(|prepared| prepared.offline)
    }

    /// Entries that are written elsewhere, with the same keys for those that have none.
    pub(super) fn others(&self, given: Value) -> Option<Offline> {
        let mut others = Self::with_keys(self.jwks.clone());
        others.add(given).ok()?;
        others.prepare().ok().map(|prepared| prepared.offline)
    }
}

fn prepare<'w>(written: impl Iterator<Item = &'w Written>) -> Result<Prepared, Vec<String>> {
    let (mut notes, mut problems, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    for entry in written {
        match usable(entry.row(), &mut notes) {
            Ok(row) => rows.push(row),
            Err(wrong) => problems.extend(wrong.into_iter().map(|problem| format!("issuer {}: {problem}", entry.id))),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Prepared { offline: Offline::new(rows)?, notes })
}

/// The row without the keys that cannot be used: a set that is fetched loses them too, and tokens of the others are good.
fn usable(mut row: IssuerRow, notes: &mut Vec<String>) -> Result<IssuerRow, Vec<String>> {
    loop {
        let problems = match Entry::compile(&row) {
            Ok(entry) => {
                has_keys(&entry)?;
                note_limits(&row, &entry, notes);
                return Ok(row);
            }
            Err(problems) => problems,
        };
        let unusable: Option<Vec<usize>> = problems.iter().map(place).collect();
        if !unusable.is_some_and(|unusable| remove(&mut row, &unusable)) {
            return Err(problems.iter().map(ToString::to_string).collect());
        }
        let left_out = |problem: &SettingsProblem| format!("left out {problem}");
        notes.extend(problems.iter().map(left_out));
    }
}

/// Which key a problem is about, if it is about one.
fn place(problem: &SettingsProblem) -> Option<usize> {
    problem.path.strip_prefix(KEY)?.parse().ok()
}

/// Whether something was removed, so that trying again makes sense.
fn remove(row: &mut IssuerRow, unusable: &[usize]) -> bool {
    let keys = row.settings.as_mut().and_then(|settings| settings.get_mut("jwks")?.get_mut("keys")?.as_array_mut());
    let Some(keys) = keys else { return false };
    let (before, mut index) = (keys.len(), 0);
    keys.retain(|_| {
        index += 1;
        !unusable.contains(&(index - 1))
    });
    keys.len() < before
}

fn has_keys(entry: &Entry) -> Result<(), Vec<String>> {
    match &entry.source {
        Source::Keys(source) if source.inline.is_none() => Err(vec![
            "settings.jwks: is missing, and nothing is fetched here; name the key set with --jwks FILE, or write it as jwks"
                .to_owned(),
        ]),
        _ => Ok(()),
    }
}

/// What decides in the service and looks like a fault of the token here.
fn note_limits(row: &IssuerRow, entry: &Entry, notes: &mut Vec<String>) {
    let id = &row.issuer_id;
    if row.enabled == Some(false) {
        notes.push(format!("the entry {id} is switched off (enabled is false), so none of its tokens is accepted"));
    }
    match &entry.source {
        Source::None => notes.push(format!("the settings of entry {id} say nothing about tokens, so it accepts none")),
        source if source.is_asked() => {
            notes.push(format!("the issuer of entry {id} is asked about its tokens; here nobody is asked"));
        }
        _ => {}
    }
}
