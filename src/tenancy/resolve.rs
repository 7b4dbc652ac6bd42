//! From hints to a tenant.
//!
//! The rules, of which `hints.md` shows every combination:
//!
//! - A hint that its caller may not send is refused. What a token says is signed, so nobody needs leave for it.
//! - A tenant, organization or host that belongs to nobody is an error, never a reason to fall back to a default.
//! - All hints that name somebody must agree. A client, audience, connection or domain that several tenants share names none
//!   of them, and contradicts every other.
//! - The first that names somebody is the answer's `tenant_source`, in the order in which the caller's hints are configured.
//! - The issuer names a tenant if nothing else does and it is the only one that trusts it. It contradicts nobody: whether a
//!   tenant trusts the issuer is another question, with an answer of its own.

use std::sync::Arc;

use hashbrown::HashSet;

use super::catalog::{Catalog, Tenant};
use super::hint::{HintKind, Hints, Origin, SignedHints, must_be_known};
use crate::directory::TenantId;

/// What hints say.
#[derive(Debug)]
pub enum Resolved {
    /// They name this tenant; the first that does is of this kind.
    Tenant(Arc<Tenant>, HintKind),
    /// They name none: the user's default may apply, or the user has to choose.
    Open(Candidates),
}

/// The tenants that the hints leave possible.
#[derive(Debug)]
pub struct Candidates(Option<HashSet<TenantId>>);

impl Candidates {
    /// Whether nothing speaks against this one.
    pub fn include(&self, tenant: &TenantId) -> bool {
        self.0.as_ref().is_none_or(|candidates| candidates.contains(tenant))
    }
}

/// Why no tenant was found though something was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unresolved {
    /// The caller may not send this hint.
    Forbidden(HintKind),
    /// This hint names a tenant that there is not.
    Unknown(Origin),
    /// These two name different tenants.
    Conflict(Origin, Origin),
}

/// The tenant that these hints name. `allowed` is what the caller may send.
pub fn resolve(
    catalog: &Catalog,
    hints: &Hints<'_>,
    signed: &SignedHints<'_>,
    allowed: &[HintKind],
) -> Result<Resolved, Unresolved> {
    if let Some((kind, _)) = hints.present().find(|(kind, _)| !allowed.contains(kind)) {
        return Err(Unresolved::Forbidden(kind));
    }
    let signed_only = SignedHints::KINDS.iter().filter(|kind| !allowed.contains(kind));
    let mut named = Named::default();
    for kind in allowed.iter().chain(signed_only).copied() {
        for value in signed.of(kind) {
            named.add(catalog, Origin { kind, signed: true }, value)?;
        }
        if let Some(value) = hints.of(kind) {
            named.add(catalog, Origin { kind, signed: false }, value)?;
        }
    }
    named.resolve(signed.issuer.and_then(|issuer| catalog.only_tenant_that_trusts(issuer)))
}

/// Whom the hints that were looked at name.
#[derive(Default)]
struct Named<'catalog> {
    tenant: Option<(&'catalog Arc<Tenant>, Origin)>,
    shared: Vec<(&'catalog [Arc<Tenant>], Origin)>,
}

impl<'catalog> Named<'catalog> {
    fn add(&mut self, catalog: &'catalog Catalog, origin: Origin, value: &str) -> Result<(), Unresolved> {
        match (catalog.owners(origin.kind, value), self.tenant) {
            // What belongs to nobody, or to several who cannot all be meant.
            ([] | [_, _, ..], _) if must_be_known(origin.kind) => return Err(Unresolved::Unknown(origin)),
            ([owner], None) => self.tenant = Some((owner, origin)),
            ([owner], Some((tenant, first))) if owner.id != tenant.id => {
                return Err(Unresolved::Conflict(first, origin));
            }
            ([] | [_], _) => {}
            (several, _) => self.shared.push((several, origin)),
        }
        Ok(())
    }

    fn resolve(self, by_issuer: Option<&'catalog Arc<Tenant>>) -> Result<Resolved, Unresolved> {
        let issuer = Origin { kind: HintKind::Issuer, signed: true };
        let Some((tenant, first)) = self.tenant.or_else(|| by_issuer.map(|tenant| (tenant, issuer))) else {
            return self.candidates().map(Resolved::Open);
        };
        match self.shared.iter().find(|(owners, _)| owners.iter().all(|owner| owner.id != tenant.id)) {
            Some((_, other)) => Err(Unresolved::Conflict(first, *other)),
            None => Ok(Resolved::Tenant(Arc::clone(tenant), first.kind)),
        }
    }

    /// Those who share everything that is shared.
    fn candidates(&self) -> Result<Candidates, Unresolved> {
        let Some(((owners, first), others)) = self.shared.split_first() else { return Ok(Candidates(None)) };
        let mut candidates: HashSet<TenantId> = owners.iter().map(|owner| owner.id.clone()).collect();
        for (owners, other) in others {
            let these: HashSet<&TenantId> = owners.iter().map(|owner| &owner.id).collect();
            candidates.retain(|candidate| these.contains(candidate));
            if candidates.is_empty() {
                return Err(Unresolved::Conflict(*first, *other));
            }
        }
        Ok(Candidates(Some(candidates)))
    }
}
