//! Every listener: bound before anything is promised, and stopped in order.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use tokio::task::JoinHandle;

use super::threads::Threads;
use crate::config::Settings;
use crate::http::DataPlane;
use crate::http::gateway::grpc::{self, GrpcServing};
use crate::http::gateway::{GatewayPlane, Profiles};
use crate::http::ops::OpsPlane;
use crate::http::server::{BindError, Bound, Serving, bind, serve_data_plane, serve_gateway_plane, serve_ops_plane};

/// Where the service listens, with the ports that the system chose.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    /// The data plane.
    pub data: SocketAddr,
    /// The plane of gateways; `None` without a profile.
    pub gateway: Option<SocketAddr>,
    /// The same over gRPC; `None` unless it is configured.
    pub grpc: Option<SocketAddr>,
    /// The ops plane.
    pub ops: SocketAddr,
}

/// Listeners that are bound and not yet served.
pub(super) struct BoundListeners {
    data: Bound,
    gateway: Option<Bound>,
    grpc: Option<Bound>,
    ops: Bound,
}

/// What is served.
pub(super) struct Planes {
    pub(super) data: Data<DataPlane>,
    pub(super) ops: OpsPlane,
    pub(super) profiles: Profiles,
}

impl BoundListeners {
    /// Binds every address of the configuration.
    pub(super) fn bind(settings: &Settings) -> Result<Self, BindError> {
        let gateway = (!settings.profiles.is_empty()).then(|| bind("gateway.bind", settings.gateway.bind));
        let grpc = settings.grpc.as_ref().map(|grpc| bind("grpc.bind", grpc.bind));
        Ok(Self {
            data: bind("http.bind", settings.http.bind)?,
            gateway: gateway.transpose()?,
            grpc: grpc.transpose()?,
            ops: bind("ops.bind", settings.ops.bind)?,
        })
    }

    pub(super) fn addresses(&self) -> Addresses {
        let address = |bound: &Bound| bound.address;
        Addresses {
            data: self.data.address,
            gateway: self.gateway.as_ref().map(address),
            grpc: self.grpc.as_ref().map(address),
            ops: self.ops.address,
        }
    }

    /// Serves all of them.
    pub(super) fn serve(self, planes: Planes, settings: &Settings, threads: &Threads) -> io::Result<Listeners> {
        let grace = settings.shutdown.deadline;
        let gateway = Data::new(GatewayPlane { data: planes.data.clone(), profiles: planes.profiles });
        let asked_over_grpc = Arc::clone(&gateway);
        let grpc = self.grpc.zip(threads.grpc()).map(|(bound, runtime)| grpc::serve(bound, asked_over_grpc, runtime));
        let over_http = |bound| {
            serve_gateway_plane(bound, gateway, &settings.gateway, settings.http.client_timeout, grace)
                .map(Listener::spawn)
        };
        Ok(Listeners {
            gateway: self.gateway.map(over_http).transpose()?,
            grpc: grpc.transpose()?,
            ops: Listener::spawn(serve_ops_plane(self.ops, planes.ops)?),
            data: Listener::spawn(serve_data_plane(self.data, planes.data, &settings.http, grace)?),
        })
    }
}

/// Listeners that are served until they are dropped.
pub(super) struct Listeners {
    data: Listener,
    gateway: Option<Listener>,
    grpc: Option<GrpcServing>,
    ops: Listener,
}

impl Listeners {
    /// Clients should look for another replica.
    pub(super) fn say_draining(&self) {
        if let Some(grpc) = &self.grpc {
            grpc.tell(false);
        }
    }

    /// Takes nothing new, but for the ops plane; ends when everything that was accepted is answered.
    pub(super) async fn finish(&mut self) {
        let gateway = async {
            if let Some(gateway) = &self.gateway {
                gateway.handle.stop(true).await;
            }
        };
        let grpc = async {
            if let Some(grpc) = &mut self.grpc {
                grpc.finish().await;
            }
        };
        tokio::join!(self.data.handle.stop(true), gateway, grpc);
    }

    /// Stops at once.
    pub(super) async fn cut_off(&mut self) {
        self.grpc = None;
        self.data.handle.stop(false).await;
        if let Some(gateway) = &self.gateway {
            gateway.handle.stop(false).await;
        }
        self.ops.handle.stop(false).await;
    }
}

struct Listener {
    handle: ServerHandle,
    served: JoinHandle<io::Result<()>>,
}

impl Listener {
    fn spawn(serving: Serving) -> Self {
        Self { handle: serving.handle, served: actix_rt::spawn(serving.server) }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.served.abort();
    }
}
