//! Who asks for a token? A caller, as an OAuth client: by Basic or Bearer as everywhere here, or with its name and key in the
//! form (RFC 6749 section 2.3.1). In one way, because two could say two things.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use super::caller::{Callers, KnownCaller};
use crate::config::Surface;
use crate::surfaces::oauth::Parameters;
use crate::surfaces::oauth::error::{ErrorCode, OAuthError};

/// The caller that sent this, if it may exchange tokens at all.
pub(super) fn client(
    callers: &Callers,
    request: &HttpRequest,
    form: &Parameters<'_>,
) -> Result<Arc<KnownCaller>, OAuthError> {
    let client = authenticated(callers, request, form)?;
    if !client.may_use(Surface::Token) {
        return Err(unauthorized("the caller may not use token; see its surfaces in the configuration"));
    }
    if client.audiences.is_empty() {
        return Err(unauthorized("the caller may have tokens for nobody; see its audiences in the configuration"));
    }
    Ok(client)
}

fn authenticated(
    callers: &Callers,
    request: &HttpRequest,
    form: &Parameters<'_>,
) -> Result<Arc<KnownCaller>, OAuthError> {
    let unknown = || OAuthError::new(ErrorCode::InvalidClient, "no caller has these credentials");
    let (name, key) = (form.get("client_id"), form.get("client_secret"));
    let mut headers = request.headers().get_all(AUTHORIZATION);
    match (headers.next(), headers.next(), key) {
        (None, _, Some(key)) => callers.owner_of_pair(name.unwrap_or_default(), key).ok_or_else(unknown),
        (None, _, None) | (Some(_), Some(_), _) => Err(unknown()),
        (Some(_), None, Some(_)) => Err(OAuthError::invalid("the client is authenticated in two ways; choose one")),
        (Some(credential), None, None) => {
            let client = credential.to_str().ok().and_then(|credential| callers.owner_of(credential));
            // The name alone proves nothing, but it must not be another's.
            client.filter(|client| name.is_none_or(|name| *client.name == *name)).ok_or_else(unknown)
        }
    }
}

fn unauthorized(description: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::UnauthorizedClient, description)
}
