//! The kinds of transactions: everything that an application does to its role tables.
//!
//! Rows are always touched in the order of their keys, so that deadlocks are rare; one that happens is a rollback.

use super::chance::Chance;
use super::world::{Mark, ROLES, Subject, TENANTS, USERS};

/// What a transaction does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Attributes,
    Role,
    ManyUsers,
    Meaning,
    SeveralTenants,
    SavepointRolledBack,
    RolledBack,
    Leave,
    Join,
    LeaveAndReturn,
    Copy,
    WholeTenant,
    TruncateMeanings,
}

/// So often in a hundred.
const WEIGHTS: [(Kind, usize); 13] = [
    (Kind::Attributes, 30),
    (Kind::Role, 10),
    (Kind::ManyUsers, 10),
    (Kind::Meaning, 10),
    (Kind::SeveralTenants, 8),
    (Kind::SavepointRolledBack, 7),
    (Kind::RolledBack, 6),
    (Kind::Leave, 5),
    (Kind::Join, 6),
    (Kind::LeaveAndReturn, 4),
    (Kind::Copy, 2),
    (Kind::WholeTenant, 1),
    (Kind::TruncateMeanings, 1),
];
const PEOPLE: &str = "claimsmith_data.membership";
const HELD: &str = "claimsmith_data.membership_role";
const MEANINGS: &str = "claimsmith_data.role_permission";

