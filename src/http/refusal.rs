//! A refusal on the wire.

use std::fmt;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, ResponseError};

use super::request_id::RequestId;
use super::respond::{NO_STORE, say_how_new};
use crate::error::{Code, Refusal};
use crate::surfaces::core::render_problem;

pub(super) const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// A refusal, and the request that is refused.
#[derive(Debug)]
pub struct Refused {
    refusal: Refusal,
    request_id: RequestId,
}

/// Marks a response as a refusal, for the metric.
#[derive(Clone, Copy, Debug)]
pub(super) struct RefusedWith(pub(super) Code);

impl Refused {
    /// This request is refused.
    pub fn new(refusal: Refusal, request: &HttpRequest) -> Self {
        Self { refusal, request_id: RequestId::of(request) }
    }

    /// Why, for those who say it in another form.
    pub(super) const fn code(&self) -> Code {
        self.refusal.code
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.refusal.code.label())
    }
}

impl ResponseError for Refused {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.refusal.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        response.insert_header((header::CONTENT_TYPE, PROBLEM_JSON));
        response.insert_header((header::CACHE_CONTROL, NO_STORE));
        if let Some(pause) = self.refusal.retry_after {
            response.insert_header((header::RETRY_AFTER, say_when_again(pause)));
        }
        // Without an age there is nothing to say: nothing is confirmed.
        if let Some(reading) = self.refusal.reading.as_ref().filter(|reading| reading.age_bound.is_some()) {
            say_how_new(&mut response, reading);
        }
        if let Some(challenge) = challenge(self.refusal.code) {
            response.insert_header((header::WWW_AUTHENTICATE, challenge));
        }
        response.extensions_mut().insert(RefusedWith(self.refusal.code));
        response.body(render_problem(&self.refusal, self.request_id.as_str()))
    }
}

/// How to authenticate (RFC 9110 section 11.6.1), and what is wrong with a token that is there (RFC 6750 section 3.1).
pub(super) fn challenge(code: Code) -> Option<HeaderValue> {
    match code {
        Code::CallerUnauthenticated | Code::TokenMissing => {
            Some(HeaderValue::from_static("Bearer realm=\"claimsmith\""))
        }
        _ if code.status() == 401 => {
            let code = code.label();
            let challenge =
                format!("Bearer realm=\"claimsmith\", error=\"invalid_token\", error_description=\"{code}\"");
            HeaderValue::try_from(challenge).ok()
        }
        _ => None,
    }
}

/// `Retry-After` in seconds, at least one (RFC 9110 section 10.2.3).
pub(super) fn say_when_again(pause: Duration) -> u64 {
    pause.as_secs().max(1)
}
