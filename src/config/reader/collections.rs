//! Lists and maps.
//!
//! Both come from the file alone. The environment needs neither: lists belong to callers and issuers, which the file
//! names, and the values of maps are expressions, which contain commas.

use std::collections::BTreeMap;
use std::path::PathBuf;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::declaration::{Alternative, Declaration, Need};
use super::given::Raw;
use super::section::{Layers, Section};
use crate::config::document::kind_of;
use crate::config::problem::Fault;
use crate::config::value::Value;

/// The declaration of a list.
#[derive(Debug)]
pub(crate) struct ListKey<T> {
    name: &'static str,
    doc: &'static str,
    default: Vec<T>,
    need: Need,
    shown: String,
    file: Option<(&'static str, &'static str)>,
}

impl<T: Value> ListKey<T> {
    /// A list with a default.
    pub(crate) fn new(name: &'static str, doc: &'static str, default: Vec<T>) -> Self {
        Self { name, doc, shown: list_to_toml(&default), default, need: Need::Default, file: None }
    }

    /// A list without one. Whoever reads it checks that something was given.
    pub(crate) fn required(name: &'static str, doc: &'static str, example: &[T]) -> Self {
        Self { name, doc, shown: list_to_toml(example), default: Vec::new(), need: Need::Required, file: None }
    }

    /// A list that need not be given: its absence means something.
    pub(crate) fn optional(name: &'static str, doc: &'static str, example: &[T]) -> Self {
        Self { name, doc, shown: list_to_toml(example), default: Vec::new(), need: Need::Optional, file: None }
    }

    /// The key `name` may give a file with the list in it instead; `example` is a path as TOML.
    pub(crate) fn or_file(mut self, name: &'static str, example: &'static str) -> Self {
        self.file = Some((name, example));
        self
    }
}

impl<'d> Section<'_, 'd> {
    /// Reads a list without repetitions. What is not acceptable in it is left out.
    pub(crate) fn list<T: Value>(&mut self, key: ListKey<T>) -> Vec<T> {
        self.declare_list(&key);
        let Some(given) = self.entry(key.name) else { return key.default };
        if let Raw::Toml(DeValue::Array(values)) = given.raw {
            return self.items(key.name, values);
        }
        let fault = Fault::new(format!("is {}, not a list", given.raw.kind()), "write it in brackets: [\"…\", \"…\"]");
        self.refuse(given.origin, key.name, fault);
        key.default
    }

    fn declare_list<T: Value>(&mut self, key: &ListKey<T>) {
        self.declare(Declaration {
            path: self.path_of(key.name),
            doc: key.doc,
            accepts: format!("a list, each {}", T::kind()),
            need: key.need,
            shown: key.shown.clone(),
            alternative: key.file.map(|(name, shown)| Alternative { path: self.path_of(name), shown }),
            layers: Layers::FileOnly,
        });
    }

    fn items<T: Value>(&mut self, name: &str, values: &'d [Spanned<DeValue<'d>>]) -> Vec<T> {
        let mut items: Vec<T> = Vec::new();
        for value in values {
            let raw = Raw::Toml(value.get_ref());
            let fault = match raw.parse::<T>() {
                Some(item) if !items.contains(&item) => {
                    items.push(item);
                    continue;
                }
                Some(_) => Fault::new(format!("{} is there twice", raw.quote::<T>()), "remove one of them"),
                None => Fault::new(format!("{} is not {}", raw.quote::<T>(), T::kind()), T::remedy()),
            };
            let origin = self.reader.document.line(&value.span());
            self.refuse(origin, name, fault);
        }
        items
    }

    /// Reads the alternative that a list declared: the path of a file.
    pub(crate) fn list_file(&mut self, name: &str) -> Option<PathBuf> {
        let given = self.entry(name)?;
        if let Some(text) = given.raw.text() {
            return Some(PathBuf::from(text));
        }
        let fault = Fault::new(format!("is {}, not the path of a file", given.raw.kind()), "write the path in quotes");
        self.refuse(given.origin, name, fault);
        None
    }

    /// Reads a table of texts under names that the file chooses. A given table replaces the whole default.
    pub(crate) fn map(
        &mut self,
        name: &'static str,
        doc: &'static str,
        default: &[(&'static str, &'static str)],
    ) -> BTreeMap<String, String> {
        let lines = default.iter().map(|(key, text)| format!("{key} = {text:?}")).collect();
        self.declare_map(name, doc, lines);
        let Some(given) = self.entry(name) else {
            return default.iter().map(|&(key, text)| (key.into(), text.into())).collect();
        };
        let Raw::Toml(DeValue::Table(table)) = given.raw else {
            let fault =
                Fault::new(format!("is {}, not a table", given.raw.kind()), format!("write [{}]", self.path_of(name)));
            self.refuse(given.origin, name, fault);
            return BTreeMap::new();
        };
        self.texts(name, table)
    }

    fn texts(&mut self, name: &str, table: &'d DeTable<'d>) -> BTreeMap<String, String> {
        let mut texts = BTreeMap::new();
        for (key, value) in table {
            if let Some(text) = value.get_ref().as_str() {
                texts.insert(key.get_ref().to_string(), text.to_owned());
                continue;
            }
            let origin = self.reader.document.line(&value.span());
            let fault = Fault::new(format!("is {}, not a text", kind_of(value.get_ref())), "write it in quotes");
            self.refuse(origin, &format!("{name}.{}", key.get_ref()), fault);
        }
        texts
    }
}

fn list_to_toml<T: Value>(items: &[T]) -> String {
    let items: Vec<String> = items.iter().map(Value::to_toml).collect();
    format!("[{}]", items.join(", "))
}
