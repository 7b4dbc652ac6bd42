//! The ops plane: what operators and Prometheus ask.

mod livez;
mod metrics;
mod readyz;
mod refresh_keys;
mod status;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use actix_web::web::{self, ServiceConfig};
use prometheus::Registry;

use crate::clock::SharedClock;
use crate::directory::{Directory, DirectoryMetrics, Freshness};
use crate::issuance::Issuance;
use crate::issuers::IssuerRoster;
use crate::probe::Report;
use crate::supervision::Supervisor;
use crate::tenancy::CatalogReader;

/// What the handlers of the ops plane may use.
pub struct OpsPlane {
    /// Every series.
    pub registry: Registry,
    /// Every actor.
    pub supervisor: Supervisor,
    /// How new everything is.
    pub freshness: Arc<Freshness>,
    /// Tenants and issuers.
    pub catalog: CatalogReader,
    /// The keys of every issuer.
    pub issuers: IssuerRoster,
    /// Our own tokens; `None` while they are off.
    pub issuance: Option<Issuance>,
    /// What the revocation probe has found; `None` while it is off.
    pub probe: Option<Arc<Report>>,
    /// The time.
    pub clock: SharedClock,
    /// For the pool's gauges.
    pub directory: Arc<Directory>,
    /// Gauges that are set at a scrape.
    pub directory_metrics: DirectoryMetrics,
    /// Set when the first catch-up has been confirmed.
    pub confirmed: AtomicBool,
    /// Set when the schema has been found current.
    pub migrated: AtomicBool,
    /// Set once the process is told to stop.
    pub draining: Arc<AtomicBool>,
}

pub(super) fn ops_plane(config: &mut ServiceConfig) {
    config
        .route("/metrics", web::get().to(metrics::metrics))
        .route("/livez", web::get().to(livez::livez))
        .route("/readyz", web::get().to(readyz::readyz))
        .route("/refresh-keys", web::post().to(refresh_keys::refresh_keys))
        .route("/status", web::get().to(status::status));
}
