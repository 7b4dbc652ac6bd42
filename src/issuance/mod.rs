//! Issuance: short tokens of our own, for the back-ends behind a gateway.
//!
//! A back-end gets clean identity that nobody can forge: who the user is in the directory, in which tenant, with which claims,
//! signed by a key of ours. Whatever token the client brought stays at the gateway.
//!
//! # What this room promises
//!
//! - **Never longer than what was brought.** A token ends with the one that it was made for, or sooner. Without one there is
//!   none: a caller's word that it speaks for a user is good for an answer, not for a credential.
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
mod key_directory;
mod key_file;
mod keys;
pub mod last_changes;
mod metrics;
mod own_token;
mod schedule;
mod signer;
pub mod signing_keys;
pub mod signing_keys_actor;
mod token;

#[cfg(test)]
mod fixture;

use std::sync::Arc;

use serde::Serialize;

pub use given::InternalToken;
pub use key_file::StoreError;
pub use keys::{Role, SigningKeyStatus};
pub use last_changes::LastChanges;
pub use metrics::IssuanceMetrics;
pub use own_token::{Own, OwnToken};
pub use signer::NotAKey;
pub use signing_keys::{NoSigningKey, SigningKeys};
pub use token::Transaction;

use crate::clock::{Random, SharedClock};
use crate::config::Token;
use crate::directory::{Freshness, Place, Position};
use crate::enrichment::Answer;
use crate::error::{Code, Refusal};
use given::{Asked, GivenTokens, Made, Wanted};
use metrics::{Given, Looked};
use own_token::look;
use signer::{SigningKey, Typ};
use token::{Contents, Life};

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
}

/// Why no token could be made of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotIssued {
    /// Nobody brought a token.
    #[error("no token was brought that another could be made for")]
    NothingBrought,
    /// The token that was brought has no second left.
    #[error("the token that was brought ends now")]
    Ends,
    /// There are no claims.
    #[error("the claims could not be rendered")]
    NoClaims,
    /// The cryptographic library refused.
    #[error("the token could not be signed")]
    NotSigned,
}

impl From<NotIssued> for Refusal {
    fn from(reason: NotIssued) -> Self {
        match reason {
            NotIssued::NothingBrought => Self::new(Code::InvalidRequest, reason.to_string()),
            NotIssued::Ends => Code::TokenExpired.into(),
            NotIssued::NoClaims => Code::DirectoryUnavailable.into(),
            NotIssued::NotSigned => Code::KeysUnavailable.into(),
        }
    }
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

    /// The token for an answer that was asked for with a token: the scope is that token's, and the client, or `client_fallback`
    /// where it names none. A token that was given a moment ago and is still good for this very answer is given again.
    pub fn for_answer(
        &self,
        answer: &Answer,
        audience: &str,
        client_fallback: &str,
    ) -> Result<Arc<InternalToken>, NotIssued> {
        let given = self.given(answer, audience, client_fallback);
        self.observe(given.as_ref().map(|(outcome, _)| *outcome));
        given.map(|(_, token)| token)
    }

    /// A new token for an answer, with a scope of its own: whoever calls has seen to it that the scope is no wider.
    pub fn exchange(
        &self,
        answer: &Answer,
        audience: &str,
        client_fallback: &str,
        scope: Option<&str>,
    ) -> Result<InternalToken, NotIssued> {
        let issued = self.issue(answer, audience, client_fallback, Kind::Internal { scope });
        self.observe(issued.as_ref().map(|_| Given::Signed));
        issued.map(|(token, _)| token)
    }

