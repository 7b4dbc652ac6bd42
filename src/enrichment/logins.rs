//! Where the users of a tenant log in.

use super::Enrichment;
use super::basis::young_enough;
use super::question::Rights;
use super::tenant::unresolved;
use crate::directory::IssuerId;
use crate::error::Refusal;
use crate::tenancy::login::Login;
use crate::tenancy::resolve::{Resolved, Unresolved, resolve};
use crate::tenancy::{Hints, SignedHints};

impl Enrichment {
    /// The logins of the tenant that is named. A tenant that there is not, that is suspended, or that the caller may not ask
    /// about, has those of the fallback, and nothing is waited for: who asks cannot tell one from the other.
    pub fn logins(
        &self,
        hints: &Hints<'_>,
        rights: &Rights,
        fallback: Option<&IssuerId>,
    ) -> Result<Vec<Login>, Refusal> {
        young_enough(&self.freshness.read_at(self.clock.now()), rights.ages)?;
        let catalog = self.catalog.current();
        let tenant = match resolve(&catalog, hints, &SignedHints::default(), &rights.hints) {
            Ok(Resolved::Tenant(tenant, _)) => Some(tenant).filter(|tenant| rights.admit(tenant) && !tenant.suspended),
            Err(forbidden @ Unresolved::Forbidden(_)) => return Err(unresolved(forbidden)),
            Ok(Resolved::Open(_)) | Err(Unresolved::Unknown(_) | Unresolved::Conflict(..)) => None,
        };
        Ok(catalog.logins(tenant.as_deref(), fallback))
    }
}
