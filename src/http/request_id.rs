//! One name per request, in the answer, in the log, and in every refusal.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpMessage, HttpRequest};

/// The header that carries it, both ways.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");
const LONGEST: usize = 64;

static COUNT: AtomicU64 = AtomicU64::new(0);
/// Asking for the process's id is a system call.
static PROCESS: LazyLock<String> = LazyLock::new(|| format!("{:x}-", std::process::id()));

/// What this request is called: as its sender says, if that is fit for a log, or by a number of ours.
#[derive(Clone, Debug)]
pub(super) struct RequestId(HeaderValue);

impl RequestId {
    /// The request's name, given on first asking.
    pub(super) fn of(request: &HttpRequest) -> Self {
        let id = Self::for_the_last_time(request);
        request.extensions_mut().insert(id.clone());
        id
    }

    /// The request's name, when nobody will ask again: nothing is kept, which spares every hit a hash map.
    pub(super) fn for_the_last_time(request: &HttpRequest) -> Self {
        if let Some(given) = request.extensions().get::<Self>() {
            return given.clone();
        }
        request.headers().get(HEADER).filter(|sent| is_fit(sent)).cloned().map_or_else(Self::next, Self)
    }

    /// What a request is called that did not come over HTTP/1.1.
    pub(super) fn of_text(sent: Option<&str>) -> Self {
        let sent = sent.and_then(|text| HeaderValue::from_str(text).ok());
        sent.filter(is_fit).map_or_else(Self::next, Self)
    }

    fn next() -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let mut text = String::with_capacity(PROCESS.len() + 16);
        text.push_str(&PROCESS);
        text.push_str(itoa::Buffer::new().format(number));
        Self(HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("unnamed")))
    }

    pub(super) fn into_header(self) -> HeaderValue {
        self.0
    }

    pub(super) fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }
}

fn is_fit(sent: &HeaderValue) -> bool {
    let bytes = sent.as_bytes();
    (1..=LONGEST).contains(&bytes.len())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn a_fit_name_is_kept_and_another_is_replaced() {
        let sent = TestRequest::default().insert_header((HEADER, "req-1.a:b_c")).to_http_request();
        assert_eq!(RequestId::of(&sent).as_str(), "req-1.a:b_c");
        for unfit in ["a b", "<script>", &"x".repeat(65)] {
            let sent = TestRequest::default().insert_header((HEADER, unfit)).to_http_request();
            assert_ne!(RequestId::of(&sent).as_str(), unfit);
        }
    }

    #[test]
    fn a_request_keeps_its_name() {
        let request = TestRequest::default().to_http_request();
        assert_eq!(RequestId::of(&request).as_str(), RequestId::of(&request).as_str());
        assert_ne!(RequestId::of(&request).as_str(), RequestId::of(&TestRequest::default().to_http_request()).as_str());
    }
}
