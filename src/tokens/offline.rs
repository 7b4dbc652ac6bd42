//! Verification without a service: an issuer entry, its keys and a moment are given; nothing is fetched, nobody is asked.
//!
//! It is for "why is this token refused?", and takes the same way as a request.

use super::attempt::{Attempt, attempt};
use super::reject::{Class, Reject};
use super::verified::VerifiedToken;
use crate::clock::Moment;
use crate::directory::IssuerRow;
use crate::issuers::IssuerTable;

/// Issuer entries with keys of their own.
#[derive(Debug)]
pub struct Offline {
    issuers: IssuerTable,
}

impl Offline {
    /// From rows as the directory has them, with `jwks` in their settings; or everything that is wrong with them.
    pub fn new(rows: Vec<IssuerRow>) -> Result<Self, Vec<String>> {
        let (issuers, problems) = IssuerTable::build(rows, &IssuerTable::default());
        if problems.is_empty() { Ok(Self { issuers }) } else { Err(problems) }
    }

    /// Whether the token is good at this moment, seconds since the Unix epoch.
    pub fn verify(&self, token: &str, unix_now: i64) -> Result<VerifiedToken, Reject> {
        match attempt(token, &self.issuers, Moment::START, unix_now).map_err(|refused| refused.reject)? {
            Attempt::Proven(verified) => Ok(VerifiedToken::clone(&verified)),
            // Given keys are all there are: a `kid` that is not among them is unknown.
            Attempt::Fetch { .. } => Err(Reject::by(10, Class::UnknownKid)),
            Attempt::Ask(_) => Err(Reject::by(2, Class::OpaqueToken)),
        }
    }
}
