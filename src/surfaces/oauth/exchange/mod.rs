//! `POST /v1/token`: what a request for an exchange asks for.

use serde_json::Value;

use crate::directory::Place;
use crate::enrichment::{Question, Subject};
use crate::jose::parse_object;
use crate::surfaces::oauth::error::{ErrorCode, OAuthError};
use crate::surfaces::oauth::parameters::Parameters;
use crate::surfaces::oauth::scope::{NotGranted, Scope};
use crate::surfaces::oauth::token_type::{Requested, SubjectType};
use crate::tenancy::Hints;

/// The one grant (RFC 8693 section 2.1).
pub const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// How long a name may be, in bytes.
const LONGEST_NAME: usize = 2_048;
/// How large `request_context` and `request_details` may be, each, in bytes.
const LARGEST_CONTEXT: usize = 4 * 1024;
const DEEPEST_CONTEXT: usize = 16;

/// What is asked for. Without `Debug`, because the token is in it.
pub struct Exchange<'form> {
    /// The token that is brought.
    subject_token: &'form str,
    /// What it is said to be.
    pub subject_type: SubjectType,
    /// What is to be made of it.
    pub requested: Requested,
    /// For whom; `None` leaves it to the caller's policy.
    pub target: Option<&'form str>,
    /// `request_context`, of a transaction token.
    pub context: Option<Value>,
    /// `request_details`, of a transaction token.
    pub details: Option<Value>,
    scope: Option<Scope<'form>>,
    hints: Hints<'form>,
    at_least: Option<Place>,
}

/// The scope of the token that is made, and whether the answer has to say so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// The scope; `None` is a token without one.
    pub scope: Option<String>,
    /// Whether it is another than was asked for.
    pub differs: bool,
}

impl<'form> Exchange<'form> {
    /// Reads the parameters.
    pub fn parse(form: &Parameters<'form>) -> Result<Self, OAuthError> {
        match form.get("grant_type") {
            Some(GRANT_TYPE) => {}
            Some(_) => {
                return Err(OAuthError::new(ErrorCode::UnsupportedGrantType, "this service exchanges tokens only"));
            }
            None => return Err(OAuthError::invalid("grant_type is missing")),
        }
        if form.get("actor_token").is_some() || form.get("actor_token_type").is_some() {
            return Err(OAuthError::invalid("actor_token and actor_token_type are not supported; leave them out"));
        }
        let subject_token = form.get("subject_token").ok_or_else(|| OAuthError::invalid("subject_token is missing"))?;
        let subject_type =
            form.get("subject_token_type").ok_or_else(|| OAuthError::invalid("subject_token_type is missing"))?;
        let subject_type = SubjectType::named(subject_type).ok_or_else(|| {
            OAuthError::invalid("subject_token_type must be that of an access_token, an id_token or a jwt")
        })?;
        let requested = form.get("requested_token_type").map_or(Some(Requested::AccessToken), Requested::named);
        let requested = requested.ok_or_else(|| {
            OAuthError::invalid("requested_token_type must be that of an access_token, a jwt or a txn_token")
        })?;
        let exchange = Self {
            subject_token,
            subject_type,
            requested,
            target: target(form)?,
            scope: scope(form)?,
            hints: hints(form)?,
            at_least: at_least(form)?,
            context: None,
            details: None,
        };
        if requested == Requested::Transaction { exchange.of_transaction(form) } else { Ok(exchange) }
    }

    /// What a transaction token needs besides.
    fn of_transaction(self, form: &Parameters<'form>) -> Result<Self, OAuthError> {
        if form.get("audience").is_none() || self.scope.is_none() {
            return Err(OAuthError::invalid("a transaction token needs an audience and a scope"));
        }
        let (context, details) = (object(form, "request_context")?, object(form, "request_details")?);
        Ok(Self { context, details, ..self })
    }

    /// Who is asked about, and where.
    pub fn question(&self) -> Question<'form> {
        Question { subject: Subject::Token(self.subject_token), hints: self.hints, at_least: self.at_least }
    }

    /// The scope of the new token: what was asked for, if the token that was brought has it, or else what that has.
    pub fn granted(&self, brought: Option<&str>) -> Result<Granted, NotGranted> {
        match &self.scope {
            Some(scope) => Ok(Granted { scope: Some(scope.within(brought)?), differs: false }),
            None => Ok(Granted { scope: brought.map(str::to_owned), differs: brought.is_some() }),
        }
    }
}

/// For whom: one target at most, however often it is named.
fn target<'form>(form: &Parameters<'form>) -> Result<Option<&'form str>, OAuthError> {
    let refused = |what| OAuthError::new(ErrorCode::InvalidTarget, what);
    if !form.all("resource").all(is_absolute_uri) {
        return Err(refused("resource must be an absolute URI without a fragment"));
    }
    let mut targets = form.all("audience").chain(form.all("resource"));
    let Some(first) = targets.next() else { return Ok(None) };
    if targets.all(|other| other == first) {
        Ok(Some(first))
    } else {
        Err(refused("a token is made for one target only; ask once for each"))
    }
}

/// RFC 3986 section 4.3, as far as it has to be known here.
fn is_absolute_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    is_scheme && !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#')
}

fn scope<'form>(form: &Parameters<'form>) -> Result<Option<Scope<'form>>, OAuthError> {
    let Some(text) = form.get("scope") else { return Ok(None) };
    let rule = "scope must be words with one space between them, 2048 bytes in all";
    let refused = || OAuthError::new(ErrorCode::InvalidScope, rule);
    Scope::parse(text).map(Some).ok_or_else(refused)
}

/// The same names as where a token is introspected, but for `audience`, which is the target here.
fn hints<'form>(form: &Parameters<'form>) -> Result<Hints<'form>, OAuthError> {
    let named = |name: &str| match form.get(name) {
        Some(value) if value.len() > LONGEST_NAME || value.contains('\0') => {
            Err(OAuthError::invalid("a hint must be at most 2048 bytes of text without a NUL"))
        }
        value => Ok(value),
    };
    Ok(Hints {
        tenant: named("tenant")?,
        organization: named("organization")?,
        host: named("host")?,
        connection: named("connection")?,
        login_hint: named("login_hint")?,
        ..Hints::default()
    })
}

fn at_least(form: &Parameters<'_>) -> Result<Option<Place>, OAuthError> {
    let place = form.get("at_least").map(str::parse).transpose();
    place.map_err(|_| OAuthError::invalid("at_least is not a position and not a consistency token"))
}

/// A JSON object of bounded size, without repeated members.
fn object(form: &Parameters<'_>, name: &'static str) -> Result<Option<Value>, OAuthError> {
    let Some(text) = form.get(name) else { return Ok(None) };
    let is_object = text.len() <= LARGEST_CONTEXT && parse_object(text.as_bytes(), DEEPEST_CONTEXT).is_ok();
    let value = is_object.then(|| serde_json::from_str(text).ok()).flatten();
    value.map(Some).ok_or_else(|| OAuthError::invalid(format!("{name} must be a JSON object of at most 4 KiB")))
}

#[cfg(test)]
mod tests;
