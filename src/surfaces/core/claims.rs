//! `POST /v1/claims`.
//!
//! The request is read without copying what it says. The answer is what differs between requests, before and after, and
//! between them the claims, which are the cache's own bytes.

use std::borrow::Cow;
use std::ops::Deref;

use serde::Deserialize;

use super::text::{invalid, json_string, named, place};
use crate::directory::Place;
use crate::enrichment::{Answer, Question, Subject};
use crate::error::{Code, Refusal};
use crate::tenancy::{HintKind, Hints};

/// The body of a request. Without `Debug`, because a token may be in it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request<'body> {
    #[serde(borrow)]
    subject: Option<Identity<'body>>,
    #[serde(borrow)]
    user: Option<Text<'body>>,
    #[serde(borrow)]
    token: Option<Text<'body>>,
    #[serde(borrow)]
    tenant: Option<Text<'body>>,
    #[serde(borrow, default)]
    hints: RequestHints<'body>,
    #[serde(borrow)]
    at_least: Option<Text<'body>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Identity<'body> {
    #[serde(borrow)]
    issuer: Text<'body>,
    #[serde(borrow)]
    sub: Text<'body>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestHints<'body> {
    #[serde(borrow)]
    organization: Option<Text<'body>>,
    #[serde(borrow)]
    client_id: Option<Text<'body>>,
    #[serde(borrow)]
    audience: Option<Text<'body>>,
    #[serde(borrow)]
    host: Option<Text<'body>>,
    #[serde(borrow)]
    connection: Option<Text<'body>>,
    #[serde(borrow)]
    login_hint: Option<Text<'body>>,
}

/// Text that is borrowed from the body unless it is escaped there. A type of its own, because serde copies every `Cow`
/// that stands in an `Option`.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
struct Text<'body>(#[serde(borrow)] Cow<'body, str>);

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
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
        match (&self.user, &self.subject, &self.token) {
            (Some(user), None, None) => Ok(Subject::User(named("user", user)?)),
            (None, Some(Identity { issuer, sub }), None) => {
                Ok(Subject::Identity { issuer: named("subject.issuer", issuer)?, sub: named("subject.sub", sub)? })
            }
            (None, None, Some(token)) => Ok(Subject::Token(token)),
            _ => Err(invalid("exactly one of token, subject and user must name the user")),
        }
    }

    fn hints(&self) -> Result<Hints<'_>, Refusal> {
        let hint = |name: &str, value: &Option<Text<'_>>| match value {
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

    fn at_least(&self) -> Result<Option<Place>, Refusal> {
        self.at_least.as_deref().map(place).transpose()
    }
}

/// Between the claims for access tokens and those for ID tokens.
pub const BETWEEN: &str = ",\"id_token_claims\":";

/// Appends what comes before the claims.
pub fn render_before(body: &mut Vec<u8>, answer: &Answer) {
    body.extend_from_slice(b"{\"tenant\":");
    json_string(body, answer.tenant.id.as_str());
    body.extend_from_slice(b",\"tenant_source\":\"");
    body.extend_from_slice(source(answer.named_by).as_bytes());
    body.extend_from_slice(b"\",\"user\":");
    json_string(body, answer.user.as_str());
    body.extend_from_slice(b",\"claims\":");
}

/// Appends what comes after the claims for ID tokens.
pub fn render_after(body: &mut Vec<u8>, answer: &Answer) {
    let mut digits = itoa::Buffer::new();
    body.extend_from_slice(b",\"position\":\"");
    body.extend_from_slice(digits.format(answer.reading.position.get()).as_bytes());
    body.extend_from_slice(b"\",\"age_bound_ms\":");
    body.extend_from_slice(digits.format(answer.reading.age_bound_ms()).as_bytes());
    body.extend_from_slice(if answer.stale { b",\"stale\":true}" } else { b",\"stale\":false}" });
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
        let refusal = parse(body.as_bytes()).and_then(|request| request.question().map(drop)).unwrap_err();
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
        assert_eq!(question.at_least, Some("12".parse::<Place>().unwrap()));
    }

    #[test]
    fn only_escaped_text_is_copied() {
        let request = parse(br#"{"user":"al","tenant":"a\u0063me"}"#).unwrap();
        assert!(matches!(request.user, Some(Text(Cow::Borrowed("al")))));
        assert!(matches!(&request.tenant, Some(Text(Cow::Owned(tenant))) if tenant == "acme"));
    }

    #[test]
    fn what_is_not_understood_is_refused_and_said() {
        assert!(refused("{").contains("is not JSON"));
        assert!(refused(r#"{"user":"u","colour":1}"#).contains("unknown"));
        assert!(refused(r#"{"user":"u","hints":{"colour":"x"}}"#).contains("unknown"));
        assert!(refused("{}").contains("exactly one"));
        assert!(refused(r#"{"user":"u","subject":{"issuer":"i","sub":"s"}}"#).contains("exactly one"));
        assert!(refused(r#"{"user":"u","token":"ey"}"#).contains("exactly one"));
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
