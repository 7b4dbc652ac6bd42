//! Issuance: short tokens of our own, for the back-ends behind a gateway.
//!
//! A back-end gets clean identity that nobody can forge: who the user is in the directory, in which tenant, with which claims,
//! signed by a key of ours. Whatever token the client brought stays at the gateway.
//!
//! # What this room promises
//!
//! - **Never longer than what was brought.** A token ends with the one that it was made for, or sooner, as when a grant in it
//!   lapses. Without one there is none: a caller's word that it speaks for a user is good for an answer, not for a credential.
//! - **One user's token is never another's.** What is given again is found by everything that differs between two tokens.
//! - **Keys rotate without a restart and without a gap.** A key is published before it signs and after it has signed; what
//!   cannot be read changes nothing ([`signing_keys`]).
//! - **A token that may lack a change can be told.** It says up to which position it is complete, and the room knows the
//!   newest position that touched each user ([`last_changes`]): a token with a lower one predates a change and must be
//!   replaced. That may be a false alarm, as after a restart; a change is never missed within the age bound.
//! - **Private keys stay here.** No log, status, error or label has anything of them.
//!
//! | file | what |
//! | --- | --- |
//! | `issue` | from an answer to a token |
//! | `token` | what a token says |
//! | `signer` | a key that signs |
//! | `keys`, `signing_keys` | the keys in force, and how they come to be |
//! | `schedule` | when a key is made, signs, is dropped |
//! | `key_directory`, `key_file` | where keys are kept |
//! | `signing_keys_actor` | the single writer |
//! | `given` | tokens that may be given again |
//! | `own_token` | a token that is brought back |
//! | `last_changes` | up to where a token must be complete |
//!
//! # Deliberately absent
//!
//! - Refresh tokens, and revoking one token: they are short, and replaced when their user changes.
//! - A database of tokens: whatever a token needs to be judged by, it says itself.
//! - Keys in other services (KMS, HSM): the file may be written by whatever keeps them.

mod given;
mod issue;
mod key_directory;
mod key_file;
mod keys;
pub mod last_changes;
mod metrics;
mod not_issued;
mod own_token;
mod schedule;
mod signer;
pub mod signing_keys;
pub mod signing_keys_actor;
mod token;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use serde::Serialize;

pub use given::InternalToken;
pub use key_file::StoreError;
pub use keys::{Role, SigningKeyStatus};
pub use last_changes::LastChanges;
pub use metrics::IssuanceMetrics;
pub use not_issued::NotIssued;
pub use own_token::{Own, OwnToken};
pub use signer::NotAKey;
pub use signing_keys::{NoSigningKey, SigningKeys};
pub use token::Transaction;

use crate::clock::{Random, SharedClock};
use crate::config::Token;
use crate::directory::{Freshness, Position};
use given::GivenTokens;
use metrics::Looked;
use own_token::look;

/// What a room of tokens is made of.
pub struct IssuanceParts {
    /// The keys in force.
    pub keys: Arc<SigningKeys>,
    /// Up to where tokens must be complete.
    pub changes: Arc<LastChanges>,
    /// Whose history tokens belong to.
    pub freshness: Arc<Freshness>,
    /// The time.
    pub clock: SharedClock,
    /// For the names of tokens.
    pub random: Random,
    /// Series of the room.
    pub metrics: IssuanceMetrics,
}

/// Issues tokens. Clones are the same.
#[derive(Clone)]
pub struct Issuance {
    shared: Arc<Shared>,
}

struct Shared {
    issuer: Box<str>,
    lifetime: i64,
    given: GivenTokens,
    parts: IssuanceParts,
    /// Held by the turn that is in flight.
    turning: Mutex<()>,
    is_turn_wanted: AtomicBool,
}

/// What `/status` shows of the room.
#[derive(Debug, Serialize)]
pub struct IssuanceStatus {
    issuer: String,
    keys: Vec<SigningKeyStatus>,
}

impl Issuance {
    /// A room with these settings.
    pub fn new(settings: &Token, parts: IssuanceParts) -> Self {
        let lifetime = i64::try_from(settings.lifetime.as_secs()).unwrap_or(i64::MAX);
        let issuance = Self {
            shared: Arc::new(Shared {
                issuer: settings.issuer.as_str().into(),
                lifetime,
                given: GivenTokens::new(),
                parts,
                turning: Mutex::new(()),
                is_turn_wanted: AtomicBool::new(false),
            }),
        };
        issuance.observe_keys();
        issuance
    }

