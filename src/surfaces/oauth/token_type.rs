//! Kinds of tokens by their names (RFC 8693 section 3).

use crate::tokens::{TokenKind, VerifiedToken};

const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
/// draft-ietf-oauth-transaction-tokens-10 section 11.1.
const TXN_TOKEN: &str = "urn:ietf:params:oauth:token-type:txn_token";

/// What the token that is brought is said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubjectType {
    /// An access token, opaque or not.
    AccessToken,
    /// An ID token.
    IdToken,
    /// Any JWT.
    Jwt,
}

impl SubjectType {
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            ACCESS_TOKEN => Some(Self::AccessToken),
            ID_TOKEN => Some(Self::IdToken),
            JWT => Some(Self::Jwt),
            _ => None,
        }
    }

    /// Whether that is what it has turned out to be.
    pub fn fits(self, token: &VerifiedToken) -> bool {
        match self {
            Self::AccessToken => token.kind == TokenKind::Access,
            Self::IdToken => token.kind == TokenKind::Id,
            // An opaque token has no key.
            Self::Jwt => token.key.is_some(),
        }
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requested {
    /// An access token (RFC 9068).
    AccessToken,
    /// The same, called a JWT.
    Jwt,
    /// A transaction token.
    Transaction,
}

impl Requested {
    /// Every kind.
    pub const EVERY: [Self; 3] = [Self::AccessToken, Self::Jwt, Self::Transaction];

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|kind| kind.name() == name)
    }

    /// `issued_token_type`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccessToken => ACCESS_TOKEN,
            Self::Jwt => JWT,
            Self::Transaction => TXN_TOKEN,
        }
    }

    /// `token_type`: a transaction token is no bearer token, it has a header of its own.
    pub const fn token_type(self) -> &'static str {
        match self {
            Self::AccessToken | Self::Jwt => "Bearer",
            Self::Transaction => "N_A",
        }
    }
}
