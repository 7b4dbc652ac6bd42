//! Check 17: the token is for us.

use super::reject::{Class, Reject};
use crate::issuers::rules::audiences;
use crate::issuers::{AudienceRule, Malformed};
use crate::jose::Object;

/// The audiences of a token; none if it has no `aud`.
pub(super) fn read<'c>(claims: &'c Object<'_>) -> Result<Vec<&'c str>, Reject> {
    audiences(claims.get("aud")).map_err(|Malformed| Reject::by(17, Class::BadAudience))
}

/// The audiences of a token that is for whom the rule says.
pub(super) fn check<'c>(claims: &'c Object<'_>, rule: &AudienceRule) -> Result<Vec<&'c str>, Reject> {
    let audiences = read(claims)?;
    if rule.admits(claims, &audiences) { Ok(audiences) } else { Err(Reject::by(17, Class::BadAudience)) }
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
