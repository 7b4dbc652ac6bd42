//! Which tenant is this, and what is known of it?
//!
//! The [`catalog::Catalog`] is every tenant and issuer, compiled: hints to tenants, claim templates, spellings of `iss`.
//! It is loaded whole, built aside and swapped ([`catalog_actor::CatalogActor`]); a broken template leaves the tenant's
//! last good one in force. Requests read the published one and [`resolve::resolve`] against it.
//!
//! Deliberately absent: membership. A tenant that is named is not yet a tenant that the user belongs to.
//!
#![doc = include_str!("hints.md")]

pub mod catalog;
pub mod catalog_actor;
mod hint;
mod host;
pub mod login;
mod metrics;
pub mod resolve;
mod subscription;

pub use hint::{HintKind, Hints, Origin, SignedHints};
pub use host::HostPatterns;
pub use metrics::CatalogMetrics;
pub use subscription::CatalogSubscription;

use std::sync::Arc;

use arc_swap::ArcSwap;
use catalog::Catalog;

/// What readers hold: the catalog in force.
#[derive(Clone, Debug)]
pub struct CatalogReader {
    published: Arc<ArcSwap<Catalog>>,
}

impl CatalogReader {
    /// A reader of an empty catalog, until the actor publishes one. All that follow have the same patterns.
    pub fn empty(hosts: HostPatterns) -> Self {
        Self { published: Arc::new(ArcSwap::from_pointee(Catalog::without_tenants(hosts))) }
    }

    /// The catalog in force, kept alive for one request.
    pub fn current(&self) -> arc_swap::Guard<Arc<Catalog>> {
        self.published.load()
    }

    fn publish(&self, catalog: Catalog) {
        self.published.store(Arc::new(catalog));
    }
}
