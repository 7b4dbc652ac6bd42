//! What actix-web knows: two listeners, the route table, who calls, and how a refusal looks on the wire.
//!
//! The data plane answers callers; the ops plane answers operators and Prometheus, on a listener and a thread of its
//! own, so that it still speaks when the data plane is busy or draining. A handler takes a [`caller::Caller`] as its
//! argument: without a known key and the right surface it cannot be reached. The exceptions are `discovery`, which the
//! configuration may open to everybody, the documents about our own tokens, which are public, and `token`, which proves its
//! callers by OAuth's rules (`client_authentication`).

mod body;
pub mod caller;
mod caller_keys;
pub mod caller_keys_actor;
mod claims;
mod client_authentication;
mod discovery;
pub mod gateway;
mod introspect;
mod key_set;
mod memberships;
mod metrics;
mod min_position;
mod oauth_refusal;
mod observe;
pub mod ops;
mod rate_limit;
mod refusal;
mod request_id;
mod respond;
mod routes;
pub mod server;
mod server_metadata;
mod token;

pub use discovery::DiscoverySettings;
pub use metrics::HttpMetrics;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use caller::Callers;

use crate::clock::SharedClock;
use crate::enrichment::Enrichment;
use crate::issuance::Issuance;

/// What every handler of the data plane may use.
pub struct DataPlane {
    /// The use case.
    pub enrichment: Enrichment,
    /// Who may call.
    pub callers: Arc<Callers>,
    /// What a login page may ask.
    pub discovery: DiscoverySettings,
    /// Our own tokens; `None` while they are off.
    pub issuance: Option<Issuance>,
    /// How long a miss may take.
    pub answer_deadline: Duration,
    /// How long the rest of a body may take.
    pub body_deadline: Duration,
    /// Largest body, bytes.
    pub max_body: usize,
    /// The time.
    pub clock: SharedClock,
    /// Series of the room.
    pub metrics: HttpMetrics,
    /// Set once the process is told to stop.
    pub draining: Arc<AtomicBool>,
}

impl DataPlane {
    /// Whether clients should look for another replica.
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}
