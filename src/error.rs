//! The one table of refusals: code → HTTP status → what to do.
//!
//! A code is a promise: it never changes its meaning, and every surface and metric uses the same. Details may say more,
//! never user data beyond what the request itself contained, never anything secret.

use std::time::Duration;

use crate::cache::Unavailable;
use crate::directory::{Position, Reading, TenantId};
use crate::tokens::{Class, NotVerified, Reject};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $status:literal, $title:literal;)+) => {
        /// Why a request is refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[$doc])* $name,)+
        }

        impl Code {
            /// Every code, for metrics that exist before the first refusal.
            pub const EVERY: &'static [Self] = &[$(Self::$name),+];

            /// The code as the wire and metrics have it.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }

            /// The HTTP status (RFC 9110 section 15).
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status),+ }
            }

            /// One sentence for people, the same for every occurrence (RFC 9457 section 3.1.3).
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title),+ }
            }
        }
    };
}

codes! {
    /// The request cannot be understood.
    InvalidRequest = "invalid_request", 400, "The request cannot be understood; mend it and send it again.";
    /// No known key.
    CallerUnauthenticated = "caller_unauthenticated", 401, "Send a caller key that this service knows, as a bearer token.";
    /// No token where one is needed.
    TokenMissing = "token_missing", 401, "Send a bearer token.";
    /// Not a token that this service can read.
    TokenMalformed = "token_malformed", 401, "The token is not a JWT that this service can read.";
    /// Too late.
    TokenExpired = "token_expired", 401, "The token has expired or was revoked; get a new one.";
    /// Too early.
    TokenNotYetValid = "token_not_yet_valid", 401, "The token is not valid yet; compare the clocks.";
    /// The signature.
    TokenSignature = "token_signature", 401, "The token's signature does not verify with a key of its issuer.";
    /// Nobody whom the directory knows.
    TokenIssuerUnknown = "token_issuer_unknown", 401, "No enabled issuer of the directory accepts this token.";
    /// A key that the issuer does not publish.
    TokenKeyUnknown = "token_key_unknown", 401, "The token names a key that its issuer does not publish.";
    /// The algorithm.
    TokenAlgorithm = "token_algorithm", 401, "The token is signed in a way that its issuer is not configured for.";
    /// For somebody else.
    TokenAudience = "token_audience", 401, "The token was issued for somebody else.";
    /// Another kind of token.
    TokenType = "token_type", 401, "This kind of token is not accepted here.";
    /// Something it claims, or does not claim.
    TokenClaims = "token_claims", 401, "A claim of the token is missing or not as its issuer is configured.";
    /// A known caller, but not for this.
    CallerForbidden = "caller_forbidden", 403, "This caller may not ask for that; its rights are in the configuration.";
    /// The user has no membership in the tenant.
    NotAMember = "not_a_member", 403, "The user is not a member of the tenant.";
    /// The tenant is suspended.
    TenantSuspended = "tenant_suspended", 403, "The tenant is suspended.";
    /// The tenant does not trust the issuer.
    IssuerNotTrusted = "issuer_not_trusted_by_tenant", 403, "The tenant does not trust the issuer that speaks for the user.";
    /// The tenant's client policy.
    ClientNotAllowed = "client_not_allowed", 403, "Users of this client get no claims in the tenant.";
    /// The target of the original request climbs.
    PathRefused = "path_refused", 403, "The path has a segment that gateways and back-ends may read differently.";
    /// More than the answer has room for.
    ClaimsTooLarge = "claims_too_large", 403, "The claims are larger than the gateway's profile allows.";
    /// A named tenant that there is not.
    TenantUnknown = "tenant_unknown", 404, "There is no such tenant.";
    /// An identity that is linked to nobody.
    UserUnknown = "user_unknown", 404, "The subject is not linked to a user.";
    /// Two hints name different tenants.
    TenantConflict = "tenant_conflict", 409, "The request names two different tenants.";
    /// A position of another history.
    PositionForeign = "position_foreign", 409, "The position asked for belongs to another history of the database; see what became of the write.";
    /// More bytes than allowed.
    BodyTooLarge = "body_too_large", 413, "The body is larger than this service accepts.";
    /// Nothing names a tenant.
    TenantRequired = "tenant_required", 422, "The request names no tenant and the user has no default; choose one.";
    /// More requests than this caller may send.
    RateLimited = "rate_limited", 429, "Too many requests; wait as long as Retry-After says.";
    /// The issuer cannot be asked.
    KeysUnavailable = "keys_unavailable", 503, "The issuer's keys are not at hand; try again.";
    /// PostgreSQL.
    DirectoryUnavailable = "directory_unavailable", 503, "The role directory has no answer; try again.";
    /// Older than the caller accepts.
    TooStale = "too_stale", 503, "No answer is fresh enough; try again.";
    /// More work than can be done.
    Overloaded = "overloaded", 503, "Too many requests are waiting; try again.";
    /// A profile that there is not.
    ProfileUnknown = "profile_unknown", 404, "No profile of the configuration has the name in this path.";
    /// No such path.
    NotFound = "not_found", 404, "There is nothing at this path.";
    /// The path exists, the method does not.
    MethodNotAllowed = "method_not_allowed", 405, "This path does not have that method.";
    /// The body did not arrive in time.
    RequestTimeout = "request_timeout", 408, "The request did not arrive in time.";
}

