//! What a fetch brings home.

use std::time::Duration;

use super::key_set::Version;
use crate::issuers::fetch::{FetchError, FetchFault};
use crate::jose::{Dropped, Keys, NotAKeySet};

/// What a fetch brings home.
#[derive(Debug)]
pub(super) struct Arrival {
    /// Where the keys are by the discovery document, if it was asked for.
    pub(super) discovery: Option<Result<Box<str>, Failure>>,
    /// The keys.
    pub(super) keys: Result<Brought, Failure>,
}

/// What the issuer said about its keys.
#[derive(Debug)]
pub(super) enum Brought {
    /// That they are the ones we have.
    Same {
        /// How long they are fresh by the headers.
        lifetime: Option<Duration>,
        /// Which document that is; `None` if it was not sent again.
        version: Option<Version>,
    },
    /// A document.
    Document {
        /// How long it is fresh by the headers.
        lifetime: Option<Duration>,
        /// What was made of it.
        document: Document,
    },
}

/// A key set document that was read.
#[derive(Debug)]
pub(super) struct Document {
    /// The usable keys; none if there is none.
    pub(super) keys: Keys,
    /// The others.
    pub(super) dropped: Vec<Dropped>,
    /// Which document it was.
    pub(super) version: Version,
    /// Its bytes.
    pub(super) body: Vec<u8>,
}

/// Why a fetch brought nothing.
#[derive(Debug)]
pub(super) struct Failure {
    /// One of a closed set, for metrics and tenants.
    pub(super) class: &'static str,
    /// For the operator.
    pub(super) detail: String,
    /// How long the issuer wants to be left alone.
    pub(super) retry_after: Option<Duration>,
    /// Whether there is no such document.
    pub(super) is_not_found: bool,
}

impl Failure {
    /// Every class that is not one of [`FetchError::CLASSES`].
    pub(super) const CLASSES: &'static [&'static str] =
        &["discovery", "not_json", "no_keys", "too_many_keys", "nothing_usable", "parser_died", "aborted"];

    /// A failure of this class, with nothing more to say.
    pub(super) fn of(class: &'static str, detail: impl Into<String>) -> Self {
        Self { class, detail: detail.into(), retry_after: None, is_not_found: false }
    }
}

impl From<FetchError> for Failure {
    fn from(error: FetchError) -> Self {
        Self {
            class: error.class(),
            detail: error.to_string(),
            retry_after: error.retry_after(),
            is_not_found: matches!(error.fault(), FetchFault::Status(404)),
        }
    }
}

impl From<NotAKeySet> for Failure {
    fn from(error: NotAKeySet) -> Self {
        let class = match error {
            NotAKeySet::TooLarge => "too_large",
            NotAKeySet::NotJson => "not_json",
            NotAKeySet::NoKeys => "no_keys",
            NotAKeySet::TooMany => "too_many_keys",
            NotAKeySet::Unusable(_) => "nothing_usable",
        };
        Self::of(class, error.to_string())
    }
}
