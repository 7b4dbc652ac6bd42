//! The actor that runs the probe; everything that outlives it is in [`ProbeContext`].

use std::sync::Arc;

use actix::{Actor, AsyncContext, Context, WrapFuture};

use super::ProbeContext;
use super::round::follow;
use crate::supervision::Lease;

/// The actor's kind, as metrics show it.
pub const PROBE: &str = "probe";

/// Probes for as long as it lives.
pub struct ProbeActor {
    lease: Lease,
    context: Arc<ProbeContext>,
}

impl ProbeActor {
    /// One incarnation, under this lease.
    pub fn new(lease: Lease, context: Arc<ProbeContext>) -> Self {
        Self { lease, context }
    }
}

impl Actor for ProbeActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.lease.attach(ctx);
        ctx.spawn(follow(Arc::clone(&self.context)).into_actor(self));
    }
}