/// A line of a picker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The tenant.
    pub tenant: TenantId,
    /// What people call it.
    pub name: Box<str>,
    /// Whether it applies when nothing names another.
    pub is_default: bool,
    /// Whether nobody gets claims in it.
    pub suspended: bool,
}

/// A request that is not answered, and why.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Which of the table.
    pub code: Code,
    /// What exactly, and what to do about it.
    pub detail: Option<String>,
    /// For `tenant_required`: what the user may choose from.
    pub choices: Option<Vec<Choice>>,
    /// When it makes sense to try again.
    pub retry_after: Option<Duration>,
    /// How new what decided it is, where the directory's data did: that somebody is no member is an answer too.
    pub reading: Option<Box<Reading>>,
}

impl Refusal {
    /// A refusal with a detail.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..Self::from(code) }
    }

    /// The request wants a position that has not been reached in time.
    pub fn not_reached(wanted: Position) -> Self {
        Self::new(
            Code::TooStale,
            format!("position {wanted} was not reached in time; has its transaction committed, and in this database?"),
        )
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        let retry_after = matches!(code.status(), 429 | 503).then_some(Duration::from_secs(1));
        Self { code, detail: None, choices: None, retry_after, reading: None }
    }
}

impl From<Unavailable> for Refusal {
    fn from(reason: Unavailable) -> Self {
        match reason {
            Unavailable::Busy => Self::from(Code::Overloaded),
            Unavailable::Late => Self::new(Code::DirectoryUnavailable, "the directory did not answer in time"),
            Unavailable::Gone => Self::from(Code::TenantUnknown),
            Unavailable::Directory(_) | Unavailable::Behind | Unavailable::Dropped | Unavailable::Down => {
                Self::from(Code::DirectoryUnavailable)
            }
        }
    }
}

impl From<NotVerified> for Refusal {
    fn from(reason: NotVerified) -> Self {
        let refusal = Self::from(reason.reject);
        Self { retry_after: refusal.retry_after.map(|usual| reason.retry_after.unwrap_or(usual)), ..refusal }
    }
}

impl From<Reject> for Refusal {
    /// Whoever sent the token learns the code. Which check it was stays in the log.
    fn from(reject: Reject) -> Self {
        Self::from(match reject.class {
            Class::TooLarge
            | Class::Malformed
            | Class::OpaqueToken
            | Class::DuplicateMember
            | Class::UnsupportedCrit => Code::TokenMalformed,
            Class::Expired | Class::Inactive => Code::TokenExpired,
            Class::NotYetValid => Code::TokenNotYetValid,
            Class::BadSignature | Class::KeyIssuer => Code::TokenSignature,
            Class::BadIssuer => Code::TokenIssuerUnknown,
            Class::UnknownKid | Class::AmbiguousKid => Code::TokenKeyUnknown,
            Class::AlgorithmNotAllowed | Class::KeyAlgorithm => Code::TokenAlgorithm,
            Class::BadAudience | Class::BadParty => Code::TokenAudience,
            Class::WrongType | Class::SenderConstrained => Code::TokenType,
            Class::MissingClaim
            | Class::BadTime
            | Class::BadValue
            | Class::BadTenant
            | Class::BadSubject
            | Class::BadNonce => Code::TokenClaims,
            Class::KeysUnavailable => Code::KeysUnavailable,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn codes_are_unique_and_lowercase() {
        let labels: HashSet<&str> = Code::EVERY.iter().map(|code| code.label()).collect();
        assert_eq!(labels.len(), Code::EVERY.len());
        assert!(labels.iter().all(|label| label.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')));
    }

    #[test]
    fn only_what_may_pass_by_itself_is_worth_another_try() {
        for code in Code::EVERY {
            let passes = matches!(code.status(), 429 | 503);
            assert_eq!(Refusal::from(*code).retry_after.is_some(), passes, "{}", code.label());
        }
    }
}
