//! The use case, from top to bottom: fresh enough? who? which tenant? may they? which claims?
//!
//! On a hit every step reads a published value and none waits. Where one has to wait, it is for the actor that writes that
//! value, and only until the request's deadline. Those waits are in boxes: a future is as large as the largest wait in it,
//! and every hit would pay for the room.

mod logins;
mod question;
mod speaker;
mod tenant;

pub use question::{Answer, Memberships, Patience, Question, Rights, Subject};

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout_at;

use crate::clock::{Moment, SharedClock};
use crate::directory::{Directory, Freshness, Position, Reading, UserId};
use crate::error::{Code, Refusal};
use crate::identities::IdentityReader;
use crate::roles::RoleReader;
use crate::roles::answer::Content;
use crate::roles::messages::Loaded;
use crate::roles::slot::Cached;
use crate::tenancy::CatalogReader;
use crate::tenancy::Hints;
use crate::tenancy::catalog::Tenant;
use crate::tokens::TokenReader;
use tenant::permit;

/// Everything that an answer is made from.
#[derive(Clone)]
pub struct Enrichment {
    /// How new everything is.
    pub freshness: Arc<Freshness>,
    /// Tenants and issuers.
    pub catalog: CatalogReader,
    /// Whom a token speaks for.
    pub tokens: TokenReader,
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
        let (user, speaker) = self.user(question.subject, &question.hints, rights, now, patience).await?;
        let (tenant, named_by) = self.tenant(&user, &speaker, &question.hints, rights, patience).await?;
        let client = speaker.client(&question.hints);
        permit(&tenant, &speaker, client, rights)?;
        let (tenant, content) = if let Some(content) = self.content_in_memory(&tenant, &user, now)? {
            (tenant, content)
        } else {
            let content = Box::pin(self.load_content(&tenant, &user, patience)).await?;
            // Time has passed: what held for the tenant may not hold any more.
            let tenant = self.catalog.current().tenant(tenant.id.as_str()).cloned().ok_or(Code::TenantUnknown)?;
            permit(&tenant, &speaker, client, rights)?;
            (tenant, content)
        };
        if patience.was_needed() {
            self.still_speaks(&speaker)?;
        }
        let claims =
            content.claims(client).map_err(|error| Refusal::new(Code::DirectoryUnavailable, error.to_string()))?;
        let reading = if patience.was_needed() { self.freshness.by_now(reading) } else { reading };
        Ok(Answer { tenant, named_by, user, token: speaker.token, claims, reading })
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
        let (user, speaker) = self.user(subject, &Hints::default(), rights, now, patience).await?;
        let choices = self.choices(&user, rights, patience).await?;
        self.still_speaks(&speaker)?;
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
        self.young_enough(&reading)?;
        Ok(reading)
    }

    fn young_enough(&self, reading: &Reading) -> Result<(), Refusal> {
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
            Some(_) => Ok(()),
        }
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
