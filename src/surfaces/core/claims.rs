//! `POST /v1/claims`.
//!
//! The request is read without copying what it says. The answer is three pieces: what differs between requests before and
//! after, and between them the claims, which are the cache's own bytes.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::Deserialize;

use super::text::json_string;
use crate::claims::Rendered;
use crate::directory::Position;
use crate::enrichment::{Answer, Question, Subject};
use crate::error::{Code, Refusal};
use crate::tenancy::{HintKind, Hints};

/// The body of a request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request<'body> {
    #[serde(borrow)]
    subject: Option<Identity<'body>>,
    #[serde(borrow)]
    user: Option<Cow<'body, str>>,
    token: Option<serde::de::IgnoredAny>,
    #[serde(borrow)]
    tenant: Option<Cow<'body, str>>,
    #[serde(borrow, default)]
    hints: RequestHints<'body>,
    #[serde(borrow)]
    at_least: Option<Cow<'body, str>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Identity<'body> {
    #[serde(borrow)]
    issuer: Cow<'body, str>,
    #[serde(borrow)]
    sub: Cow<'body, str>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestHints<'body> {
    #[serde(borrow)]
    organization: Option<Cow<'body, str>>,
    #[serde(borrow)]
    client_id: Option<Cow<'body, str>>,
    #[serde(borrow)]
    audience: Option<Cow<'body, str>>,
    #[serde(borrow)]
    host: Option<Cow<'body, str>>,
    #[serde(borrow)]
    connection: Option<Cow<'body, str>>,
    #[serde(borrow)]
    login_hint: Option<Cow<'body, str>>,
}

/// Reads a body.
pub fn parse(body: &[u8]) -> Result<Request<'_>, Refusal> {
    serde_json::from_slice(body).map_err(|error| {
        // serde's message may quote the body; its place does not.
        let what = match error.classify() {
            serde_json::error::Category::Data => "has a member that is unknown, missing or of another type",
            _ => "is not JSON",
        };
        Refusal::new(
            Code::InvalidRequest,
            format!("the body {what}, at line {} column {}", error.line(), error.column()),
        )
    })
}

impl Request<'_> {
    /// What is asked.
    pub fn question(&self) -> Result<Question<'_>, Refusal> {
        Ok(Question { subject: self.subject()?, hints: self.hints()?, at_least: self.at_least()? })
    }

    fn subject(&self) -> Result<Subject<'_>, Refusal> {
        if self.token.is_some() {
            return Err(invalid("token is not accepted yet; name the user by subject or by user"));
        }
        match (&self.user, &self.subject) {
            (Some(user), None) => Ok(Subject::User(named("user", user)?)),
            (None, Some(Identity { issuer, sub })) => {
                Ok(Subject::Identity { issuer: named("subject.issuer", issuer)?, sub: named("subject.sub", sub)? })
            }
            _ => Err(invalid("exactly one of subject and user must name the user")),
        }
    }

    fn hints(&self) -> Result<Hints<'_>, Refusal> {
        let hint = |name: &str, value: &'_ Option<Cow<'_, str>>| match value {
            None => Ok(()),
            Some(value) => named(name, value).map(drop),
        };
        let RequestHints { organization, client_id, audience, host, connection, login_hint } = &self.hints;
        hint("tenant", &self.tenant)?;
        hint("hints.organization", organization)?;
        hint("hints.client_id", client_id)?;
        hint("hints.audience", audience)?;
        hint("hints.host", host)?;
        hint("hints.connection", connection)?;
        hint("hints.login_hint", login_hint)?;
        Ok(Hints {
            tenant: self.tenant.as_deref(),
            organization: organization.as_deref(),
            host: host.as_deref(),
            connection: connection.as_deref(),
            client_id: client_id.as_deref(),
            audience: audience.as_deref(),
            login_hint: login_hint.as_deref(),
        })
    }

    fn at_least(&self) -> Result<Option<Position>, Refusal> {
        let Some(text) = &self.at_least else { return Ok(None) };
        let number = text
            .parse()
            .map_err(|_| invalid("at_least must be a position as an earlier answer gave it, such as \"1234\""))?;
        Ok(Some(Position::new(number)))
    }
}

