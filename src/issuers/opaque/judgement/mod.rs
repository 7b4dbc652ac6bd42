//! What the rules of an entry say of an introspection answer (RFC 7662 section 2.2) that is active.
//!
//! The answer is about *some* token of the issuer: a refresh token is active as well, and so is a token for another API.
//! So the rules apply as they do to a JWT, read by the same code ([`crate::issuers::rules`]), and what the answer leaves out
//! is refused where a rule needs it.

use std::sync::Arc;

use super::introspected::{Introspected, Mismatch, Verdict};
use crate::issuers::rules::{Issuers, KindRule, Malformed, Rules, audiences, lists};
use crate::jose::{Json, Object};

/// The last second of the year 9999.
const LATEST: f64 = 253_402_300_799.0;

/// Judges an answer whose `active` is true.
pub(super) fn judge(answer: &Object<'_>, rules: &Rules, unix_now: i64) -> Verdict {
    let judgement = Judgement { answer, rules, unix_now };
    match judgement.introspected() {
        Ok(introspected) if introspected.expires_at.is_some_and(|end| end.saturating_add(rules.leeway) <= unix_now) => {
            Verdict::Inactive
        }
        Ok(introspected) => Verdict::Active(Arc::new(introspected)),
        Err(mismatch) => Verdict::Mismatch(mismatch),
    }
}

/// The claims that an entry requires, whatever the protocol.
pub(super) fn required(answer: &Object<'_>, rules: &Rules) -> Result<(), Mismatch> {
    if !rules.has_required_claims(answer) {
        return Err(Mismatch::MissingClaim);
    }
    if rules.has_required_values(answer) { Ok(()) } else { Err(Mismatch::Value) }
}

/// Whether the client is one that the entry lists, if it lists any.
pub(super) fn client(client: Option<&str>, rules: &Rules) -> Result<(), Mismatch> {
    let Some(listed) = &rules.authorized_parties else { return Ok(()) };
    if client.is_some_and(|client| lists(listed, client)) { Ok(()) } else { Err(Mismatch::Client) }
}

struct Judgement<'j> {
    answer: &'j Object<'j>,
    rules: &'j Rules,
    unix_now: i64,
}

