//! Values that need not be given: their absence means something.

use super::declaration::{Declaration, Need};
use super::key::Key;
use super::section::Section;
use crate::config::problem::Fault;
use crate::config::value::Value;

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
}
