//! One table of the file, with the environment over it.

use toml::de::DeTable;

use super::Reader;
use super::declaration::{Declaration, Entry, Need, TableKind, leaf};
use super::given::{Given, Raw};
use super::key::Key;
use crate::config::environment::variable_of;
use crate::config::problem::{Fault, Origin};
use crate::config::suggestion::nearest;
use crate::config::value::Value;

/// Where the keys of a section may be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layers {
    FileAndEnvironment,
    FileOnly,
}

/// A table that is being read.
#[derive(Debug)]
pub(crate) struct Section<'r, 'd> {
    pub(super) reader: &'r mut Reader<'d>,
    path: String,
    table: Option<&'d DeTable<'d>>,
    pub(super) layers: Layers,
    known: Vec<String>,
}

impl<'r, 'd> Section<'r, 'd> {
    pub(super) fn new(
        reader: &'r mut Reader<'d>,
        path: String,
        table: Option<&'d DeTable<'d>>,
        layers: Layers,
    ) -> Self {
        Self { reader, path, table, layers, known: Vec::new() }
    }

    /// Lets `read` ask for its keys; those it did not ask for are unknown.
    pub(super) fn read_with<S>(mut self, read: fn(&mut Self) -> S) -> S {
        let value = read(&mut self);
        self.refuse_unknown_keys();
        value
    }

    /// Reads one value; its default when it is not given or not acceptable.
    pub(crate) fn read<T: Value>(&mut self, key: Key<T>) -> T {
        self.declare(Declaration {
            path: self.path_of(key.name),
            doc: key.doc,
            accepts: key.accepts(),
            need: Need::Default,
            shown: key.default.to_toml(),
            alternative: None,
            layers: self.layers,
        });
        let Some(given) = self.variable(key.name).or_else(|| self.entry(key.name)) else { return key.default };
        match key.accept(&given.raw) {
            Ok(value) => value,
            Err(fault) => {
                self.refuse(given.origin, key.name, fault);
                key.default
            }
        }
    }

    /// Notes that the values of `names` do not go together, unless `holds`: see [`Reader::require`].
    pub(crate) fn require(&mut self, names: &[&str], holds: bool, fault: impl FnOnce() -> Fault) {
        let paths: Vec<String> = names.iter().map(|name| self.path_of(name)).collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        self.reader.require(&paths, holds, fault);
    }

    /// The full path of the key `name`.
    pub(crate) fn path_of(&self, name: &str) -> String {
        format!("{}.{name}", self.path)
    }

    pub(super) fn refuse(&mut self, origin: Origin, name: &str, fault: Fault) {
        let path = self.path_of(name);
        self.reader.refuse(origin, path, fault);
    }

    /// Notes that `name` and its alternatives are missing, unless one of them was given and has a problem of its own.
    pub(super) fn refuse_missing(&mut self, names: &[&str], remedy: String) {
        self.require(names, false, || Fault::new("is missing", remedy));
    }

    /// A table below this one, in which the file chooses the names.
    pub(super) fn declare_map(&mut self, name: &str, doc: &'static str, lines: Vec<String>) {
        self.known.push(name.into());
        let path = self.path_of(name);
        self.reader.declare_table(path, doc, TableKind::Map { lines });
    }

    pub(super) fn declare(&mut self, declaration: Declaration) {
        self.known.push(leaf(&declaration.path).into());
        self.known.extend(declaration.alternative.iter().map(|alternative| leaf(&alternative.path).into()));
        self.reader.entries.push(Entry::Key(declaration));
    }

    /// The key `name` in the file.
    pub(super) fn entry(&mut self, name: &str) -> Option<Given<'d>> {
        let value = self.table?.get(name)?;
        let origin = self.reader.document.line(&value.span());
        self.remember(name, &origin);
        Some(Given { origin, raw: Raw::Toml(value.get_ref()) })
    }

    /// The key `name` in the environment.
    pub(super) fn variable(&mut self, name: &str) -> Option<Given<'d>> {
        if self.layers == Layers::FileOnly {
            return None;
        }
        let variable = variable_of(&self.path_of(name));
        let text = self.reader.environment.take(&variable)?;
        let origin = Origin::Variable(variable);
        self.remember(name, &origin);
        if text.trim().is_empty() {
            self.refuse(origin, name, Fault::new("is set but empty", "unset the variable, or give it a value"));
            return None;
        }
        Some(Given { origin, raw: Raw::Text(text) })
    }

    fn remember(&mut self, name: &str, origin: &Origin) {
        let path = self.path_of(name);
        self.reader.origins.insert(path, origin.clone());
    }

    fn refuse_unknown_keys(&mut self) {
        let Some(table) = self.table else { return };
        for key in table.keys() {
            let name = key.get_ref().as_ref();
            if self.known.iter().any(|known| known == name) {
                continue;
            }
            let remedy = match nearest(name, self.known.iter().map(String::as_str)) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("remove it; the keys of [{}] are {}", self.path, self.known.join(", ")),
            };
            let origin = self.reader.document.line(&key.span());
            self.refuse(origin, name, Fault::new("is unknown", remedy));
        }
    }
}
