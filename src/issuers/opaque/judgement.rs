//! What the rules of an entry say of an introspection answer (RFC 7662 section 2.2) that is active.
//!
//! The answer is about *some* token of the issuer: a refresh token is active as well, and so is a token for another API.
//! So the rules apply as they do to a JWT, and what the answer leaves out is refused where a rule needs it.

use std::sync::Arc;

use super::introspected::{Introspected, Mismatch, Verdict};
use crate::issuers::rules::{AudienceRule, Issuers, KindRule, RequiredValue, Rules};
use crate::jose::{Json, Object};

/// The last second of the year 9999.
const LATEST: f64 = 253_402_300_799.0;

/// Judges an answer whose `active` is true.
pub(super) fn judge(answer: &Object<'_>, rules: &Rules, now: i64) -> Verdict {
    let judgement = Judgement { answer, rules, now };
    match judgement.introspected() {
        Ok(introspected) if introspected.expires_at.is_some_and(|end| end.saturating_add(rules.leeway) <= now) => {
            Verdict::Inactive
        }
        Ok(introspected) => Verdict::Active(Arc::new(introspected)),
        Err(mismatch) => Verdict::Mismatch(mismatch),
    }
}

/// The claims that an entry requires, whatever the protocol.
pub(super) fn required(answer: &Object<'_>, rules: &Rules) -> Result<(), Mismatch> {
    let is_there = |path: &crate::issuers::rules::ClaimPath| path.find(answer).is_some_and(|value| !value.is_null());
    if !rules.required_claims.iter().all(is_there) {
        return Err(Mismatch::MissingClaim);
    }
    values(answer, &rules.required_values)
}

/// Whether the client is one that the entry lists, if it lists any.
pub(super) fn client(client: Option<&str>, rules: &Rules) -> Result<(), Mismatch> {
    let Some(listed) = &rules.authorized_parties else { return Ok(()) };
    if client.is_some_and(|client| holds(listed, client)) { Ok(()) } else { Err(Mismatch::Client) }
}

fn values(answer: &Object<'_>, required: &[RequiredValue]) -> Result<(), Mismatch> {
    let has = |required: &RequiredValue| {
        let found = required.claim.find(answer).and_then(Json::as_str);
        found.is_some_and(|found| holds(&required.any_of, found))
    };
    if required.iter().all(has) { Ok(()) } else { Err(Mismatch::Value) }
}

fn holds(list: &[Box<str>], text: &str) -> bool {
    list.iter().any(|entry| **entry == *text)
}

struct Judgement<'j> {
    answer: &'j Object<'j>,
    rules: &'j Rules,
    now: i64,
}

