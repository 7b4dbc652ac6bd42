//! Up to where must a token of our own be complete, so that it cannot lack a change to its user?
//!
//! The newest position that touched each user of each tenant, exact for memberships. Whatever else changes counts for the
//! whole tenant, or for everybody: roles, tenants, links of identities, and changes that name no one. So a token that is
//! found too old may be a false alarm, and one that is found new enough never lacks a change.
//!
//! What is forgotten is older than the longest life of a token. At start, and when the server turns out to have another
//! history, everything before the log's head counts as changed. Takes effect within the call: the feed says "applied" later.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use parking_lot::Mutex;

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
    recent: Mutex<Recent>,
    keep: Duration,
    clock: SharedClock,
}

/// A position, and when we heard of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    position: Position,
    at: Moment,
}

#[derive(Debug)]
struct Recent {
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
    /// Remembers for as long as a token may live. Until the log was read once, no token is new enough.
    pub fn new(keep: Duration, clock: SharedClock) -> Self {
        let recent = Recent {
            everybody: Position::MAX,
            links: Position::ZERO,
            tenants: HashMap::new(),
            users: 0,
            pruned_at: clock.now(),
        };
        Self { recent: Mutex::new(recent), keep, clock }
    }

    /// A token for this user in this tenant that is complete to a lower position may lack a change to them.
    pub fn min_position(&self, tenant: &str, user: &str) -> Position {
        let recent = self.recent.lock();
        recent.of(tenant, user).max(recent.links)
    }

    /// The same, for whoever has asked a moment ago which user an identity is linked to.
    pub(super) fn min_position_of_grants(&self, tenant: &TenantId, user: &UserId) -> Position {
        self.recent.lock().of(tenant.as_str(), user.as_str())
    }

