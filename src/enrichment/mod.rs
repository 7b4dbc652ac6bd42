//! The use case, from top to bottom: fresh enough? who? which tenant? may they? which claims?
//!
//! On a hit every step reads a published value and none waits. Where one has to wait, it is for the actor that writes that
//! value, and only until the request's deadline. Those waits are in boxes: a future is as large as the largest wait in it,
//! and every hit would pay for the room.

mod basis;
mod logins;
mod question;
mod speaker;
mod tenant;

pub use question::{Ages, Answer, Memberships, Patience, Question, Rights, Subject};

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::clock::{Moment, SharedClock};
use crate::directory::{Directory, Freshness, Place, UserId};
use crate::error::{Code, Refusal};
use crate::identities::IdentityReader;
use crate::roles::RoleReader;
use crate::roles::answer::Granted;
use crate::roles::messages::Loaded;
use crate::roles::slot::Cached;
use crate::tenancy::CatalogReader;
use crate::tenancy::Hints;
use crate::tenancy::catalog::Tenant;
use crate::tokens::TokenReader;
use basis::{Basis, young_enough};
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
    /// How long a position is waited for before the primary is read instead.
    pub at_least_wait: Duration,
    /// How many may read the primary instead, at a time.
    pub read_throughs: Arc<Semaphore>,
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
        let basis = self.basis(question.at_least, rights.ages, now, patience).await?;
        let answered = self.answer_from(&basis, question, rights, now, patience).await;
        answered.map_err(|refusal| Refusal { reading: Some(Box::new(self.reading_by_now(&basis))), ..refusal })
    }

    async fn answer_from(
        &self,
        basis: &Basis,
        question: &Question<'_>,
        rights: &Rights,
        now: Moment,
        patience: &Patience,
    ) -> Result<Answer, Refusal> {
        let (user, speaker) = self.user(question.subject, &question.hints, rights, basis, now, patience).await?;
        let (tenant, named_by) = self.tenant(&user, &speaker, &question.hints, rights, basis, patience).await?;
        let client = speaker.client(&question.hints);
        permit(&tenant, &speaker, client, rights)?;
        // A wait may have been long enough for a grant to lapse.
        let now = if patience.was_needed() { self.clock.now() } else { now };
        let (tenant, granted) = if let Some(granted) = self.granted_in_memory(&tenant, &user, basis, now)? {
            (tenant, granted)
        } else {
            let granted = Box::pin(self.load_granted(&tenant, &user, basis, patience)).await?;
            // Time has passed: what held for the tenant may not hold any more.
            let tenant = self.catalog.current().tenant(tenant.id.as_str()).cloned().ok_or(Code::TenantUnknown)?;
            permit(&tenant, &speaker, client, rights)?;
            (tenant, granted)
        };
        if patience.was_needed() {
            self.still_speaks(&speaker)?;
        }
        let Granted { content, lapses_at } = granted;
        let claims =
            content.claims(client).map_err(|error| Refusal::new(Code::DirectoryUnavailable, error.to_string()))?;
        let reading = if patience.was_needed() {
            let reading = self.reading_by_now(basis);
            // It was when the request began.
            young_enough(&reading, rights.ages)?;
            reading
        } else {
            self.freshness.still(basis.reading)
        };
        let stale = rights.ages.call_stale(&reading);
        Ok(Answer { tenant, named_by, user, token: speaker.token, claims, lapses_at, reading, stale })
    }

    /// The tenants of a user, for a picker. Read from the directory each time: it is asked once a login, if at all.
    pub async fn memberships(
        &self,
        subject: Subject<'_>,
        at_least: Option<Place>,
        rights: &Rights,
        patience: &Patience,
    ) -> Result<Memberships, Refusal> {
        let now = self.clock.now();
        let basis = self.basis(at_least, rights.ages, now, patience).await?;
        let (user, speaker) = self.user(subject, &Hints::default(), rights, &basis, now, patience).await?;
        let choices = self.choices(&user, rights, basis.reading.position, patience).await?;
        self.still_speaks(&speaker)?;
        let reading = self.reading_by_now(&basis);
        young_enough(&reading, rights.ages)?;
        Ok(Memberships { user, choices, reading, stale: rights.ages.call_stale(&reading) })
    }

    fn granted_in_memory(
        &self,
        tenant: &Tenant,
        user: &UserId,
        basis: &Basis,
        now: Moment,
    ) -> Result<Option<Granted>, Refusal> {
        if tenant.template.is_none() {
            return Err(no_template());
        }
        if basis.reads_through() {
            return Ok(None);
        }
        match self.roles.look_up(&tenant.id, user.as_str(), now) {
            Cached::Member(granted) => Ok(Some(granted)),
            Cached::NotAMember => Err(Code::NotAMember.into()),
            Cached::Unknown => Ok(None),
        }
    }

    async fn load_granted(
        &self,
        tenant: &Arc<Tenant>,
        user: &UserId,
        basis: &Basis,
        patience: &Patience,
    ) -> Result<Granted, Refusal> {
        let loaded = if basis.reads_through() {
            self.roles.read_through(tenant, user.as_str(), basis.reading.position, patience.deadline()).await?
        } else {
            self.roles.load(&tenant.id, user.as_str(), patience.deadline()).await?
        };
        match loaded {
            Loaded::Member(granted) => Ok(granted),
            Loaded::NotAMember => Err(Code::NotAMember.into()),
        }
    }
}

fn no_template() -> Refusal {
    Refusal::new(Code::DirectoryUnavailable, "the tenant's claim template is broken; /status says how")
}
