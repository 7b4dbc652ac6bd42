//! Checks 20 and 23: what an access token of RFC 9068 needs besides, and tokens that are bound to their sender.

use super::reject::{Class, Reject};
use crate::issuers::Rules;
use crate::jose::{Json, Object};

/// Check 20: whoever says `at+jwt` keeps to RFC 9068 section 2.2.
pub(super) fn check(claims: &Object<'_>) -> Result<(), Reject> {
    let is_there = |name: &&str| claims.get(name).is_some_and(|claim| !claim.is_null());
    let is_text = |name: &&str| claims.get(name).and_then(Json::as_str).is_some();
    if ["exp", "aud", "iat"].iter().all(is_there) && ["iss", "sub", "client_id", "jti"].iter().all(is_text) {
        Ok(())
    } else {
        Err(Reject::by(20, Class::MissingClaim))
    }
}

/// Check 23: a token with `cnf` is worth nothing without the proof of its key (RFC 7800), which is not at hand here.
pub(super) fn check_sender(claims: &Object<'_>, rules: &Rules) -> Result<(), Reject> {
    if claims.get("cnf").is_none() || rules.accept_sender_constrained {
        Ok(())
    } else {
        Err(Reject::by(23, Class::SenderConstrained))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::parse_object;
    use crate::tokens::fixture::rules;

    #[test]
    fn each_claim_of_rfc_9068_is_required() {
        let complete = r#"{"iss":"i","exp":2,"aud":"a","sub":"s","client_id":"c","iat":1,"jti":"j"}"#;
        assert_eq!(check(&parse_object(complete.as_bytes(), 4).unwrap()), Ok(()));
        for name in ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"] {
            let without = complete.replace(&format!("\"{name}\":"), "\"other\":");
            assert_eq!(
                check(&parse_object(without.as_bytes(), 4).unwrap()),
                Err(Reject::by(20, Class::MissingClaim)),
                "{name}"
            );
        }
    }

    #[test]
    fn a_bound_token_is_taken_only_by_an_entry_that_says_so() {
        let claims = parse_object(br#"{"cnf":{"jkt":"x"}}"#, 4).unwrap();
        assert_eq!(check_sender(&claims, &rules()), Err(Reject::by(23, Class::SenderConstrained)));
        let lenient = Rules { accept_sender_constrained: true, ..rules() };
        assert_eq!(check_sender(&claims, &lenient), Ok(()));
    }
}
