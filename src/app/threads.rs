//! The threads and runtimes that the service runs on.

use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;

use actix_rt::{Arbiter, ArbiterHandle};
use tokio::runtime::{Handle, Runtime};

/// What the service runs on; dropped last.
pub(super) struct Threads {
    pub(super) feed: Arbiter,
    pub(super) control: Arbiter,
    tenants: Vec<Arbiter>,
    connections: Background,
    issuers: Background,
    grpc: Option<Background>,
}

/// A runtime of its own for work that nothing else may wait for.
struct Background {
    /// Taken out when it is stopped: dropping it would block.
    runtime: Option<Runtime>,
    handle: Handle,
}

impl Threads {
    /// With so many threads for gRPC, one for each core if they are 0, if it is wanted at all.
    pub(super) fn start(grpc: Option<usize>) -> std::io::Result<Self> {
        let cores = available_parallelism().map_or(1, NonZero::get);
        let spare = (cores / 2).max(1);
        Ok(Self {
            feed: Arbiter::new(),
            control: Arbiter::new(),
            tenants: (0..spare).map(|_| Arbiter::new()).collect(),
            connections: Background::start("connections", 1)?,
            issuers: Background::start("issuers", 1)?,
            grpc: grpc
                .map(|threads| Background::start("grpc", if threads > 0 { threads } else { cores }))
                .transpose()?,
        })
    }

    pub(super) fn tenant_arbiters(&self) -> Arc<[ArbiterHandle]> {
        self.tenants.iter().map(Arbiter::handle).collect()
    }

    /// Where pooled connections live.
    pub(super) fn connections(&self) -> Handle {
        self.connections.handle.clone()
    }

    /// Where Envoy is answered over gRPC.
    pub(super) fn grpc(&self) -> Option<Handle> {
        self.grpc.as_ref().map(|grpc| grpc.handle.clone())
    }

    /// Where issuers are asked: what they answer is hostile, and must hold up nobody else.
    pub(super) fn issuers(&self) -> Handle {
        self.issuers.handle.clone()
    }
}

impl Background {
    fn start(name: &str, threads: usize) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            .thread_name(name)
            .enable_all()
            .build()?;
        Ok(Self { handle: runtime.handle().clone(), runtime: Some(runtime) })
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.feed.stop();
        self.control.stop();
        for arbiter in &self.tenants {
            arbiter.stop();
        }
    }
}