impl Judgement<'_> {
    fn introspected(&self) -> Result<Introspected, Mismatch> {
        self.issuer()?;
        let kind = self.rules.access.as_ref().ok_or(Mismatch::Kind)?;
        self.kind(kind)?;
        self.bearer()?;
        let (expires_at, not_before) = self.times()?;
        let audiences = self.audiences(kind)?;
        let found_client = self.client()?;
        client(found_client, self.rules)?;
        required(self.answer, self.rules)?;
        Ok(Introspected {
            organization: self.rules.organization_of(self.answer).map_err(|Malformed| Mismatch::Value)?,
            // `username` is for people to read, and can be given to somebody else: it never stands in for `sub`.
            subject: self.rules.subject_of(self.answer).ok_or(Mismatch::Subject)?,
            client: found_client.map(Into::into),
            audiences: audiences.into_iter().map(Into::into).collect(),
            scope: self.text("scope").map(Into::into),
            expires_at,
            not_before,
        })
    }

    fn member(&self, name: &str) -> Option<&Json<'_>> {
        self.answer.get(name).filter(|value| !value.is_null())
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.member(name).and_then(Json::as_str)
    }

    /// `iss` is optional in an answer; one that names another issuer is refused.
    fn issuer(&self) -> Result<(), Mismatch> {
        let Some(issuer) = self.member("iss") else { return Ok(()) };
        let accepted = match (&self.rules.issuers, issuer.as_str()) {
            (Issuers::Exact(accepted), Some(issuer)) => lists(accepted, issuer),
            // Entra is the one provider with templates, and answers no introspection.
            (Issuers::Template { .. }, _) | (_, None) => false,
        };
        if accepted { Ok(()) } else { Err(Mismatch::Issuer) }
    }

    /// Refresh tokens and ID tokens are active too. Hydra tells them by `token_use`, Keycloak by `typ`.
    fn kind(&self, kind: &KindRule) -> Result<(), Mismatch> {
        const ACCESS: [(&str, &[&str]); 3] = [
            ("token_use", &["access", "access_token"]),
            ("typ", &["bearer", "dpop", "jwt", "at+jwt"]),
            ("token_type", &["bearer", "access_token", "dpop", "pop"]),
        ];
        let is_access = |(name, accepted): (&str, &[&str])| {
            self.member(name).is_none_or(|value| {
                value.as_str().is_some_and(|text| accepted.iter().any(|known| known.eq_ignore_ascii_case(text)))
            })
        };
        if !ACCESS.into_iter().all(is_access) {
            return Err(Mismatch::Kind);
        }
        if kind.values.iter().all(|required| required.holds(self.answer)) { Ok(()) } else { Err(Mismatch::Kind) }
    }

    /// A token that is bound to a key of its sender is worth nothing without the proof, unless somebody has checked that.
    fn bearer(&self) -> Result<(), Mismatch> {
        let says = |name| self.text(name).map(str::to_ascii_lowercase);
        let bound_type = |kind: Option<String>| kind.is_some_and(|kind| ["dpop", "pop"].contains(&&*kind));
        let is_bound = self.member("cnf").is_some() || bound_type(says("token_type")) || bound_type(says("typ"));
        if is_bound && !self.rules.accept_sender_constrained { Err(Mismatch::SenderConstrained) } else { Ok(()) }
    }

    fn times(&self) -> Result<(Option<i64>, Option<i64>), Mismatch> {
        let Rules { leeway, max_token_age, .. } = *self.rules;
        let (expires_at, not_before) = (self.time("exp")?, self.time("nbf")?);
        let issued_at = self.time("iat")?;
        let soon = self.unix_now.saturating_add(leeway);
        if not_before.is_some_and(|begin| begin > soon) {
            return Err(Mismatch::NotYetValid);
        }
        if issued_at.is_some_and(|issued_at| issued_at > soon) {
            return Err(Mismatch::Time);
        }
        let Some(oldest) = max_token_age else { return Ok((expires_at, not_before)) };
        // Too old is over, as if the issuer had said so itself.
        let end = issued_at.ok_or(Mismatch::MissingClaim)?.saturating_add(oldest);
        Ok((Some(expires_at.map_or(end, |expires_at| expires_at.min(end))), not_before))
    }

    #[expect(clippy::cast_possible_truncation, reason = "the number is within the years 1970 to 9999")]
    fn time(&self, name: &str) -> Result<Option<i64>, Mismatch> {
        let Some(value) = self.member(name) else { return Ok(None) };
        let seconds = value.as_number().and_then(serde_json::Number::as_f64).ok_or(Mismatch::Time)?;
        let is_time = seconds > 0.0 && seconds <= LATEST;
        if is_time { Ok(Some(seconds.floor() as i64)) } else { Err(Mismatch::Time) }
    }

    /// They have to satisfy the rule: an answer that does not say for whom the token is does not.
    fn audiences(&self, kind: &KindRule) -> Result<Vec<&str>, Mismatch> {
        let audiences = audiences(self.member("aud")).map_err(|Malformed| Mismatch::Audience)?;
        if kind.audience.admits(self.answer, &audiences) { Ok(audiences) } else { Err(Mismatch::Audience) }
    }

    /// A client that is no text is refused, never taken for none.
    fn client(&self) -> Result<Option<&str>, Mismatch> {
        let named = self.rules.client_claims.iter().find_map(|claim| self.member(claim));
        let Some(named) = named.or_else(|| self.member("client_id")) else { return Ok(None) };
        named.as_str().filter(|client| !client.is_empty()).map(Some).ok_or(Mismatch::Client)
    }
}

#[cfg(test)]
mod tests;
