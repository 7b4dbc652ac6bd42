//! Check 19: what an ID token needs besides (OpenID Connect Core section 3.1.3.7).
//!
//! `nonce` is compared if whoever asks knows which login it must answer; a gateway usually cannot know, and no surface passes
//! one yet. A token's `nonce_supported` changes nothing.

use super::reject::{Class, Reject};
use crate::issuers::KindRule;
use crate::issuers::rules::lists;
use crate::jose::{Json, Object};

/// The longest `sub`, in ASCII characters.
const LONGEST_SUBJECT: usize = 255;

/// Checks an ID token.
pub(super) fn check(
    claims: &Object<'_>,
    rule: &KindRule,
    audiences: &[&str],
    nonce: Option<&str>,
) -> Result<(), Reject> {
    let sub = claims.get("sub").and_then(Json::as_str).unwrap_or_default();
    let class = if !sub.is_ascii() || sub.len() > LONGEST_SUBJECT {
        Class::BadSubject
    } else if claims.get("iat").is_none() {
        Class::MissingClaim
    } else if audiences.len() > 1 && !audiences.iter().all(|audience| lists(rule.audience.trusted(), audience)) {
        Class::BadAudience
    } else if audiences.len() > 1 && claims.get("azp").is_none() {
        Class::BadParty
    } else if !answers(claims, nonce) {
        Class::BadNonce
    } else {
        return Ok(());
    };
    Err(Reject::by(19, class))
}

fn answers(claims: &Object<'_>, nonce: Option<&str>) -> bool {
    match (claims.get("nonce"), nonce) {
        (Some(Json::Text(actual)), Some(expected)) => actual == expected,
        (Some(Json::Text(_)) | None, None) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::parse_object;
    use crate::tokens::fixture::kind_rule;

    fn decide(claims: &str, nonce: Option<&str>) -> Result<(), Class> {
        let claims = parse_object(claims.as_bytes(), 4).unwrap();
        let audiences = crate::tokens::audience::read(&claims).unwrap();
        check(&claims, &kind_rule(&["app", "web"]), &audiences, nonce).map_err(|reject| reject.class)
    }

    #[test]
    fn each_demand_is_made() {
        let long = format!(r#"{{"sub":"{}","iat":1,"aud":"app"}}"#, "s".repeat(256));
        for (claims, class) in [
            (r#"{"sub":"é","iat":1,"aud":"app"}"#, Class::BadSubject),
            (long.as_str(), Class::BadSubject),
            (r#"{"sub":"s","aud":"app"}"#, Class::MissingClaim),
            (r#"{"sub":"s","iat":1,"aud":["app","evil"],"azp":"app"}"#, Class::BadAudience),
            (r#"{"sub":"s","iat":1,"aud":["app","web"]}"#, Class::BadParty),
            (r#"{"sub":"s","iat":1,"aud":"app","nonce":7}"#, Class::BadNonce),
        ] {
            assert_eq!(decide(claims, None), Err(class), "{claims}");
        }
        assert_eq!(decide(r#"{"sub":"s","iat":1,"aud":["app","web"],"azp":"app","nonce":"n"}"#, None), Ok(()));
    }

    #[test]
    fn a_nonce_that_was_asked_for_must_be_there_and_be_equal() {
        let with = |nonce: &str| format!(r#"{{"sub":"s","iat":1,"aud":"app"{nonce}}}"#);
        assert_eq!(decide(&with(r#","nonce":"n""#), Some("n")), Ok(()));
        for nonce in ["", r#","nonce":"N""#, r#","nonce":null"#, r#","nonce":["n"]"#, r#","nonce_supported":false"#] {
            assert_eq!(decide(&with(nonce), Some("n")), Err(Class::BadNonce), "{nonce}");
        }
    }
}
