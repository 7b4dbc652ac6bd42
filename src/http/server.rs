//! The two listeners: bound before anything is promised, stopped in order.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::{App, HttpServer, web};

use super::DataPlane;
use super::gateway::{GatewayPlane, gateway_plane};
use super::ops::{OpsPlane, ops_plane};
use super::routes::data_plane;
use crate::config;

/// Why a listener could not be had.
#[derive(Debug, thiserror::Error)]
#[error("{key} = {address} cannot be listened on; is another process there?")]
pub struct BindError {
    key: &'static str,
    address: SocketAddr,
    source: std::io::Error,
}

/// A listener that is bound and not yet served.
#[derive(Debug)]
pub struct Bound {
    listener: TcpListener,
    /// Where, with the port that the system chose.
    pub address: SocketAddr,
}

impl Bound {
    /// The listener itself, which does not block.
    pub(super) fn into_listener(self) -> TcpListener {
        self.listener
    }
}

/// Binds the address that stands under `key` in the configuration.
pub fn bind(key: &'static str, address: SocketAddr) -> Result<Bound, BindError> {
    let failed = |source| BindError { key, address, source };
    let listener = TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok(Bound { listener, address })
}

/// A listener that is served until its handle is stopped.
pub struct Serving {
    /// Stops it.
    pub handle: ServerHandle,
    /// Ends when it has stopped.
    pub server: Server,
}

/// Serves the data plane.
pub fn serve_data_plane(
    bound: Bound,
    plane: web::Data<DataPlane>,
    settings: &config::Http,
    grace: Duration,
) -> std::io::Result<Serving> {
    let max_body = plane.max_body;
    let mut server = HttpServer::new(move || {
        App::new()
            .app_data(plane.clone())
            .app_data(web::PayloadConfig::new(max_body))
            .configure(|config| data_plane(config, &plane))
    })
    .keep_alive(settings.keep_alive)
    .client_request_timeout(settings.client_timeout)
    .max_connections(settings.max_connections)
    // Later than the deadline of `App::run`: who is cut off then has to show in the exit code.
    .shutdown_timeout(grace.as_secs().saturating_add(2))
    .disable_signals();
    if settings.workers > 0 {
        server = server.workers(settings.workers);
    }
    Ok(run(server.listen(bound.listener)?.run()))
}

/// Serves gateways. `head_within` is how long one may take to send the head of a request.
pub fn serve_gateway_plane(
    bound: Bound,
    plane: web::Data<GatewayPlane>,
    settings: &config::Gateway,
    head_within: Duration,
    grace: Duration,
) -> std::io::Result<Serving> {
    let mut server =
        HttpServer::new(move || App::new().app_data(plane.clone()).configure(|config| gateway_plane(config, &plane)))
            .keep_alive(settings.keep_alive)
            .client_request_timeout(head_within)
            .max_connections(settings.max_connections)
            .shutdown_timeout(grace.as_secs().saturating_add(2))
            .disable_signals();
    if settings.workers > 0 {
        server = server.workers(settings.workers);
    }
    Ok(run(server.listen(bound.listener)?.run()))
}

/// Serves the ops plane, on one thread of its own.
pub fn serve_ops_plane(bound: Bound, plane: OpsPlane) -> std::io::Result<Serving> {
    let plane = web::Data::new(plane);
    let server = HttpServer::new(move || App::new().app_data(plane.clone()).configure(ops_plane))
        .workers(1)
        .shutdown_timeout(1)
        .disable_signals();
    Ok(run(server.listen(bound.listener)?.run()))
}

fn run(server: Server) -> Serving {
    Serving { handle: server.handle(), server }
}
