//! `[insecure]`: every relaxation there is. Each that is on is logged as a warning.

use std::collections::BTreeSet;

use crate::config::reader::{Key, ListKey, Section};

/// Relaxations, each off unless somebody switched it on.
#[derive(Clone, Debug)]
pub struct Insecure {
    /// Whether the database may be reached without TLS.
    pub plaintext_database: bool,
    /// The ids of the issuer entries that may be spoken to without TLS, and be inside.
    pub plaintext_issuers: BTreeSet<String>,
}

impl Insecure {
    /// What the reference says about the table.
    pub(crate) const DOC: &str = "Relaxations for development. Each that is on is logged as a warning.";

    /// Reads the table.
    pub(crate) fn read(section: &mut Section<'_, '_>) -> Self {
        Self {
            plaintext_database: section.read(Key::new(
                "plaintext_database",
                "Lets the connection to the database go without TLS.",
                false,
            )),
            plaintext_issuers: section
                .list(ListKey::new(
                    "plaintext_issuers",
                    "The ids of issuer entries that may be spoken to without TLS, and have private addresses and loopback. \
                     Only the file can name them.",
                    Vec::new(),
                ))
                .into_iter()
                .collect(),
        }
    }

    /// One sentence for each relaxation that is on.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let Self { plaintext_database, plaintext_issuers } = self;
        let database = plaintext_database
            .then(|| "insecure.plaintext_database is on: the database is reached without TLS".to_owned());
        let issuers = plaintext_issuers
            .iter()
            .map(|id| format!("insecure.plaintext_issuers lists {id}: whoever is on the way can forge its keys"));
        database.into_iter().chain(issuers).collect()
    }
}
