//! `GET /v1/min-position`: up to where a token of our own must be complete, for gateways that keep tokens.
//!
//! A token whose `position` is lower than `min_position` predates a change to its user in that tenant, and must be replaced.
//! One whose position is not lower lacks no change that is older than the age bound. The other way round nothing may be
//! concluded: after a restart, or a change that concerns everybody, tokens are called too old that are not.
//!
//! Positions of two histories cannot be compared: whoever sends a token's `consistency_token` as `at_least` learns by
//! `position_foreign` that a failover has made it worthless.

use serde::{Deserialize, Serialize};

use super::text::{named, place};
use crate::directory::{Place, Position, Reading};
use crate::error::Refusal;

/// The query of a request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    tenant: String,
    user: String,
    at_least: Option<String>,
}

impl Request {
    /// In which tenant.
    pub fn tenant(&self) -> Result<&str, Refusal> {
        named("tenant", &self.tenant)
    }

    /// Whose tokens.
    pub fn user(&self) -> Result<&str, Refusal> {
        named("user", &self.user)
    }

    /// What the answer must contain.
    pub fn at_least(&self) -> Result<Option<Place>, Refusal> {
        self.at_least.as_deref().map(place).transpose()
    }
}

#[derive(Serialize)]
struct Body<'answer> {
    tenant: &'answer str,
    user: &'answer str,
    min_position: String,
    position: String,
    age_bound_ms: u64,
}

/// The body of an answer.
pub fn render(tenant: &str, user: &str, min_position: Position, reading: &Reading) -> Vec<u8> {
    let body = Body {
        tenant,
        user,
        min_position: min_position.to_string(),
        position: reading.position.to_string(),
        age_bound_ms: reading.age_bound_ms(),
    };
    // Strings and numbers always serialize.
    serde_json::to_vec(&body).unwrap_or_default()
}