    fn apply(&self, change: &Change) {
        let stamp = Stamp { position: change.position, at: self.clock.now() };
        let mut recent = self.recent.lock();
        for touched in &change.touched {
            recent.touch(touched, stamp);
        }
        let is_due = stamp.at.since(recent.pruned_at) >= self.keep / 8;
        if is_due || recent.is_full() {
            recent.prune(stamp.at, self.keep);
        }
        if recent.is_full() {
            // More changes than can be told apart: everybody's.
            recent.forget_all(change.position);
        }
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

    fn prune(&mut self, now: Moment, keep: Duration) {
        let is_young = |stamp: &Stamp| now.since(stamp.at) <= keep;
        let mut users = 0;
        self.tenants.retain(|_, known| {
            known.whole = known.whole.filter(is_young);
            known.users.retain(|_, stamp| is_young(stamp));
            users += known.users.len();
            known.whole.is_some() || !known.users.is_empty()
        });
        self.users = users;
        self.pruned_at = now;
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
        self.recent.lock().forget_all(head);
        ready(()).boxed()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::ManualClock;
    use proptest::prelude::*;

    const KEEP: Duration = Duration::from_mins(10);

    fn started(head: u64) -> (LastChanges, Arc<ManualClock>) {
        let clock = ManualClock::shared();
        let changes = LastChanges::new(KEEP, Arc::clone(&clock) as SharedClock);
        drop(changes.reset(Position::new(head)));
        (changes, clock)
    }

    fn touched(kind: Kind, tenant: Option<&str>, subjects: Option<&[&str]>) -> Touched {
        let subjects = subjects.map(|names| names.iter().map(|name| Box::from(*name)).collect());
        Touched { kind, tenant: tenant.map(TenantId::from), subjects }
    }

    fn change(changes: &LastChanges, number: u64, touched: Touched) {
        drop(changes.changed(&Change { position: Position::new(number), nonce: None, touched: vec![touched] }));
    }

    fn min(changes: &LastChanges, tenant: &str, user: &str) -> u64 {
        changes.min_position(tenant, user).get()
    }

    #[test]
    fn nothing_is_new_enough_before_the_log_was_read_and_the_head_is_after() {
        let changes = LastChanges::new(KEEP, ManualClock::shared());
        assert_eq!(changes.min_position("acme", "alice"), Position::MAX);
        drop(changes.reset(Position::new(7)));
        assert_eq!(min(&changes, "acme", "alice"), 7);
    }

    #[test]
    fn a_membership_concerns_its_user_in_its_tenant_and_nobody_else() {
        let (changes, _) = started(5);
        change(&changes, 8, touched(Kind::User, Some("acme"), Some(&["alice", "bob"])));
        assert_eq!((min(&changes, "acme", "alice"), min(&changes, "acme", "bob")), (8, 8));
        assert_eq!((min(&changes, "acme", "carol"), min(&changes, "globex", "alice")), (5, 5));
    }

    #[test]
    fn whatever_else_changes_concerns_the_tenant_or_everybody() {
        for (what, of_acme, of_others) in [
            (touched(Kind::User, Some("acme"), None), 8, 5),
            (touched(Kind::Role, Some("acme"), Some(&["admin"])), 8, 5),
            (touched(Kind::Catalog, Some("acme"), None), 8, 5),
            (touched(Kind::User, None, Some(&["alice"])), 8, 8),
            (touched(Kind::Role, None, None), 8, 8),
            (touched(Kind::Identity, None, Some(&["auth0|1"])), 8, 8),
            (touched(Kind::Catalog, None, None), 8, 8),
            (Touched::everything(), 8, 8),
        ] {
            let (changes, _) = started(5);
            change(&changes, 8, what.clone());
            assert_eq!((min(&changes, "acme", "x"), min(&changes, "globex", "x")), (of_acme, of_others), "{what:?}");
        }
    }

    #[test]
    fn links_do_not_concern_whoever_has_just_followed_one() {
        let (changes, _) = started(5);
        change(&changes, 8, touched(Kind::Identity, None, Some(&["auth0|1"])));
        let of_grants = changes.min_position_of_grants(&TenantId::from("acme"), &UserId::from("alice"));
        assert_eq!(of_grants, Position::new(5));
    }

    #[test]
    fn what_no_token_can_be_older_than_is_forgotten() {
        let (changes, clock) = started(5);
        change(&changes, 8, touched(Kind::User, Some("acme"), Some(&["alice"])));
        clock.advance(KEEP);
        change(&changes, 9, touched(Kind::User, Some("globex"), Some(&["bob"])));
        assert_eq!(min(&changes, "acme", "alice"), 8);
        clock.advance(KEEP);
        change(&changes, 10, touched(Kind::User, Some("globex"), Some(&["bob"])));
        assert_eq!((min(&changes, "acme", "alice"), min(&changes, "globex", "bob")), (5, 10));
    }

    #[test]
    fn another_history_begins_at_its_head_even_if_that_is_lower() {
        let (changes, _) = started(50);
        change(&changes, 80, touched(Kind::User, Some("acme"), Some(&["alice"])));
        drop(changes.reset(Position::new(60)));
        assert_eq!(min(&changes, "acme", "alice"), 60);
    }

    #[test]
    fn too_many_users_of_a_tenant_are_the_tenant() {
        let (changes, _) = started(1);
        for number in 0..=USERS_MOST {
            change(&changes, 2 + number as u64, touched(Kind::User, Some("acme"), Some(&[&format!("u{number}")])));
        }
        assert_eq!(min(&changes, "acme", "nobody"), 2 + USERS_MOST as u64);
        assert_eq!((min(&changes, "globex", "nobody"), changes.recent.lock().users), (1, 0));
    }

    #[test]
    fn too_many_tenants_are_everybody() {
        let (changes, _) = started(1);
        for number in 0..=TENANTS_MOST {
            change(&changes, 2 + number as u64, touched(Kind::Role, Some(&format!("t{number}")), None));
        }
        assert_eq!(min(&changes, "elsewhere", "nobody"), 2 + TENANTS_MOST as u64);
        assert!(changes.recent.lock().tenants.is_empty());
    }

    proptest! {
        /// Never lower than the newest change to the user that a token could be older than.
        #[test]
        fn no_change_is_ever_missed(steps in prop::collection::vec((0..5_u8, 0..3_u8, 0..3_u8, 0..400_u64), 1..80)) {
            let (changes, clock) = started(0);
            let mut newest: HashMap<(u8, u8), (u64, Moment)> = HashMap::new();
            for (number, (kind, tenant, user, pause)) in (1..).zip(steps) {
                clock.advance(Duration::from_secs(pause));
                let (tenant_name, user_name) = (format!("t{tenant}"), format!("u{user}"));
                change(&changes, number, match kind {
                    0..3 => touched(Kind::User, Some(&tenant_name), Some(&[&user_name])),
                    3 => touched(Kind::Role, Some(&tenant_name), None),
                    _ => touched(Kind::Catalog, None, None),
                });
                for (at_tenant, at_user) in (0..3).flat_map(|tenant| (0..3).map(move |user| (tenant, user))) {
                    let concerns = kind == 4 || (tenant == at_tenant && (kind == 3 || user == at_user));
                    if concerns {
                        newest.insert((at_tenant, at_user), (number, crate::clock::Clock::now(&*clock)));
                    }
                    let Some((changed, at)) = newest.get(&(at_tenant, at_user)) else { continue };
                    if crate::clock::Clock::now(&*clock).since(*at) <= KEEP {
                        let found = min(&changes, &format!("t{at_tenant}"), &format!("u{at_user}"));
                        prop_assert!(found >= *changed, "{found} misses {changed}");
                    }
                }
            }
        }
    }
}
