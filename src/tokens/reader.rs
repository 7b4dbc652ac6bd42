//! What handlers hold: a token in, who it speaks for out.
//!
//! A token that was verified a moment ago is recognised ([`Memory`]). Otherwise it is parsed once, every check that needs no
//! key is made, and only then is the key looked up in what the issuer has published. A key that is not there is asked for,
//! within the limits that the issuer's slot sets, and the look-up is made once more; content of a token never causes more.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::attempt::{Attempt, attempt, unavailable};
use super::memory::{DEFAULT_CAPACITY, Memory};
use super::metrics::TokenMetrics;
use super::reject::{Class, NotVerified, Reject};
use super::verified::{TokenKind, VerifiedToken};
use crate::clock::{Moment, SharedClock};
use crate::issuers::opaque::{Introspected, Mismatch, NotIntrospected, OpaqueReader};
use crate::issuers::{Entry, IssuerTable, KeySlot, Miss};

/// Verifies tokens.
#[derive(Clone)]
pub struct TokenReader {
    memory: Arc<Memory>,
    opaque: OpaqueReader,
    clock: SharedClock,
    metrics: TokenMetrics,
}

impl TokenReader {
    /// With nothing remembered.
    pub fn new(opaque: OpaqueReader, clock: SharedClock, metrics: TokenMetrics) -> Self {
        Self { memory: Arc::new(Memory::new(DEFAULT_CAPACITY)), opaque, clock, metrics }
    }

    /// A token that was verified before and still holds: its issuer is in force as it was, its key is still published, and
    /// its times are looked at again.
    pub fn recall(&self, token: &str, issuers: &IssuerTable, now: Moment) -> Option<Arc<VerifiedToken>> {
        let still = |verified: &VerifiedToken, version| {
            issuers.by_id(&verified.issuer).is_some_and(|entry| {
                let holds = |key| entry.slot.as_ref().is_some_and(|slot| slot.holds(key, now));
                entry.version == version && verified.key.as_ref().is_some_and(holds)
            })
        };
        let remembered = self.memory.get(token, now, self.clock.unix_time(), still)?;
        self.metrics.remembered.inc();
        Some(remembered)
    }

    /// Verifies a JWT, waiting for a key at most until the deadline. `issuers` gives the table in force: it is asked again
    /// after a wait, because an issuer may have been switched off meanwhile.
    pub async fn verify(
        &self,
        token: &str,
        issuers: impl Fn() -> Arc<IssuerTable>,
        deadline: Instant,
    ) -> Result<Arc<VerifiedToken>, NotVerified> {
        let outcome = self.verify_jwt(token, issuers, deadline).await;
        self.observe(outcome.as_ref().map(|_| ()).map_err(|refused| refused.reject));
        outcome
    }

    /// Has the issuer of an opaque token say what it is. Which entry that is must be decided by who asks: a token that is
    /// sent to another issuer is given away.
    pub async fn introspect(
        &self,
        token: &str,
        entry: &Arc<Entry>,
        deadline: Instant,
    ) -> Result<Arc<VerifiedToken>, NotVerified> {
        let outcome = self.ask(token, entry, deadline).await;
        self.observe(outcome.as_ref().map(|_| ()).map_err(|refused| refused.reject));
        outcome
    }

    async fn ask(&self, token: &str, entry: &Arc<Entry>, deadline: Instant) -> Result<Arc<VerifiedToken>, NotVerified> {
        let outcome = Box::pin(self.opaque.verify(entry, token, deadline)).await;
        outcome.map(|found| Arc::new(introspected(entry, &found))).map_err(not_introspected)
    }

    async fn verify_jwt(
        &self,
        token: &str,
        issuers: impl Fn() -> Arc<IssuerTable>,
        deadline: Instant,
    ) -> Result<Arc<VerifiedToken>, NotVerified> {
        let slot = match self.attempt(token, &issuers())? {
            Attempt::Proven(verified) => return Ok(verified),
            Attempt::Ask(entry) => return self.ask(token, &entry, deadline).await,
            Attempt::Fetch { slot, kid, .. } => {
                Box::pin(fetch(&slot, kid.as_deref(), deadline)).await?;
                slot
            }
        };
        // Time has passed, and the entry may have been changed or switched off: everything is looked at again.
        match self.attempt(token, &issuers())? {
            Attempt::Proven(verified) => Ok(verified),
            Attempt::Ask(other) => self.ask(token, &other, deadline).await,
            Attempt::Fetch { slot: other, is_unknown: true, .. } if Arc::ptr_eq(&slot, &other) => {
                Err(Reject::by(10, Class::UnknownKid).into())
            }
            // Still nothing, or another issuer by now: the next request asks for its keys.
            Attempt::Fetch { .. } => Err(unavailable(Duration::from_secs(1))),
        }
    }

