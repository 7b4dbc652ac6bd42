//! `idt-`: what an ID token needs besides.

use claimsmith::tokens::Class::{BadAudience, BadNonce, BadParty, BadSubject, Expired, MissingClaim, WrongType};
use claimsmith::tokens::TokenKind;
use serde_json::{Value, json};

use super::profile::{NOW, id_token};
use super::verdict::Case;

#[test]
fn an_id_token_is_for_clients_we_trust() {
    let profile = id_token();
    profile.accepts_the_good_one();
    assert_eq!(profile.decide(&profile.good().sign()).map(|token| token.kind), Ok(TokenKind::Id));
    let aud = |aud: Value| profile.good().claim("aud", aud);
    profile.accepts(&[
        ("ok-idt-azp-absent", profile.good().without("azp").sign()),
        ("ok-idt-one-in-array", aud(json!(["app"])).without("azp").sign()),
        ("ok-idt-all-trusted", aud(json!(["app", "app-two"])).sign()),
    ]);
    let cases: [Case<'_>; 10] = [
        ("idt-aud-other", aud(json!("other")).sign(), BadAudience),
        ("idt-aud-api", aud(json!("https://api.example")).sign(), BadAudience),
        ("idt-aud-untrusted-among", aud(json!(["app", "evil"])).sign(), BadAudience),
        ("idt-aud-several-without-azp", aud(json!(["app", "app-two"])).without("azp").sign(), BadParty),
        ("idt-azp-wrong", profile.good().claim("azp", "evil").sign(), BadParty),
        ("idt-azp-wrong-several", aud(json!(["app", "app-two"])).claim("azp", "evil").sign(), BadParty),
        ("idt-azp-array", profile.good().claim("azp", json!(["app"])).sign(), BadParty),
        ("idt-azp-null", profile.good().claim("azp", json!(null)).sign(), BadParty),
        ("idt-azp-empty", profile.good().claim("azp", "").sign(), BadParty),
        ("idt-client-id-wrong", profile.good().renamed("azp", "client_id").claim("client_id", "evil").sign(), BadParty),
    ];
    profile.refuses(&cases);
}

#[test]
fn azp_counts_though_the_entry_names_no_client_claim() {
    let mut profile = id_token();
    profile.rules.client_claims = [].into();
    profile.accepts_the_good_one();
    profile.refuses(&[("idt-azp-wrong-unnamed", profile.good().claim("azp", "evil").sign(), BadParty)]);
}

#[test]
fn an_id_token_has_a_time_of_issue_and_a_plain_subject() {
    let profile = id_token();
    let long = |length: usize| profile.good().claim("sub", "s".repeat(length)).sign();
    profile.accepts(&[("ok-idt-sub-255", long(255))]);
    let cases: [Case<'_>; 6] = [
        ("idt-iat-missing", profile.good().without("iat").sign(), MissingClaim),
        ("idt-sub-256", long(256), BadSubject),
        ("idt-sub-not-ascii", profile.good().claim("sub", "é").sign(), BadSubject),
        ("idt-sub-missing", profile.good().without("sub").sign(), BadSubject),
        ("idt-exp-past", profile.good().claim("iat", NOW - 3600).claim("exp", NOW - 600).sign(), Expired),
        ("idt-nonce-mistyped", profile.good().claim("nonce", 1).sign(), BadNonce),
    ];
    profile.refuses(&cases);
}

/// CVE-2026-28498 (an unknown demand fails open), CVE-2026-114617 (`nonce_supported` switched the check off).
#[test]
fn a_login_is_answered_by_its_own_nonce() {
    let profile = id_token();
    let good = profile.good();
    let decide = |token: String| profile.decide_login(&token, Some("n-1")).map_err(|reject| reject.class).err();
    assert_eq!(decide(good.sign()), None);
    for (id, token) in [
        ("idt-nonce-missing", good.clone().without("nonce").sign()),
        ("idt-nonce-wrong", good.clone().claim("nonce", "n-2").sign()),
        ("idt-nonce-case", good.clone().claim("nonce", "N-1").sign()),
        ("idt-nonce-empty", good.clone().claim("nonce", "").sign()),
        ("idt-nonce-null", good.clone().claim("nonce", json!(null)).sign()),
        ("idt-nonce-array", good.clone().claim("nonce", json!(["n-1"])).sign()),
        ("idt-nonce-not-supported", good.clone().without("nonce").claim("nonce_supported", false).sign()),
        ("idt-nonce-not-supported-wrong", good.claim("nonce", "n-2").claim("nonce_supported", false).sign()),
    ] {
        assert_eq!(decide(token), Some(BadNonce), "{id}");
    }
}

#[test]
fn an_access_token_is_no_id_token() {
    let profile = id_token();
    let cases: [Case<'_>; 5] = [
        ("idt-typ-at-jwt", profile.good().header("typ", "at+jwt").sign(), WrongType),
        ("idt-typ-application-at-jwt", profile.good().header("typ", "application/at+jwt").sign(), WrongType),
        ("idt-token-use-access", profile.good().claim("token_use", "access").sign(), WrongType),
        ("idt-payload-typ-bearer", profile.good().claim("typ", "Bearer").sign(), WrongType),
        ("idt-events", profile.good().claim("events", json!({})).sign(), WrongType),
    ];
    profile.refuses(&cases);
}
