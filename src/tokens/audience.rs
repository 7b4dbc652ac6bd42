//! Check 17: the token is for us.
//!
//! A list that holds anything but texts is refused whole: a reader that skips what it does not expect would see another
//! audience than one that stops there.

use super::reject::{Class, Reject};
use crate::issuers::AudienceRule;
use crate::jose::{Json, Object};

/// The audiences of a token; none if it has no `aud`.
pub(super) fn read<'c>(claims: &'c Object<'_>) -> Result<Vec<&'c str>, Reject> {
    let audiences = match claims.get("aud") {
        None => Some(Vec::new()),
        Some(Json::Text(one)) => Some(vec![one.as_ref()]),
        Some(Json::Array(several)) => several.iter().map(Json::as_str).collect(),
        Some(_) => None,
    };
    audiences.ok_or(Reject::by(17, Class::BadAudience))
}

/// The audiences of a token that is for whom the rule says.
pub(super) fn check<'c>(claims: &'c Object<'_>, rule: &AudienceRule) -> Result<Vec<&'c str>, Reject> {
    let audiences = read(claims)?;
    if admits(rule, claims, &audiences) { Ok(audiences) } else { Err(Reject::by(17, Class::BadAudience)) }
}

/// Whether a token with these audiences is for whom the rule says.
pub(super) fn admits(rule: &AudienceRule, claims: &Object<'_>, audiences: &[&str]) -> bool {
    match rule {
        AudienceRule::AnyOf(ours) => audiences.iter().any(|audience| contains(ours, audience)),
        AudienceRule::Client(ours) => {
            claims.get("client_id").and_then(Json::as_str).is_some_and(|client| contains(ours, client))
        }
    }
}

/// Whom the rule is for: API identifiers or client ids.
pub(super) const fn trusted(rule: &AudienceRule) -> &[Box<str>] {
    match rule {
        AudienceRule::AnyOf(ours) | AudienceRule::Client(ours) => ours,
    }
}

/// Whether a list of the settings has this text, to the letter.
pub(super) fn contains(list: &[Box<str>], text: &str) -> bool {
    list.iter().any(|item| **item == *text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::parse_object;

    fn decide(claims: &str, rule: &AudienceRule) -> Result<usize, Reject> {
        check(&parse_object(claims.as_bytes(), 4).unwrap(), rule).map(|audiences| audiences.len())
    }

    #[test]
    fn one_of_ours_among_texts_is_enough() {
        let rule = AudienceRule::AnyOf([Box::from("api"), Box::from("other")].into());
        assert_eq!(decide(r#"{"aud":"api"}"#, &rule), Ok(1));
        assert_eq!(decide(r#"{"aud":["x","other"]}"#, &rule), Ok(2));
        for claims in [
            "{}",
            r#"{"aud":null}"#,
            r#"{"aud":[]}"#,
            r#"{"aud":"API"}"#,
            r#"{"aud":"api "}"#,
            r#"{"aud":["api",1]}"#,
            r#"{"aud":["api",["api"]]}"#,
            r#"{"aud":{"api":true}}"#,
            r#"{"Aud":"api"}"#,
            r#"{"aud":"api other"}"#,
        ] {
            assert_eq!(decide(claims, &rule), Err(Reject::by(17, Class::BadAudience)), "{claims}");
        }
    }

    #[test]
    fn an_entry_may_go_by_the_client_instead() {
        let rule = AudienceRule::Client([Box::from("app")].into());
        assert_eq!(decide(r#"{"client_id":"app"}"#, &rule), Ok(0));
        for claims in [
            r#"{"client_id":"other"}"#,
            r#"{"aud":"app"}"#,
            r#"{"client_id":["app"]}"#,
            r#"{"client_id":"app","aud":1}"#,
        ] {
            assert_eq!(decide(claims, &rule), Err(Reject::by(17, Class::BadAudience)), "{claims}");
        }
    }
}
