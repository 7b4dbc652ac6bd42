//! The actor that follows the change log; all it knows that outlives it is in [`FeedContext`].

use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, AsyncContext, Context, WrapFuture};

use super::{ChangeFeed, FeedContext};
use crate::supervision::Lease;

const PRUNE_EVERY: Duration = Duration::from_mins(1);
/// How often the pool's server is compared with the feed's, even if nobody loads anything.
const COMPARE_EVERY: Duration = Duration::from_secs(10);

/// The single writer of [`Freshness`](crate::directory::Freshness).
pub struct ChangeFeedActor {
    lease: Lease,
    context: Arc<FeedContext>,
    keep_changes: Duration,
}

impl ChangeFeedActor {
    /// One incarnation, under this lease.
    pub fn new(lease: Lease, context: Arc<FeedContext>, keep_changes: Duration) -> Self {
        Self { lease, context, keep_changes }
    }

    fn prune(&mut self, ctx: &mut Context<Self>) {
        let (directory, keep) = (Arc::clone(&self.context.directory), self.keep_changes);
        let pruned = async move {
            // Another replica, or the next minute, will do it.
            if let Err(error) = directory.prune(keep).await {
                tracing::debug!(cause = error.label(), "the change log was not pruned");
            }
        };
        ctx.spawn(pruned.into_actor(self));
    }

    fn compare_history(&mut self, ctx: &mut Context<Self>) {
        let directory = Arc::clone(&self.context.directory);
        let compared = async move {
            // If they differ, the feed finds out and says so.
            if let Err(error) = directory.compare_history().await {
                tracing::debug!(cause = error.label(), "the pool's history was not compared with the change feed's");
            }
        };
        ctx.spawn(compared.into_actor(self));
    }
}

impl Actor for ChangeFeedActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.lease.attach(ctx);
        ctx.spawn(ChangeFeed::resume(Arc::clone(&self.context)).follow().into_actor(self));
        ctx.run_interval(PRUNE_EVERY, Self::prune);
        ctx.run_interval(COMPARE_EVERY, Self::compare_history);
    }
}
