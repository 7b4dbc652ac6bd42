//! Check 22: who it is about.
//!
//! The subject is `sub`, or what the entry says instead (Entra: `tid` and `oid`). Never an e-mail address or a user name:
//! whoever administers another tenant of the provider can set your address on an account of their own (nOAuth).

use super::reject::{Class, Reject};
use crate::issuers::Rules;
use crate::jose::Object;

/// The subject: the entry's subject claims, joined by `:`.
pub(super) fn check(claims: &Object<'_>, rules: &Rules) -> Result<Box<str>, Reject> {
    rules.subject_of(claims).ok_or(Reject::by(22, Class::BadSubject))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::parse_object;
    use crate::tokens::fixture::rules;

    fn decide(claims: &str, names: &[&str]) -> Result<Box<str>, Reject> {
        let rules = Rules { subject: names.iter().map(|name| Box::from(*name)).collect(), ..rules() };
        check(&parse_object(claims.as_bytes(), 4).unwrap(), &rules)
    }

    #[test]
    fn a_subject_is_a_text_without_controls() {
        assert_eq!(decide(r#"{"sub":"auth0|é 42"}"#, &["sub"]).as_deref(), Ok("auth0|é 42"));
        for claims in [
            "{}",
            r#"{"sub":""}"#,
            r#"{"sub":7}"#,
            r#"{"sub":["a"]}"#,
            r#"{"sub":null}"#,
            r#"{"sub":"a\u0000"}"#,
            r#"{"sub":"a\nb"}"#,
            r#"{"sub":"\u0085"}"#,
            r#"{"Sub":"a"}"#,
        ] {
            assert_eq!(decide(claims, &["sub"]), Err(Reject::by(22, Class::BadSubject)), "{claims}");
        }
    }

    #[test]
    fn several_claims_are_joined_and_never_ambiguously() {
        let names = ["tid", "oid"];
        assert_eq!(decide(r#"{"tid":"t","oid":"o:1","sub":"s"}"#, &names).as_deref(), Ok("t:o:1"));
        for claims in [
            r#"{"tid":"t:o","oid":"1"}"#,
            r#"{"tid":"t\u0007","oid":"1"}"#,
            r#"{"tid":"t","oid":"é\u0085"}"#,
            r#"{"tid":"t"}"#,
            r#"{"oid":"o"}"#,
            r#"{"tid":"t","oid":"o","sub":1}"#,
            r#"{"tid":"","oid":"o"}"#,
        ] {
            assert!(decide(claims, &names).is_err(), "{claims}");
        }
        assert!(decide(r#"{"sub":"s"}"#, &[]).is_err());
    }
}
