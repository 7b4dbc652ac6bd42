//! The threads and runtimes that the service runs on.

use std::sync::Arc;
use std::thread::available_parallelism;

use actix_rt::{Arbiter, ArbiterHandle};
use tokio::runtime::{Handle, Runtime};

/// What the service runs on; dropped last.
pub(super) struct Threads {
    pub(super) feed: Arbiter,
    pub(super) control: Arbiter,
    tenants: Vec<Arbiter>,
    /// Taken out when it is stopped: dropping it would block.
    connections: Option<Runtime>,
    connection_handle: Handle,
}

impl Threads {
    pub(super) fn start() -> std::io::Result<Self> {
        let spare = available_parallelism().map_or(1, |cores| cores.get() / 2).max(1);
        let connections = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("connections")
            .enable_all()
            .build()?;
        let connection_handle = connections.handle().clone();
        Ok(Self {
            feed: Arbiter::new(),
            control: Arbiter::new(),
            tenants: (0..spare).map(|_| Arbiter::new()).collect(),
            connections: Some(connections),
            connection_handle,
        })
    }

    pub(super) fn tenant_arbiters(&self) -> Arc<[ArbiterHandle]> {
        self.tenants.iter().map(Arbiter::handle).collect()
    }

    /// Where pooled connections live.
    pub(super) fn connections(&self) -> Handle {
        self.connection_handle.clone()
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.feed.stop();
        self.control.stop();
        for arbiter in &self.tenants {
            arbiter.stop();
        }
        if let Some(connections) = self.connections.take() {
            connections.shutdown_background();
        }
    }
}
