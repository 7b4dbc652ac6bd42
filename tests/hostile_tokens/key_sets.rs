//! `jwk-`: the token is signed as it should be, but the key that it names must not be used.

use claimsmith::jose::base64url::encode;
use claimsmith::jose::{KeyRules, NotAKeySet, ingest};
use claimsmith::tokens::Class;
use claimsmith::tokens::Class::{AmbiguousKid, BadSignature, KeyAlgorithm, UnknownKid};
use serde_json::{Value, json};

use super::profile::{Profile, default, with};
use super::signer::{ED25519, P256, P384, RSA, RSA_NEXT, Signer};

/// The entry, when its issuer publishes this beside a good key.
fn beside_a_good_key(jwk: Value) -> Profile {
    default().with_keys(&[RSA.jwk("rsa"), jwk])
}

fn refuses(id: &str, jwk: Value, alg: &str, signer: &'static Signer, expected: Class) {
    let profile = beside_a_good_key(jwk);
    profile.accepts_the_good_one();
    let token = profile.good().header("alg", alg).header("kid", "bad").signer(signer).sign();
    profile.refuses(&[(id, token, expected)]);
}

#[test]
fn an_rsa_key_that_breaks_a_rule_is_not_there() {
    let key = |members: Value| with(RSA_NEXT.jwk("bad"), members);
    let profile = beside_a_good_key(key(json!({})));
    profile.accepts(&[("ok-jwk", profile.good().header("kid", "bad").signer(&RSA_NEXT).sign())]);
    let modulus = RSA_NEXT.public();
    let even = [&modulus[..255], &[modulus[255] & 0xfe]].concat();
    let broken = [
        ("jwk-use-enc", key(json!({"use": "enc", "alg": "RSA-OAEP"}))),
        ("jwk-use-enc-no-alg", key(json!({"use": "enc"}))),
        ("jwk-use-mistyped", key(json!({"use": ["sig"]}))),
        ("jwk-key-ops-sign", key(json!({"key_ops": ["sign"]}))),
        ("jwk-key-ops-text", key(json!({"key_ops": "verify"}))),
        ("jwk-alg-not-listed", key(json!({"alg": "RS512"}))),
        ("jwk-alg-hs256", key(json!({"alg": "HS256"}))),
        ("jwk-alg-es256", key(json!({"alg": "ES256"}))),
        ("jwk-alg-null", key(json!({"alg": null}))),
        ("jwk-private", key(json!({"d": "AQAB"}))),
        ("jwk-private-crt", key(json!({"p": "AQAB", "q": "AQAB"}))),
        ("jwk-kty-missing", key(json!({"kty": null}))),
        ("jwk-kty-case", key(json!({"kty": "rsa"}))),
        ("jwk-kty-oct", key(json!({"kty": "oct", "k": encode(&[7; 32])}))), // CVE-2026-44699
        ("jwk-rsa-1024", key(json!({"n": encode(&modulus[..128])}))),
        ("jwk-rsa-even", key(json!({"n": encode(&even)}))),
        ("jwk-rsa-n-empty", key(json!({"n": ""}))),
        ("jwk-rsa-n-padded", key(json!({"n": format!("{}=", encode(&modulus))}))),
        ("jwk-rsa-e-1", key(json!({"e": "AQ"}))),
        ("jwk-rsa-e-even", key(json!({"e": "AQAA"}))),
        ("jwk-rsa-e-huge", key(json!({"e": encode(&[0xff; 9])}))),
        ("jwk-kid-long", key(json!({"kid": "k".repeat(257)}))),
        ("jwk-kid-number", key(json!({"kid": 7}))),
        ("jwk-is-a-text", json!("bad")),
    ];
    for (id, jwk) in broken {
        refuses(id, jwk, "RS256", &RSA_NEXT, UnknownKid);
    }
    refuses("jwk-alg-ps256", key(json!({"alg": "PS256"})), "RS256", &RSA_NEXT, KeyAlgorithm);
}

