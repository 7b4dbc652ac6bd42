//! `POST /v1/introspect`: OAuth 2.0 token introspection (RFC 7662), for gateways and libraries that speak it.
//!
//! The answer is what the token says of itself and the claims of its user in the tenant, side by side. A token that proves
//! nothing, and a user who gets nothing, are both `{"active": false}` and nothing more (section 2.2).
//!
//! A token of our own is answered with what it says, as long as no change to its user has come since.
//!
//! Deliberately absent: `username`, and whatever else would be the directory's or the issuer's personal data.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::text::{named, place};
use crate::enrichment::{Answer, Question, Subject};
use crate::error::{Code, Refusal};
use crate::tenancy::Hints;
use crate::tokens::VerifiedToken;

/// The form of a request (section 2.1), with the hints that name a tenant. Without `Debug`, because the token is in it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    token: String,
    #[serde(rename = "token_type_hint")]
    _token_type_hint: Option<String>,
    tenant: Option<String>,
    organization: Option<String>,
    host: Option<String>,
    audience: Option<String>,
    connection: Option<String>,
    login_hint: Option<String>,
    at_least: Option<String>,
}

impl Request {
    /// The token that is asked about.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The tenant that is named by its id.
    pub fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref()
    }

    /// What is asked.
    pub fn question(&self) -> Result<Question<'_>, Refusal> {
        Ok(Question {
            subject: Subject::Token(&self.token),
            hints: self.hints()?,
            at_least: self.at_least.as_deref().map(place).transpose()?,
        })
    }

    fn hints(&self) -> Result<Hints<'_>, Refusal> {
        let hint = |name: &str, value: &Option<String>| value.as_deref().map_or(Ok(()), |it| named(name, it).map(drop));
        hint("tenant", &self.tenant)?;
        hint("organization", &self.organization)?;
        hint("host", &self.host)?;
        hint("audience", &self.audience)?;
        hint("connection", &self.connection)?;
        hint("login_hint", &self.login_hint)?;
        Ok(Hints {
            tenant: self.tenant.as_deref(),
            organization: self.organization.as_deref(),
            host: self.host.as_deref(),
            audience: self.audience.as_deref(),
            connection: self.connection.as_deref(),
            login_hint: self.login_hint.as_deref(),
            ..Hints::default()
        })
    }
}

/// The answer for a token that proves nothing here.
pub const INACTIVE: &[u8] = br#"{"active":false}"#;

/// Whether this refusal is about the token or its user, and therefore an answer; the others are about the request.
pub const fn is_inactive(code: Code) -> bool {
    matches!(
        code,
        Code::TokenMalformed
            | Code::TokenExpired
            | Code::TokenNotYetValid
            | Code::TokenSignature
            | Code::TokenIssuerUnknown
            | Code::TokenKeyUnknown
            | Code::TokenAlgorithm
            | Code::TokenAudience
            | Code::TokenType
            | Code::TokenClaims
            | Code::UserUnknown
            | Code::NotAMember
            | Code::TenantSuspended
            | Code::IssuerNotTrusted
            | Code::ClientNotAllowed
            // "The protected resource is not allowed to introspect this particular token."
            | Code::CallerForbidden
    )
}

/// What the token says of itself, under the names of section 2.2.
#[derive(Serialize)]
struct Body<'answer> {
    active: bool,
    iss: &'answer str,
    sub: &'answer str,
    token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<Cow<'answer, [Box<str>]>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<&'answer str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'answer str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<&'answer str>,
}

/// The body of an answer: the token's members, then the claims. `None` if there is nothing rendered, or no token.
pub fn render(answer: &Answer) -> Option<Vec<u8>> {
    let claims = &answer.claims.rendered()?.claims;
    let mut body = serde_json::to_vec(&of(answer.token.as_deref()?)).ok()?;
    // Claims are an object whose names are in a namespace, so they cannot meet one of ours.
    let members = claims.strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}"))?;
    if !members.is_empty() {
        body.pop();
        body.push(b',');
        body.extend_from_slice(members);
        body.push(b'}');
    }
    Some(body)
}

/// The body for a token of our own, whose payload is an object that is not empty.
pub fn render_own(payload: &[u8]) -> Vec<u8> {
    let members = payload.strip_prefix(b"{").unwrap_or_default();
    [br#"{"active":true,"token_type":"Bearer","#, members].concat()
}

fn of(token: &VerifiedToken) -> Body<'_> {
    Body {
        active: true,
        iss: &token.iss,
        sub: &token.subject,
        token_type: "Bearer",
        aud: (!token.audiences.is_empty()).then(|| Cow::Borrowed(&*token.audiences)),
        client_id: token.client.as_deref(),
        scope: token.scope.as_deref(),
        // Where the issuer has told no end, none is told.
        exp: (token.expires_at < i64::MAX).then_some(token.expires_at),
        nbf: token.not_before,
        iat: token.issued_at,
        jti: token.jti.as_deref(),
    }
}
