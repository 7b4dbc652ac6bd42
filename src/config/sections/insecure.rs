//! `[insecure]`: every relaxation there is. Each that is on is logged as a warning.

use crate::config::reader::{Key, Section};

/// Relaxations, each off unless somebody switched it on.
#[derive(Clone, Debug)]
pub struct Insecure {
    /// Whether the database may be reached without TLS.
    pub plaintext_database: bool,
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
        }
    }

    /// One sentence for each relaxation that is on.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let Self { plaintext_database } = self;
        let all = [(plaintext_database, "insecure.plaintext_database is on: the database is reached without TLS")];
        all.iter().filter(|(on, _)| **on).map(|(_, warning)| (*warning).to_owned()).collect()
    }
}