/// One step of a transaction.
#[derive(Debug)]
pub(super) enum Step {
    /// Statements; rows that they return are (tenant, user) of members who leave.
    Sql(String),
    /// Rows for `COPY … FROM STDIN`.
    Copy { into: &'static str, rows: String },
}

/// Draws a kind and writes it out. `ghost` is a mark that is never to be committed. `again` has just been written: loads of
/// it are under way, and this change is to overtake them.
pub(super) fn draw(chance: &mut Chance, mark: Mark, ghost: Mark, again: Option<Subject>) -> (Kind, Vec<Step>) {
    let mut left = chance.below(100);
    let kind = WEIGHTS.iter().find_map(|(kind, weight)| {
        let is_drawn = left < *weight;
        left = left.wrapping_sub(*weight);
        is_drawn.then_some(*kind)
    });
    let kind = kind.unwrap_or(Kind::Attributes);
    (kind, steps(kind, chance, mark, ghost, again))
}

fn steps(kind: Kind, chance: &mut Chance, mark: Mark, ghost: Mark, again: Option<Subject>) -> Vec<Step> {
    let tenant = again.map_or_else(|| one_tenant(chance), |subject| subject.tenant);
    let mut users = match kind {
        Kind::ManyUsers | Kind::Copy => some_users(chance, 8),
        _ if again.is_some() => Vec::new(),
        _ => some_users(chance, 1),
    };
    users.extend(again.map(|subject| subject.user).filter(|user| !users.contains(user)));
    users.sort_unstable();
    let role = chance.below(ROLES);
    let of_role = format!("WHERE tenant_id = 't{tenant}' AND role = 'r{role}'");
    let sql = match kind {
        Kind::Attributes | Kind::ManyUsers | Kind::RolledBack => mark_users(tenant, &users, mark),
        Kind::Role => {
            // Only of those who were marked: somebody may have joined in between.
            let marked = format!(
                "SELECT user_id FROM {PEOPLE} WHERE tenant_id = 't{tenant}' AND attributes = '{{\"v\": {mark}}}'"
            );
            let held =
                format!("UPDATE {HELD} SET role = 'r{role}' WHERE tenant_id = 't{tenant}' AND user_id IN ({marked})");
            format!("{};{held}", mark_users(tenant, &users, mark))
        }
        Kind::Meaning => format!("UPDATE {MEANINGS} SET permission = 'v:{mark}' {of_role}"),
        Kind::SeveralTenants => several_tenants(chance, mark),
        Kind::SavepointRolledBack => format!(
            "{}; SAVEPOINT s; {}; DELETE FROM {PEOPLE} {}; ROLLBACK TO SAVEPOINT s",
            mark_users(tenant, &users, mark),
            mark_users(tenant, &some_users(chance, 3), ghost),
            of_users(tenant, &some_users(chance, 2)),
        ),
        Kind::Leave => leave(tenant, &users),
        Kind::Join => join(tenant, &users, role, mark),
        Kind::LeaveAndReturn => format!("{};{}", leave(tenant, &users), join(tenant, &users, role, mark)),
        Kind::Copy => return copied(tenant, &users, role, mark),
        Kind::WholeTenant => {
            let everybody: Vec<usize> = (0..USERS).collect();
            format!("{};{}", leave(tenant, &everybody), join(tenant, &everybody, role, mark))
        }
        Kind::TruncateMeanings => format!(
            "TRUNCATE {MEANINGS};
             INSERT INTO {MEANINGS} SELECT tenant_id, role, 'v:{mark}' FROM claimsmith_data.role"
        ),
    };
    vec![Step::Sql(sql)]
}

/// Some are more often written than others, so that changes meet loads.
fn one_tenant(chance: &mut Chance) -> usize {
    if chance.percent(60) { chance.below(2) } else { chance.below(TENANTS) }
}

fn some_users(chance: &mut Chance, most: usize) -> Vec<usize> {
    let mut users: Vec<usize> =
        (0..most).map(|_| if chance.percent(50) { chance.below(5) } else { chance.below(USERS) }).collect();
    users.sort_unstable();
    users.dedup();
    users
}

fn of_users(tenant: usize, users: &[usize]) -> String {
    format!("WHERE tenant_id = 't{tenant}' AND user_id IN ({})", names(users))
}

fn names(users: &[usize]) -> String {
    users.iter().map(|user| format!("'u{user}'")).collect::<Vec<_>>().join(",")
}

fn mark_users(tenant: usize, users: &[usize], mark: Mark) -> String {
    format!("UPDATE {PEOPLE} SET attributes = '{{\"v\": {mark}}}' {}", of_users(tenant, users))
}

fn several_tenants(chance: &mut Chance, mark: Mark) -> String {
    let mut tenants: Vec<usize> = (0..3).map(|_| one_tenant(chance)).collect();
    tenants.sort_unstable();
    tenants.dedup();
    let each = |tenant: &usize| {
        let role = chance.below(ROLES);
        let of_role = format!("WHERE tenant_id = 't{tenant}' AND role = 'r{role}'");
        let users = some_users(chance, 2);
        format!("{}; UPDATE {MEANINGS} SET permission = 'v:{mark}' {of_role}", mark_users(*tenant, &users, mark))
    };
    tenants.iter().map(each).collect::<Vec<_>>().join(";")
}

fn leave(tenant: usize, users: &[usize]) -> String {
    format!("DELETE FROM {PEOPLE} {} RETURNING tenant_id, user_id", of_users(tenant, users))
}

/// Whoever is there already is a member with the new mark and role.
fn join(tenant: usize, users: &[usize], role: usize, mark: Mark) -> String {
    let row = |user: &usize| format!("('t{tenant}', 'u{user}', '{{\"v\": {mark}}}')");
    let rows = users.iter().map(row).collect::<Vec<_>>().join(",");
    let held = |user: &usize| format!("('t{tenant}', 'u{user}', 'r{role}')");
    let held = users.iter().map(held).collect::<Vec<_>>().join(",");
    format!(
        "INSERT INTO {PEOPLE} (tenant_id, user_id, attributes) VALUES {rows}
           ON CONFLICT (tenant_id, user_id) DO UPDATE SET attributes = excluded.attributes;
         DELETE FROM {HELD} {};
         INSERT INTO {HELD} (tenant_id, user_id, role) VALUES {held}",
        of_users(tenant, users)
    )
}

fn copied(tenant: usize, users: &[usize], role: usize, mark: Mark) -> Vec<Step> {
    let person = |user: &usize| format!("t{tenant}\tu{user}\t{{\"v\": {mark}}}\n");
    let held = |user: &usize| format!("t{tenant}\tu{user}\tr{role}\n");
    vec![
        Step::Sql(leave(tenant, users)),
        Step::Copy {
            into: "claimsmith_data.membership (tenant_id, user_id, attributes)",
            rows: users.iter().map(person).collect(),
        },
        Step::Copy {
            into: "claimsmith_data.membership_role (tenant_id, user_id, role)",
            rows: users.iter().map(held).collect(),
        },
    ]
}
