//! Refusals as `application/problem+json` (RFC 9457), with a stable `code` and the request's id.

use serde::Serialize;

use super::memberships::{Line, line};
use crate::error::Refusal;

#[derive(Serialize)]
struct Body<'refusal> {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'refusal str>,
    request_id: &'refusal str,
    #[serde(skip_serializing_if = "Option::is_none")]
    memberships: Option<Vec<Line<'refusal>>>,
}

/// The body.
pub fn render(refusal: &Refusal, request_id: &str) -> Vec<u8> {
    let body = Body {
        kind: format!("urn:claimsmith:problem:{}", refusal.code.label()),
        title: refusal.code.title(),
        status: refusal.code.status(),
        code: refusal.code.label(),
        detail: refusal.detail.as_deref(),
        request_id,
        memberships: refusal.choices.as_ref().map(|choices| choices.iter().map(line).collect()),
    };
    // Strings and numbers always serialize.
    serde_json::to_vec(&body).unwrap_or_default()
}
