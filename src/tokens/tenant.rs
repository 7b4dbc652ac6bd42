//! Checks 16 and 24, and the issuer part of 11: `iss`, and for Entra the tenant that stands inside it.
//!
//! Entra signs for all of its tenants with one set of keys. So three things must name the same tenant: the claim `tid`, the
//! `iss`, and the issuer that the key itself is published for (Storm-0558, CVE-2025-55241).

use super::reject::{Class, Reject};
use crate::issuers::rules::lists;
use crate::issuers::template::{is_filled, is_guid};
use crate::issuers::{Issuers, Rules};
use crate::jose::{Json, Object, VerifyKey};

/// Check 16: `iss` is one that the entry stands for.
pub(super) fn check_issuer(claims: &Object<'_>, rules: &Rules) -> Result<(), Reject> {
    let iss = claims.get("iss").and_then(Json::as_str).unwrap_or_default();
    let is_ours = match &rules.issuers {
        Issuers::Exact(issuers) => lists(issuers, iss),
        Issuers::Template { template, .. } => is_of_tenant(template, claims, iss),
    };
    if is_ours { Ok(()) } else { Err(Reject::by(16, Class::BadIssuer)) }
}

/// Check 24: the tenant is one that the entry lists.
pub(super) fn check_tenant(claims: &Object<'_>, rules: &Rules) -> Result<(), Reject> {
    let Issuers::Template { tenants, .. } = &rules.issuers else { return Ok(()) };
    let is_listed = tenant(claims).is_some_and(|tenant| match tenants {
        Some(listed) => lists(listed, tenant),
        None => true,
    });
    if is_listed { Ok(()) } else { Err(Reject::by(24, Class::BadTenant)) }
}

/// Check 11: the key signs for this issuer. A key that says for whom it signs is held to it, whether the entry's keys have to
/// say so or not.
pub(super) fn check_key(claims: &Object<'_>, rules: &Rules, key: &VerifyKey) -> Result<(), Reject> {
    let iss = claims.get("iss").and_then(Json::as_str).unwrap_or_default();
    let signs_for_it =
        key.issuer().map_or(!rules.key_issuer_check, |issuer| *issuer == *iss || is_of_tenant(issuer, claims, iss));
    if signs_for_it { Ok(()) } else { Err(Reject::by(11, Class::KeyIssuer)) }
}

/// The claim `tid`, if it is a GUID in lower case.
fn tenant<'c>(claims: &'c Object<'_>) -> Option<&'c str> {
    claims.get("tid").and_then(Json::as_str).filter(|tid| is_guid(tid))
}

/// Whether the template, filled in with the token's tenant, is this `iss`.
fn is_of_tenant(template: &str, claims: &Object<'_>, iss: &str) -> bool {
    tenant(claims).is_some_and(|tenant| is_filled(template, tenant, iss))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::issuers::template::TENANT;
    use crate::jose::parse_object;
    use crate::tokens::fixture::rules;

    const TEMPLATE: &str = "https://login.microsoftonline.com/{tenantid}/v2.0";
    const A: &str = "aaaaaaaa-1111-2222-3333-444444444444";
    const B: &str = "bbbbbbbb-1111-2222-3333-444444444444";

    fn decide(tid: &str, iss: &str, tenants: Option<&[&str]>) -> Result<(), Class> {
        let tenants = tenants.map(|tenants| tenants.iter().map(|tenant| Box::from(*tenant)).collect());
        let rules = Rules { issuers: Issuers::Template { template: TEMPLATE.into(), tenants }, ..rules() };
        let text = format!(r#"{{"tid":{tid},"iss":"{iss}"}}"#);
        let claims = parse_object(text.as_bytes(), 4).unwrap();
        let checked = check_issuer(&claims, &rules).and_then(|()| check_tenant(&claims, &rules));
        checked.map_err(|reject| reject.class)
    }

    fn of(tenant: &str) -> String {
        TEMPLATE.replace(TENANT, tenant)
    }

    #[test]
    fn tid_and_iss_name_the_same_listed_tenant() {
        let a = format!("\"{A}\"");
        assert_eq!(decide(&a, &of(A), Some(&[A])), Ok(()));
        assert_eq!(decide(&a, &of(A), None), Ok(()));
        assert_eq!(decide(&a, &of(A), Some(&[B])), Err(Class::BadTenant));
        assert_eq!(decide(&a, &of(A), Some(&[])), Err(Class::BadTenant));
        for iss in [
            of(B),
            of(""),
            of("{tenantid}"),
            format!("{}/", of(A)),
            of(&A.to_uppercase()),
            "https://login.microsoftonline.com/v2.0".to_owned(),
        ] {
            assert_eq!(decide(&a, &iss, None), Err(Class::BadIssuer), "{iss}");
        }
    }

    #[test]
    fn a_tenant_is_a_guid_in_lower_case() {
        for tenant in [
            A.to_uppercase(),
            "common".into(),
            String::new(),
            "{tenantid}".into(),
            A.replace('-', "0"),
            format!("{A}0"),
            format!("{A}/v2.0"),
        ] {
            assert_eq!(decide(&format!("\"{tenant}\""), &of(&tenant), None), Err(Class::BadIssuer), "{tenant}");
        }
        for tid in ["null", "1", "[]"] {
            assert_eq!(decide(tid, &of(A), None), Err(Class::BadIssuer), "{tid}");
        }
    }
}
