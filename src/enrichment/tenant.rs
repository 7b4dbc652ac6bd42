//! Which tenant is meant, and whether it lets this happen.

use std::sync::Arc;

use tokio::time::timeout_at;

use super::Enrichment;
use super::basis::Basis;
use super::question::{Patience, Rights};
use super::speaker::Speaker;
use crate::directory::{Position, UserId};
use crate::error::{Choice, Code, Refusal};
use crate::tenancy::catalog::Tenant;
use crate::tenancy::resolve::{Resolved, Unresolved, resolve};
use crate::tenancy::{HintKind, Hints};

impl Enrichment {
    /// The tenant that is named, or the user's default.
    pub(super) async fn tenant(
        &self,
        user: &UserId,
        speaker: &Speaker,
        hints: &Hints<'_>,
        rights: &Rights,
        basis: &Basis,
        patience: &Patience,
    ) -> Result<(Arc<Tenant>, Option<HintKind>), Refusal> {
        let named = resolve(&self.catalog.current(), hints, &speaker.hints(), &rights.hints).map_err(unresolved)?;
        let candidates = match named {
            Resolved::Tenant(tenant, kind) => return Ok((tenant, Some(kind))),
            Resolved::Open(candidates) => candidates,
        };
        let mut choices = Box::pin(self.choices(user, rights, basis.reading.position, patience)).await?;
        choices.retain(|choice| candidates.include(&choice.tenant));
        let default = choices.iter().find(|choice| choice.is_default);
        let tenant = default.and_then(|choice| self.catalog.current().tenant(choice.tenant.as_str()).cloned());
        tenant
            .map(|tenant| (tenant, None))
            .ok_or_else(|| Refusal { choices: Some(choices), ..Code::TenantRequired.into() })
    }

    /// The tenants that the user may choose from, and the caller may ask about; at least as new as `position`.
    pub(super) async fn choices(
        &self,
        user: &UserId,
        rights: &Rights,
        position: Position,
        patience: &Patience,
    ) -> Result<Vec<Choice>, Refusal> {
        let asked = timeout_at(patience.deadline(), self.directory.memberships_of(user.as_str(), position)).await;
        let memberships = asked
            .map_err(|_| Refusal::new(Code::DirectoryUnavailable, "the directory did not answer in time"))?
            .map_err(|error| {
                tracing::debug!(cause = error.label(), "the tenants of a user could not be read");
                Refusal::from(Code::DirectoryUnavailable)
            })?;
        let catalog = self.catalog.current();
        let mut choices = Vec::new();
        for membership in memberships {
            let Some(tenant) = catalog.tenant(membership.tenant.as_str()) else { continue };
            if rights.admit(tenant) {
                choices.push(Choice {
                    tenant: membership.tenant,
                    name: tenant.name.clone(),
                    is_default: membership.is_default,
                    suspended: tenant.suspended,
                });
            }
        }
        Ok(choices)
    }
}

/// What holds for the tenant, whoever the user is.
pub(super) fn permit(tenant: &Tenant, speaker: &Speaker, client: Option<&str>, rights: &Rights) -> Result<(), Refusal> {
    may_ask(tenant, rights)?;
    if speaker.issuer.as_ref().is_some_and(|issuer| !tenant.trusted_issuers.contains(issuer)) {
        return Err(Code::IssuerNotTrusted.into());
    }
    let listed = |clients: &[Box<str>]| client.is_some_and(|client| clients.iter().any(|allowed| **allowed == *client));
    if tenant.allowed_clients.as_deref().is_some_and(|clients| !listed(clients)) {
        return Err(Code::ClientNotAllowed.into());
    }
    not_suspended(tenant)
}

/// What holds for the tenant before it is known who speaks.
pub(super) fn admitted(tenant: &Tenant, rights: &Rights) -> Result<(), Refusal> {
    may_ask(tenant, rights)?;
    not_suspended(tenant)
}

fn may_ask(tenant: &Tenant, rights: &Rights) -> Result<(), Refusal> {
    let forbidden = || Refusal::new(Code::CallerForbidden, "the caller may not ask about this tenant");
    if rights.admit(tenant) { Ok(()) } else { Err(forbidden()) }
}

fn not_suspended(tenant: &Tenant) -> Result<(), Refusal> {
    if tenant.suspended { Err(Code::TenantSuspended.into()) } else { Ok(()) }
}

pub(super) fn unresolved(reason: Unresolved) -> Refusal {
    match reason {
        Unresolved::Forbidden(kind) => {
            Refusal::new(Code::CallerForbidden, format!("the caller may not give the hint {}", kind.as_str()))
        }
        Unresolved::Unknown(origin) => {
            let this = if origin.signed { "" } else { "this " };
            Refusal::new(Code::TenantUnknown, format!("no tenant has {this}{origin}"))
        }
        Unresolved::Conflict(first, second) => {
            Refusal::new(Code::TenantConflict, format!("{first} and {second} name different tenants"))
        }
    }
}
