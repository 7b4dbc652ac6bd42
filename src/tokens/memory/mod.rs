//! The memory of verified tokens: a client sends the same token with every request, and a signature is dear.
//!
//! Safe by these rules. The whole token is compared, byte for byte: the hash only finds the slot (CVE-2026-35039). A hit
//! counts only if its times hold again now (CVE-2026-107719), and if whoever asks says that the issuer's entry is the one
//! it was verified against and still has the key. It is forgotten after five minutes at the latest. Refusals are never
//! remembered: the next key set may turn them.
//!
//! Bounded by number ([`Recent`]). No lock is held while a caller's closure runs.

use std::sync::Arc;
use std::time::Duration;

use super::verified::VerifiedToken;
use crate::cache::recent::Recent;
use crate::clock::Moment;

/// How long a token is remembered at most.
const LIFE: Duration = Duration::from_mins(5);

/// Longer tokens are not remembered, so that the number is a bound on memory too. Bytes.
const LONGEST: usize = 4 * 1024;

/// How many tokens the service remembers.
pub const DEFAULT_CAPACITY: usize = 10_000;

/// The memory of verified tokens.
#[derive(Debug)]
pub struct Memory {
    recent: Recent<Box<str>, Entry>,
}

#[derive(Clone)]
struct Entry {
    verified: Arc<VerifiedToken>,
    entry_version: u64,
}

impl Memory {
    /// A memory of about `capacity` tokens, and no more; of none if that is 0.
    pub fn new(capacity: usize) -> Self {
        Self { recent: Recent::new(capacity) }
    }

    /// A token that was verified before and holds now. `still` is told the token and the version of the entry that it was
    /// verified against, and says whether both the entry and the key are in force; if not, the token is forgotten.
    pub fn get(
        &self,
        token: &str,
        now: Moment,
        unix_now: i64,
        still: impl Fn(&VerifiedToken, u64) -> bool,
    ) -> Option<Arc<VerifiedToken>> {
        let Entry { verified, entry_version } = self.recent.get(token, now)?;
        if verified.valid.contains(&unix_now) && still(&verified, entry_version) {
            return Some(verified);
        }
        // Unless it was replaced meanwhile.
        self.recent.remove_if(token, |entry| Arc::ptr_eq(&entry.verified, &verified));
        None
    }

    /// Remembers a token that was verified against the entry of this version.
    pub fn insert(&self, token: &str, verified: Arc<VerifiedToken>, entry_version: u64, now: Moment, unix_now: i64) {
        let left = verified.valid.end.saturating_sub(unix_now);
        let life = Duration::from_secs(u64::try_from(left).unwrap_or(0)).min(LIFE);
        if !life.is_zero() && token.len() <= LONGEST {
            self.recent.insert(token.into(), Entry { verified, entry_version }, now.plus(life), now);
        }
    }

    /// How many tokens are remembered.
    pub fn len(&self) -> usize {
        self.recent.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.recent.is_empty()
    }
}

#[cfg(test)]
mod tests;
