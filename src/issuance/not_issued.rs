//! Why there is an answer and no token.

use crate::error::{Code, Refusal};

/// Why no token could be made of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotIssued {
    /// Nobody brought a token.
    #[error("no token was brought that another could be made for")]
    NothingBrought,
    /// The token that was brought has no second left.
    #[error("the token that was brought ends now")]
    Ends,
    /// There are no claims.
    #[error("the claims could not be rendered")]
    NoClaims,
    /// The cryptographic library refused.
    #[error("the token could not be signed")]
    NotSigned,
}

impl From<NotIssued> for Refusal {
    fn from(reason: NotIssued) -> Self {
        match reason {
            NotIssued::NothingBrought => Self::new(Code::InvalidRequest, reason.to_string()),
            NotIssued::Ends => Code::TokenExpired.into(),
            NotIssued::NoClaims => Code::DirectoryUnavailable.into(),
            NotIssued::NotSigned => Code::KeysUnavailable.into(),
        }
    }
}
