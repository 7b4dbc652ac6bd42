//! For any input: nothing panics, and only the signed bytes verify.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::signer::{ANY, Signer, read};
use crate::jose::{Algorithm, ingest};

/// Values that the members of a JWK could have: right ones, almost right ones, and junk.
fn value() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
        "RSA", "EC", "OKP", "oct", "P-256", "P-384", "Ed25519", "RS256", "ES256", "EdDSA", "sig", "enc", "verify",
        "AQAB", "",
    ]);
    let leaf = prop_oneof![
        3 => word.prop_map(Value::from),
        2 => prop::collection::vec(any::<u8>(), 0..300).prop_map(|bytes| Value::from(crate::jose::base64url::encode(&bytes))),
        1 => any::<String>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(3, 8, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..4).prop_map(|members| json!(members)),
        ]
    })
}

fn entry() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec![
        "kty", "crv", "alg", "use", "key_ops", "kid", "n", "e", "x", "y", "d", "k", "issuer", "x5c",
    ]);
    let made_up = prop::collection::btree_map(name, value(), 0..8).prop_map(|members| json!(members)).boxed();
    let of_any_algorithm = || prop::sample::select(Algorithm::EVERY.to_vec());
    let real = of_any_algorithm().prop_map(|algorithm| Signer::of(algorithm.family()).jwk());
    let spoilt = (of_any_algorithm(), made_up.clone())
        .prop_map(|(algorithm, changes)| Signer::of(algorithm.family()).jwk_with(&changes));
    prop_oneof![made_up, real, spoilt, value()]
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _decided = ingest(&bytes, &ANY);
    }

    #[test]
    fn every_entry_of_an_arbitrary_document_is_used_or_reported(keys in prop::collection::vec(entry(), 0..8)) {
        let (used, dropped) = match read(&keys) {
            Ok(ingested) => (ingested.keys.len(), ingested.dropped),
            Err(crate::jose::NotAKeySet::Unusable(dropped)) => (0, dropped),
            Err(_) => return Ok(()),
        };
        // Less, if the same key is listed twice.
        prop_assert!(used + dropped.len() <= keys.len());
        prop_assert!(dropped.windows(2).all(|pair| pair[0].index < pair[1].index));
        prop_assert!(dropped.iter().all(|dropped| dropped.index < keys.len()));
    }

    #[test]
    fn a_signature_with_one_bit_flipped_is_refused(
        algorithm in prop::sample::select(Algorithm::EVERY.to_vec()),
        message in prop::collection::vec(any::<u8>(), 0..100),
        bit in any::<prop::sample::Index>(),
    ) {
        let signer = Signer::of(algorithm.family());
        let (key, mut signature) = (signer.published(), signer.sign(algorithm, &message));
        prop_assert!(key.verify(algorithm, &message, &signature));
        let bit = bit.index(signature.len() * 8);
        signature[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(!key.verify(algorithm, &message, &signature));
    }

    #[test]
    fn arbitrary_bytes_are_no_signature(
        algorithm in prop::sample::select(Algorithm::EVERY.to_vec()),
        signature in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        prop_assert!(!Signer::of(algorithm.family()).published().verify(algorithm, b"message", &signature));
    }
}
