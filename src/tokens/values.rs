//! Check 18, second half: claims that the entry requires, their values (`hd`, `tfp`, `ver`, `repository_owner_id` …), and the
//! organization.

use super::reject::{Class, Reject};
use crate::issuers::{Malformed, Rules};
use crate::jose::Object;

/// Every required claim is there, and every required value is one of those allowed.
pub(super) fn check(claims: &Object<'_>, rules: &Rules) -> Result<(), Reject> {
    if !rules.has_required_claims(claims) {
        return Err(Reject::by(18, Class::MissingClaim));
    }
    if !rules.has_required_values(claims) {
        return Err(Reject::by(18, Class::BadValue));
    }
    Ok(())
}

/// The organization, if the entry says where it stands.
pub(super) fn organization(claims: &Object<'_>, rules: &Rules) -> Result<Option<Box<str>>, Reject> {
    rules.organization_of(claims).map_err(|Malformed| Reject::by(18, Class::BadValue))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::issuers::ClaimPath;
    use crate::jose::parse_object;
    use crate::tokens::fixture::{required_value, rules};

    fn decide(claims: &str) -> Result<(), Class> {
        let rules = Rules {
            required_claims: [ClaimPath("/firebase/sign_in".into())].into(),
            required_values: [required_value("/firebase/tenant", &["t1", "t2"])].into(),
            ..rules()
        };
        check(&parse_object(claims.as_bytes(), 4).unwrap(), &rules).map_err(|reject| reject.class)
    }

    #[test]
    fn what_is_required_is_looked_for_where_the_path_leads() {
        assert_eq!(decide(r#"{"firebase":{"tenant":"t2","sign_in":false}}"#), Ok(()));
        assert_eq!(decide(r#"{"firebase":{"tenant":"t2","sign_in":null}}"#), Err(Class::MissingClaim));
        assert_eq!(decide(r#"{"firebase":"t2"}"#), Err(Class::MissingClaim));
        for tenant in [r#""t3""#, r#"["t2"]"#, "null", r#""T2""#, r#""""#] {
            let claims = format!(r#"{{"tenant":"t2","firebase":{{"sign_in":1,"tenant":{tenant}}}}}"#);
            assert_eq!(decide(&claims), Err(Class::BadValue), "{tenant}");
        }
    }

    #[test]
    fn an_organization_that_is_no_text_is_not_taken_for_none() {
        let decide = |claims: &str| organization(&parse_object(claims.as_bytes(), 4).unwrap(), &rules());
        assert_eq!(decide(r#"{"org_id":"org_9"}"#), Ok(Some("org_9".into())));
        for none in ["{}", r#"{"org_id":null}"#, r#"{"org":7}"#] {
            assert_eq!(decide(none), Ok(None), "{none}");
        }
        for org in ["7", r#""""#, r#"["org_9"]"#, "{}", "false"] {
            let claims = format!(r#"{{"org_id":{org}}}"#);
            assert_eq!(decide(&claims), Err(Reject::by(18, Class::BadValue)), "{claims}");
        }
    }
}
