//! `hdr-typ-`, `hdr-cty-`, `hdr-zip`: what the header says the token is.

use claimsmith::tokens::Class::{Malformed, WrongType};
use serde_json::json;

use super::profile::default;
use super::verdict::Case;

#[test]
fn a_token_of_another_type_is_refused() {
    let profile = default();
    profile.accepts_the_good_one();
    let typ = |typ: &str| profile.good().header("typ", typ).sign();
    profile.accepts(&[
        ("ok-typ-absent", profile.good().without_header("typ").sign()),
        ("ok-typ-lower", typ("jwt")),
        ("ok-typ-application", typ("application/jwt")),
        ("ok-typ-application-case", typ("Application/JWT")),
    ]);
    let types = [
        "logout+jwt",
        "dpop+jwt",
        "secevent+jwt",
        "oauth-authz-req+jwt",
        "token-introspection+jwt",
        "client-authentication+jwt",
        "entity-statement+jwt",
        "kb+jwt",
        "vc+jwt",
        "wimse-id+jwt",
        "application/logout+jwt",
        "LOGOUT+JWT",
        "JOSE",
        "JOSE+JSON",
        "JWE",
        "",
        " JWT",
        "JWT ",
        "application/",
        "text/jwt",
        "at+jwt;x=y",
        "jwt\0",
    ];
    let cases: Vec<Case<'_>> = types.iter().map(|name| (*name, typ(name), WrongType)).collect();
    profile.refuses(&cases);
}

#[test]
fn a_type_is_text_and_the_content_is_a_claims_set() {
    let profile = default();
    let with = |name: &str, value: serde_json::Value| profile.good().header(name, value).sign();
    let cases: [Case<'_>; 11] = [
        ("hdr-typ-number", with("typ", json!(1)), WrongType),
        ("hdr-typ-null", with("typ", json!(null)), WrongType),
        ("hdr-typ-array", with("typ", json!(["JWT"])), WrongType),
        ("hdr-cty-jwt", with("cty", json!("JWT")), Malformed), // CVE-2026-29000
        ("hdr-cty-jwt-lower", with("cty", json!("jwt")), Malformed),
        ("hdr-cty-application-jwt", with("cty", json!("application/jwt")), Malformed),
        ("hdr-cty-array", with("cty", json!(["JWT"])), Malformed),
        ("hdr-zip", with("zip", json!("DEF")), Malformed),
        ("hdr-zip-null", with("zip", json!(null)), Malformed),
        ("hdr-enc", with("enc", json!("A256GCM")), Malformed),
        ("hdr-enc-null", with("enc", json!(null)), Malformed),
    ];
    profile.refuses(&cases);
}
