//! `GET /metrics`: every series, in Prometheus' text format.

use actix_web::HttpResponse;
use actix_web::web::Data;
use prometheus::{Encoder, TextEncoder};

use super::OpsPlane;

pub(super) async fn metrics(plane: Data<OpsPlane>) -> HttpResponse {
    plane.directory.observe_pools();
    plane.directory_metrics.observe_age(plane.freshness.read().age_bound);
    let encoder = TextEncoder::new();
    let mut body = Vec::new();
    match encoder.encode(&plane.registry.gather(), &mut body) {
        Ok(()) => HttpResponse::Ok().content_type(encoder.format_type()).body(body),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "the metrics could not be written");
            HttpResponse::InternalServerError().finish()
        }
    }
}
