//! `GET /status`: every actor, the feed, the catalog, the keys of every issuer, our own keys and what the probe has found,
//! for people.

use std::sync::atomic::Ordering;

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::Serialize;

use super::OpsPlane;
use crate::issuance::{Issuance, IssuanceStatus};
use crate::issuers::KeyStatus;
use crate::probe::{ProbeStatus, Report};
use crate::supervision::ActorStatus;

#[derive(Serialize)]
struct Body {
    version: &'static str,
    draining: bool,
    feed: Feed,
    catalog: CatalogStatus,
    issuers: Vec<KeyStatus>,
    /// Absent while our own tokens are off.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<IssuanceStatus>,
    /// Absent while the probe is off.
    #[serde(skip_serializing_if = "Option::is_none")]
    probe: Option<ProbeStatus>,
    actors: Vec<ActorStatus>,
}

#[derive(Serialize)]
struct Feed {
    listening: bool,
    applied_position: String,
    seen_position: String,
    age_bound_ms: Option<u64>,
}

#[derive(Serialize)]
struct CatalogStatus {
    tenants: usize,
    issuers: usize,
    position: String,
    problems: Vec<String>,
}

pub(super) async fn status(plane: Data<OpsPlane>) -> HttpResponse {
    let reading = plane.freshness.read();
    let catalog = plane.catalog.current();
    HttpResponse::Ok().json(Body {
        version: env!("CARGO_PKG_VERSION"),
        draining: plane.draining.load(Ordering::Relaxed),
        feed: Feed {
            listening: plane.freshness.is_listening(),
            applied_position: reading.position.to_string(),
            seen_position: plane.freshness.seen().to_string(),
            age_bound_ms: reading.age_bound.map(|age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX)),
        },
        catalog: CatalogStatus {
            tenants: catalog.tenant_count(),
            issuers: catalog.issuers.spelling_count(),
            position: catalog.position.to_string(),
            problems: catalog.problems.clone(),
        },
        issuers: plane.issuers.status(plane.clock.now()),
        token: plane.issuance.as_ref().map(Issuance::status),
        probe: plane.probe.as_deref().map(Report::status),
        actors: plane.supervisor.status(),
    })
}
