//! A set of keys as readers see it: immutable, and replaced as a whole. Sets are never merged.

use std::sync::Arc;

use super::validity::Validity;
use crate::issuers::fetch::Validators;
use crate::jose::Keys;

/// A set of keys as readers see it.
#[derive(Clone, Debug)]
pub(super) struct KeySet {
    /// Counts the sets of a slot; the same while only the times change.
    pub(super) generation: u64,
    /// The keys.
    pub(super) keys: Arc<Keys>,
    /// Until when they count.
    pub(super) validity: Validity,
    /// When the issuer last confirmed them, in seconds since the Unix epoch; for people and for the disk.
    pub(super) confirmed_at: f64,
    /// The document that they come from.
    pub(super) version: Version,
}

/// Which document a set was made from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Version {
    /// Where it was.
    pub(super) uri: Box<str>,
    /// SHA-256 of its bytes.
    pub(super) digest: [u8; 32],
    /// What to ask with for changes only.
    pub(super) validators: Validators,
}
