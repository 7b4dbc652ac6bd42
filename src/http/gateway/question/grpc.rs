//! A question over gRPC: what Envoy says of the original request, and what its route adds.

use std::collections::HashMap;

use actix_web::http::header::HeaderName;
use envoy_types::ext_authz::v3::pb::CheckRequest;
use envoy_types::pb::envoy::service::auth::v3::attribute_context::HttpRequest;

use crate::surfaces::gateway::{Incoming, Sent};

/// A question, as it arrived.
pub(in crate::http::gateway) struct GrpcQuestion<'request> {
    original: Option<&'request HttpRequest>,
    /// `context_extensions`: what the route adds, which no client can.
    extensions: Option<&'request HashMap<String, String>>,
}

impl<'request> GrpcQuestion<'request> {
    pub(in crate::http::gateway) fn read(request: &'request CheckRequest) -> Self {
        let attributes = request.attributes.as_ref();
        Self {
            original: attributes.and_then(|it| it.request.as_ref()).and_then(|it| it.http.as_ref()),
            extensions: attributes.map(|attributes| &attributes.context_extensions),
        }
    }

    /// The profile that the route names.
    pub(in crate::http::gateway) fn profile(&self) -> Option<&'request str> {
        self.extension("profile")
    }

    fn extension(&self, name: &str) -> Option<&'request str> {
        self.extensions?.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

impl Incoming for GrpcQuestion<'_> {
    /// Out of `header_map`, where Envoy is told to send fields as they are (`encode_raw_headers`), or out of `headers`, where it has
    /// joined those of one name.
    fn field(&self, name: &HeaderName) -> Sent<'_> {
        let name = name.as_str();
        let Some(original) = self.original else { return Sent::Absent };
        let Some(raw) = original.header_map.as_ref().filter(|raw| !raw.headers.is_empty()) else {
            return original.headers.get(name).map_or(Sent::Absent, |value| text(Some(value)));
        };
        let mut values = raw.headers.iter().filter(|header| header.key.eq_ignore_ascii_case(name));
        match (values.next(), values.next()) {
            (None, _) => Sent::Absent,
            (Some(header), None) if header.raw_value.is_empty() => text(Some(&header.value)),
            (Some(header), None) => text(std::str::from_utf8(&header.raw_value).ok()),
            (Some(_), Some(_)) => Sent::Unusable,
        }
    }

    fn method(&self) -> &str {
        self.original.map_or("", |original| &original.method)
    }

    fn target(&self) -> &str {
        self.original.map_or("", |original| &original.path)
    }

    fn host(&self) -> Sent<'_> {
        self.original.map_or(Sent::Absent, |original| text(Some(&original.host)))
    }

    fn has_the_original(&self) -> bool {
        true
    }

    fn tenant(&self) -> Sent<'_> {
        self.extension("tenant").map_or(Sent::Absent, Sent::Once)
    }
}

fn text(value: Option<&str>) -> Sent<'_> {
    match value {
        None => Sent::Unusable,
        Some("") => Sent::Absent,
        Some(text) => Sent::Once(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use envoy_types::pb::envoy::config::core::v3::{HeaderMap, HeaderValue};

    fn name(name: &'static str) -> HeaderName {
        HeaderName::from_static(name)
    }

    fn raw(name: &str, value: &[u8]) -> HeaderValue {
        HeaderValue { key: name.to_owned(), raw_value: value.to_vec(), ..HeaderValue::default() }
    }

    #[test]
    fn fields_are_read_in_both_forms() {
        let joined = HttpRequest { headers: [("a".to_owned(), "1,2".to_owned())].into(), ..HttpRequest::default() };
        let question = GrpcQuestion { original: Some(&joined), extensions: None };
        assert_eq!((question.field(&name("a")), question.field(&name("b"))), (Sent::Once("1,2"), Sent::Absent));

        let headers = vec![raw("a", b"1"), raw("A", b"2"), raw("b", b"x"), raw("c", b"\xff"), raw("d", b"")];
        let raw = HttpRequest { header_map: Some(HeaderMap { headers }), ..HttpRequest::default() };
        let question = GrpcQuestion { original: Some(&raw), extensions: None };
        let told = ["a", "b", "c", "d", "e"].map(|field| question.field(&name(field)));
        assert_eq!(told, [Sent::Unusable, Sent::Once("x"), Sent::Unusable, Sent::Absent, Sent::Absent]);
    }

    #[test]
    fn a_question_without_a_request_says_nothing() {
        let question = GrpcQuestion { original: None, extensions: None };
        assert_eq!(
            (question.field(&name("authorization")), question.host(), question.tenant()),
            (Sent::Absent, Sent::Absent, Sent::Absent)
        );
        assert_eq!((question.method(), question.target(), question.profile()), ("", "", None));
    }
}
