//! Check 18, second half: claims that the entry requires, and their values (`hd`, `tfp`, `ver`, `repository_owner_id` …).

use super::audience::contains;
use super::reject::{Class, Reject};
use crate::issuers::{ClaimPath, RequiredValue, Rules};
use crate::jose::{Json, Object};

/// Every required claim is there, and every required value is one of those allowed.
pub(super) fn check(claims: &Object<'_>, rules: &Rules) -> Result<(), Reject> {
    let is_there = |path: &ClaimPath| path.find(claims).is_some_and(|claim| !claim.is_null());
    if !rules.required_claims.iter().all(is_there) {
        return Err(Reject::by(18, Class::MissingClaim));
    }
    if !rules.required_values.iter().all(|required| holds(claims, required)) {
        return Err(Reject::by(18, Class::BadValue));
    }
    Ok(())
}

/// Whether a claim is one of the texts that are allowed. A list that contains one is not one.
pub(super) fn holds(claims: &Object<'_>, required: &RequiredValue) -> bool {
    required.claim.find(claims).and_then(Json::as_str).is_some_and(|value| contains(&required.any_of, value))
}

#[cfg(test)]
mod tests {
    use super::*;
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
}
