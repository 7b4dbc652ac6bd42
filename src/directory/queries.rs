//! The statements of `sql/queries/`, one constant per file; the file's name is also the metric label.
//!
//! No SQL stands anywhere else in the service. Where a statement meets an id column of the adopter, it carries a
//! placeholder for the column's type, so that a `uuid` or `bigint` key is compared as such and its index is used.

/// A statement and the name under which it is measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Query {
    /// The metric label.
    pub(super) name: &'static str,
    /// The text, with placeholders.
    pub(super) text: &'static str,
}

macro_rules! queries {
    ($($constant:ident = $name:literal),+ $(,)?) => {
        $(pub(super) const $constant: Query =
            Query { name: $name, text: include_str!(concat!("../../sql/queries/", $name, ".sql")) };)+

        /// Every statement, for metrics that exist before the first query.
        pub(super) const EVERY: &[Query] = &[$($constant),+];
    };
}

queries! {
    MEMBERS = "members",
    IDENTITIES = "identities",
    MEMBERSHIPS_OF_USER = "memberships_of_user",
    CATALOG = "catalog",
    ID_TYPES = "id_types",
    HEAD = "head",
    READ_THROUGH = "read_through",
    SINCE = "since",
    PRUNE = "prune",
    RING = "ring",
    SCHEMA_VERSION = "schema_version",
}
