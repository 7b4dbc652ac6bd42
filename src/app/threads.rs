//! The threads and runtimes that the service runs on.

use std::sync::Arc;
use std::thread::available_parallelism;

use actix_rt::{Arbiter, ArbiterHandle};
use tokio::runtime::Runtime;

/// What the service runs on; dropped last.
pub(super) struct Threads {
    pub(super) feed: Arbiter,
    pub(super) control: Arbiter,
    tenants: Vec<Arbiter>,
    pub(super) connections: Runtime,
}

impl Threads {
    pub(super) fn start() -> std::io::Result<Self> {
        let spare = available_parallelism().map_or(1, |cores| cores.get() / 2).max(1);
        let connections = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("connections")
            .enable_all()
            .build()?;
        Ok(Self {
            feed: Arbiter::new(),
            control: Arbiter::new(),
            tenants: (0..spare).map(|_| Arbiter::new()).collect(),
            connections,
        })
    }

    pub(super) fn tenant_arbiters(&self) -> Arc<[ArbiterHandle]> {
        self.tenants.iter().map(Arbiter::handle).collect()
    }

    pub(super) fn stop(self) {
        self.feed.stop();
        self.control.stop();
        for arbiter in &self.tenants {
            arbiter.stop();
        }
        self.connections.shutdown_background();
    }
}
