//! Check 9: the payload is one strict JSON object and says whose it is.
//!
//! Nothing read here is trusted yet. `iss` picks the entry that the token is held to; what the token says otherwise can
//! only lead to a refusal until the signature is verified.

use std::borrow::Cow;

use super::reject::{Class, Reject};
use crate::jose::{Json, JsonError, Object, parse_object};

/// The deepest nesting of a header or a payload.
pub(super) const DEPTH: usize = 32;

/// Reads the payload: the claims, and the `iss` among them.
pub(super) fn read(json: &[u8]) -> Result<(Object<'_>, Cow<'_, str>), Reject> {
    let claims = parse_object(json, DEPTH).map_err(|why| Reject::by(9, why.into()))?;
    match claims.get("iss") {
        Some(Json::Text(iss)) => {
            let iss = iss.clone();
            Ok((claims, iss))
        }
        // A list of issuers would let one be checked and another be used (CVE-2025-30144).
        _ => Err(Reject::by(9, Class::BadIssuer)),
    }
}

impl From<JsonError> for Class {
    fn from(why: JsonError) -> Self {
        match why {
            JsonError::Duplicate => Self::DuplicateMember,
            JsonError::NotJson | JsonError::NotAnObject | JsonError::TooDeep => Self::Malformed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_issuer_is_one_text() {
        assert_eq!(read(br#"{"iss":"https://a/"}"#).unwrap().1, "https://a/");
        for json in ["{}", r#"{"iss":["https://a/"]}"#, r#"{"iss":null}"#, r#"{"Iss":"https://a/"}"#] {
            assert_eq!(read(json.as_bytes()).unwrap_err(), Reject::by(9, Class::BadIssuer), "{json}");
        }
    }

    #[test]
    fn a_payload_is_one_object_without_repetition() {
        let twice = r#"{"iss":"a","sub":"x","sub":"y"}"#;
        assert_eq!(read(twice.as_bytes()).unwrap_err(), Reject::by(9, Class::DuplicateMember));
        let deep = format!(r#"{{"iss":"a","x":{}{}}}"#, "[".repeat(DEPTH), "]".repeat(DEPTH));
        for json in [r#"[{"iss":"a"}]"#, r#""iss""#, "", deep.as_str()] {
            assert_eq!(read(json.as_bytes()).unwrap_err(), Reject::by(9, Class::Malformed), "{json}");
        }
    }
}
