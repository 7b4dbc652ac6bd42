//! What a section says about its tables and keys.

use super::section::Layers;

/// One declaration, in the order of the sections.
#[derive(Debug)]
pub(crate) enum Entry {
    /// A table; the keys after it belong to it.
    Table(Table),
    /// A key of the table before it.
    Key(Declaration),
}

/// A declared table.
#[derive(Debug)]
pub(crate) struct Table {
    /// Its full path: `claims.access_token`.
    pub(crate) path: String,
    /// What it is for, in sentences.
    pub(crate) doc: &'static str,
    /// Who chooses what is in it.
    pub(crate) kind: TableKind,
}

/// Who chooses the names in a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TableKind {
    /// We do: it has declared keys.
    Section,
    /// The file names the tables below it.
    Group,
    /// One table of a group, as an example.
    Example,
    /// The file names the keys in it.
    Map {
        /// The default, as lines of TOML.
        lines: Vec<String>,
    },
}

/// A declared key.
#[derive(Debug)]
pub(crate) struct Declaration {
    /// Its full path: `http.bind`.
    pub(crate) path: String,
    /// What it is for, in sentences.
    pub(crate) doc: &'static str,
    /// What it accepts, with unit and bounds: `a duration from 10ms to 30s`.
    pub(crate) accepts: String,
    /// Whether it must be given.
    pub(crate) need: Need,
    /// The default as TOML, or an example where there is none.
    pub(crate) shown: String,
    /// Another key that can be given in its place.
    pub(crate) alternative: Option<Alternative>,
    /// Whether the environment may override it.
    pub(super) layers: Layers,
}

/// What happens when a key is not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Its default counts.
    Default,
    /// It counts as absent, which means something.
    Optional,
    /// That is a problem.
    Required,
}

/// A key that can be given in place of another, naming a file that holds the value.
#[derive(Debug)]
pub(crate) struct Alternative {
    /// Its full path: `database.url_file`.
    pub(crate) path: String,
    /// An example as TOML.
    pub(crate) shown: &'static str,
}

impl Declaration {
    /// The paths that the environment may override: the key's own and its alternative's.
    pub(super) fn overridable_paths(&self) -> Vec<String> {
        if self.layers == Layers::FileOnly {
            return Vec::new();
        }
        let alternative = self.alternative.as_ref().map(|alternative| alternative.path.clone());
        std::iter::once(self.path.clone()).chain(alternative).collect()
    }
}

/// The last part of a path: `bind` of `http.bind`.
pub(crate) fn leaf(path: &str) -> &str {
    path.rsplit_once('.').map_or(path, |(_, name)| name)
}
