//! No: which status a gateway understands, and the body that it may pass on to its client.
//!
//! The body says less than the core surface's: whoever reads it is a client of the gateway, and neither details nor memberships are
//! meant for it.

use serde::Serialize;

use crate::error::{Code, Refusal};

#[derive(Serialize)]
struct Body<'refusal> {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    code: &'static str,
    request_id: &'refusal str,
}

/// 401: another token may help. 403: none will. 503: nobody can tell now. A gateway takes no other status for what it is, and what
/// a gateway does wrong itself is not for the client to mend with another token.
pub const fn status(code: Code) -> u16 {
    match code {
        Code::CallerUnauthenticated => 403,
        _ => match code.status() {
            401 => 401,
            429 | 500.. => 503,
            _ => 403,
        },
    }
}

/// The body (RFC 9457).
pub fn render_problem(refusal: &Refusal, request_id: &str) -> Vec<u8> {
    let body = Body {
        kind: format!("urn:claimsmith:problem:{}", refusal.code.label()),
        title: refusal.code.title(),
        status: status(refusal.code),
        code: refusal.code.label(),
        request_id,
    };
    // Strings and numbers always serialize.
    serde_json::to_vec(&body).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_gets_three_statuses_and_no_other() {
        for code in Code::EVERY {
            assert!(matches!(status(*code), 401 | 403 | 503), "{}", code.label());
            let may_pass = matches!(code.status(), 429 | 503);
            assert_eq!(status(*code) == 503, may_pass, "{}", code.label());
        }
        assert_eq!(status(Code::TokenExpired), 401);
        assert_eq!(status(Code::TenantUnknown), 403, "nginx makes 500 of a 404");
        assert_eq!(status(Code::CallerUnauthenticated), 403, "the client has no key to send");
    }

    #[test]
    fn the_body_keeps_details_to_itself() {
        let refusal = Refusal::new(Code::TenantConflict, "hints of the operator");
        let body = String::from_utf8(render_problem(&refusal, "r-1")).unwrap();
        assert!(body.contains(r#""status":403,"code":"tenant_conflict","request_id":"r-1""#), "{body}");
        assert!(!body.contains("operator"), "{body}");
    }
}
