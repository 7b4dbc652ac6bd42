//! The series of all rooms, in the one registry.

use prometheus::Registry;

use crate::cache::metrics::CachesMetrics;
use crate::directory::DirectoryMetrics;
use crate::http::HttpMetrics;
use crate::issuance::IssuanceMetrics;
use crate::issuers::KeyMetrics;
use crate::issuers::opaque::OpaqueMetrics;
use crate::probe::ProbeMetrics;
use crate::tenancy::CatalogMetrics;
use crate::tokens::TokenMetrics;

/// The series of all rooms.
pub(super) struct Metrics {
    pub(super) directory: DirectoryMetrics,
    pub(super) caches: CachesMetrics,
    pub(super) catalog: CatalogMetrics,
    pub(super) http: HttpMetrics,
    pub(super) issuance: IssuanceMetrics,
    pub(super) keys: KeyMetrics,
    pub(super) opaque: OpaqueMetrics,
    pub(super) probe: ProbeMetrics,
    pub(super) tokens: TokenMetrics,
}

impl Metrics {
    pub(super) fn register(series: &Registry) -> Result<Self, prometheus::Error> {
        let info = prometheus::IntGaugeVec::new(
            prometheus::Opts::new("claimsmith_build_info", "1, with the version of the service as a label."),
            &["version"],
        )?;
        info.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        series.register(Box::new(info))?;
        #[cfg(target_os = "linux")]
        series.register(Box::new(prometheus::process_collector::ProcessCollector::for_self()))?;
        Ok(Self {
            directory: DirectoryMetrics::register(series)?,
            caches: CachesMetrics::register(series)?,
            catalog: CatalogMetrics::register(series)?,
            http: HttpMetrics::register(series)?,
            issuance: IssuanceMetrics::register(series)?,
            keys: KeyMetrics::register(series)?,
            opaque: OpaqueMetrics::register(series)?,
            probe: ProbeMetrics::register(series)?,
            tokens: TokenMetrics::register(series)?,
        })
    }
}
