//! What a caller is allowed: tenants, hints and surfaces.

use std::collections::BTreeSet;

use crate::config::problem::Fault;
use crate::config::reader::{ListKey, Section};
use crate::config::value::Choice;

/// Stands for every tenant.
const ALL_TENANTS: &str = "*";

/// Which tenants a caller may ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TenantScope {
    /// Every tenant.
    All,
    /// These, by their ids.
    Only(BTreeSet<String>),
}

impl TenantScope {
    /// Whether the caller may ask for the tenant with this id.
    pub fn allows(&self, tenant: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(tenants) => tenants.contains(tenant),
        }
    }

    /// Reads `tenants`. An empty list is refused: a caller for no tenant is a mistake, not a wish.
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        let doc = "The ids of the tenants that the caller may ask for; \"*\" means all of them.";
        let tenants: BTreeSet<String> =
            section.list(ListKey::new("tenants", doc, vec![ALL_TENANTS.to_owned()])).into_iter().collect();
        section.require(&["tenants"], !tenants.is_empty(), || Fault::new("is empty", "name tenants, or write [\"*\"]"));
        if !tenants.contains(ALL_TENANTS) {
            return Self::Only(tenants);
        }
        section.require(&["tenants"], tenants.len() == 1, || {
            Fault::new("names tenants beside \"*\", which means all of them", "keep either")
        });
        Self::All
    }
}

/// Something in a request that names a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HintKind {
    /// The tenant's id itself.
    Tenant,
    /// An organization of the identity provider.
    Organization,
    /// The host name that the user went to.
    Host,
    /// The client of the identity provider.
    ClientId,
    /// The audience of the token.
    Audience,
    /// The connection that the user logged in through.
    Connection,
    /// What the user typed as a login name.
    LoginHint,
    /// The issuer entry that speaks for the user. Nobody sends it: it follows from the token or the subject.
    #[serde(skip_deserializing)]
    Issuer,
}

impl HintKind {
    /// Every kind that a caller can send and a tenant can list.
    pub const SENT: &'static [Self] = <Self as Choice>::ALL;

    /// The word that the file uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Organization => "organization",
            Self::Host => "host",
            Self::ClientId => "client_id",
            Self::Audience => "audience",
            Self::Connection => "connection",
            Self::LoginHint => "login_hint",
            Self::Issuer => "issuer",
        }
    }
}

impl Choice for HintKind {
    const ALL: &'static [Self] = &[
        Self::Tenant,
        Self::Organization,
        Self::Host,
        Self::ClientId,
        Self::Audience,
        Self::Connection,
        Self::LoginHint,
    ];

    fn word(self) -> &'static str {
        self.as_str()
    }
}

/// A protocol that a caller may speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Surface {
    /// The claims of a user in a tenant.
    Claims,
    /// The tenants of a user.
    Memberships,
    /// Where the users of a tenant log in.
    Discovery,
    /// What a token says, enriched (RFC 7662).
    Introspect,
    /// The questions of API gateways.
    Gateway,
    /// A token of our own for that of a client (RFC 8693).
    Token,
}

impl Surface {
    /// The word that the file uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Claims => "claims",
            Self::Memberships => "memberships",
            Self::Discovery => "discovery",
            Self::Introspect => "introspect",
            Self::Gateway => "gateway",
            Self::Token => "token",
        }
    }
}

impl Choice for Surface {
    const ALL: &'static [Self] =
        &[Self::Claims, Self::Memberships, Self::Discovery, Self::Introspect, Self::Gateway, Self::Token];

    fn word(self) -> &'static str {
        self.as_str()
    }
}
