//! Reads an answer as far as it deserves it: the head is judged first, and the body is cut off at the limit.

use std::time::SystemTime;

use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, LOCATION};
use reqwest::{Response, StatusCode};

use super::error::{FetchError, FetchFault};
use super::retry_after::retry_after;

/// Longest content type that is repeated, in characters.
const LONGEST_TYPE: usize = 64;

/// The failure that an answer with this status is, with the time that the other side wants.
pub(super) fn unsuccessful(response: &Response, now: SystemTime) -> FetchError {
    let status = response.status();
    let fault = match status {
        StatusCode::NOT_MODIFIED => FetchFault::UnaskedNotModified,
        _ if status.is_redirection() => FetchFault::Redirect { status: status.as_u16(), target: target(response) },
        _ => FetchFault::Status(status.as_u16()),
    };
    FetchError::from(fault).with_retry_after(retry_after(response.headers(), now))
}

/// The host that a redirect points to.
fn target(response: &Response) -> Box<str> {
    let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
    let url = location.and_then(|location| response.url().join(location).ok());
    url.as_ref().and_then(|url| url.host_str()).unwrap_or("nowhere in particular").into()
}

/// The whole body of a successful answer.
pub(super) async fn document(response: Response, limit: usize) -> Result<Vec<u8>, FetchFault> {
    if is_encoded(response.headers()) {
        return Err(FetchFault::Encoding);
    }
    if media_type(response.headers()) == "text/html" {
        return Err(FetchFault::Html);
    }
    body(response, limit).await
}

/// The whole body. Whoever announces too much is not listened to, and whoever sends too much is cut off: dropping the
/// answer closes the connection.
pub(super) async fn body(mut response: Response, limit: usize) -> Result<Vec<u8>, FetchFault> {
    let announced = response.content_length().map_or(Ok(0), usize::try_from);
    if announced.is_ok_and(|announced| announced <= limit) {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if chunk.len() > limit - body.len() {
                return Err(FetchFault::TooLarge { limit });
            }
            body.extend_from_slice(&chunk);
        }
        return Ok(body);
    }
    Err(FetchFault::TooLarge { limit })
}

fn is_encoded(headers: &HeaderMap) -> bool {
    headers.get_all(CONTENT_ENCODING).iter().any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// The content type if it is none that `accept` lists: many issuers are sloppy, so it is only noted.
pub(super) fn odd_type(headers: &HeaderMap, accept: &str) -> Option<Box<str>> {
    let found = media_type(headers);
    let expected = accept.split(',').any(|accepted| accepted.trim() == found);
    (!expected).then(|| found.chars().filter(char::is_ascii_graphic).take(LONGEST_TYPE).collect())
}

fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};

    fn with(name: &HeaderName, values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (name.clone(), HeaderValue::from_str(value).unwrap())).collect()
    }

    #[test]
    fn a_content_type_is_compared_without_parameters_and_capitals() {
        let accept = "application/jwk-set+json, application/json";
        for expected in ["application/json", "Application/JSON; charset=utf-8", "application/jwk-set+json"] {
            assert_eq!(odd_type(&with(&CONTENT_TYPE, &[expected]), accept), None, "{expected}");
        }
        assert_eq!(odd_type(&with(&CONTENT_TYPE, &["text/plain"]), accept).as_deref(), Some("text/plain"));
        assert_eq!(odd_type(&HeaderMap::new(), accept).as_deref(), Some(""));
        assert_eq!(odd_type(&with(&CONTENT_TYPE, &[&"x".repeat(200)]), accept).unwrap().len(), LONGEST_TYPE);
    }

    #[test]
    fn identity_is_the_only_encoding() {
        assert!(!is_encoded(&HeaderMap::new()));
        assert!(!is_encoded(&with(&CONTENT_ENCODING, &["identity"])));
        assert!(!is_encoded(&with(&CONTENT_ENCODING, &["Identity"])));
        for encodings in [&["gzip"] as &[_], &["br"], &["identity, gzip"], &[""]] {
            assert!(is_encoded(&with(&CONTENT_ENCODING, encodings)), "{encodings:?}");
        }
    }
}
