//! The answer to an exchange (RFC 8693 section 2.2.1).

use serde::Serialize;

use super::token_type::Requested;

/// A token that was made.
#[derive(Clone, Copy)]
pub struct Response<'token> {
    /// The token.
    pub token: &'token str,
    /// What it is.
    pub kind: Requested,
    /// How many seconds it lives.
    pub expires_in: i64,
    /// Its scope, where that is another than was asked for.
    pub scope: Option<&'token str>,
}

#[derive(Serialize)]
struct Body<'token> {
    /// Whatever the token is: the name is historical, says the standard.
    access_token: &'token str,
    issued_token_type: &'static str,
    token_type: &'static str,
    expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'token str>,
}

impl Response<'_> {
    /// The body.
    pub fn body(&self) -> Vec<u8> {
        let body = Body {
            access_token: self.token,
            issued_token_type: self.kind.name(),
            token_type: self.kind.token_type(),
            expires_in: self.expires_in,
            scope: self.scope,
        };
        // Strings and numbers always serialize.
        serde_json::to_vec(&body).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn an_answer_says_what_was_issued() {
        let response = Response { token: "a.b.c", kind: Requested::Transaction, expires_in: 60, scope: Some("pay") };
        let body: Value = serde_json::from_slice(&response.body()).unwrap();
        let expected = json!({
            "access_token": "a.b.c", "issued_token_type": "urn:ietf:params:oauth:token-type:txn_token",
            "token_type": "N_A", "expires_in": 60, "scope": "pay",
        });
        assert_eq!(body, expected);
    }
}