impl Judgement<'_> {
    fn introspected(&self) -> Result<Introspected, Mismatch> {
        self.issuer()?;
        let kind = self.rules.access.as_ref().ok_or(Mismatch::Kind)?;
        self.kind(kind)?;
        self.bearer()?;
        let (expires_at, not_before) = self.times()?;
        let audiences = self.audiences()?;
        let found_client = self.client();
        self.audience(&kind.audience, &audiences)?;
        client(found_client, self.rules)?;
        required(self.answer, self.rules)?;
        Ok(Introspected {
            subject: self.subject()?,
            client: found_client.map(Into::into),
            audiences,
            scope: self.text("scope").map(Into::into),
            organization: self.rules.organization.as_deref().and_then(|claim| self.text(claim)).map(Into::into),
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
            (Issuers::Exact(accepted), Some(issuer)) => holds(accepted, issuer),
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
        values(self.answer, &kind.values).map_err(|_| Mismatch::Kind)
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
        let soon = self.now.saturating_add(leeway);
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

    /// A text or a list of texts; anything else is refused whole.
    fn audiences(&self) -> Result<Vec<Box<str>>, Mismatch> {
        match self.member("aud") {
            None => Ok(Vec::new()),
            Some(Json::Text(audience)) => Ok(vec![audience.as_ref().into()]),
            Some(Json::Array(audiences)) => {
                let texts =
                    audiences.iter().map(|audience| audience.as_str().map(Into::into).ok_or(Mismatch::Audience));
                texts.collect()
            }
            Some(_) => Err(Mismatch::Audience),
        }
    }

    /// The rule has to be satisfied: an answer that does not say for whom the token is does not.
    fn audience(&self, rule: &AudienceRule, audiences: &[Box<str>]) -> Result<(), Mismatch> {
        let is_for_us = match rule {
            AudienceRule::AnyOf(ours) => audiences.iter().any(|audience| holds(ours, audience)),
            AudienceRule::Client(ours) => self.text("client_id").is_some_and(|client| holds(ours, client)),
        };
        if is_for_us { Ok(()) } else { Err(Mismatch::Audience) }
    }

    fn client(&self) -> Option<&str> {
        let named = self.rules.client_claims.iter().find_map(|claim| self.member(claim));
        named.or_else(|| self.member("client_id")).and_then(Json::as_str)
    }

    /// `username` is for people to read, and can be given to somebody else: it never stands in for `sub`.
    fn subject(&self) -> Result<Box<str>, Mismatch> {
        let parts = self.rules.subject.iter().map(|claim| {
            let part = self.text(claim).filter(|part| !part.is_empty() && !part.chars().any(char::is_control));
            part.ok_or(Mismatch::Subject)
        });
        let parts: Vec<&str> = parts.collect::<Result<_, _>>()?;
        if parts.is_empty() { Err(Mismatch::Subject) } else { Ok(parts.join(":").into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::issuers::opaque::example::rules;
    use crate::issuers::rules::ClaimPath;
    use crate::jose::parse_object;
    use serde_json::{Value, json};

    const NOW: i64 = 1_800_000_000;

    fn good() -> Value {
        json!({
            "active": true, "iss": "https://issuer.example", "sub": "248289761001", "aud": "https://api.example",
            "client_id": "spa-1", "username": "jdoe", "scope": "read write", "exp": NOW + 600, "iat": NOW - 60,
            "nbf": NOW - 60, "token_type": "Bearer", "org_id": "org_9"
        })
    }

    fn verdict(answer: &Value, rules: &Rules) -> Verdict {
        let text = answer.to_string();
        judge(&parse_object(text.as_bytes(), 32).unwrap(), rules, NOW)
    }

    fn with(name: &str, value: Value) -> Verdict {
        let mut answer = good();
        answer[name] = value;
        verdict(&answer, &rules())
    }

    fn without(name: &str) -> Value {
        let mut answer = good();
        answer.as_object_mut().unwrap().remove(name);
        answer
    }

    #[test]
    fn an_answer_that_satisfies_every_rule_is_taken_over() {
        let Verdict::Active(introspected) = verdict(&good(), &rules()) else { panic!("refused") };
        assert_eq!(*introspected.subject, *"248289761001");
        assert_eq!(introspected.client.as_deref(), Some("spa-1"));
        assert_eq!(introspected.audiences, ["https://api.example".into()]);
        assert_eq!(introspected.scope.as_deref(), Some("read write"));
        assert_eq!(introspected.organization.as_deref(), Some("org_9"));
        assert_eq!((introspected.expires_at, introspected.not_before), (Some(NOW + 600), Some(NOW - 60)));
    }

    #[test]
    fn the_issuer_may_be_left_out_but_must_not_be_another() {
        assert!(matches!(verdict(&without("iss"), &rules()), Verdict::Active(_)));
        for other in
            [json!("https://evil.example"), json!("https://issuer.example/"), json!(["https://issuer.example"])]
        {
            assert_eq!(with("iss", other), Verdict::Mismatch(Mismatch::Issuer));
        }
    }

    #[test]
    fn the_audience_rule_has_to_be_satisfied() {
        assert!(matches!(with("aud", json!(["x", "https://api.example"])), Verdict::Active(_)));
        for other in [json!("https://other.example"), json!([]), json!(["https://api.example", 1]), json!({"a": 1})] {
            assert_eq!(with("aud", other), Verdict::Mismatch(Mismatch::Audience));
        }
        assert_eq!(verdict(&without("aud"), &rules()), Verdict::Mismatch(Mismatch::Audience), "not even with a client");
        let by_client = || {
            let mut rules = rules();
            rules.access.as_mut().unwrap().audience = AudienceRule::Client(Box::new(["spa-1".into()]));
            rules
        };
        assert!(matches!(verdict(&without("aud"), &by_client()), Verdict::Active(_)));
        assert_eq!(verdict(&without("client_id"), &by_client()), Verdict::Mismatch(Mismatch::Audience));
    }

    #[test]
    fn a_name_never_stands_in_for_the_subject() {
        assert_eq!(verdict(&without("sub"), &rules()), Verdict::Mismatch(Mismatch::Subject));
        for bad in [json!(""), json!(7), json!(null), json!("a\u{0}b"), json!("a\nb"), json!(["248289761001"])] {
            assert_eq!(with("sub", bad), Verdict::Mismatch(Mismatch::Subject));
        }
    }

    #[test]
    fn tokens_that_are_no_access_tokens_are_refused_though_active() {
        for (name, value) in [
            ("token_use", "refresh_token"),
            ("token_use", "id"),
            ("typ", "Refresh"),
            ("typ", "Offline"),
            ("typ", "ID"),
            ("token_type", "refresh_token"),
            ("token_type", "mac"),
        ] {
            assert_eq!(with(name, json!(value)), Verdict::Mismatch(Mismatch::Kind), "{name} = {value}");
        }
        assert_eq!(with("token_type", json!(1)), Verdict::Mismatch(Mismatch::Kind));
        assert!(matches!(with("token_use", json!("access_token")), Verdict::Active(_)));
        let no_access = Rules { access: None, ..rules() };
        assert_eq!(verdict(&good(), &no_access), Verdict::Mismatch(Mismatch::Kind));
    }

    #[test]
    fn a_token_bound_to_its_sender_needs_the_entrys_leave() {
        for (name, value) in [("cnf", json!({"jkt": "x"})), ("token_type", json!("DPoP")), ("typ", json!("DPoP"))] {
            assert_eq!(with(name, value.clone()), Verdict::Mismatch(Mismatch::SenderConstrained), "{name}");
            let mut answer = good();
            answer[name] = value;
            let lenient = Rules { accept_sender_constrained: true, ..rules() };
            assert!(matches!(verdict(&answer, &lenient), Verdict::Active(_)), "{name}");
        }
    }

    #[test]
    fn times_count_with_leeway_and_what_is_no_time_is_refused() {
        assert!(matches!(with("exp", json!(NOW - 29)), Verdict::Active(_)));
        assert_eq!(with("exp", json!(NOW - 30)), Verdict::Inactive);
        assert!(matches!(with("nbf", json!(NOW + 30)), Verdict::Active(_)));
        assert_eq!(with("nbf", json!(NOW + 31)), Verdict::Mismatch(Mismatch::NotYetValid));
        assert_eq!(with("iat", json!(NOW + 31)), Verdict::Mismatch(Mismatch::Time));
        for bad in [json!("1800000600"), json!(0), json!(-1), json!(1e300), json!(u64::MAX), json!([NOW])] {
            assert_eq!(with("exp", bad), Verdict::Mismatch(Mismatch::Time));
        }
        let Verdict::Active(endless) = verdict(&without("exp"), &rules()) else { panic!("refused") };
        assert_eq!(endless.expires_at, None);
    }

    #[test]
    fn a_bound_on_the_age_ends_the_token() {
        let aged = |max_token_age| Rules { max_token_age: Some(max_token_age), ..rules() };
        let Verdict::Active(bounded) = verdict(&good(), &aged(100)) else { panic!("refused") };
        assert_eq!(bounded.expires_at, Some(NOW + 40));
        assert_eq!(verdict(&good(), &aged(30)), Verdict::Inactive);
        assert_eq!(verdict(&without("iat"), &aged(100)), Verdict::Mismatch(Mismatch::MissingClaim));
    }

    #[test]
    fn clients_claims_and_values_that_the_entry_lists_are_required() {
        let parties = |listed: &str| Rules { authorized_parties: Some(Box::new([listed.into()])), ..rules() };
        assert!(matches!(verdict(&good(), &parties("spa-1")), Verdict::Active(_)));
        assert_eq!(verdict(&good(), &parties("other")), Verdict::Mismatch(Mismatch::Client));
        assert_eq!(verdict(&without("client_id"), &parties("spa-1")), Verdict::Mismatch(Mismatch::Client));
        let claims = Rules { required_claims: Box::new([ClaimPath("tier".into())]), ..rules() };
        assert_eq!(verdict(&good(), &claims), Verdict::Mismatch(Mismatch::MissingClaim));
        let value = RequiredValue { claim: ClaimPath("org_id".into()), any_of: Box::new(["org_1".into()]) };
        let values = Rules { required_values: Box::new([value]), ..rules() };
        assert_eq!(verdict(&good(), &values), Verdict::Mismatch(Mismatch::Value));
    }
}
