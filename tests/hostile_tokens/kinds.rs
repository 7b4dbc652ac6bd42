//! `tok-`: a good token of another kind, which the same keys have signed.

use claimsmith::tokens::Class::{MissingClaim, SenderConstrained, WrongType};
use claimsmith::tokens::TokenKind;
use serde_json::{Value, json};

use super::profile::{any_of, default};
use super::verdict::Case;

#[test]
fn an_id_token_or_a_security_event_is_no_access_token() {
    let profile = default();
    profile.accepts_the_good_one();
    let with = |name: &str, value: Value| profile.good().claim(name, value).sign();
    let logout = json!({"http://schemas.openid.net/event/backchannel-logout": {}});
    let cases: [Case<'_>; 15] = [
        ("tok-id-nonce", with("nonce", json!("n")), WrongType),
        ("tok-id-at-hash", with("at_hash", json!("h")), WrongType),
        ("tok-id-c-hash", with("c_hash", json!("h")), WrongType),
        ("tok-id-s-hash", with("s_hash", json!("h")), WrongType),
        ("tok-id-token-use", with("token_use", json!("id")), WrongType),
        ("tok-id-payload-typ", with("typ", json!("ID")), WrongType),
        ("tok-refresh-payload-typ", with("typ", json!("Refresh")), WrongType),
        ("tok-offline-payload-typ", with("typ", json!("Offline")), WrongType),
        ("tok-logout-payload-typ", with("typ", json!("Logout")), WrongType),
        ("tok-logout-events", with("events", logout.clone()), WrongType),
        ("tok-logout-events-null", with("events", json!(null)), WrongType),
        ("tok-logout-typ", profile.good().header("typ", "logout+jwt").claim("events", logout).sign(), WrongType),
        ("tok-dpop-proof", profile.good().header("typ", "dpop+jwt").claim("htm", "GET").sign(), WrongType),
        ("tok-request-object", profile.good().header("typ", "oauth-authz-req+jwt").sign(), WrongType),
        ("tok-contradiction", profile.good().claim("token_use", "access").claim("typ", "ID").sign(), WrongType),
    ];
    profile.refuses(&cases);
}

#[test]
fn an_access_token_of_rfc_9068_is_complete() {
    let profile = default();
    let good = profile.good().header("typ", "at+jwt").claim("client_id", "spa").claim("jti", "j");
    profile.accepts(&[
        ("ok-at-jwt", good.sign()),
        ("ok-at-jwt-application", good.clone().header("typ", "application/AT+JWT").sign()),
        ("ok-at-jwt-nonce", good.clone().claim("nonce", "n").sign()),
    ]);
    for claim in ["client_id", "jti", "iat"] {
        profile.refuses(&[(claim, good.clone().without(claim).sign(), MissingClaim)]);
        profile.refuses(&[(claim, good.clone().renamed(claim, &claim.to_uppercase()).sign(), MissingClaim)]);
    }
    profile.refuses(&[
        ("tok-at-jwt-jti-number", good.clone().claim("jti", 1).sign(), MissingClaim),
        ("tok-at-jwt-events", good.claim("events", json!({})).sign(), WrongType),
    ]);
}

#[test]
fn an_entry_that_knows_its_issuer_to_say_at_jwt_requires_it() {
    let mut profile = default();
    profile.rules.access.as_mut().unwrap().typ = ["at+jwt".into()].into();
    let good = profile.good().header("typ", "at+jwt").claim("client_id", "spa").claim("jti", "j");
    profile.accepts(&[("ok-at-jwt", good.sign())]);
    profile.refuses(&[
        ("tok-typ-jwt", good.clone().header("typ", "JWT").sign(), WrongType),
        ("tok-typ-absent", good.without_header("typ").sign(), WrongType),
    ]);
}

#[test]
fn a_token_that_is_bound_to_its_sender_needs_the_proof() {
    let mut profile = default();
    let bound = |cnf: Value| profile.good().claim("cnf", cnf).sign();
    let cases: [Case<'_>; 5] = [
        ("tok-cnf-jkt", bound(json!({"jkt": "0ZcOCORZNYy"})), SenderConstrained),
        ("tok-cnf-x5t", bound(json!({"x5t#S256": "bwcK0esc3AC"})), SenderConstrained),
        ("tok-cnf-empty", bound(json!({})), SenderConstrained),
        ("tok-cnf-null", bound(json!(null)), SenderConstrained),
        ("tok-cnf-text", bound(json!("x")), SenderConstrained),
    ];
    profile.refuses(&cases);
    let token = cases[0].1.clone();
    profile.rules.accept_sender_constrained = true;
    profile.accepts(&[("ok-cnf-checked-before-us", token)]);
}

#[test]
fn an_entry_that_accepts_both_kinds_tells_them_apart() {
    let mut profile = default();
    profile.rules.id = Some(any_of(&["app"]));
    let kind = |token: String| profile.decide(&token).map(|token| token.kind).map_err(|reject| reject.class);
    let id = profile.good().claim("aud", "app").claim("azp", "app").claim("nonce", "n");
    assert_eq!(kind(profile.good().sign()), Ok(TokenKind::Access));
    assert_eq!(kind(id.sign()), Ok(TokenKind::Id));
    assert_eq!(kind(profile.good().claim("nonce", "n").sign()), Err(WrongType));
    assert_eq!(kind(id.clone().without("iat").sign()), Err(MissingClaim));
    assert_eq!(kind(id.claim("token_use", "access").sign()), Err(claimsmith::tokens::Class::BadAudience));
}

/// What a token says in our own name never gets past the checks: there is no place for it in what they give.
#[test]
fn claims_in_our_own_namespace_go_nowhere() {
    let profile = default();
    let plain = profile.decide(&profile.good().sign()).unwrap();
    let token =
        profile.good().claim("https://claims.example.com/roles", json!(["admin"])).claim("roles", json!(["admin"]));
    assert_eq!(profile.decide(&token.sign()), Ok(plain), "tok-reserved-claim");
}
