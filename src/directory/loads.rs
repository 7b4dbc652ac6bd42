//! What the directory answers: rows as the other rooms want them, each load with the position up to which it is complete.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::identifiers::{IssuerId, Position, TenantId, UserId};

/// What one user may do in a tenant, as the directory has it.
#[derive(Debug)]
pub struct Membership {
    /// Keys of the roles held, sorted.
    pub roles: Vec<String>,
    /// Attributes, when they were asked for.
    pub attributes: Option<Value>,
    /// How long this stays true if nobody changes anything.
    pub lapses_in: Option<Duration>,
}

/// What a role is called and what it permits.
#[derive(Debug)]
pub struct Role {
    /// Its key, as memberships name it.
    pub key: String,
    /// Its name, as claims show it.
    pub name: String,
    /// What it permits.
    pub permissions: Vec<String>,
}

/// Some users of one tenant.
#[derive(Debug)]
pub struct MembersLoad {
    /// Every change up to here is in the answer, in the history that is followed.
    pub head: Position,
    /// Every change up to here is in the answer, in the history of the server that gave it.
    pub snapshot: Position,
    /// One entry per user asked for, in that order; `None` for those who are no members.
    pub members: Vec<Option<Membership>>,
    /// Every role that one of them holds.
    pub roles: Vec<Role>,
}

/// Some identities.
#[derive(Debug)]
pub struct IdentitiesLoad {
    /// Every change up to here is in the answer, in the history that is followed.
    pub head: Position,
    /// Every change up to here is in the answer, in the history of the server that gave it.
    pub snapshot: Position,
    /// One entry per pair asked for, in that order; `None` for a pair that is linked to nobody.
    pub users: Vec<Option<UserId>>,
}

/// All tenants and issuers.
#[derive(Debug)]
pub struct CatalogLoad {
    /// Every change up to here is in the answer.
    pub head: Position,
    /// Rows of the `tenant` view.
    pub tenants: Vec<TenantRow>,
    /// Rows of the `issuer` view.
    pub issuers: Vec<IssuerRow>,
    /// Rows that could not be read, and so are not there.
    pub problems: Vec<String>,
}

/// A row of the `tenant` view.
#[derive(Debug, Deserialize)]
#[expect(missing_docs, reason = "the columns are documented in sql/README.md")]
pub struct TenantRow {
    pub tenant_id: String,
    pub name: Option<String>,
    pub suspended: Option<bool>,
    pub hints: Option<Value>,
    pub trusted_issuers: Option<Vec<String>>,
    pub allowed_clients: Option<Vec<String>>,
    pub claim_template: Option<Value>,
}

/// A row of the `issuer` view.
#[derive(Debug, Deserialize)]
#[expect(missing_docs, reason = "the columns are documented in sql/README.md")]
pub struct IssuerRow {
    pub issuer_id: String,
    pub issuer: Option<Vec<String>>,
    pub enabled: Option<bool>,
    pub settings: Option<Value>,
}

/// One line of a picker.
#[derive(Debug)]
pub struct TenantOfUser {
    /// The tenant.
    pub tenant: TenantId,
    /// Whether it applies when nothing names another.
    pub is_default: bool,
}

impl TenantRow {
    /// The tenant's identifier.
    pub fn id(&self) -> TenantId {
        TenantId::from(self.tenant_id.as_str())
    }
}

impl IssuerRow {
    /// The entry's identifier.
    pub fn id(&self) -> IssuerId {
        IssuerId::from(self.issuer_id.as_str())
    }
}
