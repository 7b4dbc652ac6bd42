//! What a gateway asks, whatever it asks over.
//!
//! What a profile needs must be said, and said once: a gateway that does not say it is configured otherwise than its profile, and a
//! client that says it as well is not to be believed. The query of the question cannot be seen from here, because some gateways
//! copy the client's there.

use http::header::{ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, HeaderName, ORIGIN};

use crate::directory::Place;
use crate::enrichment::{Question, Subject};
use crate::error::{Code, Refusal};
use crate::surfaces::gateway::credential::bearer;
use crate::surfaces::gateway::profile::Profile;
use crate::surfaces::gateway::target::climbs;
use crate::tenancy::Hints;

/// One field of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent<'request> {
    /// It is not there, or it is empty.
    Absent,
    /// It is there once, and it is text.
    Once(&'request str),
    /// It is there more than once, or it is no text.
    Unusable,
}

/// A question as its transport has it.
pub trait Incoming {
    /// The field with this name.
    fn field(&self, name: &HeaderName) -> Sent<'_>;
    /// The question's own method, which is the original one with Envoy.
    fn method(&self) -> &str;
    /// What follows the profile in the question's own path, which is the original target with Envoy.
    fn target(&self) -> &str;
    /// The question's own host, which is the original one with Envoy.
    fn host(&self) -> Sent<'_>;
    /// Whether the transport hands the original request over as it is, whatever gateway the profile is for.
    fn has_the_original(&self) -> bool {
        false
    }
    /// The tenant that the route names, where the transport has a place for that.
    fn tenant(&self) -> Sent<'_> {
        Sent::Absent
    }
}

/// Reads a question with this profile: who is this, and what may they do? `None` is asked about nobody: a browser asks the back-end
/// what it may ask (CORS-preflight request, Fetch standard section 3.3.2).
pub fn parse<'request>(
    profile: &'request Profile,
    sent: &'request impl Incoming,
) -> Result<Option<Question<'request>>, Refusal> {
    if profile.refuses_climbing && climbs(needed(profile.target(sent), "target")?) {
        return Err(Code::PathRefused.into());
    }
    let authorization = sent.field(&AUTHORIZATION);
    if profile.lets_preflights_pass && authorization == Sent::Absent && is_preflight(profile, sent)? {
        return Ok(None);
    }
    let token = bearer(authorization)?;
    let host = if profile.host_names_tenant { Some(needed(profile.host(sent), "host")?) } else { None };
    let hints = Hints { tenant: tenant(profile, sent)?, host, ..Hints::default() };
    Ok(Some(Question { subject: Subject::Token(token), hints, at_least: None::<Place> }))
}

fn is_preflight(profile: &Profile, sent: &impl Incoming) -> Result<bool, Refusal> {
    let is_there = |name| sent.field(&name) != Sent::Absent;
    Ok(needed(profile.method(sent), "method")? == "OPTIONS"
        && is_there(ORIGIN)
        && is_there(ACCESS_CONTROL_REQUEST_METHOD))
}

/// The profile's own tenant, the route's, and the one that the client or the gateway names: those that are there must be the same,
/// as with all hints.
fn tenant<'request>(
    profile: &'request Profile,
    sent: &'request impl Incoming,
) -> Result<Option<&'request str>, Refusal> {
    let fixed = profile.tenant.as_deref();
    let named = profile.tenant_field.as_ref().map_or(Sent::Absent, |field| sent.field(field));
    let mut tenants = [fixed, text(sent.tenant(), "tenant")?, text(named, "tenant")?].into_iter().flatten();
    let first = tenants.next();
    if tenants.any(|other| Some(other) != first) {
        return Err(Refusal::new(Code::TenantConflict, "the route and the request name different tenants"));
    }
    Ok(first)
}

fn needed<'request>(sent: Sent<'request>, what: &str) -> Result<&'request str, Refusal> {
    let missing = || {
        Refusal::new(
            Code::InvalidRequest,
            format!("the gateway does not say the original {what} as its profile has it"),
        )
    };
    text(sent, what)?.ok_or_else(missing)
}

fn text<'request>(sent: Sent<'request>, what: &str) -> Result<Option<&'request str>, Refusal> {
    match sent {
        Sent::Absent => Ok(None),
        Sent::Once(text) => Ok(Some(text)),
        Sent::Unusable => {
            Err(Refusal::new(Code::InvalidRequest, format!("the original {what} is said twice, or is no text")))
        }
    }
}

#[cfg(test)]
mod tests;
