//! Names of keys: what a set does with missing, repeated and clashing ones, and how a key is found.

use std::slice::from_ref;

use serde_json::{Value, json};

use super::signer::{Signer, read};
use crate::jose::{Algorithm, DropReason, Family, NoKey, NotAKeySet};

fn ed25519(kid: &str) -> Value {
    Signer::of(Family::Ed25519).jwk_with(&json!({ "kid": kid }))
}

fn rsa(members: &Value) -> Value {
    Signer::of(Family::Rsa).jwk_with(members)
}

#[test]
fn a_kid_is_a_string_of_1_to_256_bytes() {
    let longest = "k".repeat(256);
    for kid in ["1", &longest, "with space", "é/…", "a\u{0}b"] {
        let keys = read(&[ed25519(kid)]).unwrap().keys;
        assert_eq!(keys.kids().collect::<Vec<_>>(), [kid]);
    }
    for kid in [json!(""), json!(longest + "k"), json!(1), json!(null), json!(["a"]), json!({})] {
        let good = ed25519("good");
        let mut bad = ed25519("x");
        bad["kid"] = kid.clone();
        let ingested = read(&[bad, good]).unwrap();
        assert_eq!(ingested.keys.kids().collect::<Vec<_>>(), ["good"]);
        assert_eq!((ingested.dropped[0].index, ingested.dropped[0].reason), (0, DropReason::BadKid), "{kid}");
    }
}

#[test]
fn a_kid_is_found_to_the_letter_and_only_for_an_algorithm_of_its_key() {
    let keys = read(&[ed25519("a"), rsa(&json!({"kid": "b", "alg": "RS256"}))]).unwrap().keys;
    assert!(keys.find(Some("a"), Algorithm::EdDSA).is_ok());
    assert!(keys.find(Some("b"), Algorithm::RS256).is_ok());
    for kid in ["A", "a ", "", "b\u{0}", "c"] {
        assert_eq!(keys.find(Some(kid), Algorithm::EdDSA).unwrap_err(), NoKey::Unknown, "{kid:?}");
    }
    assert_eq!(keys.find(Some("a"), Algorithm::RS256).unwrap_err(), NoKey::Unsuitable);
    assert_eq!(keys.find(Some("b"), Algorithm::PS256).unwrap_err(), NoKey::Unsuitable);
}

#[test]
fn a_token_without_kid_gets_the_only_key_and_nothing_is_tried() {
    let one = read(&[ed25519("a")]).unwrap().keys;
    assert!(one.find(None, Algorithm::EdDSA).is_ok());
    assert_eq!(one.find(None, Algorithm::RS256).unwrap_err(), NoKey::Unsuitable);
    let two = read(&[ed25519("a"), rsa(&json!({"kid": "b"}))]).unwrap().keys;
    assert_eq!(two.find(None, Algorithm::EdDSA).unwrap_err(), NoKey::Ambiguous);
    assert_eq!(crate::jose::Keys::default().find(None, Algorithm::EdDSA).unwrap_err(), NoKey::Unknown);
}

#[test]
fn a_key_without_kid_is_used_only_if_it_is_the_only_one() {
    let unnamed = || Signer::of(Family::Ed25519).jwk();
    let only = read(&[unnamed(), json!({"kty": "oct", "k": "AA"})]).unwrap();
    assert_eq!((only.keys.len(), only.keys.kids().count()), (1, 0), "junk beside it does not count");
    assert!(only.keys.find(None, Algorithm::EdDSA).is_ok());
    assert_eq!(only.keys.find(Some("a"), Algorithm::EdDSA).unwrap_err(), NoKey::Unknown);

    let beside = read(&[unnamed(), ed25519("a"), unnamed()]).unwrap();
    assert_eq!(beside.keys.kids().collect::<Vec<_>>(), ["a"]);
    let dropped: Vec<_> = beside.dropped.iter().map(|dropped| (dropped.index, dropped.reason)).collect();
    assert_eq!(dropped, [(0, DropReason::NoKid), (2, DropReason::NoKid)]);
    assert!(matches!(read(&[unnamed(), unnamed()]), Err(NotAKeySet::Unusable(dropped)) if dropped.len() == 2));
}

