//! The single writer of the keys in force: looks every few seconds whether the store has changed, or time wants another key.
//!
//! There is no watching of files: secrets are often mounted in ways that a watch does not see. One turn is in flight at a
//! time, whichever incarnation began it.

use std::time::Duration;

use actix::{Actor, ActorFutureExt, AsyncContext, Context, WrapFuture};

use super::Issuance;
use crate::supervision::Lease;

/// The actor's kind, as metrics show it.
pub const SIGNING_KEYS: &str = "signing_keys";

const TURN_EVERY: Duration = Duration::from_secs(10);

/// One incarnation of the writer.
pub struct SigningKeysActor {
    lease: Lease,
    issuance: Issuance,
}

impl SigningKeysActor {
    /// A writer of these keys.
    pub fn new(lease: Lease, issuance: Issuance) -> Self {
        Self { lease, issuance }
    }

    fn turn(&mut self, ctx: &mut Context<Self>) {
        let issuance = self.issuance.clone();
        let turn = tokio::task::spawn_blocking(move || issuance.turn());
        ctx.spawn(turn.into_actor(self).map(|turned, actor, _| {
            // A turn that hangs is none, so the lease tells.
            if matches!(turned, Ok(true)) {
                actor.lease.progress();
            }
        }));
    }
}

impl Actor for SigningKeysActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.lease.attach(ctx);
        self.turn(ctx);
        ctx.run_interval(TURN_EVERY, Self::turn);
    }
}
