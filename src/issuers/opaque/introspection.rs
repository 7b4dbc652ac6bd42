//! Token introspection (RFC 7662): the form that is sent, and how the answer is read.
//!
//! `active` has to be the JSON boolean `true`. An answer that cannot be read is nobody's verdict: the token is neither
//! accepted nor called inactive. Signed answers (RFC 9701) are not read.

use super::introspected::Verdict;
use super::judgement::judge;
use crate::issuers::rules::Rules;
use crate::jose::{Json, parse_object};

/// How deep an answer may be nested.
pub(super) const DEPTH: usize = 32;

/// The form: the hint spares the issuer a search, and promises nothing.
pub(super) fn form(token: &str) -> [(&'static str, &str); 2] {
    [("token", token), ("token_type_hint", "access_token")]
}

/// Why an answer says nothing. Quotes nothing of it: answers hold personal data, some the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreadable {
    /// Not what the protocol promises.
    #[error("the answer is not what the protocol promises: check the endpoint's address and who answers there")]
    Malformed,
    /// A JWT in place of an object.
    #[error(
        "the answer is signed (RFC 9701), which is not supported: have the issuer answer this client in plain JSON"
    )]
    Signed,
}

/// What a body of status 200 comes to.
pub(super) fn read(body: &[u8], rules: &Rules, now: i64) -> Result<Verdict, Unreadable> {
    // No JSON object begins like this; the base64 of every JOSE header does.
    if body.trim_ascii_start().starts_with(b"eyJ") {
        return Err(Unreadable::Signed);
    }
    let answer = parse_object(body, DEPTH).map_err(|_| Unreadable::Malformed)?;
    match answer.get("active") {
        Some(Json::Bool(true)) => Ok(judge(&answer, rules, now)),
        Some(Json::Bool(false)) => Ok(Verdict::Inactive),
        _ => Err(Unreadable::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::issuers::opaque::example::rules;
    use proptest::prelude::*;

    fn read_text(body: &str) -> Result<Verdict, Unreadable> {
        read(body.as_bytes(), &rules(), 1_800_000_000)
    }

    #[test]
    fn the_answers_that_the_rfc_shows_are_read() {
        let active = r#"{"active": true, "client_id": "l238j323ds-23ij4", "username": "jdoe", "scope": "read write dolphin",
            "sub": "Z5O3upPC88QrAjx00dis", "aud": "https://api.example", "iss": "https://issuer.example",
            "exp": 1800000600, "iat": 1799990000, "extension_field": "twenty-seven"}"#;
        assert!(matches!(read_text(active), Ok(Verdict::Active(_))));
        assert_eq!(read_text(r#"{"active": false}"#), Ok(Verdict::Inactive));
        let talkative = r#"{"active": false, "sub": "x", "aud": "https://api.example", "error": "expired"}"#;
        assert_eq!(read_text(talkative), Ok(Verdict::Inactive));
    }

    #[test]
    fn active_is_the_boolean_true_and_nothing_else() {
        for value in ["\"true\"", "1", "null", "[true]", "{}", "\"active\""] {
            let body = format!(r#"{{"active": {value}, "sub": "a", "aud": "https://api.example"}}"#);
            assert_eq!(read_text(&body), Err(Unreadable::Malformed), "{value}");
        }
        let twice = r#"{"active": true, "active": false, "sub": "a", "aud": "https://api.example"}"#;
        for body in ["", "{}", "[]", "true", "<html>", r#"{"ACTIVE": true}"#, r#"{"active": true} x"#, twice] {
            assert_eq!(read_text(body), Err(Unreadable::Malformed), "{body}");
        }
    }

    #[test]
    fn a_signed_answer_is_told_from_a_broken_one() {
        assert_eq!(read_text("eyJ0eXAiOiJ0b2tlbi1pbnRyb3NwZWN0aW9uK2p3dCJ9.e30.c2ln"), Err(Unreadable::Signed));
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_or_refused(body in prop::collection::vec(any::<u8>(), 0..300)) {
            let _decided = read(&body, &rules(), 0);
        }
    }
}
