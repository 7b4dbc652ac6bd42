//! From hints to a tenant.
//!
//! The rules: a hint that its caller may not give is refused; a tenant, organization or host that belongs to nobody is an
//! error, never a reason to fall back to a default; all hints that name somebody must agree. A client or an audience that
//! several tenants share names none of them, but still contradicts a tenant that is not among them.

use std::sync::Arc;

use super::catalog::{Catalog, Tenant, canonical};
use super::hint::{HintKind, Hints, must_be_known};

/// Why no tenant was found though something was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unresolved {
    /// The caller may not give this hint.
    Forbidden(HintKind),
    /// This hint names a tenant that there is not.
    Unknown(HintKind),
    /// These two name different tenants.
    Conflict(HintKind, HintKind),
}

/// The tenant that the hints name, and which of them did; `None` when none does.
pub fn resolve(
    catalog: &Catalog,
    hints: &Hints<'_>,
    allowed: &[HintKind],
) -> Result<Option<(Arc<Tenant>, HintKind)>, Unresolved> {
    let mut named: Option<(&Arc<Tenant>, HintKind)> = None;
    let mut shared: Vec<(&[Arc<Tenant>], HintKind)> = Vec::new();
    for (kind, value) in hints.present() {
        if !allowed.contains(&kind) {
            return Err(Unresolved::Forbidden(kind));
        }
        match (owners(catalog, kind, value), named) {
            // What belongs to nobody, or to several who cannot all be meant.
            ([] | [_, _, ..], _) if must_be_known(kind) => return Err(Unresolved::Unknown(kind)),
            ([owner], None) => named = Some((owner, kind)),
            ([owner], Some((tenant, first))) if owner.id != tenant.id => return Err(Unresolved::Conflict(first, kind)),
            ([] | [_], _) => {}
            (several, _) => shared.push((several, kind)),
        }
    }
    let Some((tenant, first)) = named else { return Ok(None) };
    match shared.iter().find(|(owners, _)| owners.iter().all(|owner| owner.id != tenant.id)) {
        Some((_, kind)) => Err(Unresolved::Conflict(first, *kind)),
        None => Ok(Some((Arc::clone(tenant), first))),
    }
}

fn owners<'catalog>(catalog: &'catalog Catalog, kind: HintKind, value: &str) -> &'catalog [Arc<Tenant>] {
    match kind {
        HintKind::Tenant => match catalog.tenant(value) {
            Some(tenant) => std::slice::from_ref(tenant),
            None => catalog.named_by(kind, value),
        },
        HintKind::Host | HintKind::LoginHint => catalog.named_by(kind, &canonical(kind, value)),
        _ => catalog.named_by(kind, value),
    }
}
