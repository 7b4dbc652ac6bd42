//! A token that has passed every check: what it says, in the form in which it is used.

use std::ops::Range;

use super::kind::Kind;
use super::time::Times;
use crate::directory::IssuerId;
use crate::jose::{Json, Object, Thumbprint};

/// What kind of token it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// For an API.
    Access,
    /// For the client where the user has logged in.
    Id,
}

/// A token that has passed every check.
#[derive(Clone, Debug, PartialEq)]
pub struct VerifiedToken {
    /// Which entry it was held to.
    pub issuer: IssuerId,
    /// The `iss` to the letter.
    pub iss: Box<str>,
    /// Whom it is about: with [`VerifiedToken::issuer`], the identity.
    pub subject: Box<str>,
    /// What kind of token it is.
    pub kind: TokenKind,
    /// To which client it was issued.
    pub client: Option<Box<str>>,
    /// Whom it is for.
    pub audiences: Vec<Box<str>>,
    /// The provider's organization, where the entry says it stands.
    pub organization: Option<Box<str>>,
    /// What was consented to, separated by spaces.
    pub scope: Option<Box<str>>,
    /// `exp`, seconds since 1970, a fraction rounded up.
    pub expires_at: i64,
    /// `nbf`, in whole seconds.
    pub not_before: Option<i64>,
    /// `iat`, in whole seconds.
    pub issued_at: Option<i64>,
    /// Its own name.
    pub jti: Option<Box<str>>,
    /// Which key has signed it; none for an opaque token.
    pub key: Option<Thumbprint>,
    /// The seconds since 1970 at which it is accepted, by all of its times and with the entry's leeway.
    pub valid: Range<i64>,
}

/// What the checks have found out, beside the claims.
pub(super) struct Findings<'c> {
    pub(super) kind: Kind<'c>,
    pub(super) times: Times,
    pub(super) audiences: Vec<&'c str>,
    pub(super) client: Option<&'c str>,
    pub(super) organization: Option<Box<str>>,
    pub(super) subject: Box<str>,
}

impl VerifiedToken {
    pub(super) fn new(issuer: &IssuerId, claims: &Object<'_>, key: Thumbprint, found: Findings<'_>) -> Self {
        Self {
            issuer: issuer.clone(),
            iss: text(claims, "iss").unwrap_or_default(),
            subject: found.subject,
            kind: found.kind.kind,
            client: found.client.map(Box::from),
            audiences: found.audiences.into_iter().map(Box::from).collect(),
            organization: found.organization,
            scope: scope(claims),
            expires_at: found.times.expires_at,
            not_before: found.times.not_before,
            issued_at: found.times.issued_at,
            jti: text(claims, "jti"),
            key: Some(key),
            valid: found.times.valid,
        }
    }
}

fn text(claims: &Object<'_>, name: &str) -> Option<Box<str>> {
    claims.get(name).and_then(Json::as_str).map(Box::from)
}

/// `scope` (RFC 8693), or `scp` as Okta (a list) and Entra (a text) write it.
fn scope(claims: &Object<'_>) -> Option<Box<str>> {
    match claims.get("scope").or_else(|| claims.get("scp"))? {
        Json::Text(scope) => Some(scope.as_ref().into()),
        Json::Array(scopes) => {
            let scopes: Option<Vec<&str>> = scopes.iter().map(Json::as_str).collect();
            Some(scopes?.join(" ").into())
        }
        _ => None,
    }
}
