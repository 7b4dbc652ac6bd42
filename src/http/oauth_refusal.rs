//! A refusal as OAuth has it (RFC 6749 section 5.2).

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};

use super::refusal::RefusedWith;
use crate::surfaces::oauth::error::{ErrorCode, OAuthError};

/// A request that gets no token.
#[derive(Debug)]
pub(super) struct OAuthRefused(pub(super) OAuthError);

impl From<OAuthError> for OAuthRefused {
    fn from(error: OAuthError) -> Self {
        Self(error)
    }
}

impl fmt::Display for OAuthRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code.label())
    }
}

impl ResponseError for OAuthRefused {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.0.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        response.insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json")));
        response.insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")));
        if let Some(pause) = self.0.retry_after {
            response.insert_header((RETRY_AFTER, pause.as_secs().max(1)));
        }
        if self.0.code == ErrorCode::InvalidClient {
            response.insert_header((WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"claimsmith\"")));
        }
        response.extensions_mut().insert(RefusedWith(self.0.counted_as));
        response.body(self.0.body())
    }
}
