//! Errors as RFC 6749 section 5.2 has them, with those of RFC 8693 and RFC 8707.

use std::borrow::Cow;
use std::time::Duration;

use serde::Serialize;

use crate::error::{Code, Refusal};

/// Which error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// The request, or the token in it (RFC 8693 section 2.2.2).
    InvalidRequest,
    /// Who asks is not known.
    InvalidClient,
    /// Who asks may not ask for that.
    UnauthorizedClient,
    /// Another grant than ours.
    UnsupportedGrantType,
    /// More than the token that was brought allows.
    InvalidScope,
    /// For whom no token is made.
    InvalidTarget,
    /// It cannot be decided now.
    TemporarilyUnavailable,
}

impl ErrorCode {
    /// As the wire has it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
        }
    }

    /// The HTTP status.
    pub const fn status(self) -> u16 {
        match self {
            Self::InvalidClient => 401,
            Self::TemporarilyUnavailable => 503,
            _ => 400,
        }
    }

    /// As which refusal it counts, where no other code of ours was the reason.
    const fn counted_as(self) -> Code {
        match self {
            Self::InvalidClient => Code::CallerUnauthenticated,
            Self::UnauthorizedClient => Code::CallerForbidden,
            Self::TemporarilyUnavailable => Code::Overloaded,
            _ => Code::InvalidRequest,
        }
    }
}

/// A request that gets no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuthError {
    /// Which error.
    pub code: ErrorCode,
    /// What exactly: sentences of ours, which quote nothing.
    pub description: Cow<'static, str>,
    /// When it makes sense to try again.
    pub retry_after: Option<Duration>,
    /// As which refusal it counts.
    pub counted_as: Code,
}

impl OAuthError {
    /// An error with what is to be known about it.
    pub fn new(code: ErrorCode, description: impl Into<Cow<'static, str>>) -> Self {
        Self { code, description: description.into(), retry_after: None, counted_as: code.counted_as() }
    }

    /// The request cannot be understood.
    pub fn invalid(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::InvalidRequest, description)
    }

    /// The body of the answer.
    pub fn body(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct Body<'error> {
            error: &'static str,
            error_description: &'error str,
        }
        let body = Body { error: self.code.label(), error_description: &self.description };
        // Strings always serialize.
        serde_json::to_vec(&body).unwrap_or_default()
    }
}

impl From<Refusal> for OAuthError {
    /// What is wrong with the token that was brought, with its user or with the tenant, is wrong with the request; the stable
    /// code says what. Details stay behind, because they may name what stands in the token.
    fn from(refusal: Refusal) -> Self {
        let counted_as = refusal.code;
        let code = match counted_as {
            Code::CallerUnauthenticated => ErrorCode::InvalidClient,
            Code::CallerForbidden => ErrorCode::UnauthorizedClient,
            other if matches!(other.status(), 429 | 503) => ErrorCode::TemporarilyUnavailable,
            _ => ErrorCode::InvalidRequest,
        };
        let description = format!("{}: {}", counted_as.label(), counted_as.title());
        Self { code, description: description.into(), retry_after: refusal.retry_after, counted_as }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6749 section 5.2: no quotes, no backslash, nothing beyond ASCII.
    pub(crate) fn is_description(text: &str) -> bool {
        text.bytes().all(|byte| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e))
    }

    #[test]
    fn every_refusal_is_an_error_of_the_standard_with_our_code_in_its_description() {
        for code in Code::EVERY {
            let error = OAuthError::from(Refusal::new(*code, "a \"detail\" that quotes"));
            assert!(error.description.starts_with(code.label()) && is_description(&error.description), "{error:?}");
            assert_eq!(error.retry_after.is_some(), error.code == ErrorCode::TemporarilyUnavailable, "{error:?}");
            assert_eq!(error.counted_as, *code);
        }
        assert_eq!(OAuthError::from(Refusal::from(Code::TokenExpired)).code, ErrorCode::InvalidRequest);
        assert_eq!(OAuthError::from(Refusal::from(Code::NotAMember)).code, ErrorCode::InvalidRequest);
        assert_eq!(OAuthError::from(Refusal::from(Code::KeysUnavailable)).code, ErrorCode::TemporarilyUnavailable);
    }

    #[test]
    fn a_body_has_two_members() {
        let body = OAuthError::new(ErrorCode::InvalidTarget, "for nobody").body();
        assert_eq!(body, br#"{"error":"invalid_target","error_description":"for nobody"}"#);
    }
}