/// A name as PostgreSQL can hold it, and of a length that a name can have.
pub(super) fn named<'value>(member: &str, value: &'value str) -> Result<&'value str, Refusal> {
    const MOST: usize = 2_048;
    if value.is_empty() || value.len() > MOST || value.contains('\0') {
        return Err(invalid(&format!("{member} must be 1 to {MOST} bytes of text without a NUL")));
    }
    Ok(value)
}

fn invalid(detail: &str) -> Refusal {
    Refusal::new(Code::InvalidRequest, detail)
}

/// What comes before and after the claims.
#[derive(Debug)]
pub struct Frame {
    /// Up to and including `"claims":`.
    pub before: String,
    /// Between `claims` and `id_token_claims`.
    pub between: &'static str,
    /// After `id_token_claims`.
    pub after: String,
}

/// The body of an answer, in pieces: `before`, claims, `between`, claims for ID tokens, `after`.
pub fn render(answer: &Answer) -> Option<(Frame, &Rendered)> {
    let rendered = answer.claims.rendered()?;
    let tenant = answer.tenant.id.as_str();
    let user = answer.user.as_str();
    let mut before = String::with_capacity(64 + tenant.len() + user.len());
    before.push_str("{\"tenant\":");
    json_string(&mut before, tenant);
    before.push_str(",\"tenant_source\":\"");
    before.push_str(source(answer.named_by));
    before.push_str("\",\"user\":");
    json_string(&mut before, user);
    before.push_str(",\"claims\":");
    let mut after = String::with_capacity(72);
    let age = answer.reading.age_bound.unwrap_or_default().as_millis();
    // Writing to a String does not fail.
    let _ = write!(after, ",\"position\":\"{}\",\"age_bound_ms\":{age},\"stale\":false}}", answer.reading.position);
    Some((Frame { before, between: ",\"id_token_claims\":", after }, rendered))
}

/// What named the tenant, as the wire has it.
fn source(named_by: Option<HintKind>) -> &'static str {
    match named_by {
        None => "default",
        Some(HintKind::Tenant) => "explicit",
        Some(kind) => kind.as_str(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(body: &str) -> String {
        let refusal = parse(body.as_bytes()).and_then(|request| request.question().map(|_| ())).unwrap_err();
        assert_eq!(refusal.code, Code::InvalidRequest);
        refusal.detail.unwrap()
    }

    #[test]
    fn a_request_is_read_whole() {
        let body = br#"{"subject":{"issuer":"https://i/","sub":"s"},"tenant":"acme","hints":{"organization":"o","client_id":"c",
            "audience":"a","host":"h","connection":"n","login_hint":"l@x.y"},"at_least":"12"}"#;
        let request = parse(body).unwrap();
        let question = request.question().unwrap();
        assert!(matches!(question.subject, Subject::Identity { issuer: "https://i/", sub: "s" }));
        assert_eq!(question.hints.present().count(), 7);
        assert_eq!(question.at_least, Some(Position::new(12)));
    }

    #[test]
    fn what_is_not_understood_is_refused_and_said() {
        assert!(refused("{").contains("is not JSON"));
        assert!(refused(r#"{"user":"u","colour":1}"#).contains("unknown"));
        assert!(refused(r#"{"user":"u","hints":{"colour":"x"}}"#).contains("unknown"));
        assert!(refused("{}").contains("exactly one"));
        assert!(refused(r#"{"user":"u","subject":{"issuer":"i","sub":"s"}}"#).contains("exactly one"));
        assert!(refused(r#"{"token":"ey"}"#).contains("token is not accepted yet"));
        assert!(refused(r#"{"user":""}"#).contains("user must be"));
        assert!(refused(r#"{"user":"u","tenant":"a\u0000b"}"#).contains("tenant must be"));
        assert!(refused(r#"{"user":"u","at_least":"-1"}"#).contains("at_least"));
        assert!(refused(r#"{"user":"u","user":"v"}"#).contains("member"));
    }

    #[test]
    fn a_refusal_never_quotes_the_body() {
        assert!(!refused(r#"{"user":"u","secret-value":1}"#).contains("secret-value"));
    }
}
