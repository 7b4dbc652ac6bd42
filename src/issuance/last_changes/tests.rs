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
    let since = changes.since(&TenantId::from("acme"), &UserId::from("alice"));
    assert_eq!(since.position, Position::new(5));
}

#[test]
fn what_is_forgotten_counts_for_everybody() {
    let (changes, clock) = started(5);
    change(&changes, 8, touched(Kind::User, Some("acme"), Some(&["alice"])));
    clock.advance(KEEP);
    change(&changes, 9, touched(Kind::User, Some("globex"), Some(&["bob"])));
    assert_eq!((min(&changes, "acme", "alice"), min(&changes, "acme", "carol")), (8, 5));
    clock.advance(KEEP);
    change(&changes, 10, touched(Kind::User, Some("globex"), Some(&["bob"])));
    assert!(!changes.recent.read().tenants.contains_key("acme"));
    assert_eq!((min(&changes, "acme", "alice"), min(&changes, "acme", "carol")), (8, 8));
    assert_eq!(min(&changes, "globex", "bob"), 10);
}

#[test]
fn another_history_begins_at_its_head_even_if_that_is_lower() {
    let (changes, _) = started(50);
    change(&changes, 80, touched(Kind::User, Some("acme"), Some(&["alice"])));
    let since = || changes.since(&TenantId::from("acme"), &UserId::from("alice"));
    let before = since();
    drop(changes.reset(Position::new(60)));
    assert_eq!(min(&changes, "acme", "alice"), 60);
    assert_ne!(since().history, before.history);
}

#[test]
fn too_many_users_of_a_tenant_are_the_tenant() {
    let (changes, _) = started(1);
    for number in 0..=USERS_MOST {
        change(&changes, 2 + number as u64, touched(Kind::User, Some("acme"), Some(&[&format!("u{number}")])));
    }
    assert_eq!(min(&changes, "acme", "nobody"), 2 + USERS_MOST as u64);
    assert_eq!((min(&changes, "globex", "nobody"), changes.recent.read().users), (1, 0));
}

#[test]
fn too_many_tenants_are_everybody() {
    let (changes, _) = started(1);
    for number in 0..=TENANTS_MOST {
        change(&changes, 2 + number as u64, touched(Kind::Role, Some(&format!("t{number}")), None));
    }
    assert_eq!(min(&changes, "elsewhere", "nobody"), 2 + TENANTS_MOST as u64);
    assert!(changes.recent.read().tenants.is_empty());
}

proptest! {
    /// Never lower than the newest change to the user, however long ago that was.
    #[test]
    fn no_change_is_ever_missed(steps in prop::collection::vec((0..5_u8, 0..3_u8, 0..3_u8, 0..400_u64), 1..80)) {
        let (changes, clock) = started(0);
        let mut newest: HashMap<(u8, u8), u64> = HashMap::new();
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
                    newest.insert((at_tenant, at_user), number);
                }
                let Some(changed) = newest.get(&(at_tenant, at_user)) else { continue };
                let found = min(&changes, &format!("t{at_tenant}"), &format!("u{at_user}"));
                prop_assert!(found >= *changed, "{found} misses {changed}");
            }
        }
    }
}
