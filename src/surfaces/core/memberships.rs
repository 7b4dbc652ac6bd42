//! `GET /v1/memberships`: the tenants of one user, for an organisation picker.

use serde::{Deserialize, Serialize};

use super::text::{named, place};
use crate::directory::Place;
use crate::enrichment::{Memberships, Subject};
use crate::error::{Choice, Code, Refusal};

/// The query of a request: `user=`, or `issuer=` and `sub=`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    user: Option<String>,
    issuer: Option<String>,
    sub: Option<String>,
    at_least: Option<String>,
}

impl Request {
    /// What the answer must contain.
    pub fn at_least(&self) -> Result<Option<Place>, Refusal> {
        self.at_least.as_deref().map(place).transpose()
    }

    /// Who is asked about.
    pub fn subject(&self) -> Result<Subject<'_>, Refusal> {
        match (&self.user, &self.issuer, &self.sub) {
            (Some(user), None, None) => Ok(Subject::User(named("user", user)?)),
            (None, Some(issuer), Some(sub)) => {
                Ok(Subject::Identity { issuer: named("issuer", issuer)?, sub: named("sub", sub)? })
            }
            _ => Err(Refusal::new(Code::InvalidRequest, "name the user by user=, or by issuer= and sub=")),
        }
    }
}

#[derive(Serialize)]
struct Body<'answer> {
    user: &'answer str,
    memberships: Vec<Line<'answer>>,
    position: String,
    age_bound_ms: u64,
    stale: bool,
}

/// A tenant to choose from, as the wire has it.
#[derive(Debug, Serialize)]
pub(super) struct Line<'answer> {
    tenant: &'answer str,
    name: &'answer str,
    default: bool,
    suspended: bool,
}

pub(super) fn line(choice: &Choice) -> Line<'_> {
    Line { tenant: choice.tenant.as_str(), name: &choice.name, default: choice.is_default, suspended: choice.suspended }
}

/// The body of an answer.
pub fn render(answer: &Memberships) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&Body {
        user: answer.user.as_str(),
        memberships: answer.choices.iter().map(line).collect(),
        position: answer.reading.position.to_string(),
        age_bound_ms: answer.reading.age_bound_ms(),
        stale: answer.stale,
    })
}
