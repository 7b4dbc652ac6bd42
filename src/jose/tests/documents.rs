//! Whole documents: what is refused altogether, and what one bad entry does to the others (nothing).

use serde_json::{Value, json};

use super::signer::{ANY, Signer, read};
use crate::jose::{Algorithm, DropReason, Family, NotAKeySet, ingest};

fn good(kid: &str) -> Value {
    Signer::of(Family::P256).jwk_with(&json!({"kid": kid, "use": "sig", "alg": "ES256"}))
}

fn refused(document: &str) -> NotAKeySet {
    ingest(document.as_bytes(), &ANY).unwrap_err()
}

#[test]
fn a_document_that_is_not_one_strict_json_object_is_refused() {
    let key = good("a").to_string();
    for document in ["", "<html>", "[]", "null", "{\"keys\":[", "\u{feff}{\"keys\":[]}", "{\"keys\":[]}x"] {
        assert_eq!(refused(document), NotAKeySet::NotJson, "{document:?}");
    }
    assert_eq!(refused(&format!("{{\"keys\":[{key}],\"keys\":[]}}")), NotAKeySet::NotJson, "a member twice");
    let repeated = key.replacen("\"kid\"", "\"kid\":\"b\",\"kid\"", 1);
    assert_eq!(refused(&format!("{{\"keys\":[{repeated}]}}")), NotAKeySet::NotJson, "a member twice, inside");
}

#[test]
fn a_document_is_nested_at_most_8_deep() {
    let with = |value: &str| format!("{{\"keys\":[{}],\"x\":{value}}}", good("a"));
    assert!(ingest(with("[[[[[[[]]]]]]]").as_bytes(), &ANY).is_ok());
    assert_eq!(refused(&with("[[[[[[[[]]]]]]]]")), NotAKeySet::NotJson);
}

#[test]
fn a_document_without_an_array_of_keys_is_refused() {
    for document in ["{}", "{\"keys\":{}}", "{\"keys\":null}", "{\"Keys\":[]}", "{\"kty\":\"RSA\"}"] {
        assert_eq!(refused(document), NotAKeySet::NoKeys, "{document}");
    }
}

#[test]
fn a_document_of_more_than_512_kib_is_refused() {
    let key = format!("{{\"keys\":[{}]}}", good("a"));
    let padded = |length: usize| key.clone() + &" ".repeat(length - key.len());
    assert!(ingest(padded(512 * 1024).as_bytes(), &ANY).is_ok());
    assert_eq!(refused(&padded(512 * 1024 + 1)), NotAKeySet::TooLarge);
}

#[test]
fn a_thousand_keys_are_read_and_one_more_is_too_many() {
    let keys: Vec<_> = (0..1000).map(|kid| good(&kid.to_string())).collect();
    assert_eq!(read(&keys).unwrap().keys.len(), 1000);
    let more: Vec<_> = (0..1001).map(|_| json!(0)).collect();
    assert_eq!(read(&more).unwrap_err(), NotAKeySet::TooMany);
}

#[test]
fn a_document_without_a_usable_key_is_refused_and_says_why() {
    assert_eq!(read(&[]).unwrap_err(), NotAKeySet::Unusable(Vec::new()));
    let Err(NotAKeySet::Unusable(dropped)) = read(&[json!(1), json!({"kty": "oct"})]) else {
        panic!("nothing is usable")
    };
    let reasons: Vec<_> = dropped.iter().map(|dropped| dropped.reason).collect();
    assert_eq!(reasons, [DropReason::NotAnObject, DropReason::SymmetricKey]);
}

#[test]
fn one_good_key_among_junk_is_used_and_every_piece_of_junk_is_reported() {
    let mut private = good("private");
    private["d"] = json!("AA");
    let mut numeric_kid = good("x");
    numeric_kid["kid"] = json!(7);
    let junk = [json!(null), json!({}), json!({"kty": "oct", "k": "AA"}), private, numeric_kid, json!({"kty": "RSA"})];
    for place in 0..=junk.len() {
        let mut keys = junk.to_vec();
        keys.insert(place, good("good"));
        let ingested = read(&keys).unwrap();
        assert!(ingested.keys.find(Some("good"), Algorithm::ES256).is_ok());
        assert_eq!(ingested.keys.len(), 1);
        let places: Vec<_> = ingested.dropped.iter().map(|dropped| dropped.index).collect();
        assert_eq!(places, (0..=junk.len()).filter(|index| *index != place).collect::<Vec<_>>());
    }
}
