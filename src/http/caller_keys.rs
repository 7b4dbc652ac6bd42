//! Whose key is this?
//!
//! Everything known is compared in constant time, whatever the outcome.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use aws_lc_rs::constant_time::verify_slices_are_equal;

use super::caller::KnownCaller;
use crate::config::{Caller, KeyDigest, KeysFileError};

/// The keys in force, and those of them that have been presented.
#[derive(Debug, Default)]
pub(super) struct Keys {
    digests: Vec<(KeyDigest, Arc<KnownCaller>)>,
    /// A key that has been proven once is compared as it is, in constant time, instead of being hashed for every request. It
    /// stands in the memory of every request that brings it anyway; a reload forgets it.
    proven: ArcSwap<Vec<Proven>>,
}

#[derive(Clone)]
struct Proven {
    key: Arc<[u8]>,
    caller: Arc<KnownCaller>,
}

impl fmt::Debug for Proven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proven").field("caller", &self.caller).finish_non_exhaustive()
    }
}

impl Keys {
    /// Reads the keys of every configured caller.
    pub(super) fn read(configured: &[(Caller, Arc<KnownCaller>)]) -> Result<Self, KeysFileError> {
        let mut keys = Self::default();
        for (caller, known) in configured {
            keys.digests.extend(caller.read_keys()?.into_iter().map(|digest| (digest, Arc::clone(known))));
        }
        Ok(keys)
    }

    /// Whose key this is.
    pub(super) fn caller(&self, key: &str) -> Option<Arc<KnownCaller>> {
        let mut found = None;
        for proven in self.proven.load().iter() {
            // Unequal lengths are told at once: the length of a key is no secret.
            if verify_slices_are_equal(&proven.key, key.as_bytes()).is_ok() {
                found = Some(Arc::clone(&proven.caller));
            }
        }
        found.or_else(|| self.prove(key))
    }

    fn prove(&self, key: &str) -> Option<Arc<KnownCaller>> {
        let presented = KeyDigest::of_key(key);
        let mut found = None;
        for (known, caller) in &self.digests {
            if verify_slices_are_equal(known.as_bytes(), presented.as_bytes()).is_ok() {
                found = Some(Arc::clone(caller));
            }
        }
        let proven = Proven { key: key.as_bytes().into(), caller: found.clone()? };
        // At most one for each key in force, since only those can be proven.
        self.proven.rcu(|before| {
            let mut after = Vec::clone(before);
            if after.len() < self.digests.len() && after.iter().all(|other| other.key != proven.key) {
                after.push(proven.clone());
            }
            after
        });
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enrichment::{Ages, Rights};
    use std::time::Duration;

    fn keys_of(names: &[&str]) -> Keys {
        let nothing = || Rights { tenants: None, hints: Vec::new(), ages: Ages::up_to(Duration::ZERO) };
        let known = |name: &str| Arc::new(KnownCaller::new(name, nothing(), Vec::new()));
        let digests = names.iter().map(|name| (KeyDigest::of_key(&format!("key of {name}")), known(name))).collect();
        Keys { digests, proven: ArcSwap::default() }
    }

    #[test]
    fn a_key_is_known_before_and_after_it_was_proven_and_no_other_is() {
        let keys = keys_of(&["a", "b"]);
        for _ in 0..3 {
            assert_eq!(keys.caller("key of b").map(|caller| caller.name.clone()), Some("b".into()));
            assert_eq!(keys.caller("key of a").map(|caller| caller.name.clone()), Some("a".into()));
            assert!(keys.caller("key of c").is_none() && keys.caller("key of ").is_none() && keys.caller("").is_none());
        }
        assert_eq!(keys.proven.load().len(), 2, "what is not a key is not remembered");
    }
}
