//! The way of a token through the checks, as a request takes it, and the comparison with what a table expects.

use claimsmith::tokens::{Class, Reject, UnverifiedToken, VerifiedToken, decode};

use super::profile::{NOW, Profile};

/// A hostile token: what is wrong with it, itself, and how it must be refused.
pub(crate) type Case<'a> = (&'a str, String, Class);

impl Profile {
    pub(crate) fn decide(&self, token: &str) -> Result<VerifiedToken, Reject> {
        self.decide_login(token, None)
    }

    /// Decides about a token that, if it is an ID token, must answer a login with this nonce.
    pub(crate) fn decide_login(&self, token: &str, nonce: Option<&str>) -> Result<VerifiedToken, Reject> {
        let parts = decode(token)?;
        let mut read = UnverifiedToken::parse(&parts)?;
        if let Some(nonce) = nonce {
            read = read.answering(nonce);
        }
        let admissible = read.check_without_key(&self.rules, NOW)?;
        let key = self.keys.find(read.kid(), read.algorithm())?;
        admissible.verify(&self.issuer, key)
    }

    /// The good token is accepted: were it not, a refusal of another would say nothing.
    pub(crate) fn accepts_the_good_one(&self) {
        self.accepts(&[("ok", self.good().sign())]);
    }

    pub(crate) fn accepts(&self, tokens: &[(&str, String)]) {
        let refused = |(id, token): &(&str, String)| self.decide(token).err().map(|reject| format!("{id}: {reject}"));
        let refused: Vec<String> = tokens.iter().filter_map(refused).collect();
        assert!(refused.is_empty(), "refused though good:\n{}", refused.join("\n"));
    }

    /// Each is refused, and for the reason that the table gives.
    pub(crate) fn refuses(&self, cases: &[Case<'_>]) {
        let unexpected = |(id, token, expected): &Case<'_>| match self.decide(token) {
            Err(reject) if reject.class == *expected => None,
            Err(reject) => Some(format!("{id}: expected {}, but {reject}", expected.label())),
            Ok(_) => Some(format!("{id}: accepted, expected {}", expected.label())),
        };
        let unexpected: Vec<String> = cases.iter().filter_map(unexpected).collect();
        assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
    }
}
