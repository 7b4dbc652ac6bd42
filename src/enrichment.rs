//! The use case, from top to bottom: fresh enough? who? which tenant? may they? which claims?
//!
//! On a hit every step reads a published value and none waits. Where one has to wait, it is for the actor that writes that
//! value, and only until the request's deadline. Those waits are in boxes: a future is as large as the largest wait in it,
//! and every hit would pay for the room.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::clock::{Moment, SharedClock};
use crate::directory::{Directory, Freshness, IssuerId, Position, Reading, UserId};
use crate::error::{Choice, Code, Refusal};
use crate::identities::{IdentityReader, Known};
use crate::roles::answer::Content;
use crate::roles::messages::Loaded;
use crate::roles::slot::Cached;
use crate::roles::{Claims, RoleReader};
use crate::tenancy::catalog::Tenant;
use crate::tenancy::resolve::{Unresolved, resolve};
use crate::tenancy::{CatalogReader, HintKind, Hints};

/// Who the question is about.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'request> {
    /// The directory's own user.
    User(&'request str),
    /// An issuer's name for the user.
    Identity {
        /// `iss`, to the letter.
        issuer: &'request str,
        /// `sub`.
        sub: &'request str,
    },
}

/// What a caller may ask.
#[derive(Clone, Debug)]
pub struct Rights {
    /// In which tenants; `None` is all.
    pub tenants: Option<Vec<Box<str>>>,
    /// With which hints.
    pub hints: Vec<HintKind>,
}

/// "This user, in this tenant: which claims?"
#[derive(Clone, Copy, Debug)]
pub struct Question<'request> {
    /// Who.
    pub subject: Subject<'request>,
    /// Where.
    pub hints: Hints<'request>,
    /// The answer must contain every change up to here.
    pub at_least: Option<Position>,
}

/// The answer.
#[derive(Debug)]
pub struct Answer {
    /// In which tenant.
    pub tenant: Arc<Tenant>,
    /// What named it; `None` is the user's default.
    pub named_by: Option<HintKind>,
    /// Who.
    pub user: UserId,
    /// The claims.
    pub claims: Claims,
    /// How new.
    pub reading: Reading,
}

/// The tenants of one user.
#[derive(Debug)]
pub struct Memberships {
    /// Who.
    pub user: UserId,
    /// Which, the default first, then by identifier.
    pub choices: Vec<Choice>,
    /// How new the names and states of the tenants are; the memberships themselves were read now.
    pub reading: Reading,
}

/// Everything that an answer is made from.
#[derive(Clone)]
pub struct Enrichment {
    /// How new everything is.
    pub freshness: Arc<Freshness>,
    /// Tenants and issuers.
    pub catalog: CatalogReader,
    /// Who is who.
    pub identities: IdentityReader,
    /// Who may do what.
    pub roles: RoleReader,
    /// For what is not kept in memory.
    pub directory: Arc<Directory>,
    /// Older than this is refused.
    pub max_age: Duration,
    /// The time.
    pub clock: SharedClock,
}

/// How long a request may wait in all, counted from its first wait. A hit never asks what time that would be.
#[derive(Debug)]
pub struct Patience {
    within: Duration,
    deadline: OnceLock<Instant>,
}

impl Patience {
    /// To wait no longer than this.
    pub const fn of(within: Duration) -> Self {
        Self { within, deadline: OnceLock::new() }
    }

    fn deadline(&self) -> Instant {
        *self.deadline.get_or_init(|| Instant::now() + self.within)
    }

    fn was_needed(&self) -> bool {
        self.deadline.get().is_some()
    }
}

impl Enrichment {
    /// Answers, or says why not.
    pub async fn answer(
        &self,
        question: &Question<'_>,
        rights: &Rights,
        patience: &Patience,
    ) -> Result<Answer, Refusal> {
        let now = self.clock.now();
        let reading = self.fresh_enough(question.at_least, now, patience).await?;
        let (user, issuer) = self.user(question.subject, now, patience).await?;
        let (tenant, named_by) = self.tenant(&user, &question.hints, rights, patience).await?;
        let client = question.hints.client_id;
        permit(&tenant, issuer.as_ref(), client, rights)?;
        let (tenant, content) = if let Some(content) = self.content_in_memory(&tenant, &user, now)? {
            (tenant, content)
        } else {
            let content = Box::pin(self.load_content(&tenant, &user, patience)).await?;
            // Time has passed: what held for the tenant may not hold any more.
            let tenant = self.catalog.current().tenant(tenant.id.as_str()).cloned().ok_or(Code::TenantUnknown)?;
            permit(&tenant, issuer.as_ref(), client, rights)?;
            (tenant, content)
        };
        let claims =
            content.claims(client).map_err(|error| Refusal::new(Code::DirectoryUnavailable, error.to_string()))?;
        let reading = if patience.was_needed() { self.freshness.by_now(reading) } else { reading };
        Ok(Answer { tenant, named_by, user, claims, reading })
    }

    /// The tenants of a user, for a picker. Read from the directory each time: it is asked once a login, if at all.
    pub async fn memberships(
        &self,
        subject: Subject<'_>,
        rights: &Rights,
        patience: &Patience,
    ) -> Result<Memberships, Refusal> {
        let now = self.clock.now();
        let reading = self.fresh_enough(None, now, patience).await?;
        let (user, _) = self.user(subject, now, patience).await?;
        let choices = self.choices(&user, rights, patience).await?;
        Ok(Memberships { user, choices, reading: self.freshness.by_now(reading) })
    }