    fn attempt(&self, token: &str, issuers: &IssuerTable) -> Result<Attempt, NotVerified> {
        let (now, unix_now) = (self.clock.now(), self.clock.unix_time());
        let attempt = attempt(token, issuers, now, unix_now)?;
        if let Attempt::Proven(verified) = &attempt
            && let Some(entry) = issuers.by_id(&verified.issuer)
        {
            self.memory.insert(token, Arc::clone(verified), entry.version, now, unix_now);
        }
        Ok(attempt)
    }

    fn observe(&self, outcome: Result<(), Reject>) {
        match outcome {
            Ok(()) => self.metrics.accepted.inc(),
            Err(reject) => {
                self.metrics.refused(reject.class);
                tracing::debug!(%reject, "a token is refused");
            }
        }
    }
}

async fn fetch(slot: &KeySlot, kid: Option<&str>, deadline: Instant) -> Result<(), NotVerified> {
    match slot.fetch_for(kid, deadline).await {
        Miss::LookAgain => Ok(()),
        Miss::UnknownKid => Err(Reject::by(10, Class::UnknownKid).into()),
        Miss::Unavailable { retry_after } => Err(unavailable(retry_after)),
    }
}

fn introspected(entry: &Entry, found: &Introspected) -> VerifiedToken {
    let expires_at = found.expires_at.unwrap_or(i64::MAX);
    let leeway = entry.rules.leeway;
    let begins = found.not_before.map_or(i64::MIN, |begin| begin.saturating_sub(leeway));
    VerifiedToken {
        issuer: entry.id.clone(),
        iss: entry.canonical.clone(),
        subject: found.subject.clone(),
        kind: TokenKind::Access,
        client: found.client.clone(),
        audiences: found.audiences.clone(),
        organization: found.organization.clone(),
        scope: found.scope.clone(),
        expires_at,
        not_before: found.not_before,
        issued_at: None,
        jti: None,
        key: None,
        // As the answer was judged: a token that was accepted within the leeway still holds a moment later.
        valid: begins..expires_at.saturating_add(leeway),
    }
}

/// The check that a verified token of the same kind would have failed.
const fn check_of(mismatch: Mismatch) -> (u8, Class) {
    match mismatch {
        // Not "opaque": whoever reads that asks another issuer, and this token has named its own.
        Mismatch::NotSent => (2, Class::Malformed),
        Mismatch::Issuer => (16, Class::BadIssuer),
        Mismatch::Audience => (17, Class::BadAudience),
        Mismatch::Client => (18, Class::BadParty),
        Mismatch::Kind => (21, Class::WrongType),
        Mismatch::Time => (13, Class::BadTime),
        Mismatch::NotYetValid => (14, Class::NotYetValid),
        Mismatch::MissingClaim => (18, Class::MissingClaim),
        Mismatch::Value => (18, Class::BadValue),
        Mismatch::Subject => (22, Class::BadSubject),
        Mismatch::SenderConstrained => (23, Class::SenderConstrained),
    }
}

fn not_introspected(reason: NotIntrospected) -> NotVerified {
    match reason {
        NotIntrospected::Inactive => Reject::by(13, Class::Inactive).into(),
        NotIntrospected::NotForUs(mismatch) => {
            let (check, class) = check_of(mismatch);
            Reject::by(check, class).into()
        }
        NotIntrospected::Unavailable { retry_after } => unavailable(retry_after),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_opaque_token_holds_for_as_long_as_its_answer_is_accepted() {
        let row = json!({"issuer_id": "a", "issuer": ["https://a.example"], "settings": {
            "kind": "introspection", "introspection": {"endpoint": "https://a.example/i"}, "audiences": ["x"],
            "leeway_seconds": 30}});
        let entry = Entry::compile(&serde_json::from_value(row).unwrap()).unwrap();
        let found = |not_before, expires_at| Introspected {
            subject: "s".into(),
            client: None,
            audiences: Vec::new(),
            scope: None,
            organization: None,
            expires_at,
            not_before,
        };
        assert_eq!(introspected(&entry, &found(Some(100), Some(200))).valid, 70..230);
        assert_eq!(introspected(&entry, &found(None, None)).valid, i64::MIN..i64::MAX);
    }
}
