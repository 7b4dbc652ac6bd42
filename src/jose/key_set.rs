//! The usable keys of one issuer.
//!
//! A key is found by its `kid` to the letter, never by trying.

use std::sync::Arc;

use hashbrown::{HashMap, HashSet};

use super::algorithm::Algorithm;
use super::thumbprint::Thumbprint;
use super::verify_key::VerifyKey;

/// The usable keys of one issuer.
#[derive(Debug, Default)]
pub struct Keys {
    by_kid: HashMap<Box<str>, Named>,
    unnamed: Option<Arc<VerifyKey>>,
    thumbprints: HashSet<Thumbprint>,
}

/// The keys of one `kid`.
#[derive(Debug, Default)]
struct Named {
    keys: Vec<Arc<VerifyKey>>,
    is_ambiguous: bool,
}

/// Why there is no key for a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoKey {
    /// No key has the `kid`; or the token has none and there is no key at all.
    Unknown,
    /// Several keys could be meant.
    Ambiguous,
    /// The key of this `kid` may not be used with the algorithm.
    Unsuitable,
}

impl Keys {
    /// Keys of one `kid`, at most one of each `kty`, and whether there are others that clash.
    pub(super) fn insert(&mut self, kid: Box<str>, keys: Vec<VerifyKey>, is_ambiguous: bool) {
        self.thumbprints.extend(keys.iter().map(VerifyKey::thumbprint));
        let keys = keys.into_iter().map(Arc::new).collect();
        self.by_kid.insert(kid, Named { keys, is_ambiguous });
    }

    /// A key without `kid`, if it is the only one of the set.
    pub(super) fn insert_only(&mut self, key: VerifyKey) {
        self.thumbprints.insert(*key.thumbprint());
        self.unnamed = Some(Arc::new(key));
    }

    /// The key for a token with this `kid` and algorithm. A token without `kid` gets the only key there is.
    pub fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Result<&Arc<VerifyKey>, NoKey> {
        let Some(kid) = kid else { return self.only(algorithm) };
        let named = self.by_kid.get(kid).ok_or(NoKey::Unknown)?;
        let otherwise = if named.is_ambiguous { NoKey::Ambiguous } else { NoKey::Unsuitable };
        named.keys.iter().find(|key| key.admits(algorithm)).ok_or(otherwise)
    }

    fn only(&self, algorithm: Algorithm) -> Result<&Arc<VerifyKey>, NoKey> {
        let mut keys = self.iter();
        match (keys.next(), keys.next()) {
            (None, _) => Err(NoKey::Unknown),
            (Some(key), None) if key.admits(algorithm) => Ok(key),
            (Some(_), None) => Err(NoKey::Unsuitable),
            (Some(_), Some(_)) => Err(NoKey::Ambiguous),
        }
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// Whether a key of this material is among them.
    pub fn contains(&self, thumbprint: &Thumbprint) -> bool {
        self.thumbprints.contains(thumbprint)
    }

    /// Every key.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<VerifyKey>> {
        self.by_kid.values().flat_map(|named| &named.keys).chain(&self.unnamed)
    }

    /// Every `kid` that has a key.
    pub fn kids(&self) -> impl Iterator<Item = &str> {
        self.by_kid.iter().filter(|(_, named)| !named.keys.is_empty()).map(|(kid, _)| &**kid)
    }

    /// How many `kid`s mean another key than in the previous set. Honest issuers give a new key a new name.
    pub fn replaced_material(&self, previous: &Self) -> usize {
        let is_replaced = |(kid, now): (_, &Named)| {
            previous.by_kid.get::<Box<str>>(kid).is_some_and(|before| now.has_beyond(before) && before.has_beyond(now))
        };
        self.by_kid.iter().filter(|named| is_replaced(*named)).count()
    }
}

impl Named {
    fn has_beyond(&self, other: &Self) -> bool {
        self.keys.iter().any(|key| other.keys.iter().all(|known| known.thumbprint() != key.thumbprint()))
    }
}