    /// `iss` of every token.
    pub fn issuer(&self) -> &str {
        &self.shared.issuer
    }

    /// The key set document (RFC 7517 section 5).
    pub fn key_set(&self) -> Arc<[u8]> {
        self.shared.parts.keys.current().document()
    }

    /// The names of the algorithms that the published keys sign with.
    pub fn algorithms(&self) -> Vec<&'static str> {
        let set = self.shared.parts.keys.current();
        let mut names: Vec<&'static str> = set.keys().iter().map(|key| key.key.algorithm().name()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// What a token turns out to be that somebody asks about.
    pub fn look(&self, token: &str) -> Own {
        let Shared { issuer, parts, .. } = &*self.shared;
        let own = look(token, issuer, &parts.keys.current(), parts.clock.unix_time());
        if matches!(own, Own::Invalid) {
            parts.metrics.looked(Looked::Invalid);
        }
        own
    }

    /// Whether nothing that concerns its user has changed since a token was made. Read how new everything is before.
    pub fn is_current(&self, token: &OwnToken) -> bool {
        let is_current = !self.is_outdated(token);
        if is_current {
            self.shared.parts.metrics.looked(Looked::Current);
        }
        is_current
    }

    /// Whether something is known that has changed since a token was made. If not, it may be of another history all the same.
    pub fn is_outdated(&self, token: &OwnToken) -> bool {
        let is_outdated = token.position < self.min_position(&token.tenant, &token.user);
        if is_outdated {
            self.shared.parts.metrics.looked(Looked::Outdated);
        }
        is_outdated
    }

    /// A token for this user in this tenant that is complete to a lower position may lack a change.
    pub fn min_position(&self, tenant: &str, user: &str) -> Position {
        self.shared.parts.changes.min_position(tenant, user)
    }

    /// What `/status` shows.
    pub fn status(&self) -> IssuanceStatus {
        let set = self.shared.parts.keys.current();
        let keys = set.keys().iter().map(SigningKeyStatus::from).collect();
        IssuanceStatus { issuer: self.shared.issuer.to_string(), keys }
    }

    /// One turn of the writer, or more if somebody else wants one meanwhile. Whoever finds one in flight is not kept waiting: a
    /// store that hangs has one thread, however often it is looked at. Whether there was a turn. Blocking.
    fn turn(&self) -> bool {
        let Shared { is_turn_wanted, turning, .. } = &*self.shared;
        is_turn_wanted.store(true, Ordering::SeqCst);
        let mut was_here = false;
        // Asked again once the lock is free: who has found it taken meanwhile relies on it.
        while is_turn_wanted.load(Ordering::SeqCst) {
            let Some(_turning) = turning.try_lock() else { break };
            while is_turn_wanted.swap(false, Ordering::SeqCst) {
                self.turn_once();
                was_here = true;
            }
        }
        was_here
    }

    fn turn_once(&self) {
        let metrics = &self.shared.parts.metrics;
        let turn = self.shared.parts.keys.turn();
        for error in turn.failures.iter().chain(&turn.broken) {
            metrics.store_failures.inc();
            tracing::warn!(error = error as &dyn std::error::Error, "the keys that sign tokens stay as they are");
        }
        for kid in &turn.vanished {
            metrics.store_failures.inc();
            tracing::warn!(
                kid = &**kid,
                "the file of a key that signs tokens has vanished; the key stays in force here"
            );
        }
        if turn.rotated {
            metrics.rotations.inc();
            tracing::info!(kid = self.shared.parts.keys.current().signing().kid(), "another key signs tokens");
        }
        self.observe_keys();
    }

    fn observe_keys(&self) {
        let IssuanceParts { keys, metrics, clock, .. } = &self.shared.parts;
        let set = keys.current();
        metrics.keys.set(i64::try_from(set.keys().len()).unwrap_or(i64::MAX));
        if let Some(signing) = set.keys().first() {
            let age = clock.unix_time().saturating_sub(signing.since).max(0);
            metrics.key_age.set(std::time::Duration::from_secs(age.unsigned_abs()).as_secs_f64());
        }
    }
}