#[test]
fn two_keys_of_one_kid_and_one_kty_are_both_unusable() {
    let (first, second) = (ed25519("same"), ed25519("same"));
    let ingested = read(&[first, rsa(&json!({"kid": "same"})), ed25519("other"), second]).unwrap();
    let dropped: Vec<_> = ingested.dropped.iter().map(|dropped| (dropped.index, dropped.reason)).collect();
    assert_eq!(dropped, [(0, DropReason::AmbiguousKid), (3, DropReason::AmbiguousKid)]);
    assert_eq!(ingested.dropped[0].kid.as_deref(), Some("same"));
    assert_eq!(ingested.keys.find(Some("same"), Algorithm::EdDSA).unwrap_err(), NoKey::Ambiguous);
    assert!(ingested.keys.find(Some("same"), Algorithm::RS256).is_ok(), "another kty may share the kid");
    assert_eq!(ingested.keys.len(), 2);
}

#[test]
fn two_curves_are_one_kty() {
    let (p256, p384) = (Signer::of(Family::P256), Signer::of(Family::P384));
    let named = [p256.jwk_with(&json!({"kid": "same"})), p384.jwk_with(&json!({"kid": "same"}))];
    assert!(matches!(read(&named), Err(NotAKeySet::Unusable(dropped)) if dropped.len() == 2));
}

#[test]
fn the_same_key_twice_is_one_key_with_the_algorithms_of_both() {
    let twice = [rsa(&json!({"kid": "a", "alg": "RS256"})), rsa(&json!({"kid": "a", "alg": "PS256"}))];
    let ingested = read(&twice).unwrap();
    assert_eq!((ingested.keys.len(), ingested.dropped.len()), (1, 0));
    let key = ingested.keys.find(Some("a"), Algorithm::PS256).unwrap();
    assert!(key.admits(Algorithm::RS256) && !key.admits(Algorithm::RS384));
    let unnamed = read(&[rsa(&json!({})), rsa(&json!({}))]).unwrap();
    assert_eq!(unnamed.keys.len(), 1);
}

#[test]
fn one_key_for_two_issuers_is_ambiguous() {
    let keys = [rsa(&json!({"kid": "a", "issuer": "https://a"})), rsa(&json!({"kid": "a", "issuer": "https://b"}))];
    assert!(matches!(read(&keys), Err(NotAKeySet::Unusable(dropped)) if dropped.len() == 2));
}

#[test]
fn new_material_under_an_old_kid_is_counted() {
    let (a, b, rsa) = (ed25519("a"), ed25519("b"), rsa(&json!({"kid": "a"})));
    let before = read(&[a.clone(), b.clone()]).unwrap().keys;
    assert_eq!(read(&[a.clone(), b.clone(), ed25519("c")]).unwrap().keys.replaced_material(&before), 0, "one more");
    assert_eq!(read(from_ref(&a)).unwrap().keys.replaced_material(&before), 0, "one less");
    assert_eq!(read(&[a, rsa.clone()]).unwrap().keys.replaced_material(&before), 0, "another kty beside it");
    assert_eq!(read(&[rsa, b]).unwrap().keys.replaced_material(&before), 1, "another kty in its place");
    assert_eq!(read(&[ed25519("a"), ed25519("b")]).unwrap().keys.replaced_material(&before), 2);
}

#[test]
fn a_key_is_contained_by_its_material_whatever_its_name() {
    let jwk = ed25519("a");
    let keys = read(from_ref(&jwk)).unwrap().keys;
    let mut renamed = jwk;
    renamed["kid"] = json!("b");
    let thumbprint = *read(&[renamed]).unwrap().keys.iter().next().unwrap().thumbprint();
    assert!(keys.contains(&thumbprint));
    assert!(!keys.contains(Signer::of(Family::Ed25519).published().thumbprint()));
}

#[test]
fn the_kid_of_a_dropped_key_is_escaped_and_cut() {
    let mut jwk = ed25519(&format!("\r\n\u{1b}[31m{}", "x".repeat(200)));
    jwk["use"] = json!("enc");
    let Err(NotAKeySet::Unusable(dropped)) = read(&[jwk]) else { panic!("it is not for signatures") };
    let kid = dropped[0].kid.as_deref().unwrap();
    assert!(kid.starts_with("\\r\\n\\u{1b}[31mx") && kid.chars().count() == 64, "{kid}");
}
