//! The keys in force, as everybody reads them: which one signs, and what is published. Built as a whole, then swapped.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};

use super::signer::SigningKey;
use crate::jose::{Algorithm, KeyRules, Keys, ingest};

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It signs.
    Signs,
    /// It is published so that verifiers have it when it signs.
    Waits,
    /// Tokens that it signed may be alive.
    Retired,
}

/// A key that is published.
#[derive(Clone, Debug)]
pub(super) struct PublishedKey {
    pub(super) key: Arc<SigningKey>,
    pub(super) role: Role,
    /// Since when it is known, seconds since the Unix epoch.
    pub(super) since: i64,
}

/// The keys in force.
#[derive(Debug)]
pub(super) struct KeySet {
    signing: Arc<SigningKey>,
    keys: Vec<PublishedKey>,
    verifying: Keys,
    document: Arc<[u8]>,
}

impl KeySet {
    /// A set of these keys; `None` if none of them signs.
    pub(super) fn of(mut keys: Vec<PublishedKey>) -> Option<Self> {
        // The one that signs first: some verifiers take the first key if a token names none.
        keys.sort_by_key(|key| key.role != Role::Signs);
        let signing = Arc::clone(&keys.first().filter(|key| key.role == Role::Signs)?.key);
        let listed: Vec<&Value> = keys.iter().map(|key| key.key.jwk()).collect();
        let document = json!({ "keys": listed }).to_string();
        let rules = KeyRules { algorithms: &[Algorithm::ES256, Algorithm::EdDSA], require_issuer: false };
        let verifying = ingest(document.as_bytes(), &rules).ok()?.keys;
        Some(Self { signing, keys, verifying, document: document.into_bytes().into() })
    }

    /// The key that signs.
    pub(super) fn signing(&self) -> &Arc<SigningKey> {
        &self.signing
    }

    /// Every key, the one that signs first.
    pub(super) fn keys(&self) -> &[PublishedKey] {
        &self.keys
    }

    /// By which tokens are verified.
    pub(super) fn verifying(&self) -> &Keys {
        &self.verifying
    }

    /// The key set document (RFC 7517 section 5): public members only.
    pub(super) fn document(&self) -> Arc<[u8]> {
        Arc::clone(&self.document)
    }
}

/// A key, as `/status` shows it.
#[derive(Debug, Serialize)]
pub struct SigningKeyStatus {
    kid: String,
    algorithm: &'static str,
    role: Role,
    /// Seconds since the Unix epoch.
    since: i64,
}

impl From<&PublishedKey> for SigningKeyStatus {
    fn from(PublishedKey { key, role, since }: &PublishedKey) -> Self {
        Self { kid: key.kid().to_owned(), algorithm: key.algorithm().name(), role: *role, since: *since }
    }
}
