//! Where an entry's keys come from and what is asked of them. While this stays the same, so do the keys.

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::json;

use crate::directory::IssuerId;
use crate::issuers::entry::KeySource;
use crate::issuers::rules::Rules;
use crate::jose::{Algorithm, KeyRules};

/// Where an entry's keys come from and what is asked of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyOrigin {
    /// The entry.
    pub issuer: IssuerId,
    /// What discovery has to call the issuer.
    pub canonical: Box<str>,
    /// Where the keys are.
    pub source: KeySource,
    algorithms: Box<[Algorithm]>,
    key_issuer: bool,
}

impl KeyOrigin {
    /// Of the entry with this id.
    pub fn new(issuer: &IssuerId, canonical: &str, source: &KeySource, rules: &Rules) -> Self {
        Self {
            issuer: issuer.clone(),
            canonical: canonical.into(),
            source: source.clone(),
            algorithms: rules.algorithms.clone(),
            key_issuer: rules.key_issuer_check,
        }
    }

    /// What is asked of every key.
    pub(super) fn key_rules(&self) -> KeyRules<'_> {
        KeyRules { algorithms: &self.algorithms, require_issuer: self.key_issuer }
    }

    /// Whether the keys stand in the entry itself, so that nothing is ever fetched.
    pub(super) fn is_inline(&self) -> bool {
        self.source.inline.is_some()
    }

    /// Tells apart origins whose keys must not be taken for each other's, across processes. How long keys count is no part
    /// of it.
    pub(super) fn fingerprint(&self) -> String {
        let Self { issuer, canonical, source, algorithms, key_issuer } = self;
        let algorithms: Vec<_> = algorithms.iter().map(|algorithm| algorithm.name()).collect();
        let parts = json!([
            issuer.as_str(),
            canonical,
            source.discovery,
            source.jwks_uri,
            source.jwks_hosts,
            algorithms,
            key_issuer
        ]);
        hex(digest(&SHA256, parts.to_string().as_bytes()).as_ref())
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
