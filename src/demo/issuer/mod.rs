//! An identity provider for the demo, so that tokens can be tried without an account anywhere.
//!
//! It is a real one as far as the service can see: discovery, a key set over HTTP, signed tokens, rotation. What it lacks is a
//! login: whoever asks for a token of anybody gets it, which is why it listens on loopback only and dies with the demo.

mod keys;
mod server;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;

use crate::clock::SharedClock;
use keys::Keys;

/// The issuer that `acme` trusts, as the directory and its URL call it.
pub(super) const TRUSTED: &str = "demo-login";
/// An issuer that `acme` does not trust.
pub(super) const STRANGER: &str = "demo-stranger";
/// Whom its tokens are for.
pub(super) const AUDIENCE: &str = "https://api.app.example";

/// Both issuers, served from one address.
pub(super) struct DemoIssuers {
    /// Where they listen.
    pub(super) address: SocketAddr,
    keys: Arc<Issuers>,
    serving: ServerHandle,
    served: JoinHandle<io::Result<()>>,
}

/// What the handlers share.
struct Issuers {
    trusted: Keys,
    stranger: Keys,
    address: SocketAddr,
    clock: SharedClock,
}

/// Why there are no issuers.
#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    /// No port, or no signal handler.
    #[error("the demo's own issuer cannot be served")]
    Serve(#[from] io::Error),
    /// No keys.
    #[error("no signing key can be made")]
    Key,
}

impl DemoIssuers {
    /// Makes keys and serves, on a port that the system chooses.
    pub(super) fn start(clock: &SharedClock) -> Result<Self, IssuerError> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let (trusted, stranger) = (Keys::generate(TRUSTED)?, Keys::generate(STRANGER)?);
        let keys = Arc::new(Issuers { trusted, stranger, address, clock: Arc::clone(clock) });
        let server = server::serve(listener, Arc::clone(&keys))?;
        Ok(Self { address, keys, serving: server.handle(), served: actix_rt::spawn(server) })
    }

    /// `iss` of one of them.
    pub(super) fn url(&self, name: &str) -> String {
        self.keys.url(name)
    }

    /// Rotates the keys of the trusted issuer at every SIGUSR1, for as long as it is polled.
    pub(super) async fn rotate_on_signal(&self) -> Result<(), IssuerError> {
        let mut signals = signal(SignalKind::user_defined1())?;
        while signals.recv().await.is_some() {
            self.keys.trusted.rotate()?;
        }
        Ok(())
    }

    /// Stops serving.
    pub(super) async fn stop(self) {
        self.serving.stop(false).await;
        self.served.abort();
    }
}

impl Issuers {
    fn url(&self, name: &str) -> String {
        format!("http://{}/{name}", self.address)
    }

    fn of(&self, name: &str) -> Option<&Keys> {
        match name {
            TRUSTED => Some(&self.trusted),
            STRANGER => Some(&self.stranger),
            _ => None,
        }
    }
}
