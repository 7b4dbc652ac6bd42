//! Who is asked about, and who says so.

use std::sync::Arc;

use super::Enrichment;
use super::basis::Basis;
use super::question::{Patience, Rights, Subject};
use super::tenant::{admitted, unresolved};
use crate::clock::Moment;
use crate::directory::{IssuerId, UserId};
use crate::error::{Code, Refusal};
use crate::identities::Known;
use crate::issuers::Entry;
use crate::tenancy::catalog::Catalog;
use crate::tenancy::resolve::{Resolved, resolve};
use crate::tenancy::{Hints, SignedHints};
use crate::tokens::{Class, Reject, VerifiedToken};

/// Who speaks for a user.
#[derive(Debug, Default)]
pub(super) struct Speaker {
    /// The issuer entry; `None` when the caller named the directory's own user.
    pub(super) issuer: Option<IssuerId>,
    /// The token, when there is one.
    pub(super) token: Option<Arc<VerifiedToken>>,
}

impl Speaker {
    /// The client that asks for the user: the token's, if there is a token, and else the one that the caller names.
    pub(super) fn client<'any>(&'any self, hints: &Hints<'any>) -> Option<&'any str> {
        match &self.token {
            Some(token) => token.client.as_deref(),
            None => hints.client_id,
        }
    }

    /// What the issuer and the token say about the tenant.
    pub(super) fn hints(&self) -> SignedHints<'_> {
        let token = self.token.as_deref();
        SignedHints {
            issuer: self.issuer.as_ref(),
            organization: token.and_then(|token| token.organization.as_deref()),
            client_id: token.and_then(|token| token.client.as_deref()),
            audiences: token.map_or(&[], |token| &*token.audiences),
        }
    }
}

impl Enrichment {
    /// The user, and who speaks for them.
    pub(super) async fn user(
        &self,
        subject: Subject<'_>,
        hints: &Hints<'_>,
        rights: &Rights,
        basis: &Basis,
        now: Moment,
        patience: &Patience,
    ) -> Result<(UserId, Speaker), Refusal> {
        match subject {
            Subject::User(user) => Ok((UserId::from(user), Speaker::default())),
            Subject::Identity { issuer, sub } => {
                let issuer = self.catalog.current().issuers.by_iss(issuer).cloned();
                let issuer = issuer.ok_or_else(|| {
                    Refusal::new(Code::UserUnknown, "subject.issuer is no enabled issuer of the directory")
                })?;
                let user = self.linked(&issuer, sub, basis, now, patience).await?;
                Ok((user, Speaker { issuer: Some(issuer), token: None }))
            }
            Subject::Token(token) => {
                let token = self.verified(token, hints, rights, now, patience).await?;
                if hints.client_id.is_some_and(|client| token.client.as_deref() != Some(client)) {
                    return Err(Refusal::new(Code::InvalidRequest, "hints.client_id is not the client of the token"));
                }
                let user = self.linked(&token.issuer, &token.subject, basis, now, patience).await?;
                Ok((user, Speaker { issuer: Some(token.issuer.clone()), token: Some(token) }))
            }
        }
    }

    /// Looks again after a wait: the issuer may have been switched off, the key withdrawn, the token may have ended.
    pub(super) fn still_speaks(&self, speaker: &Speaker) -> Result<(), Refusal> {
        let Some(issuer) = &speaker.issuer else { return Ok(()) };
        let catalog = self.catalog.current();
        let Some(token) = &speaker.token else {
            return if catalog.issuers.is_enabled(issuer) { Ok(()) } else { Err(Code::UserUnknown.into()) };
        };
        let entry = catalog.issuers.by_id(issuer).ok_or(Reject::by(9, Class::BadIssuer))?;
        let holds = |key| entry.slot.as_ref().is_some_and(|slot| slot.holds(key, self.clock.now()));
        if token.key.as_ref().is_some_and(|key| !holds(key)) {
            return Err(Reject::by(10, Class::UnknownKid).into());
        }
        if token.valid.contains(&self.clock.unix_time()) { Ok(()) } else { Err(Reject::by(13, Class::Expired).into()) }
    }

    async fn linked(
        &self,
        issuer: &IssuerId,
        sub: &str,
        basis: &Basis,
        now: Moment,
        patience: &Patience,
    ) -> Result<UserId, Refusal> {
        if basis.reads_through() {
            let read = Box::pin(self.identities.read_through(issuer, sub, basis.reading.position, patience.deadline()))
                .await?;
            return read.ok_or_else(|| Refusal::from(Code::UserUnknown));
        }
        let user = match self.identities.look_up(issuer, sub, now) {
            Known::User(user) => Some(user),
            Known::Nobody => None,
            Known::Unknown => Box::pin(self.identities.load(issuer, sub, patience.deadline())).await?,
        };
        user.ok_or_else(|| Refusal::from(Code::UserUnknown))
    }

    async fn verified(
        &self,
        token: &str,
        hints: &Hints<'_>,
        rights: &Rights,
        now: Moment,
        patience: &Patience,
    ) -> Result<Arc<VerifiedToken>, Refusal> {
        if let Some(remembered) = self.tokens.recall(token, &self.catalog.current().issuers, now) {
            return Ok(remembered);
        }
        let issuers = || Arc::clone(&self.catalog.current().issuers);
        let outcome = Box::pin(self.tokens.verify(token, issuers, patience.deadline())).await;
        match outcome {
            Err(refused) if refused.reject.class == Class::OpaqueToken => {
                let entry = self.who_knows(token, hints, rights)?;
                Ok(Box::pin(self.tokens.introspect(token, &entry, patience.deadline())).await?)
            }
            outcome => Ok(outcome?),
        }
    }

    /// Which issuer is to be asked about an opaque token. Whoever is asked learns the token, so it must be beyond doubt: the
    /// issuer that the named tenant trusts for such tokens, or the one that tokens with this prefix belong to.
    fn who_knows(&self, token: &str, hints: &Hints<'_>, rights: &Rights) -> Result<Arc<Entry>, Refusal> {
        let catalog = self.catalog.current();
        let named = resolve(&catalog, hints, &SignedHints::default(), &rights.hints).map_err(unresolved)?;
        if let Resolved::Tenant(tenant, _) = &named {
            admitted(tenant, rights)?;
        }
        let mut candidates = catalog.issuers.opaque().filter(|entry| match &named {
            Resolved::Tenant(tenant, _) => {
                tenant.trusted_issuers.contains(&entry.id) && entry.may_be_asked_about(token)
            }
            Resolved::Open(_) => entry.lists_prefix_of(token) && concerns(entry, &catalog, rights),
        });
        match (candidates.next(), candidates.next()) {
            (Some(only), None) => Ok(Arc::clone(only)),
            (None, _) => Err(Reject::by(2, Class::OpaqueToken).into()),
            (Some(_), Some(_)) => Err(Refusal::new(
                Code::TokenMalformed,
                "the token is opaque and several issuers could know it; name the tenant, and have it trust one of them",
            )),
        }
    }
}

/// Whether a tenant that the caller may ask about trusts this issuer: nobody spends the budget of the others.
fn concerns(entry: &Entry, catalog: &Catalog, rights: &Rights) -> bool {
    let trusts = |id: &str| catalog.tenant(id).is_some_and(|tenant| tenant.trusted_issuers.contains(&entry.id));
    rights.tenants.as_ref().is_none_or(|tenants| tenants.iter().any(|id| trusts(id)))
}
