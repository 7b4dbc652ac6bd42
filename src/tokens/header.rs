//! Checks 4 to 8 and the form of check 10: the header.
//!
//! What the header says about keys (`jku`, `x5u`, `jwk`, `x5c`, `x5t`) is never looked at: check 8 is that nothing here
//! reads it. The key is the issuer's, whatever the token brings along.

use std::borrow::Cow;

use super::payload;
use super::reject::{Class, Reject};
use crate::jose::{Algorithm, Json, Object, parse_object};

/// The longest header, in bytes of JSON.
const LONGEST: usize = 4 * 1024;

/// The longest `kid`, in bytes.
const LONGEST_KID: usize = 256;

/// What of the header is used.
#[derive(Debug)]
pub(super) struct Header<'t> {
    pub(super) algorithm: Algorithm,
    pub(super) typ: Option<Cow<'t, str>>,
    pub(super) kid: Option<Cow<'t, str>>,
}

/// Reads the header.
pub(super) fn read(json: &[u8]) -> Result<Header<'_>, Reject> {
    if json.len() > LONGEST {
        return Err(Reject::by(4, Class::TooLarge));
    }
    let header = parse_object(json, payload::DEPTH).map_err(|why| Reject::by(4, why.into()))?;
    let algorithm = algorithm(&header)?;
    if header.get("crit").is_some() || header.get("b64").is_some() {
        // No extension is understood, and RFC 7797 must not be used in a JWT.
        return Err(Reject::by(6, Class::UnsupportedCrit));
    }
    let typ = text(&header, "typ", Reject::by(7, Class::WrongType))?;
    check_content(&header)?;
    let kid = kid(&header)?;
    Ok(Header { algorithm, typ, kid })
}

fn algorithm(header: &Object<'_>) -> Result<Algorithm, Reject> {
    let named = header.get("alg").and_then(Json::as_str).and_then(Algorithm::named);
    named.ok_or(Reject::by(5, Class::AlgorithmNotAllowed))
}

/// The content is a claims set as it stands: no token inside, not compressed, not encrypted.
fn check_content(header: &Object<'_>) -> Result<(), Reject> {
    let is_claims_set = match header.get("cty") {
        None => true,
        Some(Json::Text(content)) => !is_media_type(content, "jwt"),
        Some(_) => false,
    };
    if is_claims_set && header.get("zip").is_none() && header.get("enc").is_none() {
        Ok(())
    } else {
        Err(Reject::by(7, Class::Malformed))
    }
}

/// The form of check 10; which key it names is seen when the entry is known.
fn kid<'t>(header: &Object<'t>) -> Result<Option<Cow<'t, str>>, Reject> {
    let refusal = Reject::by(10, Class::UnknownKid);
    match text(header, "kid", refusal)? {
        Some(kid) if kid.is_empty() || kid.len() > LONGEST_KID => Err(refusal),
        kid => Ok(kid),
    }
}

/// An optional text. One that is there and no text is refused, never taken for absent.
fn text<'t>(header: &Object<'t>, name: &str, refusal: Reject) -> Result<Option<Cow<'t, str>>, Reject> {
    match header.get(name) {
        None => Ok(None),
        Some(Json::Text(text)) => Ok(Some(text.clone())),
        Some(_) => Err(refusal),
    }
}

/// Whether a `typ` or `cty` is this media type. `application/` may be left out, and case does not count (RFC 7515 4.1.9).
pub(super) fn is_media_type(text: &str, subtype: &str) -> bool {
    const PREFIX: &str = "application/";
    let short = match text.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) => rest,
        _ => text,
    };
    short.eq_ignore_ascii_case(subtype)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(json: &str) -> (u8, Class) {
        let reject = read(json.as_bytes()).expect_err(json);
        (reject.check.0, reject.class)
    }

    #[test]
    fn what_is_used_is_read_and_the_rest_is_left_alone() {
        let header =
            read(br#"{"alg":"ES256","kid":"k","typ":"at+jwt","jku":1,"jwk":{},"x5c":null,"x5u":"http://x"}"#).unwrap();
        assert_eq!(header.algorithm, Algorithm::ES256);
        assert_eq!((header.typ.as_deref(), header.kid.as_deref()), (Some("at+jwt"), Some("k")));
        let bare = read(br#"{"alg":"RS256"}"#).unwrap();
        assert_eq!((bare.typ, bare.kid), (None, None));
    }

    #[test]
    fn each_mistake_is_refused_by_its_own_check() {
        let long = format!(r#"{{"alg":"RS256","kid":"{}"}}"#, "k".repeat(LONGEST_KID + 1));
        let huge = format!(r#"{{"alg":"RS256","x":"{}"}}"#, "x".repeat(LONGEST));
        let cases = [
            ("[]", (4, Class::Malformed)),
            (r#"{"alg":"RS256","x":{"y":1,"y":1}}"#, (4, Class::DuplicateMember)),
            (huge.as_str(), (4, Class::TooLarge)),
            (r#"{"kid":"k"}"#, (5, Class::AlgorithmNotAllowed)),
            (r#"{"alg":"rs256"}"#, (5, Class::AlgorithmNotAllowed)),
            (r#"{"alg":["RS256"]}"#, (5, Class::AlgorithmNotAllowed)),
            (r#"{"alg":"RS256","crit":[]}"#, (6, Class::UnsupportedCrit)),
            (r#"{"alg":"RS256","b64":true}"#, (6, Class::UnsupportedCrit)),
            (r#"{"alg":"RS256","typ":1}"#, (7, Class::WrongType)),
            (r#"{"alg":"RS256","cty":"application/JWT"}"#, (7, Class::Malformed)),
            (r#"{"alg":"RS256","zip":"DEF"}"#, (7, Class::Malformed)),
            (r#"{"alg":"RS256","kid":7}"#, (10, Class::UnknownKid)),
            (r#"{"alg":"RS256","kid":""}"#, (10, Class::UnknownKid)),
            (long.as_str(), (10, Class::UnknownKid)),
        ];
        for (json, expected) in cases {
            assert_eq!(refusal(json), expected, "{json}");
        }
    }

    #[test]
    fn a_media_type_is_the_same_in_any_case_and_without_its_prefix() {
        for text in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
            assert!(is_media_type(text, "at+jwt"), "{text}");
        }
        for text in ["", "jwt", "at+jwt ", "text/at+jwt", "application/application/at+jwt", "application/"] {
            assert!(!is_media_type(text, "at+jwt"), "{text}");
        }
    }
}
