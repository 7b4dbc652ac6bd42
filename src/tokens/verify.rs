//! Checks 11 to 24: with the key at hand, everything in order, over the claims that were read once.

use super::kind::Kind;
use super::reject::{Class, Reject};
use super::unverified::UnverifiedToken;
use super::verified::{Findings, TokenKind, VerifiedToken};
use super::{access_token, audience, id_token, kind, party, subject, tenant, time, values};
use crate::directory::IssuerId;
use crate::issuers::Rules;
use crate::jose::VerifyKey;

impl UnverifiedToken<'_> {
    /// Verifies the token with a key of the entry's own set, found by the token's `kid` and algorithm.
    ///
    /// Repeats what [`UnverifiedToken::check_without_key`] checks, so that no caller can leave it out.
    pub fn verify(
        &self,
        issuer: &IssuerId,
        rules: &Rules,
        key: &VerifyKey,
        now_unix: i64,
    ) -> Result<VerifiedToken, Reject> {
        let kind = self.check_header(rules)?;
        self.check_signature(rules, key)?;
        let found = self.check_claims(rules, kind, now_unix)?;
        VerifiedToken::new(issuer, rules, &self.claims, *key.thumbprint(), found)
    }

    /// Checks 11 and 12.
    fn check_signature(&self, rules: &Rules, key: &VerifyKey) -> Result<(), Reject> {
        if !key.admits(self.header.algorithm) {
            return Err(Reject::by(11, Class::KeyAlgorithm));
        }
        tenant::check_key(&self.claims, rules, key)?;
        if !key.verify(self.header.algorithm, self.compact.signing_input, &self.compact.signature) {
            return Err(Reject::by(12, Class::BadSignature));
        }
        Ok(())
    }

    /// Checks 13 to 24.
    fn check_claims<'c>(&'c self, rules: &'c Rules, kind: Kind<'c>, now_unix: i64) -> Result<Findings<'c>, Reject> {
        let claims = &self.claims;
        let times = time::check(claims, rules, now_unix)?;
        tenant::check_issuer(claims, rules)?;
        let audiences = audience::check(claims, &kind.rule.audience)?;
        let client = party::check(claims, rules, kind.kind, kind.rule, &audiences)?;
        values::check(claims, rules)?;
        if kind.kind == TokenKind::Id {
            id_token::check(claims, kind.rule, &audiences, self.nonce)?;
        }
        if kind.is_at_jwt {
            access_token::check(claims)?;
        }
        kind::check(&kind, claims)?;
        let subject = subject::check(claims, rules)?;
        access_token::check_sender(claims, rules)?;
        tenant::check_tenant(claims, rules)?;
        Ok(Findings { kind, times, audiences, client, subject })
    }
}
