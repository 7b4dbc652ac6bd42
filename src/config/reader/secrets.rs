//! Secret keys: given in place, or by naming a file that holds the secret.
//!
//! The environment overrides the pair as one: a secret in a variable replaces a secret file named in the configuration
//! file. Both in the same layer contradict each other, and are refused.

use std::path::PathBuf;

use super::declaration::{Alternative, Declaration, Need};
use super::given::Given;
use super::section::Section;
use crate::config::environment::variable_of;
use crate::config::problem::Fault;
use crate::config::secret::{Secret, SecretSource};

/// The declaration of a secret.
#[derive(Debug)]
pub(crate) struct SecretKey {
    /// The key that holds it.
    pub(crate) name: &'static str,
    /// The key that names a file with it.
    pub(crate) file_name: &'static str,
    /// What it is for, in sentences.
    pub(crate) doc: &'static str,
    /// What one looks like, as TOML.
    pub(crate) example: &'static str,
    /// What the name of its file may look like, as TOML.
    pub(crate) file_example: &'static str,
}

impl Section<'_, '_> {
    /// Reads a secret; absent when it is given in neither way.
    pub(crate) fn optional_secret(&mut self, key: &SecretKey) -> Option<SecretSource> {
        self.declare_secret(key, Need::Optional);
        self.secret(key)
    }

    /// Reads a secret that must be given.
    pub(crate) fn required_secret(&mut self, key: &SecretKey) -> SecretSource {
        self.declare_secret(key, Need::Required);
        if let Some(source) = self.secret(key) {
            return source;
        }
        let variable = variable_of(&self.path_of(key.name));
        let SecretKey { name, file_name, example, .. } = key;
        let remedy =
            format!("write {name} = {example}, or name a file that holds it with {file_name}, or set {variable}");
        self.refuse_missing(&[name, file_name], remedy);
        SecretSource::Inline(Secret::default())
    }

    fn declare_secret(&mut self, key: &SecretKey, need: Need) {
        self.declare(Declaration {
            path: self.path_of(key.name),
            doc: key.doc,
            accepts: "a secret text".into(),
            need,
            shown: key.example.into(),
            alternative: Some(Alternative { path: self.path_of(key.file_name), shown: key.file_example }),
            layers: self.layers,
        });
    }

    fn secret(&mut self, key: &SecretKey) -> Option<SecretSource> {
        let variables = (self.variable(key.name), self.variable(key.file_name));
        let entries = (self.entry(key.name), self.entry(key.file_name));
        match if matches!(variables, (None, None)) { entries } else { variables } {
            (None, None) => None,
            (Some(inline), None) => self.inline_secret(key.name, inline),
            (None, Some(file)) => self.secret_file(key.file_name, file),
            (Some(_), Some(file)) => {
                let fault = Fault::new(
                    format!("contradicts {}, which is given too", self.path_of(key.name)),
                    format!("keep one of them; {} can be rotated without a restart", key.file_name),
                );
                self.refuse(file.origin, key.file_name, fault);
                None
            }
        }
    }

    fn inline_secret(&mut self, name: &str, given: Given<'_>) -> Option<SecretSource> {
        let fault = match given.raw.text() {
            Some(text) if !text.trim().is_empty() => return Some(SecretSource::Inline(Secret::new(text))),
            Some(_) => Fault::new("is empty", "write the secret, or remove the key"),
            None => Fault::new(format!("is {}, not a text", given.raw.kind()), "write it in quotes"),
        };
        self.refuse(given.origin, name, fault);
        None
    }

    fn secret_file(&mut self, name: &str, given: Given<'_>) -> Option<SecretSource> {
        let fault = match given.raw.text() {
            None => Fault::new(format!("is {}, not the path of a file", given.raw.kind()), "write the path in quotes"),
            // A URL in the wrong key: repeating it would show its password.
            Some(text) if text.contains("://") => Fault::new(
                "is a URL, not the path of a file",
                "write the secret into a file, and the path of that file here",
            ),
            Some(text) => {
                let source = SecretSource::File(PathBuf::from(text));
                let Err(error) = source.read() else { return Some(source) };
                error.fault()
            }
        };
        self.refuse(given.origin, name, fault);
        None
    }
}
