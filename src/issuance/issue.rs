//! From an answer to a token.

use std::sync::Arc;

use super::given::{Asked, InternalToken, Made, Wanted};
use super::metrics::Given;
use super::signer::{SigningKey, Typ};
use super::token::{Contents, Life, Transaction};
use super::{Issuance, NotIssued, Shared};
use crate::directory::{Place, Position};
use crate::enrichment::Answer;

/// Which kind of token is made.
#[derive(Clone, Copy)]
enum Kind<'k> {
    Internal { scope: Option<&'k str> },
    Transaction(&'k Transaction<'k>),
}

impl<'k> Kind<'k> {
    const fn scope(self) -> Option<&'k str> {
        match self {
            Self::Internal { scope } => scope,
            Self::Transaction(asked) => Some(asked.scope),
        }
    }
}

impl Issuance {
    /// The token for an answer that was asked for with a token: the scope is that token's, and the client, or `client_fallback`
    /// where it names none. A token that was given a moment ago and is still good for this very answer is given again.
    pub fn for_answer(
        &self,
        answer: &Answer,
        audience: &str,
        client_fallback: &str,
    ) -> Result<Arc<InternalToken>, NotIssued> {
        let given = self.given(answer, audience, client_fallback);
        self.observe(given.as_ref().map(|(outcome, _)| *outcome));
        given.map(|(_, token)| token)
    }

    /// A new token for an answer, with a scope of its own: whoever calls has seen to it that the scope is no wider.
    pub fn exchange(
        &self,
        answer: &Answer,
        audience: &str,
        client_fallback: &str,
        scope: Option<&str>,
    ) -> Result<InternalToken, NotIssued> {
        let issued = self.issue(answer, audience, client_fallback, Kind::Internal { scope });
        self.observe(issued.as_ref().map(|_| Given::Signed));
        issued.map(|(token, _)| token)
    }

    /// A transaction token for an answer; the same about the scope.
    pub fn transaction(
        &self,
        answer: &Answer,
        audience: &str,
        asked: &Transaction<'_>,
    ) -> Result<InternalToken, NotIssued> {
        let issued = self.issue(answer, audience, asked.workload, Kind::Transaction(asked));
        self.observe(issued.as_ref().map(|_| Given::Signed));
        issued.map(|(token, _)| token)
    }

    fn given(
        &self,
        answer: &Answer,
        audience: &str,
        client_fallback: &str,
    ) -> Result<(Given, Arc<InternalToken>), NotIssued> {
        let Shared { given, parts, .. } = &*self.shared;
        let brought = answer.token.as_deref().ok_or(NotIssued::NothingBrought)?;
        let asked = Asked {
            tenant: answer.tenant.id.as_str(),
            user: answer.user.as_str(),
            audience,
            client: brought.client.as_deref().unwrap_or(client_fallback),
            scope: brought.scope.as_deref(),
        };
        let (now, set) = (parts.clock.now(), parts.keys.current());
        let wanted = Wanted {
            claims: &answer.claims,
            key: set.signing(),
            lapses_at: answer.lapses_at,
            since: parts.changes.since(&answer.tenant.id, &answer.user),
            ends: brought.expires_at,
            unix_now: parts.clock.unix_time(),
        };
        if let Some(token) = given.again(asked, &wanted, now) {
            return Ok((Given::Again, token));
        }
        let kind = Kind::Internal { scope: brought.scope.as_deref() };
        let (token, key) = self.issue(answer, audience, client_fallback, kind)?;
        let token = Arc::new(token);
        let made = Made {
            token: Arc::clone(&token),
            claims: answer.claims.clone(),
            lapses_at: answer.lapses_at,
            key,
            position: answer.reading.position,
            // As it was before the token was made, so that one of the history that is left meanwhile is not given again.
            history: wanted.since.history,
        };
        given.remember(asked, made, now);
        Ok((Given::Signed, token))
    }

    fn issue(
        &self,
        answer: &Answer,
        audience: &str,
        client_fallback: &str,
        kind: Kind<'_>,
    ) -> Result<(InternalToken, Arc<SigningKey>), NotIssued> {
        let Shared { issuer, lifetime, parts, .. } = &*self.shared;
        let brought = answer.token.as_deref().ok_or(NotIssued::NothingBrought)?;
        let ends = brought.expires_at.min(self.lapses_at(answer));
        let life = Life::of(parts.clock.unix_time(), *lifetime, ends).ok_or(NotIssued::Ends)?;
        let name = format!("{:016x}{:016x}", (parts.random)(), (parts.random)());
        let contents = Contents {
            issuer,
            user: answer.user.as_str(),
            audience,
            life,
            name: &name,
            client: brought.client.as_deref().unwrap_or(client_fallback),
            scope: kind.scope(),
            tenant: answer.tenant.id.as_str(),
            position: answer.reading.position,
            place: self.place_of(answer.reading.position),
            claims: &answer.claims.rendered().ok_or(NotIssued::NoClaims)?.claims,
        };
        let (typ, payload) = match kind {
            Kind::Internal { .. } => (Typ::AccessToken, contents.internal()),
            Kind::Transaction(asked) => (Typ::Transaction, contents.transaction(asked)),
        };
        let set = parts.keys.current();
        let compact = set.signing().sign(typ, &payload.ok_or(NotIssued::NoClaims)?).ok_or(NotIssued::NotSigned)?;
        Ok((InternalToken { compact: compact.into(), life }, Arc::clone(set.signing())))
    }

    /// The second in which something that is granted lapses, since the Unix epoch; the last one of all if nothing does.
    fn lapses_at(&self, answer: &Answer) -> i64 {
        let clock = &self.shared.parts.clock;
        let Some(moment) = answer.lapses_at else { return i64::MAX };
        let left = i64::try_from(moment.since(clock.now()).as_secs()).unwrap_or(i64::MAX);
        clock.unix_time().saturating_add(left)
    }

    /// Proof of the history that an answer belongs to: any place of it that is no earlier.
    fn place_of(&self, position: Position) -> Option<Place> {
        let place = self.shared.parts.freshness.complete_to();
        (place.nonce.is_some() && place.position >= position).then_some(place)
    }

    fn observe(&self, outcome: Result<Given, &NotIssued>) {
        self.shared.parts.metrics.given(outcome.unwrap_or(Given::Refused));
    }
}
