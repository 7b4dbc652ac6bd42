//! One issuer: its addresses, its documents, its keys and the tokens that they sign.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::RwLock;
use tokio::sync::watch;

use super::answer::Answer;
use super::behaviour::{Behaviour, Endpoint};
use super::documents::{discovery, key_set};
use super::signing_key::{Algorithm, SigningKey};
use super::site::Site;
use super::token::TokenBuilder;
use super::wire::Request;

/// One issuer. Clones are the same issuer.
#[derive(Clone)]
pub(crate) struct Issuer {
    /// `iss`, without a slash at the end.
    pub(crate) iss: String,
    path: String,
    state: Arc<State>,
    site: Weak<Site>,
}

struct State {
    /// The keys that are published.
    published: RwLock<Vec<SigningKey>>,
    signing: RwLock<SigningKey>,
    made: AtomicUsize,
    discovery: watch::Sender<Behaviour>,
    keys: watch::Sender<Behaviour>,
    /// What is sent with the key set.
    headers: RwLock<Vec<(String, String)>>,
    has_etag: AtomicBool,
}

impl Issuer {
    pub(super) fn new(address: SocketAddr, name: &str, algorithm: Algorithm, site: &Arc<Site>) -> Self {
        let path = format!("/i/{name}");
        let key = SigningKey::new(algorithm, "k0", 0);
        let state = State {
            published: RwLock::new(vec![key.clone()]),
            signing: RwLock::new(key),
            made: AtomicUsize::new(1),
            discovery: watch::Sender::new(Behaviour::Good),
            keys: watch::Sender::new(Behaviour::Good),
            headers: RwLock::default(),
            has_etag: AtomicBool::new(false),
        };
        Self { iss: format!("http://{address}{path}"), path, state: Arc::new(state), site: Arc::downgrade(site) }
    }

    /// Where a document is.
    pub(crate) fn url(&self, endpoint: Endpoint) -> String {
        format!("{}{}", self.iss, endpoint.path())
    }

    /// How often it was asked for.
    pub(crate) fn asked(&self, endpoint: Endpoint) -> usize {
        self.site.upgrade().unwrap().times(&format!("{}{}", self.path, endpoint.path()))
    }

    /// A header of the latest request for it.
    pub(crate) fn asked_with(&self, endpoint: Endpoint, header: &str) -> Option<String> {
        self.site.upgrade()?.last_header(&format!("{}{}", self.path, endpoint.path()), header)
    }

    /// From now on.
    pub(crate) fn behaves(&self, endpoint: Endpoint, behaviour: Behaviour) {
        self.behaviour(endpoint).send_replace(behaviour);
    }

    /// Sends these headers with the key set, such as `cache-control`. A name may come twice.
    pub(crate) fn sends(&self, headers: &[(&str, &str)]) {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        *self.state.headers.write() = headers.collect();
    }

    /// Sends an `ETag` with the key set, and 304 to whoever has it.
    pub(crate) fn sends_etag(&self) {
        self.state.has_etag.store(true, Ordering::Relaxed);
    }

    /// The key that signs.
    pub(crate) fn key(&self) -> SigningKey {
        self.state.signing.read().clone()
    }

    /// A key that nobody knows yet, with a name of its own.
    pub(crate) fn make_key(&self, algorithm: Algorithm) -> SigningKey {
        let nth = self.state.made.fetch_add(1, Ordering::Relaxed);
        SigningKey::new(algorithm, &format!("k{nth}"), nth)
    }

    /// Publishes exactly these keys.
    pub(crate) fn publish(&self, keys: &[SigningKey]) {
        *self.state.published.write() = keys.to_vec();
    }

    /// Signs with this key, published or not.
    pub(crate) fn sign_with(&self, key: &SigningKey) {
        *self.state.signing.write() = key.clone();
    }

    /// Rotation with overlap: a new key signs, the old ones stay published. Gives the new one.
    pub(crate) fn rotate(&self, algorithm: Algorithm) -> SigningKey {
        let key = self.make_key(algorithm);
        self.state.published.write().push(key.clone());
        self.sign_with(&key);
        key
    }

    /// Rotation without overlap, as in an emergency: a new key signs and no other is published. Gives the new one.
    pub(crate) fn replace(&self, algorithm: Algorithm) -> SigningKey {
        let key = self.make_key(algorithm);
        self.publish(std::slice::from_ref(&key));
        self.sign_with(&key);
        key
    }

    /// Publishes this key no more.
    pub(crate) fn retire(&self, key: &SigningKey) {
        self.state.published.write().retain(|known| known.kid != key.kid);
    }

    /// A token for this subject, good unless it is changed.
    pub(crate) fn token(&self, sub: &str) -> TokenBuilder {
        TokenBuilder::new(&self.iss, sub, self.key())
    }

    pub(super) async fn answer(&self, endpoint: Endpoint, request: &Request) -> Answer {
        let mut behaviour = self.behaviour(endpoint).subscribe();
        let early = (*behaviour.borrow() == Behaviour::Overtaken).then(|| self.document(endpoint, &Behaviour::Good));
        let answers = |now: &Behaviour| !matches!(now, Behaviour::Held | Behaviour::Overtaken);
        let Ok(behaviour) = behaviour.wait_for(answers).await.map(|now| now.clone()) else {
            return Answer::HangsUp;
        };
        let document = early.unwrap_or_else(|| self.document(endpoint, &behaviour));
        let headers = if endpoint == Endpoint::Keys { self.state.headers.read().clone() } else { Vec::new() };
        if endpoint == Endpoint::Keys && self.state.has_etag.load(Ordering::Relaxed) && behaviour == Behaviour::Good {
            return Answer::conditional(headers, document, request.header("if-none-match"));
        }
        Answer::behaving(&behaviour, headers, document)
    }

    fn behaviour(&self, endpoint: Endpoint) -> &watch::Sender<Behaviour> {
        match endpoint {
            Endpoint::Discovery => &self.state.discovery,
            Endpoint::Keys => &self.state.keys,
        }
    }

    fn document(&self, endpoint: Endpoint, behaviour: &Behaviour) -> Vec<u8> {
        let document = match endpoint {
            Endpoint::Discovery => discovery(&self.iss, &self.url(Endpoint::Keys), behaviour),
            Endpoint::Keys => key_set(&self.state.published.read(), behaviour),
        };
        document.to_string().into_bytes()
    }
}
