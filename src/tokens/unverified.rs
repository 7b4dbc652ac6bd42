//! A token that is read and not yet believed: checks 1 to 10 as far as they need no entry, and those that need an entry but
//! no key.

use std::borrow::Cow;

use super::header::{self, Header};
use super::kind::{self, Kind};
use super::reject::{Class, Reject};
use super::{audience, payload, tenant, time};
use crate::issuers::Rules;
use crate::jose::{Algorithm, Compact, NotCompact, Object, split};

/// Checks 1 to 3: the bytes of a token's three parts, none empty. A token that is read borrows from them.
pub fn decode(token: &str) -> Result<Compact<'_>, Reject> {
    let compact = take_apart(token)?;
    if compact.payload.is_empty() { Err(Reject::by(2, Class::Malformed)) } else { Ok(compact) }
}

/// The bytes of any JWS, which may sign nothing.
pub(super) fn take_apart(token: &str) -> Result<Compact<'_>, Reject> {
    split(token.as_bytes()).map_err(|why| match why {
        NotCompact::TooLarge => Reject::by(1, Class::TooLarge),
        NotCompact::Malformed => Reject::by(2, Class::Malformed),
        NotCompact::Opaque => Reject::by(2, Class::OpaqueToken),
        NotCompact::Encoding => Reject::by(3, Class::Malformed),
    })
}

/// A token that is read and not yet believed. What it says is good for picking an entry and for refusals.
#[derive(Debug)]
pub struct UnverifiedToken<'t> {
    pub(super) compact: &'t Compact<'t>,
    pub(super) header: Header<'t>,
    pub(super) claims: Object<'t>,
    pub(super) nonce: Option<&'t str>,
    issuer: Cow<'t, str>,
}

impl<'t> UnverifiedToken<'t> {
    /// Reads the header and the payload, each once.
    pub fn parse(compact: &'t Compact<'t>) -> Result<Self, Reject> {
        let header = header::read(&compact.header)?;
        let (claims, issuer) = payload::read(&compact.payload)?;
        Ok(Self { compact, header, claims, nonce: None, issuer })
    }

    /// The same token, which if it is an ID token must answer this `nonce`.
    #[must_use]
    pub fn answering(self, nonce: &'t str) -> Self {
        Self { nonce: Some(nonce), ..self }
    }

    /// The `iss`, for finding the entry.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The claims.
    pub fn claims(&self) -> &Object<'t> {
        &self.claims
    }

    /// The `kid`, for finding the key in the entry's set.
    pub fn kid(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    /// The algorithm that the token claims to be signed with.
    pub fn algorithm(&self) -> Algorithm {
        self.header.algorithm
    }

    /// What an entry says of a token that needs no key: checks 5, 7, 13 to 17. Only a token that passes may cause a fetch.
    pub fn check_without_key(&self, rules: &Rules, now_unix: i64) -> Result<(), Reject> {
        let kind = self.check_header(rules)?;
        tenant::check_issuer(&self.claims, rules)?;
        time::check(&self.claims, rules, now_unix)?;
        audience::check(&self.claims, &kind.rule.audience)?;
        Ok(())
    }

    /// Checks 5 and 7 against an entry.
    pub(super) fn check_header<'r>(&self, rules: &'r Rules) -> Result<Kind<'r>, Reject> {
        if !rules.algorithms.contains(&self.header.algorithm) {
            return Err(Reject::by(5, Class::AlgorithmNotAllowed));
        }
        kind::decide(self.header.typ.as_deref(), &self.claims, rules)
    }
}
