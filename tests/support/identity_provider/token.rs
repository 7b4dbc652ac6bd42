//! Tokens to order: a good access token, and whatever a test changes about it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::UNIX_EPOCH;

use claimsmith::clock::SystemClock;
use serde_json::{Map, Value, json};

use super::signing_key::SigningKey;

/// Whom tokens are for, unless a test says otherwise.
pub(crate) const AUDIENCE: &str = "https://api.example.com";
/// Whom they were issued to.
const CLIENT: &str = "spa-1";
const LIFETIME: i64 = 300;

static COUNT: AtomicU64 = AtomicU64::new(0);

/// A token that is not signed yet.
#[derive(Clone)]
pub(crate) struct TokenBuilder {
    key: SigningKey,
    header: Map<String, Value>,
    payload: Map<String, Value>,
}

impl TokenBuilder {
    pub(super) fn new(iss: &str, sub: &str, key: SigningKey) -> Self {
        let (now, jti) = (unix_now(), COUNT.fetch_add(1, Ordering::Relaxed));
        let header = json!({"alg": key.algorithm.name(), "kid": key.kid, "typ": "JWT"});
        let payload = json!({
            "iss": iss, "sub": sub, "aud": AUDIENCE, "client_id": CLIENT, "scope": "read",
            "iat": now, "exp": now + LIFETIME, "jti": format!("t-{jti}"),
        });
        Self { key, header: members(header), payload: members(payload) }
    }

    /// Sets a claim.
    pub(crate) fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.payload.insert(name.to_owned(), value.into());
        self
    }

    /// Leaves a claim out.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.payload.remove(name);
        self
    }

    /// For whom.
    pub(crate) fn audience(self, audience: &str) -> Self {
        self.claim("aud", audience)
    }

    /// Expires so many seconds from now; fewer than none is the past.
    pub(crate) fn expires_in(self, seconds: i64) -> Self {
        self.claim("iat", unix_now() + seconds - LIFETIME).claim("exp", unix_now() + seconds)
    }

    /// Sets a member of the header.
    pub(crate) fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header.insert(name.to_owned(), value.into());
        self
    }

    /// Leaves a member of the header out.
    pub(crate) fn without_header(mut self, name: &str) -> Self {
        self.header.remove(name);
        self
    }

    /// By another key. The header keeps what it says.
    pub(crate) fn signed_by(mut self, key: &SigningKey) -> Self {
        self.key = key.clone();
        self
    }

    /// The token.
    pub(crate) fn sign(self) -> String {
        let bytes = |members| Value::Object(members).to_string().into_bytes();
        self.key.compact(&bytes(self.header), &bytes(self.payload))
    }
}

/// Seconds since the Unix epoch.
pub(crate) fn unix_now() -> i64 {
    let elapsed = SystemClock::shared().wall().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(elapsed.as_secs()).unwrap()
}

fn members(value: Value) -> Map<String, Value> {
    let Value::Object(members) = value else { panic!("{value} is no object") };
    members
}
