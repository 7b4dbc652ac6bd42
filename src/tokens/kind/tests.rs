use super::*;
use crate::jose::parse_object;
use crate::tokens::fixture::{kind_rule, required_value, rules};

fn access() -> KindRule {
    kind_rule(&["api"])
}

fn id() -> KindRule {
    kind_rule(&["app"])
}

/// What a token is, by both checks, for an entry with these rules.
fn kind_of(access: Option<KindRule>, id: Option<KindRule>, typ: Option<&str>, claims: &str) -> Result<TokenKind, u8> {
    let rules = Rules { access, id, ..rules() };
    let claims = parse_object(claims.as_bytes(), 4).unwrap();
    let decided = decide(typ, &claims, &rules).and_then(|kind| check(&kind, &claims).map(|()| kind.kind));
    decided.map_err(|reject| {
        assert_eq!(reject.class, Class::WrongType);
        reject.check.0
    })
}

#[test]
fn an_unlisted_typ_is_refused_and_case_and_prefix_do_not_count() {
    for typ in [None, Some("JWT"), Some("jwt"), Some("application/jwt"), Some("at+jwt"), Some("Application/AT+JWT")] {
        assert_eq!(kind_of(Some(access()), None, typ, "{}"), Ok(TokenKind::Access), "{typ:?}");
    }
    for typ in [
        "",
        "logout+jwt",
        "dpop+jwt",
        "secevent+jwt",
        "oauth-authz-req+jwt",
        "token-introspection+jwt",
        "JWS",
        "JOSE",
        "id_token",
    ] {
        assert_eq!(kind_of(Some(access()), Some(id()), Some(typ), "{}"), Err(7), "{typ}");
    }
    let strict = KindRule { typ: [Box::from("at+jwt")].into(), ..access() };
    assert_eq!(kind_of(Some(strict.clone()), None, Some("AT+jwt"), "{}"), Ok(TokenKind::Access));
    assert_eq!(kind_of(Some(strict.clone()), None, Some("JWT"), "{}"), Err(7));
    assert_eq!(kind_of(Some(strict), None, None, "{}"), Err(7));
}

#[test]
fn an_access_token_by_its_typ_is_never_an_id_token() {
    assert_eq!(kind_of(None, Some(id()), Some("at+jwt"), r#"{"aud":"app"}"#), Err(7));
    assert_eq!(kind_of(Some(access()), Some(id()), Some("at+jwt"), r#"{"aud":"app"}"#), Ok(TokenKind::Access));
    let listed = KindRule { typ: [Box::from("at+jwt")].into(), ..id() };
    assert_eq!(kind_of(None, Some(listed), Some("at+jwt"), "{}"), Err(7));
    assert_eq!(kind_of(Some(access()), None, Some("at+jwt"), r#"{"nonce":"n","at_hash":"h"}"#), Ok(TokenKind::Access));
}

#[test]
fn an_entry_for_access_tokens_refuses_what_bears_the_marks_of_an_id_token() {
    for mark in ["nonce", "at_hash", "c_hash", "s_hash", "events"] {
        assert_eq!(kind_of(Some(access()), None, Some("JWT"), &format!(r#"{{"{mark}":null}}"#)), Err(21), "{mark}");
    }
    assert_eq!(kind_of(None, Some(id()), None, r#"{"nonce":"n","at_hash":"h"}"#), Ok(TokenKind::Id));
    assert_eq!(kind_of(None, Some(id()), None, r#"{"events":{}}"#), Err(21));
    assert_eq!(kind_of(Some(access()), None, Some("at+jwt"), r#"{"events":{}}"#), Err(21));
}

#[test]
fn what_the_claims_call_themselves_counts() {
    for (claims, kind) in [
        (r#"{"token_use":"id"}"#, TokenKind::Id),
        (r#"{"typ":"ID"}"#, TokenKind::Id),
        (r#"{"token_use":"access","aud":"app"}"#, TokenKind::Access),
        (r#"{"typ":"Bearer","nonce":"n","aud":"app"}"#, TokenKind::Access),
    ] {
        assert_eq!(kind_of(Some(access()), Some(id()), None, claims), Ok(kind), "{claims}");
        let (only, other) = if kind == TokenKind::Id { (Some(access()), None) } else { (None, Some(id())) };
        assert_eq!(kind_of(only, other, None, claims), Err(21), "{claims}");
    }
    for claims in [
        r#"{"typ":"Refresh"}"#,
        r#"{"typ":"Logout"}"#,
        r#"{"token_use":"id","typ":"Bearer"}"#,
        r#"{"typ":"Bearer","at_hash":"h"}"#,
    ] {
        assert_eq!(kind_of(Some(access()), Some(id()), None, claims), Err(21), "{claims}");
    }
}

#[test]
fn the_values_of_the_entry_tell_before_the_audience() {
    let marked = KindRule { values: [required_value("use", &["a"])].into(), ..access() };
    assert_eq!(kind_of(Some(marked.clone()), Some(id()), None, r#"{"use":"a","aud":"app"}"#), Ok(TokenKind::Access));
    assert_eq!(kind_of(Some(marked.clone()), Some(id()), None, r#"{"use":"b","aud":"api"}"#), Ok(TokenKind::Id));
    assert_eq!(kind_of(Some(marked), None, None, r#"{"use":"b"}"#), Err(21));
}

#[test]
fn the_audience_decides_when_nothing_else_does() {
    let decide = |claims| kind_of(Some(access()), Some(id()), Some("JWT"), claims);
    assert_eq!(decide(r#"{"aud":"app"}"#), Ok(TokenKind::Id));
    assert_eq!(decide(r#"{"aud":["api","app"]}"#), Ok(TokenKind::Id));
    assert_eq!(decide(r#"{"aud":"api"}"#), Ok(TokenKind::Access));
    assert_eq!(decide(r#"{"aud":"api","nonce":"n"}"#), Err(21));
}
