//! A token that is read and not yet believed: checks 1 to 10 as far as they need no entry, and those that need an entry but
//! no key.

use std::borrow::Cow;

use super::header::{self, Header};
use super::kind;
use super::reject::{Class, Reject};
use super::verify::Admissible;
use super::{audience, payload, tenant, time};
use crate::issuers::Rules;
use crate::jose::{Algorithm, Compact, NotCompact, Object, split};

/// Checks 1 to 3: the bytes of a token's three parts, none empty. A token that is read borrows from them.
pub fn decode(token: &str) -> Result<Compact<'_>, Reject> {
    let compact = take_apart(token)?;
    if compact.payload().is_empty() { Err(Reject::by(2, Class::Malformed)) } else { Ok(compact) }
}

/// The bytes of any JWS, which may sign nothing.
pub(super) fn take_apart(token: &str) -> Result<Compact<'_>, Reject> {
    split(token).map_err(|why| match why {
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
        let header = header::read(compact.header())?;
        let (claims, issuer) = payload::read(compact.payload())?;
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

    /// What an entry says at this moment of a token without its key: checks 5, 7 and 13 to 17. Only a token that passes may
    /// cause a fetch, and only what passes can be verified.
    pub fn check_without_key<'c>(&'c self, rules: &'c Rules, unix_now: i64) -> Result<Admissible<'c>, Reject> {
        if !rules.algorithms.contains(&self.header.algorithm) {
            return Err(Reject::by(5, Class::AlgorithmNotAllowed));
        }
        let kind = kind::decide(self.header.typ.as_deref(), &self.claims, rules)?;
        let times = time::check(&self.claims, rules, unix_now)?;
        tenant::check_issuer(&self.claims, rules)?;
        let audiences = audience::check(&self.claims, &kind.rule.audience)?;
        Ok(Admissible { token: self, rules, kind, times, audiences })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::issuers::Issuers;
    use crate::jose::base64url::encode;
    use crate::tokens::fixture::rules;

    const NOW: i64 = 1_800_000_000;
    const TENANT: &str = "aaaaaaaa-1111-2222-3333-444444444444";

    fn check(exp: i64, tid: &str, aud: &str) -> Option<u8> {
        let template = "https://login.microsoftonline.com/{tenantid}/v2.0";
        let rules = Rules { issuers: Issuers::Template { template: template.into(), tenants: None }, ..rules() };
        let iss = template.replace("{tenantid}", TENANT);
        let claims = format!(r#"{{"iss":"{iss}","tid":"{tid}","aud":"{aud}","exp":{exp}}}"#);
        let token = format!("{}.{}.AAAA", encode(br#"{"alg":"RS256"}"#), encode(claims.as_bytes()));
        let compact = decode(&token).unwrap();
        let unverified = UnverifiedToken::parse(&compact).unwrap();
        unverified.check_without_key(&rules, NOW).err().map(|reject| reject.check.0)
    }

    #[test]
    fn of_several_faults_the_check_of_the_lowest_number_tells() {
        let other = TENANT.replace('a', "b");
        assert_eq!(check(NOW + 60, TENANT, "api"), None);
        assert_eq!(check(NOW - 60, &other, "x"), Some(13), "expired, and of another tenant");
        assert_eq!(check(NOW + 60, &other, "x"), Some(16));
        assert_eq!(check(NOW + 60, TENANT, "x"), Some(17));
    }
}
