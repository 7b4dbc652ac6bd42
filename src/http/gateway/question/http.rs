//! A question over HTTP: whose profile, and what its fields say.

use actix_web::HttpRequest;
use actix_web::http::header::{HOST, HeaderName, HeaderValue};

use crate::surfaces::gateway::{Incoming, Sent};

const PREFIX: &str = "/v1/authz/";

/// A question, as it arrived.
pub(in crate::http::gateway) struct HttpQuestion<'request> {
    request: &'request HttpRequest,
    /// The name in the path.
    pub(in crate::http::gateway) profile: &'request str,
    target: &'request str,
}

impl<'request> HttpQuestion<'request> {
    /// Takes the path apart as it stands, up to the query; `None` if it is not one of ours.
    pub(in crate::http::gateway) fn read(request: &'request HttpRequest) -> Option<Self> {
        let rest = request.uri().path().strip_prefix(PREFIX)?;
        let end = rest.find('/').unwrap_or(rest.len());
        let (profile, target) = rest.split_at_checked(end)?;
        Some(Self { request, profile, target })
    }
}

impl Incoming for HttpQuestion<'_> {
    fn field(&self, name: &HeaderName) -> Sent<'_> {
        let mut values = self.request.headers().get_all(name);
        match (values.next(), values.next()) {
            (None, _) => Sent::Absent,
            (Some(value), None) => text(value),
            (Some(_), Some(_)) => Sent::Unusable,
        }
    }

    fn method(&self) -> &str {
        self.request.method().as_str()
    }

    fn target(&self) -> &str {
        self.target
    }

    /// The target's own, if it has one (RFC 9112 section 3.2.2).
    fn host(&self) -> Sent<'_> {
        self.request.uri().authority().map_or_else(|| self.field(&HOST), |authority| Sent::Once(authority.as_str()))
    }
}

fn text(value: &HeaderValue) -> Sent<'_> {
    match std::str::from_utf8(value.as_bytes()) {
        Ok("") => Sent::Absent,
        Ok(text) => Sent::Once(text),
        Err(_) => Sent::Unusable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn read(uri: &str) -> Option<(String, String)> {
        let request = TestRequest::with_uri(uri).to_http_request();
        HttpQuestion::read(&request).map(|question| (question.profile.to_owned(), question.target.to_owned()))
    }

    #[test]
    fn the_path_is_taken_apart_as_it_stands() {
        let told = |profile: &str, target: &str| Some((profile.to_owned(), target.to_owned()));
        assert_eq!(read("/v1/authz/edge"), told("edge", ""));
        assert_eq!(read("/v1/authz/edge?tenant=evil"), told("edge", ""));
        assert_eq!(read("/v1/authz/edge/a/../b?x=/c"), told("edge", "/a/../b"));
        assert_eq!(read("/v1/authz/edge/%2e%2e/a"), told("edge", "/%2e%2e/a"));
        assert_eq!(read("http://h/v1/authz/edge/"), told("edge", "/"));
        assert_eq!(read("/v1/authz/"), told("", ""));
        for other in ["/", "/v1/authz", "/v1/claims", "/v1//authz/edge", "/v1/authz%2fedge"] {
            assert_eq!(read(other), None, "{other}");
        }
    }

    #[test]
    fn a_field_that_comes_twice_cannot_be_used() {
        let request = TestRequest::default()
            .append_header(("once", "a"))
            .append_header(("twice", "a"))
            .append_header(("twice", "a"))
            .append_header(("empty", ""))
            .uri("/v1/authz/edge")
            .to_http_request();
        let question = HttpQuestion::read(&request).unwrap();
        assert_eq!(question.field(&HeaderName::from_static("once")), Sent::Once("a"));
        assert_eq!(question.field(&HeaderName::from_static("twice")), Sent::Unusable);
        assert_eq!(question.field(&HeaderName::from_static("empty")), Sent::Absent);
        assert_eq!(question.field(&HeaderName::from_static("other")), Sent::Absent);
    }
}
