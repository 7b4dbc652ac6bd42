//! Who and what there is: tenants, users, roles, and how versions of them are named.
//!
//! Each transaction has a *mark*, a number of its own, and writes it wherever it writes: as attribute `v` of a member, as
//! permission `v:<mark>` of a role. So an answer names the transactions that it was made from.

pub(super) const TENANTS: usize = 20;
pub(super) const USERS: usize = 50;
pub(super) const ROLES: usize = 3;

/// The number of a transaction; 0 is what was there before the first.
pub(super) type Mark = u64;

/// A user in a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Subject {
    pub(super) tenant: usize,
    pub(super) user: usize,
}

/// Something that has versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Object {
    /// The membership of a user.
    Member(Subject),
    /// What a role of a tenant means.
    Role { tenant: usize, role: usize },
}

/// What a version of an object says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// No member.
    Absent,
    /// A member who holds this role.
    Holds(usize),
    /// A meaning of a role.
    Means,
}

impl Subject {
    pub(super) fn every() -> impl Iterator<Item = Self> {
        (0..TENANTS * USERS).map(|number| Self { tenant: number / USERS, user: number % USERS })
    }

    /// The role that the user holds at the start.
    pub(super) const fn first_role(self) -> usize {
        self.user % ROLES
    }
}

impl Object {
    pub(super) fn every() -> impl Iterator<Item = Self> {
        let roles = (0..TENANTS * ROLES).map(|number| Self::Role { tenant: number / ROLES, role: number % ROLES });
        Subject::every().map(Self::Member).chain(roles)
    }

    /// Its place among all objects.
    pub(super) const fn index(self) -> usize {
        match self {
            Self::Member(Subject { tenant, user }) => tenant * USERS + user,
            Self::Role { tenant, role } => TENANTS * USERS + tenant * ROLES + role,
        }
    }
}

/// `7` in `t7`, `u7` and `r7`.
pub(super) fn number_of(name: &str) -> usize {
    name[1..].parse().unwrap()
}

/// Tables and rows of the start. `history.mark` tells which transaction drew which position: rows of one transaction have
/// one `xmin`.
pub(super) fn first_data() -> String {
    format!(
        "CREATE SCHEMA history;
         CREATE TABLE history.mark (mark bigint PRIMARY KEY);
         INSERT INTO claimsmith_data.tenant (id, name) SELECT 't' || t, 'T' FROM generate_series(0, {TENANTS} - 1) t;
         INSERT INTO claimsmith_data.role (tenant_id, role, name)
           SELECT id, 'r' || r, 'r' || r FROM claimsmith_data.tenant, generate_series(0, {ROLES} - 1) r;
         INSERT INTO claimsmith_data.role_permission (tenant_id, role, permission)
           SELECT tenant_id, role, 'v:0' FROM claimsmith_data.role;
         INSERT INTO claimsmith_data.membership (tenant_id, user_id, attributes)
           SELECT id, 'u' || u, '{{\"v\": 0}}' FROM claimsmith_data.tenant, generate_series(0, {USERS} - 1) u;
         INSERT INTO claimsmith_data.membership_role (tenant_id, user_id, role)
           SELECT id, 'u' || u, 'r' || u % {ROLES} FROM claimsmith_data.tenant, generate_series(0, {USERS} - 1) u;"
    )
}
