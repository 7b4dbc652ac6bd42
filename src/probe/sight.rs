//! What the canary's claims look like: from memory, as a request sees them, and from the primary.

use tokio::time::Instant;

use super::ProbeContext;
use crate::directory::Position;
use crate::enrichment::{Patience, Question, Subject};
use crate::error::{Code, Refusal};
use crate::roles::Claims;
use crate::roles::answer::Granted;
use crate::roles::messages::Loaded;
use crate::tenancy::Hints;

/// What there is to see. Compared, never shown.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Sight {
    Member { claims: Box<[u8]>, id_token_claims: Box<[u8]> },
    NotAMember,
}

impl Sight {
    fn of(claims: &Claims) -> Result<Self, Code> {
        let rendered = claims.rendered().ok_or(Code::DirectoryUnavailable)?;
        Ok(Self::Member { claims: rendered.claims.clone(), id_token_claims: rendered.id_token_claims.clone() })
    }
}

impl ProbeContext {
    /// Asks as a request would. The position is one that the answer contains for certain.
    pub(super) async fn look(&self) -> Result<(Position, Sight), Code> {
        let question = Question {
            subject: Subject::User(&self.canary.user),
            hints: Hints { tenant: Some(&self.canary.tenant), ..Hints::default() },
            at_least: None,
        };
        // Before asking: whatever is answered later is at least as new.
        let position = self.enrichment.freshness.read().position;
        let patience = Patience::of(self.answer_deadline);
        match Box::pin(self.enrichment.answer(&question, &self.rights, &patience)).await {
            Ok(answer) => Ok((position, Sight::of(&answer.claims)?)),
            Err(Refusal { code: Code::NotAMember, .. }) => Ok((position, Sight::NotAMember)),
            Err(refusal) => Err(refusal.code),
        }
    }

    /// What the primary says, past memory, through the same template.
    pub(super) async fn truth(&self) -> Result<Sight, Code> {
        let tenant =
            self.enrichment.catalog.current().tenant(&self.canary.tenant).cloned().ok_or(Code::TenantUnknown)?;
        let deadline = Instant::now() + self.answer_deadline;
        let read =
            Box::pin(self.enrichment.roles.read_through(&tenant, &self.canary.user, Position::ZERO, deadline)).await;
        match read.map_err(|unavailable| Refusal::from(unavailable).code)? {
            Loaded::NotAMember => Ok(Sight::NotAMember),
            Loaded::Member(Granted { content, .. }) => {
                let claims = content.claims(None).map_err(|_| Code::DirectoryUnavailable)?;
                Sight::of(&claims)
            }
        }
    }
}
