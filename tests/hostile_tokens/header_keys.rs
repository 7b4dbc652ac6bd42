//! `hdr-jwk-`, `hdr-jku-`, `hdr-x5*`: a token that brings the key along, or says where it is.
//!
//! CVE-2026-27962, CVE-2018-0114. Nothing in these checks can reach a network, so refusing is also not fetching. An unknown
//! `kid` may cause a fetch, but only if nothing else is wrong with the token.

use claimsmith::jose::base64url::encode;
use claimsmith::tokens::Class::{
    AlgorithmNotAllowed, AmbiguousKid, BadAudience, BadIssuer, BadSignature, Expired, NotYetValid, UnknownKid,
    WrongType,
};
use serde_json::json;

use super::profile::{NOW, default};
use super::signer::RSA_FOREIGN;
use super::verdict::Case;

#[test]
fn what_the_header_says_about_keys_changes_nothing() {
    let profile = default();
    let own = RSA_FOREIGN.jwk("rsa");
    let hints = [
        ("jwk", own.clone()),
        ("jwk", json!(1)),
        ("jku", json!("https://evil.example/jwks.json")),
        ("jku", json!("file:///etc/passwd")),
        ("jku", json!("http://169.254.169.254/latest/meta-data")),
        ("x5u", json!("https://evil.example/cert.pem")),
        ("x5c", json!(["MIIB"])),
        ("x5c", json!(null)),
        ("x5t", json!("dGh1bWI")),
        ("x5t#S256", json!("dGh1bWI")),
        ("jwks", json!({"keys": [own]})),
        ("key", json!("-----BEGIN PUBLIC KEY-----")),
    ];
    for (name, value) in hints {
        let hinted = profile.good().header(name, value);
        let foreign = hinted.clone().signer(&RSA_FOREIGN);
        profile.accepts(&[(name, hinted.sign())]);
        let cases: [Case<'_>; 3] = [
            (name, foreign.sign(), BadSignature),
            (name, foreign.clone().header("kid", "evil").sign(), UnknownKid),
            (name, foreign.without_header("kid").sign(), AmbiguousKid),
        ];
        profile.refuses(&cases);
    }
}

#[test]
fn a_key_is_looked_for_only_after_every_check_that_needs_none() {
    let profile = default();
    let unknown = profile.good().header("kid", "unknown");
    let cases: [Case<'_>; 8] = [
        ("hdr-kid-unknown", unknown.sign(), UnknownKid),
        ("hdr-kid-unknown-alg", unknown.clone().header("alg", "RS512").sign(), AlgorithmNotAllowed),
        ("hdr-kid-unknown-typ", unknown.clone().header("typ", "logout+jwt").sign(), WrongType),
        ("hdr-kid-unknown-id-token", unknown.clone().claim("token_use", "id").sign(), WrongType),
        ("hdr-kid-unknown-iss", unknown.clone().claim("iss", "https://evil.example/").sign(), BadIssuer),
        ("hdr-kid-unknown-aud", unknown.clone().claim("aud", "https://other.example").sign(), BadAudience),
        ("hdr-kid-unknown-exp", unknown.clone().claim("exp", NOW - 3600).sign(), Expired),
        ("hdr-kid-unknown-nbf", unknown.claim("nbf", NOW + 3600).sign(), NotYetValid),
    ];
    profile.refuses(&cases);
}

#[test]
fn a_kid_that_is_a_key_or_a_thumbprint_is_only_a_name() {
    let profile = default();
    let foreign = profile.good().signer(&RSA_FOREIGN);
    let cases: [Case<'_>; 2] = [
        ("hdr-kid-jwk", foreign.clone().header("kid", encode(b"{\"kty\":\"oct\",\"k\":\"AA\"}")).sign(), UnknownKid),
        ("hdr-kid-x5t", foreign.header("x5t", "rsa").header("kid", "x5t").sign(), UnknownKid),
    ];
    profile.refuses(&cases);
}
