//! Identity providers that tests talk to: real HTTP on loopback, as many issuers on one port as a test wants, keys that
//! rotate, tokens to order, and answers that are late, endless, broken or a lie.
//!
//! ```ignore
//! let provider = IdentityProvider::start().await;
//! let acme = provider.issuer("acme");
//! acme.register(&app.database, "acme-idp").await;
//! let token = acme.token("alice").claim("org_id", "org_acme").sign();
//! let old = acme.key();
//! acme.rotate(Algorithm::Es256);
//! acme.retire(&old);
//! acme.behaves(Endpoint::Keys, Behaviour::SlowLoris);
//! assert_eq!(acme.asked(Endpoint::Keys), 1);
//! ```
//!
//! Deliberately absent: login. What a user would get after it is what [`Issuer::token`] makes.

mod answer;
mod behaviour;
mod documents;
mod issuer;
mod junk;
mod one_issuer;
mod registration;
mod server;
mod signing_key;
mod site;
mod token;
mod wire;

use std::net::SocketAddr;
use std::sync::Arc;

pub(crate) use behaviour::{Behaviour, Endpoint};
pub(crate) use issuer::Issuer;
pub(crate) use one_issuer::{ENTRY, OneIssuer};
pub(crate) use registration::{reach, registered};
pub(crate) use signing_key::{Algorithm, SigningKey};
pub(crate) use token::{AUDIENCE, unix_now};

use server::Server;
use site::Site;

/// A server on a port of its own. It ends with its owner.
pub(crate) struct IdentityProvider {
    site: Arc<Site>,
    server: Server,
}

impl IdentityProvider {
    /// Listens; there are no issuers yet.
    pub(crate) async fn start() -> Self {
        let site = Arc::new(Site::default());
        let server = Server::start(Arc::clone(&site)).await;
        Self { site, server }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// A new issuer `http://ADDRESS/i/NAME` with one ES256 key.
    pub(crate) fn issuer(&self, name: &str) -> Issuer {
        self.issuer_with(name, Algorithm::Es256)
    }

    /// A new issuer with one key for this algorithm.
    pub(crate) fn issuer_with(&self, name: &str, algorithm: Algorithm) -> Issuer {
        let issuer = Issuer::new(self.address(), name, algorithm, &self.site);
        self.site.add(name, &issuer);
        issuer
    }

    /// How many requests have arrived, whatever their path.
    pub(crate) fn requests(&self) -> usize {
        self.site.requests()
    }

    /// How many connections have been accepted.
    pub(crate) fn connections(&self) -> usize {
        self.site.connections()
    }

    /// Cuts every connection and refuses new ones. The port stays taken.
    pub(crate) async fn stop(&mut self) {
        self.server.stop().await;
    }

    /// Listens on the same port again.
    pub(crate) fn start_again(&mut self) {
        self.server.start_again(Arc::clone(&self.site));
    }
}
