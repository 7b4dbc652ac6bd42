//! Values that need not be given: their absence means something.

use std::path::PathBuf;

use super::declaration::{Alternative, Declaration, Need};
use super::given::Given;
use super::key::Key;
use super::section::Section;
use crate::config::problem::Fault;
use crate::config::value::Value;

/// The declaration of a path that another key may name a file in place of.
#[derive(Debug)]
pub(crate) struct PathKey {
    /// The key itself.
    pub(crate) name: &'static str,
    /// What it is for, in sentences.
    pub(crate) doc: &'static str,
    /// What one looks like, as TOML.
    pub(crate) example: &'static str,
    /// The key that names a file instead.
    pub(crate) file_name: &'static str,
    /// What the name of that file may look like, as TOML.
    pub(crate) file_example: &'static str,
}

impl Section<'_, '_> {
    /// Reads a value; `None` when it is not given. The key's default is what the reference shows.
    pub(crate) fn optional<T: Value>(&mut self, key: &Key<T>) -> Option<T> {
        self.declare(Declaration {
            path: self.path_of(key.name),
            doc: key.doc,
            accepts: key.accepts(),
            need: Need::Optional,
            shown: key.default.to_toml(),
            alternative: None,
            layers: self.layers,
        });
        let given = self.variable(key.name).or_else(|| self.entry(key.name))?;
        let accepted = key.accept(&given.raw);
        accepted.map_err(|fault| self.refuse(given.origin, key.name, fault)).ok()
    }

    /// Reads a text; `None` when it is not given. `example` is one as TOML.
    pub(crate) fn optional_text(
        &mut self,
        name: &'static str,
        doc: &'static str,
        example: &'static str,
    ) -> Option<String> {
        self.declare(Declaration {
            path: self.path_of(name),
            doc,
            accepts: "a text".into(),
            need: Need::Optional,
            shown: example.into(),
            alternative: None,
            layers: self.layers,
        });
        let given = self.variable(name).or_else(|| self.entry(name))?;
        let fault = match given.raw.text() {
            Some(text) if !text.trim().is_empty() => return Some(text.to_owned()),
            Some(_) => Fault::new("is empty", "give it a value, or remove the key"),
            None => Fault::new(format!("is {}, not a text", given.raw.kind()), "write it in quotes"),
        };
        self.refuse(given.origin, name, fault);
        None
    }

    /// Reads a path, or the file that may be named in its place; the environment overrides the pair as one. Both in the same
    /// layer contradict each other, and are refused.
    pub(crate) fn optional_path_or_file(&mut self, key: &PathKey) -> (Option<PathBuf>, Option<PathBuf>) {
        self.declare(Declaration {
            path: self.path_of(key.name),
            doc: key.doc,
            accepts: "a path".into(),
            need: Need::Optional,
            shown: key.example.into(),
            alternative: Some(Alternative { path: self.path_of(key.file_name), shown: key.file_example }),
            layers: self.layers,
        });
        let variables = (self.variable(key.name), self.variable(key.file_name));
        let entries = (self.entry(key.name), self.entry(key.file_name));
        let (path, file) = if matches!(variables, (None, None)) { entries } else { variables };
        if let (Some(_), Some(file)) = (&path, &file) {
            let fault =
                Fault::new(format!("contradicts {}, which is given too", self.path_of(key.name)), "keep one of them");
            self.refuse(file.origin.clone(), key.file_name, fault);
        }
        (path.and_then(|given| self.path(key.name, given)), file.and_then(|given| self.path(key.file_name, given)))
    }

    fn path(&mut self, name: &str, given: Given<'_>) -> Option<PathBuf> {
        let fault = match given.raw.text() {
            Some(text) if !text.trim().is_empty() => return Some(PathBuf::from(text)),
            Some(_) => Fault::new("is empty", "name a path, or remove the key"),
            None => Fault::new(format!("is {}, not a path", given.raw.kind()), "write the path in quotes"),
        };
        self.refuse(given.origin, name, fault);
        None
    }
}
