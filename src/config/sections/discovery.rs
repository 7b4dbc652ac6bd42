//! `[discovery]`: what a login page may ask before anybody has logged in.

use crate::config::reader::{Key, Section};

/// What a login page may ask.
#[derive(Clone, Debug)]
pub struct Discovery {
    /// Whether it may ask without a caller's key.
    pub public: bool,
    /// The issuer entry that is named where no tenant is found; `None` names nobody.
    pub fallback_issuer: Option<String>,
    /// Requests in a second, of one caller, or of all who have no key.
    pub per_second: usize,
    /// Requests at once.
    pub burst: usize,
}

impl Discovery {
    /// What the reference says about the table.
    pub(crate) const DOC: &str =
        "What a login page may ask before anybody has logged in: where the users of a host, a slug or a domain log in.";

    /// Reads the table.
    pub(crate) fn read(section: &mut Section<'_, '_>) -> Self {
        let fallback: String = section.read(Key::new(
            "fallback_issuer",
            "The issuer entry of the directory that is named where no tenant is found, by its id. Empty names nobody.",
            String::new(),
        ));
        Self {
            public: section.read(Key::new("public", "Whether anybody may ask, without a caller's key.", false)),
            fallback_issuer: (!fallback.is_empty()).then_some(fallback),
            per_second: section.read(
                Key::within(
                    "per_second",
                    "How many requests each caller may send in the long run, and all together who have no key, to one replica.",
                    50,
                    1..=100_000,
                )
                .of("requests"),
            ),
            burst: section
                .read(Key::within("burst", "How many of them may come at once.", 100, 1..=1_000_000).of("requests")),
        }
    }
}
