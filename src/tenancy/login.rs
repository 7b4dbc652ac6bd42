//! Where the users of a tenant log in: what its login page has to know before anybody is known.
//!
//! A login is given for each issuer that the tenant trusts, in its order. What the tenant lists as hints goes with the first
//! of them, the issuer's own settings with all. Neither the tenant's name nor its id is part of it.

use std::collections::BTreeMap;

use super::catalog::{Catalog, Tenant};
use super::hint::HintKind;
use crate::directory::IssuerId;
use crate::issuers::Entry;

/// One way to log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The issuer, as its discovery document spells it.
    pub issuer: Box<str>,
    /// The client to log in with.
    pub client_id: Option<Box<str>>,
    /// The issuer's connection to choose.
    pub connection: Option<Box<str>>,
    /// The issuer's organization to ask for.
    pub organization: Option<Box<str>>,
}

impl Login {
    /// What the entry itself says.
    pub(super) fn at(entry: &Entry) -> Self {
        let (client_id, connection) = (entry.login.client_id.clone(), entry.login.connection.clone());
        Self { issuer: entry.canonical.clone(), client_id, connection, organization: None }
    }
}

/// What a tenant's hints say to a login page: the first of each kind.
#[derive(Debug, Default)]
pub struct LoginHints {
    client_id: Option<Box<str>>,
    connection: Option<Box<str>>,
    organization: Option<Box<str>>,
}

impl LoginHints {
    /// Of what a tenant lists.
    pub(super) fn of(hints: &BTreeMap<HintKind, Vec<String>>) -> Self {
        let first = |kind| hints.get(&kind).and_then(|values| values.first()).map(|value| value.as_str().into());
        Self {
            client_id: first(HintKind::ClientId),
            connection: first(HintKind::Connection),
            organization: first(HintKind::Organization),
        }
    }
}

impl Catalog {
    /// The ways to log in at this tenant. Where there is no tenant, or none of its issuers is in force, it is the fallback's,
    /// so that nobody learns which of the two it is.
    pub fn logins(&self, tenant: Option<&Tenant>, fallback: Option<&IssuerId>) -> Vec<Login> {
        let logins = tenant.map(|tenant| self.logins_of(tenant)).unwrap_or_default();
        if logins.is_empty() { fallback.and_then(|issuer| self.login_at(issuer)).into_iter().collect() } else { logins }
    }

    fn logins_of(&self, tenant: &Tenant) -> Vec<Login> {
        let mut logins = Vec::new();
        for (at, issuer) in tenant.trusted_issuers.iter().enumerate() {
            let Some(mut login) = self.login_at(issuer) else { continue };
            if at == 0 {
                let LoginHints { client_id, connection, organization } = &tenant.login;
                login.client_id = client_id.clone().or(login.client_id);
                login.connection = connection.clone().or(login.connection);
                login.organization.clone_from(organization);
            }
            logins.push(login);
        }
        logins
    }
}
