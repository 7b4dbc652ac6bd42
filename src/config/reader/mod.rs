//! Reads one declared key at a time and remembers what was declared.
//!
//! The declarations are the by-product of reading: what nobody declared is unknown, and the reference file is the list
//! of declarations written down. A reader never fails. It notes a [`Problem`], hands out the default in place of the
//! broken value, and whoever started the reading withholds the result.

mod collections;
mod declaration;
mod given;
mod key;
mod optional;
mod secrets;
mod section;
mod unknown;

use std::collections::BTreeMap;

use toml::de::DeTable;

use super::document::{Document, kind_of};
use super::environment::Environment;
use super::problem::{Fault, Origin, Problem};

pub(crate) use collections::ListKey;
pub(crate) use declaration::{Declaration, Entry, Need, Table, TableKind, leaf};
pub(crate) use key::Key;
pub(crate) use optional::PathKey;
pub(crate) use secrets::SecretKey;
pub(crate) use section::Section;

use section::Layers;

/// One pass over a document and an environment.
#[derive(Debug)]
pub(crate) struct Reader<'d> {
    document: &'d Document<'d>,
    environment: Environment,
    entries: Vec<Entry>,
    problems: Vec<Problem>,
    /// Where each given key or table was given, by its path.
    origins: BTreeMap<String, Origin>,
}

impl<'d> Reader<'d> {
    pub(crate) fn new(document: &'d Document<'d>, environment: Environment) -> Self {
        Self { document, environment, entries: Vec::new(), problems: Vec::new(), origins: BTreeMap::new() }
    }

    /// Reads the table `name`, whose keys the environment may override.
    pub(crate) fn section<S>(&mut self, name: &str, doc: &'static str, read: fn(&mut Section<'_, 'd>) -> S) -> S {
        self.declare_table(name.into(), doc, TableKind::Section);
        let table = self.table(self.document.root(), name, name);
        Section::new(self, name.into(), table, Layers::FileAndEnvironment).read_with(read)
    }

    /// Reads every table below `group`, each with the name that the file chose for it, from the file alone.
    pub(crate) fn named_sections<S>(&mut self, group: &str, read: fn(&mut Section<'_, 'd>) -> S) -> Vec<(&'d str, S)> {
        self.declare_table(group.into(), "", TableKind::Group);
        let Some(tables) = self.table(self.document.root(), group, group) else { return Vec::new() };
        let mut sections = Vec::new();
        for key in tables.keys() {
            let name = key.get_ref().as_ref();
            let path = format!("{group}.{name}");
            let Some(table) = self.table(tables, name, &path) else { continue };
            sections.push((name, Section::new(self, path, Some(table), Layers::FileOnly).read_with(read)));
        }
        sections
    }

    /// Reads a named table that is not there, for the sake of its declarations.
    pub(crate) fn example<S>(&mut self, path: &str, doc: &'static str, read: fn(&mut Section<'_, 'd>) -> S) {
        self.declare_table(path.into(), doc, TableKind::Example);
        Section::new(self, path.into(), None, Layers::FileOnly).read_with(read);
    }

    /// Notes a mistake in the key at `path`.
    pub(crate) fn refuse(&mut self, origin: Origin, path: impl Into<String>, fault: Fault) {
        self.problems.push(Problem::of_key(origin, path, fault));
    }

    /// Notes that the values of `paths` do not go together, unless `holds`.
    ///
    /// The subject is the first path; the place is that of the first one that was given, or else of its table. Nothing
    /// is noted while one of them has a problem of its own, because its stand-in proves nothing.
    pub(crate) fn require(&mut self, paths: &[&str], holds: bool, fault: impl FnOnce() -> Fault) {
        if holds || paths.iter().any(|path| self.is_faulty(path)) {
            return;
        }
        let Some(subject) = paths.first() else { return };
        let given = paths.iter().find_map(|path| self.origins.get(*path));
        let table = subject.rsplit_once('.').and_then(|(table, _)| self.origins.get(table));
        let origin = given.or(table).cloned().unwrap_or_else(|| self.document.whole());
        self.refuse(origin, *subject, fault());
    }

    /// Everything that was declared, and everything that is wrong, including what nobody declared.
    pub(crate) fn finish(mut self) -> (Vec<Entry>, Vec<Problem>) {
        self.refuse_unknown_tables();
        self.refuse_unknown_variables();
        (self.entries, self.problems)
    }

    fn declare_table(&mut self, path: String, doc: &'static str, kind: TableKind) {
        self.entries.push(Entry::Table(Table { path, doc, kind }));
    }

    fn is_faulty(&self, path: &str) -> bool {
        self.problems.iter().any(|problem| problem.path() == Some(path))
    }

    /// The table `name` of `parent`, if it is there and is one.
    fn table(&mut self, parent: &'d DeTable<'d>, name: &str, path: &str) -> Option<&'d DeTable<'d>> {
        let (key, value) = parent.get_key_value(name)?;
        self.origins.insert(path.into(), self.document.line(&key.span()));
        if let Some(table) = value.get_ref().as_table() {
            return Some(table);
        }
        let fault = Fault::new(format!("is {}, not a table", kind_of(value.get_ref())), format!("write [{path}]"));
        self.refuse(self.document.line(&value.span()), path, fault);
        None
    }
}
