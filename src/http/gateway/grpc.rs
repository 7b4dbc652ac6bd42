//! The listener that Envoy asks over gRPC, with the health service of gRPC beside the question itself.
//!
//! It is tonic's, because actix cannot send the trailers in which gRPC says how a call ended.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use envoy_types::ext_authz::v3::pb::AuthorizationServer;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::codegen::http::{Request, Response};
use tonic::codegen::{BoxFuture, Service};
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_health::server::HealthReporter;

use super::GatewayPlane;
use super::check::Check;
use crate::http::server::Bound;

/// An idle connection is asked whether somebody is still there, so that dead ones do not keep their files open.
const PING_AFTER: Duration = Duration::from_mins(1);
const PONG_WITHIN: Duration = Duration::from_secs(20);
/// Calls that one connection may have under way.
const STREAMS: u32 = 1_000;

const HEALTH: &str = "/grpc.health.v1.Health/";

/// A listener that is served until it is stopped.
pub struct GrpcServing {
    runtime: Handle,
    health: HealthReporter,
    stop: CancellationToken,
    served: Option<JoinHandle<Result<(), tonic::transport::Error>>>,
}

/// Serves Envoy, on this runtime.
pub fn serve(bound: Bound, plane: Arc<GatewayPlane>, runtime: Handle) -> std::io::Result<GrpcServing> {
    let listener = {
        let _runtime = runtime.enter();
        tokio::net::TcpListener::from_std(bound.into_listener())?
    };
    let (health, health_server) = tonic_health::server::health_reporter();
    let services = Services { check: AuthorizationServer::new(Check { plane }), health: health_server };
    let stop = CancellationToken::new();
    let stopped = stop.clone().cancelled_owned();
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let builder = Server::builder()
        .http2_keepalive_interval(Some(PING_AFTER))
        .http2_keepalive_timeout(Some(PONG_WITHIN))
        .max_concurrent_streams(STREAMS);
    let served = runtime.spawn(builder.serve_with_incoming_shutdown(services, incoming, stopped));
    let serving = GrpcServing { runtime, health, stop, served: Some(served) };
    serving.tell(true);
    Ok(serving)
}

impl GrpcServing {
    /// What the health service says from now on.
    pub fn tell(&self, serving: bool) {
        let health = self.health.clone();
        // It takes a lock that nobody holds for longer than this.
        drop(self.runtime.spawn(async move {
            if serving {
                health.set_serving::<AuthorizationServer<Check>>().await;
            } else {
                health.set_not_serving::<AuthorizationServer<Check>>().await;
            }
        }));
    }

    /// Takes no new calls; ends when those that were accepted are answered.
    pub async fn finish(&mut self) {
        self.stop.cancel();
        if let Some(served) = &mut self.served {
            // A server that has failed has nothing left to answer.
            let _ = served.await;
            self.served = None;
        }
    }
}

impl Drop for GrpcServing {
    fn drop(&mut self) {
        if let Some(served) = &self.served {
            served.abort();
        }
    }
}

/// Both services on one port, by their names in the path.
struct Services<H: Health> {
    check: AuthorizationServer<Check>,
    health: HealthServer<H>,
}

/// Not derived: that would ask it of `H` too, which stands behind an `Arc`.
impl<H: Health> Clone for Services<H> {
    fn clone(&self) -> Self {
        Self { check: self.check.clone(), health: self.health.clone() }
    }
}

impl<H: Health> Service<Request<Body>> for Services<H> {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Response<Body>, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        if request.uri().path().starts_with(HEALTH) { self.health.call(request) } else { self.check.call(request) }
    }
}
