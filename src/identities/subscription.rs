//! How the identity cache hears of changes.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};

use super::identity_actor::{Changed, IdentityActor, Scope};
use crate::directory::change::{Change, Kind, Touched};
use crate::directory::{Position, Subscriber};
use crate::supervision::Handle;

/// Tells the actor of every change that may concern identities, until it has taken it in.
pub struct IdentitySubscription {
    actor: Handle<IdentityActor>,
}

impl IdentitySubscription {
    /// For this actor.
    pub fn new(actor: Handle<IdentityActor>) -> Arc<Self> {
        Arc::new(Self { actor })
    }

    fn tell(&self, position: Position, scope: Scope) -> BoxFuture<'static, ()> {
        self.actor.insist(move |done| Changed { position, scope: scope.clone(), done }).boxed()
    }
}

fn concerns_identities(touched: &Touched) -> bool {
    matches!(touched.kind, Kind::Identity | Kind::All)
}

impl Subscriber for IdentitySubscription {
    fn changed(&self, change: &Change) -> BoxFuture<'static, ()> {
        let told = change.touched.iter().filter(|touched| concerns_identities(touched));
        let told = told.map(|touched| {
            let scope = touched.subjects.clone().map_or(Scope::All, Scope::Subjects);
            self.tell(change.position, scope)
        });
        join_all(told.collect::<Vec<_>>()).map(drop).boxed()
    }

    fn reset(&self, head: Position) -> BoxFuture<'static, ()> {
        self.tell(head, Scope::History)
    }
}
