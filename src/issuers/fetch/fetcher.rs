//! Sends one request and reads one answer, all under one deadline.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{RequestBuilder, Response, StatusCode};

use super::answer::{body, document, odd_type, unsuccessful};
use super::cache_headers::Freshness;
use super::clients::Clients;
use super::error::{FetchError, FetchFault};
use super::resolver::{Resolver, SystemResolver};
use super::url_rules;
use super::validators::Validators;
use super::{ACCEPT_JSON, Leave};
use crate::clock::SharedClock;
use crate::config::Secret;

/// Longest answer to a question about one token, in bytes.
const LONGEST_ANSWER: usize = 64 * 1024;

/// How long a fetch may take and how much it may bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchLimits {
    /// Looking the host up, connecting and shaking hands.
    pub connect: Duration,
    /// Everything, up to the last byte of the body.
    pub total: Duration,
    /// The body, in bytes.
    pub body: usize,
}

impl Default for FetchLimits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(2), total: Duration::from_secs(5), body: 512 * 1024 }
    }
}

/// A document to get.
#[derive(Clone, Debug)]
pub struct FetchRequest<'r> {
    /// Where.
    pub url: &'r str,
    /// The media types that are expected, as the header has them.
    pub accept: &'static str,
    /// Which version we hold, if only a change is of interest.
    pub conditional: Option<Validators>,
    /// What the entry may do.
    pub leave: &'r Leave,
}

/// A document, or that it has not changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// What we hold is the present version.
    NotModified {
        /// How long it stays fresh from now.
        freshness: Freshness,
    },
    /// The present version.
    Document {
        /// Its bytes.
        body: Vec<u8>,
        /// What to ask with next time.
        validators: Validators,
        /// How long it stays fresh.
        freshness: Freshness,
        /// The content type, if it is not one of those that were expected; empty if there is none.
        odd_type: Option<Box<str>>,
    },
}

/// Fetches from issuers. Clones share connections.
#[derive(Clone, Debug)]
pub struct Fetcher {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    limits: FetchLimits,
    clock: SharedClock,
    clients: Clients,
}

impl Fetcher {
    /// A fetcher that looks names up as the operating system does. Reads the certificates that it trusts; blocking.
    pub fn new(limits: FetchLimits, clock: SharedClock) -> Self {
        Self::with_resolver(limits, clock, Arc::new(SystemResolver::default()))
    }

    /// The same with another resolver. What it finds is filtered all the same.
    pub fn with_resolver(limits: FetchLimits, clock: SharedClock, resolver: Arc<dyn Resolver>) -> Self {
        let clients = Clients::new(resolver, limits.connect);
        Self { inner: Arc::new(Inner { limits, clock, clients }) }
    }

    /// Gets a document. Anything but status 200, or 304 to a conditional request, is an error.
    pub async fn get(&self, request: &FetchRequest<'_>) -> Result<Fetched, FetchError> {
        self.in_time(self.get_document(request)).await
    }

    /// Posts a form (RFC 7662). The credentials are encoded as RFC 6749 section 2.3.1 wants.
    ///
    /// See [`Fetcher::post_json`] for what comes back.
    pub async fn post_form(
        &self,
        url: &str,
        form: &[(&str, &str)],
        basic: Option<(&str, &Secret)>,
        leave: &Leave,
    ) -> Result<(StatusCode, Vec<u8>), FetchError> {
        let request = self.inner.clients.of(leave)?.post(url_rules::check(url, leave)?).form(form);
        let request = match basic {
            Some((user, secret)) => request.basic_auth(form_encoded(user), Some(form_encoded(secret.expose()))),
            None => request,
        };
        self.in_time(self.post(request)).await
    }

    /// Posts JSON (GitHub). The credentials are sent as they are.
    ///
    /// Status and body come back for 2xx and for what 4xx say about the request. Redirects, 429, 5xx, and whatever names a
    /// time to come back, are errors.
    pub async fn post_json(
        &self,
        url: &str,
        body: &serde_json::Value,
        basic: Option<(&str, &Secret)>,
        leave: &Leave,
    ) -> Result<(StatusCode, Vec<u8>), FetchError> {
        let request = self.inner.clients.of(leave)?.post(url_rules::check(url, leave)?);
        let request = request.header(CONTENT_TYPE, ACCEPT_JSON).body(body.to_string());
        let request = match basic {
            Some((user, secret)) => request.basic_auth(user, Some(secret.expose())),
            None => request,
        };
        self.in_time(self.post(request)).await
    }

    async fn in_time<T>(&self, work: impl Future<Output = Result<T, FetchError>>) -> Result<T, FetchError> {
        let timed = tokio::time::timeout(self.inner.limits.total, work).await;
        timed.unwrap_or_else(|_| Err(FetchFault::Timeout.into()))
    }

    async fn get_document(&self, request: &FetchRequest<'_>) -> Result<Fetched, FetchError> {
        let url = url_rules::check(request.url, request.leave)?;
        let conditions = request.conditional.iter().flat_map(Validators::conditions);
        let headers: HeaderMap = conditions.chain([(ACCEPT, HeaderValue::from_static(request.accept))]).collect();
        // More than `accept`: what a damaged validator left behind is no condition.
        let is_conditional = headers.len() > 1;
        let response =
            self.inner.clients.of(request.leave)?.get(url).headers(headers).send().await.map_err(FetchFault::from)?;
        let now = self.inner.clock.wall();
        let freshness = Freshness::of(response.headers(), now);
        match response.status() {
            StatusCode::OK => self.document(response, freshness, request.accept).await,
            StatusCode::NOT_MODIFIED if is_conditional => Ok(Fetched::NotModified { freshness }),
            _ => Err(unsuccessful(&response, now)),
        }
    }

    async fn document(&self, response: Response, freshness: Freshness, accept: &str) -> Result<Fetched, FetchError> {
        let validators = Validators::of(response.headers());
        let odd_type = odd_type(response.headers(), accept);
        let body = document(response, self.inner.limits.body).await?;
        Ok(Fetched::Document { body, validators, freshness, odd_type })
    }

    async fn post(&self, request: RequestBuilder) -> Result<(StatusCode, Vec<u8>), FetchError> {
        let response = request.header(ACCEPT, ACCEPT_JSON).send().await.map_err(FetchFault::from)?;
        // About one token; a key set is another matter.
        let (status, limit) = (response.status(), self.inner.limits.body.min(LONGEST_ANSWER));
        if status.is_success() {
            return Ok((status, document(response, limit).await?));
        }
        let refusal = unsuccessful(&response, self.inner.clock.wall());
        let is_about_the_request = status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS;
        if is_about_the_request && refusal.retry_after().is_none() {
            return Ok((status, body(response, limit).await?));
        }
        Err(refusal)
    }
}

/// `application/x-www-form-urlencoded`, for one value.
fn form_encoded(text: &str) -> String {
    let encoded = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
        b' ' => "+".to_owned(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encoded).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_encoded_as_a_form_is() {
        assert_eq!(form_encoded("client-1.a_b*"), "client-1.a_b*");
        assert_eq!(form_encoded("a b:c+%\u{fc}"), "a+b%3Ac%2B%25%C3%BC");
    }
}
