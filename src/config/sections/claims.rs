//! `[claims]`: the claim template of every tenant that has none of its own.

use std::collections::BTreeMap;

use crate::config::reader::{Key, Section};

const ACCESS_TOKEN_DOC: &str =
    "Claims for access tokens and gateways, each a CEL expression. The table, once given, replaces all of these.";
const ACCESS_TOKEN: [(&str, &str); 3] =
    [("tenant", "tenant.id"), ("roles", "membership.roles"), ("permissions", "membership.permissions")];

const ID_TOKEN_DOC: &str = "Claims for ID tokens, in the same way.";
const ID_TOKEN: [(&str, &str); 1] = [("tenant", "tenant.id")];

/// The claim template of every tenant that has none of its own. Expressions are CEL, compiled by `claims`.
#[derive(Clone, Debug)]
pub struct Claims {
    /// Stands before the name of every claim.
    pub namespace: String,
    /// Claims for access tokens and gateways: name to expression.
    pub access_token: BTreeMap<String, String>,
    /// Claims for ID tokens: name to expression.
    pub id_token: BTreeMap<String, String>,
}

impl Claims {
    /// What the reference says about the table.
    pub(crate) const DOC: &str = "The claim template of every tenant that has none of its own in the directory.";

    /// Reads the table.
    pub(crate) fn read(section: &mut Section<'_, '_>) -> Self {
        Self {
            namespace: section.read(Key::new(
                "namespace",
                "Stands before the name of every claim.",
                "https://claims.example.com/".into(),
            )),
            access_token: section.map("access_token", ACCESS_TOKEN_DOC, &ACCESS_TOKEN),
            id_token: section.map("id_token", ID_TOKEN_DOC, &ID_TOKEN),
        }
    }
}
