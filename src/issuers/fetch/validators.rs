//! How to ask for a document only if it has changed (RFC 9110 section 13).
//!
//! Validators may come back from a file that somebody damaged, so they are judged when they are kept and when they are sent.

use reqwest::header::{ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};

use super::cache_headers::date_of;

/// Longest entity tag that is kept, in bytes.
const LONGEST_TAG: usize = 512;

/// What proves to the other side which version we hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// `ETag`, strong or weak, as it was sent.
    pub etag: Option<Box<str>>,
    /// `Last-Modified`, as it was sent.
    pub last_modified: Option<Box<str>>,
}

impl Validators {
    /// Those that `headers` bring, as far as they are well-formed.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        Self {
            etag: text(ETAG).filter(|tag| is_tag(tag)).map(Into::into),
            last_modified: text(LAST_MODIFIED).filter(|date| date_of(date).is_some()).map(Into::into),
        }
    }

    /// Whether there is nothing to ask with.
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }

    /// The headers of a conditional request. What a damaged file made of a validator is left out.
    pub(super) fn conditions(&self) -> Vec<(HeaderName, HeaderValue)> {
        let tag = self.etag.as_deref().filter(|tag| is_tag(tag));
        let date = self.last_modified.as_deref().filter(|date| date_of(date).is_some());
        let pairs = [(IF_NONE_MATCH, tag), (IF_MODIFIED_SINCE, date)];
        pairs.into_iter().filter_map(|(name, text)| Some((name, HeaderValue::from_str(text?).ok()?))).collect()
    }
}

/// `"…"` or `W/"…"`.
fn is_tag(text: &str) -> bool {
    let opaque = text.strip_prefix("W/").unwrap_or(text);
    let inner = opaque.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    text.len() <= LONGEST_TAG && inner.is_some_and(|inner| !inner.contains('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

    fn received(tag: &str, date: &str) -> Validators {
        Validators::of(&HeaderMap::from_iter([(ETAG, tag.parse().unwrap()), (LAST_MODIFIED, date.parse().unwrap())]))
    }

    #[test]
    fn validators_are_kept_to_the_letter_and_sent_back() {
        for tag in ["\"abc\"", "W/\"abc\"", "\"\""] {
            let sent = received(tag, DATE).conditions();
            assert_eq!(sent, [(IF_NONE_MATCH, tag.parse().unwrap()), (IF_MODIFIED_SINCE, DATE.parse().unwrap())]);
        }
    }

    #[test]
    fn what_is_no_validator_is_neither_kept_nor_sent() {
        let long = format!("\"{}\"", "x".repeat(LONGEST_TAG));
        for tag in ["abc", "\"abc", "w/\"abc\"", "\"a\"b\"", "\"", "*", &long] {
            assert!(received(tag, "yesterday").is_empty(), "{tag}");
            let damaged = Validators { etag: Some(tag.into()), last_modified: Some("x\r\ny".into()) };
            assert_eq!(damaged.conditions(), []);
        }
        let injected = Validators { etag: Some("\"a\r\nhost: evil\"".into()), last_modified: None };
        assert_eq!(injected.conditions(), []);
    }
}
