//! What the file and the environment say that nobody asked for.

use super::{Entry, Reader, Table, TableKind};
use crate::config::environment::variable_of;
use crate::config::problem::{Fault, Origin, Problem};
use crate::config::suggestion::nearest;

impl Reader<'_> {
    pub(super) fn refuse_unknown_tables(&mut self) {
        let known: Vec<String> = self.tables().map(|table| table.path.clone()).collect();
        for key in self.document.root().keys() {
            let name = key.get_ref().as_ref();
            if known.iter().any(|table| table == name) {
                continue;
            }
            let remedy = match nearest(name, known.iter().map(String::as_str)) {
                Some(table) => format!("did you mean \"{table}\"?"),
                None => "remove it, or move it into the table where it belongs".into(),
            };
            self.refuse(self.document.line(&key.span()), name, Fault::new("is unknown", remedy));
        }
    }

    pub(super) fn refuse_unknown_variables(&mut self) {
        let known: Vec<String> = self.overridable_paths().map(|path| variable_of(&path)).collect();
        let tables: Vec<String> = self.file_only_paths().map(|path| variable_of(&path)).collect();
        for name in std::mem::take(&mut self.environment).unknown() {
            let fault = if tables.iter().any(|table| name.starts_with(table)) {
                Fault::new(
                    "belongs to a table that only the file can give",
                    "write it into the file and unset the variable",
                )
            } else {
                let remedy = nearest(&name, known.iter().map(String::as_str))
                    .map_or_else(|| "unset it".into(), |variable| format!("did you mean {variable}?"));
                Fault::new("names no key", remedy)
            };
            self.problems.push(Problem::without_key(Origin::Variable(name), fault));
        }
    }

    fn tables(&self) -> impl Iterator<Item = &Table> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Table(table) => Some(table),
            Entry::Key(_) => None,
        })
    }

    fn overridable_paths(&self) -> impl Iterator<Item = String> {
        self.entries.iter().flat_map(|entry| match entry {
            Entry::Key(declaration) => declaration.overridable_paths(),
            Entry::Table(_) => Vec::new(),
        })
    }

    fn file_only_paths(&self) -> impl Iterator<Item = String> {
        let file_only = |table: &&Table| matches!(table.kind, TableKind::Group | TableKind::Map { .. });
        self.tables().filter(file_only).map(|table| table.path.clone())
    }
}
