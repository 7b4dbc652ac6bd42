//! Up to where must a token of our own be complete, so that it cannot lack a change to its user?
//!
//! The newest position that touched each user of each tenant, exact for memberships. Whatever else changes counts for the
//! whole tenant, or for everybody: roles, tenants, links of identities, and changes that name no one. So a token that is
//! found too old may be a false alarm, and one that is found new enough never lacks a change.
//!
//! What is forgotten counts for everybody from then on: a replica whose feed is cut off signs what was true up to a day ago, so
//! that not even a token that was made a moment ago is new enough by its age alone. At start, and when the server turns out to have another
//! history, everything before the log's head counts as changed. Takes effect within the call: the feed says "applied" later.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use parking_lot::RwLock;

use crate::clock::{Moment, SharedClock};
use crate::directory::change::{Change, Kind, Touched};
use crate::directory::{Position, Subscriber, TenantId, UserId};

/// Most users of one tenant that are told apart.
const USERS_MOST: usize = 10_000;
/// Most tenants that are told apart.
const TENANTS_MOST: usize = 10_000;
/// Most users of all tenants together.
const ALL_USERS_MOST: usize = 100_000;

/// The newest changes.
#[derive(Debug)]
pub struct LastChanges {
    recent: RwLock<Recent>,
    keep: Duration,
    clock: SharedClock,
}

/// Counts histories of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct History(u64);

impl History {
    pub(super) const fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }
}

/// Up to where something must be complete, and in which history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Since {
    pub(super) position: Position,
    pub(super) history: History,
}

/// A position, and when we heard of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    position: Position,
    at: Moment,
}

#[derive(Debug)]
struct Recent {
    history: History,
    /// Everybody's.
    everybody: Position,
    /// Links of identities: everybody's too, but nothing that is in a token depends on them.
    links: Position,
    tenants: HashMap<TenantId, Tenant>,
    users: usize,
    pruned_at: Moment,
}

#[derive(Debug, Default)]
struct Tenant {
    whole: Option<Stamp>,
    users: HashMap<Box<str>, Stamp>,
}

impl LastChanges {
    /// Tells users apart for as long as a token may live. Until the log was read once, no token is new enough.
    pub fn new(keep: Duration, clock: SharedClock) -> Self {
        let recent = Recent {
            history: History::default(),
            everybody: Position::MAX,
            links: Position::ZERO,
            tenants: HashMap::new(),
            users: 0,
            pruned_at: clock.now(),
        };
        Self { recent: RwLock::new(recent), keep, clock }
    }

    /// A token for this user in this tenant that is complete to a lower position may lack a change to them.
    pub fn min_position(&self, tenant: &str, user: &str) -> Position {
        let recent = self.recent.read();
        recent.of(tenant, user).max(recent.links)
    }

    /// The same, for whoever has asked a moment ago which user an identity is linked to; and in which history.
    pub(super) fn since(&self, tenant: &TenantId, user: &UserId) -> Since {
        let recent = self.recent.read();
        Since { position: recent.of(tenant.as_str(), user.as_str()), history: recent.history }
    }

    fn apply(&self, change: &Change) {
        let stamp = Stamp { position: change.position, at: self.clock.now() };
        let (is_due, is_full) = {
            let mut recent = self.recent.write();
            for touched in &change.touched {
                recent.touch(touched, stamp);
            }
            (stamp.at.since(recent.pruned_at) >= self.keep / 8, recent.is_full())
        };
        if is_due || is_full {
            self.prune(stamp.at);
        }
        let mut recent = self.recent.write();
        if recent.is_full() {
            // More changes than can be told apart: everybody's.
            recent.forget_all(change.position);
        }
    }

    /// Tenant by tenant, so that whoever reads meanwhile waits for one of them at most.
    fn prune(&self, now: Moment) {
        let tenants: Vec<TenantId> = self.recent.read().tenants.keys().cloned().collect();
        for tenant in tenants {
            self.recent.write().prune(&tenant, now, self.keep);
        }
        self.recent.write().pruned_at = now;
    }
}

impl Recent {
    fn of(&self, tenant: &str, user: &str) -> Position {
        let Some(known) = self.tenants.get(tenant) else { return self.everybody };
        let stamps = known.whole.iter().chain(known.users.get(user));
        stamps.map(|stamp| stamp.position).fold(self.everybody, Position::max)
    }

    fn touch(&mut self, touched: &Touched, stamp: Stamp) {
        match (touched.kind, &touched.tenant, &touched.subjects) {
            (Kind::User, Some(tenant), Some(users)) => {
                for user in users {
                    self.touch_user(tenant, user, stamp);
                }
            }
            (Kind::User | Kind::Role | Kind::Catalog, Some(tenant), _) => self.touch_tenant(tenant, stamp),
            (Kind::Identity, ..) => self.links = self.links.max(stamp.position),
            (Kind::User | Kind::Role | Kind::Catalog | Kind::All, ..) => {
                self.everybody = self.everybody.max(stamp.position);
            }
        }
    }

    fn touch_user(&mut self, tenant: &TenantId, user: &str, stamp: Stamp) {
        let known = self.tenants.entry(tenant.clone()).or_default();
        if known.users.insert(user.into(), stamp).is_none() {
            self.users += 1;
        }
        if known.users.len() > USERS_MOST {
            self.touch_tenant(tenant, stamp);
        }
    }

    fn touch_tenant(&mut self, tenant: &TenantId, stamp: Stamp) {
        let known = self.tenants.entry(tenant.clone()).or_default();
        known.whole = Some(stamp);
        self.users -= known.users.len();
        known.users.clear();
    }

    fn is_full(&self) -> bool {
        self.users > ALL_USERS_MOST || self.tenants.len() > TENANTS_MOST
    }

    fn prune(&mut self, tenant: &TenantId, now: Moment, keep: Duration) {
        let Some(known) = self.tenants.get_mut(tenant) else { return };
        let before = known.users.len();
        let mut everybody = self.everybody;
        let mut stays = |stamp: &Stamp| {
            let is_young = now.since(stamp.at) <= keep;
            if !is_young {
                everybody = everybody.max(stamp.position);
            }
            is_young
        };
        known.whole = known.whole.filter(&mut stays);
        known.users.retain(|_, stamp| stays(stamp));
        self.everybody = everybody;
        self.users -= before - known.users.len();
        if known.whole.is_none() && known.users.is_empty() {
            self.tenants.remove(tenant);
        }
    }

    fn forget_all(&mut self, position: Position) {
        self.everybody = position;
        self.links = Position::ZERO;
        self.tenants.clear();
        self.users = 0;
    }
}

impl Subscriber for LastChanges {
    fn changed(&self, change: &Change) -> BoxFuture<'static, ()> {
        self.apply(change);
        ready(()).boxed()
    }

    fn reset(&self, head: Position) -> BoxFuture<'static, ()> {
        let mut recent = self.recent.write();
        recent.history = recent.history.next();
        recent.forget_all(head);
        drop(recent);
        ready(()).boxed()
    }
}

#[cfg(test)]
mod tests;