    /// A transaction token for an answer; the same about the scope.
    pub fn transaction(
        &self,
        answer: &Answer,
        audience: &str,
        asked: &Transaction<'_>,
    ) -> Result<InternalToken, NotIssued> {
        let issued = self.issue(answer, audience, asked.workload, Kind::Transaction(asked));
        self.observe(issued.as_ref().map(|_| Given::Signed));
        issued.map(|(token, _)| token)
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
        let current = token.position >= self.min_position(&token.tenant, &token.user);
        self.shared.parts.metrics.looked(if current { Looked::Current } else { Looked::Outdated });
        current
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

    fn given(
        &self,
        answer: &Answer,
        audience: &str,
        client_fallback: &str,
    ) -> Result<(Given, Arc<InternalToken>), NotIssued> {
        let Shared { given, parts, .. } = &*self.shared;
        let brought = answer.token.as_deref().ok_or(NotIssued::NothingBrought)?;
        let asked = Asked {
            tenant: answer.tenant.id.as_str(),
            user: answer.user.as_str(),
            audience,
            client: brought.client.as_deref().unwrap_or(client_fallback),
            scope: brought.scope.as_deref(),
        };
        let (now, set) = (parts.clock.now(), parts.keys.current());
        let wanted = Wanted {
            claims: &answer.claims,
            key: set.signing(),
            min_position: parts.changes.min_position_of_grants(&answer.tenant.id, &answer.user),
            ends: brought.expires_at,
            unix_now: parts.clock.unix_time(),
        };
        if let Some(token) = given.again(asked, &wanted, now) {
            return Ok((Given::Again, token));
        }
        let kind = Kind::Internal { scope: brought.scope.as_deref() };
        let (token, key) = self.issue(answer, audience, client_fallback, kind)?;
        let token = Arc::new(token);
        let made =
            Made { token: Arc::clone(&token), claims: answer.claims.clone(), key, position: answer.reading.position };
        given.remember(asked, made, now);
        Ok((Given::Signed, token))
    }

    fn issue(
        &self,
        answer: &Answer,
        audience: &str,
        client_fallback: &str,
        kind: Kind<'_>,
    ) -> Result<(InternalToken, Arc<SigningKey>), NotIssued> {
        let Shared { issuer, lifetime, parts, .. } = &*self.shared;
        let brought = answer.token.as_deref().ok_or(NotIssued::NothingBrought)?;
        let life = Life::of(parts.clock.unix_time(), *lifetime, brought.expires_at).ok_or(NotIssued::Ends)?;
        let name = format!("{:016x}{:016x}", (parts.random)(), (parts.random)());
        let contents = Contents {
            issuer,
            user: answer.user.as_str(),
            audience,
            life,
            name: &name,
            client: brought.client.as_deref().unwrap_or(client_fallback),
            scope: kind.scope(),
            tenant: answer.tenant.id.as_str(),
            position: answer.reading.position,
            place: self.place_of(answer.reading.position),
            claims: &answer.claims.rendered().ok_or(NotIssued::NoClaims)?.claims,
        };
        let (typ, payload) = match kind {
            Kind::Internal { .. } => (Typ::AccessToken, contents.internal()),
            Kind::Transaction(asked) => (Typ::Transaction, contents.transaction(asked)),
        };
        let set = parts.keys.current();
        let compact = set.signing().sign(typ, &payload.ok_or(NotIssued::NoClaims)?).ok_or(NotIssued::NotSigned)?;
        Ok((InternalToken { compact: compact.into(), life }, Arc::clone(set.signing())))
    }

    /// Proof of the history that an answer belongs to: any place of it that is no earlier.
    fn place_of(&self, position: Position) -> Option<Place> {
        let place = self.shared.parts.freshness.complete_to();
        (place.nonce.is_some() && place.position >= position).then_some(place)
    }

    /// One turn of the writer. Blocking.
    fn turn(&self) {
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

    fn observe(&self, outcome: Result<Given, &NotIssued>) {
        self.shared.parts.metrics.given(outcome.unwrap_or(Given::Refused));
    }
}

/// Which kind of token is made.
#[derive(Clone, Copy)]
enum Kind<'k> {
    Internal { scope: Option<&'k str> },
    Transaction(&'k Transaction<'k>),
}

impl<'k> Kind<'k> {
    const fn scope(self) -> Option<&'k str> {
        match self {
            Self::Internal { scope } => scope,
            Self::Transaction(asked) => Some(asked.scope),
        }
    }
}
