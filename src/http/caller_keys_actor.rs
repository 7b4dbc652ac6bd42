//! The single writer of callers' keys: reads key files again, so that a key is rotated without a restart.
//!
//! A file that cannot be read leaves the keys in force, and a warning. There is no watching of files: secrets are often mounted
//! in ways that a watch does not see.

use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, ActorFutureExt, AsyncContext, Context, WrapFuture};

use super::caller::Callers;
use crate::supervision::Lease;

const READ_EVERY: Duration = Duration::from_secs(10);

/// One incarnation of the writer.
pub struct CallerKeysActor {
    lease: Lease,
    callers: Arc<Callers>,
}

impl CallerKeysActor {
    /// A writer for these callers.
    pub fn new(lease: Lease, callers: Arc<Callers>) -> Self {
        Self { lease, callers }
    }

    fn reload(&mut self, ctx: &mut Context<Self>) {
        let callers = Arc::clone(&self.callers);
        let read = tokio::task::spawn_blocking(move || callers.reload());
        ctx.spawn(read.into_actor(self).map(|read, actor, _| {
            actor.lease.progress();
            if let Ok(Err(error)) = read {
                tracing::warn!(error = &error as &dyn std::error::Error, "the keys of callers stay as they are");
            }
        }));
    }
}

impl Actor for CallerKeysActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.lease.attach(ctx);
        if self.callers.have_files() {
            ctx.run_interval(READ_EVERY, Self::reload);
        }
    }
}
