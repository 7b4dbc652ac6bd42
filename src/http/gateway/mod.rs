//! The planes that gateways ask: over HTTP on a listener of its own, and over gRPC on another.
//!
//! Both put the same question to the same profile and give the same answer (`decision`); they differ in how it is carried. The
//! listener is a plane of its own because what arrives on it is a stranger's request in a gateway's wrapping: nothing is routed by
//! its path beyond the name of the profile, nothing is normalised, its query is not looked at and its body is not read.
//!
//! What actix cannot read as a request, a head of more than 96 fields or one that does not arrive, gets 4xx from actix itself; every
//! gateway takes that for a refusal.
//!
//! A gateway proves itself by a key in `X-Gateway-Key`, since `Authorization` is the client's. To the client of a gateway without a
//! good key the answer is 403 and not 401: it has no other token to send that would help.

mod authz;
mod check;

mod decision;
pub mod grpc;
mod metadata;

mod profiles;
mod question;

pub use profiles::Profiles;

use std::sync::Arc;

use actix_web::body::BoxBody;
use actix_web::http::header::HeaderName;
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Data, ServiceConfig};

use super::DataPlane;
use super::caller::KnownCaller;
use super::metrics::Route;
use super::observe::observe;
use crate::config::Surface;
use crate::error::{Code, Refusal};
use crate::surfaces::gateway::Sent;

/// What gateways are answered with.
pub struct GatewayPlane {
    /// What the data plane has.
    pub data: Data<DataPlane>,
    /// How they ask.
    pub profiles: Profiles,
}

const KEY: HeaderName = HeaderName::from_static("x-gateway-key");

impl GatewayPlane {
    /// Which configured caller the gateway is.
    fn caller(&self, key: Sent<'_>) -> Result<Arc<KnownCaller>, Refusal> {
        let Sent::Once(key) = key else { return Err(Code::CallerUnauthenticated.into()) };
        self.data.callers.with_key(key, Surface::Gateway)
    }
}

/// Every path leads to the same handler, so that none is matched, decoded or normalised on its way.
pub(super) fn gateway_plane(config: &mut ServiceConfig, plane: &Data<GatewayPlane>) {
    let plane = plane.clone();
    config.default_service(
        web::to(authz::authz)
            .wrap(from_fn(move |request, next: Next<BoxBody>| observe(Route::Gateway, &plane.data, request, &next))),
    );
}
