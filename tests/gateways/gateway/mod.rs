//! The gateways as processes, each started from a copy of its folder in `config/gateways`.

mod caddy;
mod envoy;
mod envoy_grpc;
mod haproxy;
mod kind;
mod nginx;
mod traefik;

use std::fs::{self, File};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

pub(crate) use kind::Kind;

use crate::client::{Request, exchange};
use crate::scratch::Scratch;
use crate::support::app::KEY;
use crate::support::port::Port;
use crate::support::wait::until;

const LOG: &str = "log";

/// How long the gateway waits for the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// As its file says.
    AsShipped,
    /// As long as a test waits.
    Long,
}

/// Whom the gateway speaks to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Neighbours {
    pub(crate) service: SocketAddr,
    pub(crate) back_end: SocketAddr,
}

/// A running gateway. Killed when dropped.
pub(crate) struct Gateway {
    clients: Port,
    child: Child,
    scratch: Scratch,
    /// Further ports that are its own.
    _inner: Vec<Port>,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Gateway {
    /// Returns when it passes on what the service says.
    pub(crate) async fn start(kind: Kind, neighbours: Neighbours, patience: Patience) -> Self {
        let (recipe, scratch) = (kind.recipe(), Scratch::of(kind.name()));
        (recipe.prepare)(&scratch);
        let inner = recipe.inner_ports.iter().map(|shipped| moved(&scratch, shipped)).collect();
        let clients = moved(&scratch, "8000");
        for (shipped, address) in [(recipe.service_port, neighbours.service), ("9000", neighbours.back_end)] {
            scratch.replace(shipped, &address.port().to_string());
        }
        if patience == Patience::Long {
            recipe.time_limits.iter().for_each(|(shipped, long)| scratch.replace(shipped, long));
        }
        let child = spawn(kind, &scratch);
        let mut gateway = Self { clients, child, scratch, _inner: inner };
        gateway.becomes_ready().await;
        gateway
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.clients.address
    }

    /// What it has printed.
    fn log(&self) -> String {
        fs::read_to_string(self.scratch.path(LOG)).unwrap_or_default()
    }

    async fn becomes_ready(&mut self) {
        until("the gateway passes on what the service says", || {
            let (address, ended) = (self.clients.address, self.child.try_wait().unwrap());
            assert!(ended.is_none(), "{ended:?}: {}", self.log());
            async move {
                let answer = exchange(address, &Request::new("GET", "/")).await.ok()?;
                (answer.status == 401).then_some(())
            }
        })
        .await;
    }
}

/// A free port in the place of the one that is shipped.
fn moved(scratch: &Scratch, shipped: &str) -> Port {
    let port = Port::reserve();
    scratch.replace(shipped, &port.address.port().to_string());
    port
}

fn spawn(kind: Kind, scratch: &Scratch) -> Child {
    let log = File::create(scratch.path(LOG)).unwrap();
    let mut command = Command::new(kind.program());
    command.args(kind.recipe().arguments).current_dir(scratch.directory());
    command.env("CLAIMSMITH_GATEWAY_KEY", KEY);
    // Where Caddy would keep certificates.
    for home in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"] {
        command.env(home, scratch.directory());
    }
    command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
    command.spawn().unwrap()
}
