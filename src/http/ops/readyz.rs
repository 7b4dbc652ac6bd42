//! `GET /readyz`: may traffic come here?
//!
//! Ready is what was reached once: the schema is current, the catalog is loaded, LISTEN was acknowledged and the first
//! catch-up confirmed. A database that fails later does not take it back, since every replica would leave at once while
//! each could still answer from memory. Draining does.

use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::Serialize;
use tokio::time::timeout;

use super::OpsPlane;
use crate::directory::migrations;

#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a condition that an operator asks for by name")]
struct Body {
    ready: bool,
    migrations_current: bool,
    feed_confirmed: bool,
    draining: bool,
}

const PATIENCE: Duration = Duration::from_secs(1);

/// Asks until the answer was yes once: a schema does not go back.
async fn has_current_schema(plane: &OpsPlane) -> bool {
    if !plane.migrated.load(Ordering::Relaxed) {
        let version = timeout(PATIENCE, plane.directory.schema_version()).await;
        let current = matches!(version, Ok(Ok(version)) if version >= migrations::latest());
        plane.migrated.store(current, Ordering::Relaxed);
    }
    plane.migrated.load(Ordering::Relaxed)
}

pub(super) async fn readyz(plane: Data<OpsPlane>) -> HttpResponse {
    let migrations_current = has_current_schema(&plane).await;
    // The first confirmation comes after LISTEN was acknowledged and after the catalog took the first catch-up in.
    plane.confirmed.fetch_or(plane.freshness.read().age_bound.is_some(), Ordering::Relaxed);
    let feed_confirmed = plane.confirmed.load(Ordering::Relaxed);
    let draining = plane.draining.load(Ordering::Relaxed);
    let ready = migrations_current && feed_confirmed && !draining;
    let body = Body { ready, migrations_current, feed_confirmed, draining };
    if ready { HttpResponse::Ok().json(body) } else { HttpResponse::ServiceUnavailable().json(body) }
}
