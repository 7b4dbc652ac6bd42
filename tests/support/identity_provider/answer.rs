//! Behaviour and document → what goes over the wire.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::behaviour::Behaviour;

/// What goes over the wire.
pub(super) enum Answer {
    /// As it should be, whatever its content.
    Whole { status: u16, headers: Vec<(String, String)>, body: Vec<u8> },
    /// Byte by byte.
    Drips { body: Vec<u8> },
    /// Again and again.
    Endless { body: Vec<u8> },
    /// Half of it.
    Cut { body: Vec<u8> },
    /// Nothing.
    HangsUp,
}

impl Answer {
    /// A status and nothing else.
    pub(super) fn status(status: u16) -> Self {
        Self::Whole { status, headers: Vec::new(), body: b"{}".to_vec() }
    }

    fn with_header(status: u16, name: &str, value: &str) -> Self {
        Self::Whole { status, headers: vec![(name.to_owned(), value.to_owned())], body: b"{}".to_vec() }
    }

    fn of(headers: Vec<(String, String)>, body: Vec<u8>) -> Self {
        Self::Whole { status: 200, headers, body }
    }

    /// The document with its `ETag`, or 304 if that is the one in `known`.
    pub(super) fn conditional(mut headers: Vec<(String, String)>, document: Vec<u8>, known: Option<&str>) -> Self {
        let etag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(digest(&SHA256, &document)));
        let unchanged = known == Some(&etag);
        headers.push(("etag".to_owned(), etag));
        if unchanged { Self::Whole { status: 304, headers, body: Vec::new() } } else { Self::of(headers, document) }
    }

    /// The document as this behaviour sends it. What changes the document itself has been done to it already.
    pub(super) fn behaving(behaviour: &Behaviour, headers: Vec<(String, String)>, document: Vec<u8>) -> Self {
        match behaviour {
            Behaviour::SlowLoris => Self::Drips { body: document },
            Behaviour::Endless => Self::Endless { body: vec![b' '; 64 * 1024] },
            Behaviour::HangsUp => Self::HangsUp,
            Behaviour::Cut => Self::Cut { body: document },
            Behaviour::Status(status) => Self::status(*status),
            Behaviour::RetryAfter(status, seconds) => Self::with_header(*status, "retry-after", &seconds.to_string()),
            Behaviour::Redirect(target) => Self::with_header(302, "location", target),
            Behaviour::Html => Self::of(content("text/html"), b"<!doctype html><p>Please log in".to_vec()),
            Behaviour::TruncatedJson => Self::of(headers, document[..document.len() / 2].to_vec()),
            Behaviour::Body(body) => Self::of(headers, body.clone()),
            Behaviour::Encoded(encoding) => {
                Self::of(vec![("content-encoding".to_owned(), (*encoding).to_owned())], document)
            }
            _ => Self::of(headers, document),
        }
    }
}

fn content(kind: &str) -> Vec<(String, String)> {
    vec![("content-type".to_owned(), kind.to_owned())]
}
