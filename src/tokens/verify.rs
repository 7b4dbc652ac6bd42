//! Checks 11, 12 and 18 to 24: with the key at hand, the rest in order, over the claims that were read once.

use super::kind::Kind;
use super::reject::{Class, Reject};
use super::time::Times;
use super::unverified::UnverifiedToken;
use super::verified::{Findings, TokenKind, VerifiedToken};
use super::{access_token, id_token, kind, party, subject, tenant, values};
use crate::directory::IssuerId;
use crate::issuers::Rules;
use crate::jose::VerifyKey;

/// A token that has passed every check that needs no key, at the moment of those checks.
///
/// There is no other way to [`Admissible::verify`], so no caller can leave them out; and what they have found is used, so
/// nothing is looked at twice.
#[derive(Debug)]
pub struct Admissible<'c> {
    pub(super) token: &'c UnverifiedToken<'c>,
    pub(super) rules: &'c Rules,
    pub(super) kind: Kind<'c>,
    pub(super) times: Times,
    pub(super) audiences: Vec<&'c str>,
}

impl Admissible<'_> {
    /// Verifies the token with a key of the entry's own set, found by the token's `kid` and algorithm.
    pub fn verify(self, issuer: &IssuerId, key: &VerifyKey) -> Result<VerifiedToken, Reject> {
        self.check_signature(key)?;
        let claims = &self.token.claims;
        let found = self.check_claims()?;
        Ok(VerifiedToken::new(issuer, claims, *key.thumbprint(), found))
    }

    /// Checks 11 and 12.
    fn check_signature(&self, key: &VerifyKey) -> Result<(), Reject> {
        let UnverifiedToken { compact, header, claims, .. } = self.token;
        if !key.admits(header.algorithm) {
            return Err(Reject::by(11, Class::KeyAlgorithm));
        }
        tenant::check_key(claims, self.rules, key)?;
        if !key.verify(header.algorithm, compact.signing_input(), compact.signature()) {
            return Err(Reject::by(12, Class::BadSignature));
        }
        Ok(())
    }
}

impl<'c> Admissible<'c> {
    /// Checks 18 to 24.
    fn check_claims(self) -> Result<Findings<'c>, Reject> {
        let Self { token, rules, kind, times, audiences } = self;
        let claims = &token.claims;
        let client = party::check(claims, rules, kind.kind, kind.rule, &audiences)?;
        values::check(claims, rules)?;
        let organization = values::organization(claims, rules)?;
        if kind.kind == TokenKind::Id {
            id_token::check(claims, kind.rule, &audiences, token.nonce)?;
        }
        if kind.is_at_jwt {
            access_token::check(claims)?;
        }
        kind::check(&kind, claims)?;
        let subject = subject::check(claims, rules)?;
        access_token::check_sender(claims, rules)?;
        tenant::check_tenant(claims, rules)?;
        Ok(Findings { kind, times, audiences, client, organization, subject })
    }
}