    async fn fresh_enough(
        &self,
        at_least: Option<Position>,
        now: Moment,
        patience: &Patience,
    ) -> Result<Reading, Refusal> {
        let mut reading = self.freshness.read_at(now);
        if let Some(wanted) = at_least.filter(|wanted| *wanted > reading.position) {
            let reached = Box::pin(timeout_at(patience.deadline(), self.freshness.reached(wanted))).await;
            reached.map_err(|_| Refusal::not_reached(wanted))?;
            reading = self.freshness.read();
        }
        match reading.age_bound {
            None => Err(Refusal::new(Code::DirectoryUnavailable, "nothing has been confirmed by PostgreSQL yet")),
            Some(age) if age > self.max_age => Err(Refusal::new(
                Code::TooStale,
                format!(
                    "PostgreSQL last confirmed {} ms ago; at most {} ms are served",
                    age.as_millis(),
                    self.max_age.as_millis()
                ),
            )),
            Some(_) => Ok(reading),
        }
    }

    async fn user(
        &self,
        subject: Subject<'_>,
        now: Moment,
        patience: &Patience,
    ) -> Result<(UserId, Option<IssuerId>), Refusal> {
        let (iss, sub) = match subject {
            Subject::User(user) => return Ok((UserId::from(user), None)),
            Subject::Identity { issuer, sub } => (issuer, sub),
        };
        let Some(issuer) = self.catalog.current().issuer(iss).cloned() else {
            return Err(Refusal::new(Code::UserUnknown, "subject.issuer is no enabled issuer of the directory"));
        };
        let user = match self.identities.look_up(&issuer, sub, now) {
            Known::User(user) => Some(user),
            Known::Nobody => None,
            Known::Unknown => Box::pin(self.identities.load(&issuer, sub, patience.deadline())).await?,
        };
        user.map(|user| (user, Some(issuer))).ok_or_else(|| Refusal::from(Code::UserUnknown))
    }

    async fn tenant(
        &self,
        user: &UserId,
        hints: &Hints<'_>,
        rights: &Rights,
        patience: &Patience,
    ) -> Result<(Arc<Tenant>, Option<HintKind>), Refusal> {
        let named = resolve(&self.catalog.current(), hints, &rights.hints).map_err(unresolved)?;
        if let Some((tenant, kind)) = named {
            return Ok((tenant, Some(kind)));
        }
        let choices = Box::pin(self.choices(user, rights, patience)).await?;
        let default = choices.iter().find(|choice| choice.is_default);
        let tenant = default.and_then(|choice| self.catalog.current().tenant(choice.tenant.as_str()).cloned());
        tenant
            .map(|tenant| (tenant, None))
            .ok_or_else(|| Refusal { choices: Some(choices), ..Code::TenantRequired.into() })
    }

    async fn choices(&self, user: &UserId, rights: &Rights, patience: &Patience) -> Result<Vec<Choice>, Refusal> {
        let asked = timeout_at(patience.deadline(), self.directory.memberships_of(user.as_str())).await;
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

    fn content_in_memory(&self, tenant: &Tenant, user: &UserId, now: Moment) -> Result<Option<Arc<Content>>, Refusal> {
        if tenant.template.is_none() {
            let broken = "the tenant's claim template is broken; /status says how";
            return Err(Refusal::new(Code::DirectoryUnavailable, broken));
        }
        match self.roles.look_up(&tenant.id, user.as_str(), now) {
            Cached::Member(content) => Ok(Some(content)),
            Cached::NotAMember => Err(Code::NotAMember.into()),
            Cached::Unknown => Ok(None),
        }
    }

    async fn load_content(&self, tenant: &Tenant, user: &UserId, patience: &Patience) -> Result<Arc<Content>, Refusal> {
        match self.roles.load(&tenant.id, user.as_str(), patience.deadline()).await? {
            Loaded::Member(content) => Ok(content),
            Loaded::NotAMember => Err(Code::NotAMember.into()),
        }
    }
}

impl Rights {
    fn admit(&self, tenant: &Tenant) -> bool {
        self.tenants.as_ref().is_none_or(|tenants| tenants.iter().any(|allowed| **allowed == *tenant.id.as_str()))
    }
}

/// What holds for the tenant, whoever the user is.
fn permit(tenant: &Tenant, issuer: Option<&IssuerId>, client: Option<&str>, rights: &Rights) -> Result<(), Refusal> {
    if !rights.admit(tenant) {
        return Err(Refusal::new(Code::CallerForbidden, "the caller may not ask about this tenant"));
    }
    if issuer.is_some_and(|issuer| !tenant.trusted_issuers.contains(issuer)) {
        return Err(Code::IssuerNotTrusted.into());
    }
    let listed = |clients: &[Box<str>]| client.is_some_and(|client| clients.iter().any(|allowed| **allowed == *client));
    if tenant.allowed_clients.as_deref().is_some_and(|clients| !listed(clients)) {
        return Err(Code::ClientNotAllowed.into());
    }
    if tenant.suspended {
        return Err(Code::TenantSuspended.into());
    }
    Ok(())
}

fn unresolved(reason: Unresolved) -> Refusal {
    match reason {
        Unresolved::Forbidden(kind) => {
            Refusal::new(Code::CallerForbidden, format!("the caller may not give the hint {}", kind.as_str()))
        }
        Unresolved::Unknown(kind) => Refusal::new(Code::TenantUnknown, format!("no tenant has this {}", kind.as_str())),
        Unresolved::Conflict(first, second) => Refusal::new(
            Code::TenantConflict,
            format!("{} and {} name different tenants", first.as_str(), second.as_str()),
        ),
    }
}