#[test]
fn an_elliptic_key_that_breaks_a_rule_is_not_there() {
    let p256 = |members: Value| with(P256.jwk("bad"), members);
    let coordinate = encode(&P256.public()[..32]);
    let ed = |x: &[u8]| with(ED25519.jwk("bad"), json!({"x": encode(x)}));
    let public = ED25519.public();
    let spki = [&[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00][..], &public].concat();
    let broken_p256 = [
        ("jwk-ec-short", p256(json!({"x": encode(&P256.public()[..31])}))),
        ("jwk-ec-long", p256(json!({"x": encode(&[&[0], &P256.public()[..32]].concat())}))),
        ("jwk-ec-off-curve", p256(json!({"y": coordinate}))),
        ("jwk-ec-infinity", p256(json!({"x": encode(&[0; 32]), "y": encode(&[0; 32])}))),
        ("jwk-ec-no-y", p256(json!({"y": null}))),
        ("jwk-ec-secp256k1", p256(json!({"crv": "secp256k1"}))),
        ("jwk-ec-crv-p384", p256(json!({"crv": "P-384"}))),
        ("jwk-ec-crv-missing", p256(json!({"crv": null}))),
    ];
    for (id, jwk) in broken_p256 {
        refuses(id, jwk, "ES256", &P256, UnknownKid);
    }
    let broken_ed25519 = [
        ("jwk-okp-31", ed(&public[..31])),
        ("jwk-okp-33", ed(&[&public[..], &[0]].concat())),
        ("jwk-okp-empty", ed(&[])),
        ("jwk-okp-spki-der", ed(&spki)),
        ("jwk-okp-x25519", with(ED25519.jwk("bad"), json!({"crv": "X25519"}))),
        ("jwk-okp-identity", ed(&[&[1][..], &[0; 31]].concat())),
        ("jwk-okp-order-two", ed(&[&[0xec][..], &[0xff; 30], &[0x7f]].concat())),
        ("jwk-okp-zero", ed(&[0; 32])),
        ("jwk-okp-non-canonical", ed(&[&[0xee][..], &[0xff; 30], &[0x7f]].concat())),
    ];
    for (id, jwk) in broken_ed25519 {
        refuses(id, jwk, "EdDSA", &ED25519, UnknownKid);
    }
}

/// With a key of small order, `R` = the key and `S` = 0 verify for every message: nobody would need a private key.
#[test]
fn a_signature_by_the_identity_key_is_refused() {
    let identity = [&[1][..], &[0; 31]].concat();
    let profile = beside_a_good_key(with(ED25519.jwk("bad"), json!({"x": encode(&identity)})));
    let forged = profile.good().header("alg", "EdDSA").header("kid", "bad");
    let forged = forged.sign_by(|_| [identity.clone(), vec![0; 32]].concat());
    profile.refuses(&[("sig-ed-identity-key", forged, UnknownKid)]);
}

#[test]
fn a_kid_that_means_two_keys_means_none() {
    let draft = |profile: &Profile| profile.good().header("kid", "twice");
    let profile = default().with_keys(&[RSA.jwk("twice"), RSA_NEXT.jwk("twice"), P384.jwk("p384")]);
    profile.refuses(&[
        ("jwk-dup-kid", draft(&profile).sign(), AmbiguousKid),
        ("jwk-dup-kid-second", draft(&profile).signer(&RSA_NEXT).sign(), AmbiguousKid),
    ]);
    let profile = default().with_keys(&[RSA.jwk("twice"), RSA.jwk("twice"), P256.jwk("twice")]);
    profile.accepts(&[
        ("ok-jwk-same-key-twice", draft(&profile).sign()),
        ("ok-jwk-same-kid-other-kty", draft(&profile).header("alg", "ES256").signer(&P256).sign()),
    ]);
}

/// CVE-2025-22149: a set was added to the one before, so that a revoked key lived for ever.
#[test]
fn a_key_that_is_gone_from_the_set_is_gone() {
    let profile = default().with_keys(&[RSA.jwk("old"), RSA_NEXT.jwk("new")]);
    let old = profile.good().header("kid", "old").sign();
    profile.accepts(&[("ok", old.clone())]);
    let profile = profile.with_keys(&[RSA_NEXT.jwk("new")]);
    profile.refuses(&[("jwk-revoked", old, UnknownKid)]);
    let profile = profile.with_keys(&[RSA_NEXT.jwk("old")]);
    profile.refuses(&[("jwk-replaced", profile.good().header("kid", "old").sign(), BadSignature)]);
}

#[test]
fn a_document_without_a_usable_key_is_no_key_set() {
    let rules = KeyRules { algorithms: &default().rules.algorithms, require_issuer: false };
    let read = |document: &str| ingest(document.as_bytes(), &rules).err();
    assert_eq!(read("{}"), Some(NotAKeySet::NoKeys));
    assert_eq!(read(r#"{"keys":{}}"#), Some(NotAKeySet::NoKeys));
    assert_eq!(read(r#"{"keys":[]}"#), Some(NotAKeySet::Unusable(Vec::new())));
    assert_eq!(read(r#"{"keys":[],"keys":[]}"#), Some(NotAKeySet::NotJson));
    assert_eq!(read("<html>"), Some(NotAKeySet::NotJson));
}
