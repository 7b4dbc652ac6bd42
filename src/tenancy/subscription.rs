//! How the catalog hears of changes.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};

use super::catalog_actor::{CatalogActor, Reload};
use crate::directory::change::{Change, Kind};
use crate::directory::{Position, Subscriber};
use crate::supervision::Handle;

/// Has the catalog read again after every change that may concern it.
pub struct CatalogSubscription {
    actor: Handle<CatalogActor>,
}

impl CatalogSubscription {
    /// For this actor.
    pub fn new(actor: Handle<CatalogActor>) -> Arc<Self> {
        Arc::new(Self { actor })
    }

    fn reload(&self, position: Position, new_history: bool) -> BoxFuture<'static, ()> {
        self.actor.insist(move |done| Reload { position, new_history, done }).boxed()
    }
}

impl Subscriber for CatalogSubscription {
    fn changed(&self, change: &Change) -> BoxFuture<'static, ()> {
        if change.touched.iter().any(|touched| matches!(touched.kind, Kind::Catalog | Kind::All)) {
            return self.reload(change.position, false);
        }
        ready(()).boxed()
    }

    fn reset(&self, head: Position) -> BoxFuture<'static, ()> {
        self.reload(head, true)
    }
}
