//! Signatures by freshly made keys, read back from a document.

use aws_lc_rs::signature::{ED25519, ParsedPublicKey, RSA_PSS_SHA256, RsaPssSaltLength};
use serde_json::json;

use super::signer::{Signer, read};
use crate::jose::{Algorithm, Family, base64url};

const MESSAGE: &[u8] = b"header.payload";

#[test]
fn a_published_key_verifies_what_its_private_half_signed_and_nothing_else() {
    for algorithm in Algorithm::EVERY {
        let signer = Signer::of(algorithm.family());
        let (key, signature) = (signer.published(), signer.sign(algorithm, MESSAGE));
        assert!(key.verify(algorithm, MESSAGE, &signature), "{algorithm}");
        assert!(!key.verify(algorithm, b"header.payloae", &signature), "{algorithm}");
        assert!(!key.verify(algorithm, b"", &signature), "{algorithm}");
    }
}

#[test]
fn a_signature_counts_for_its_own_algorithm_only() {
    for made_with in Algorithm::EVERY {
        let signer = Signer::of(made_with.family());
        let (key, signature) = (signer.published(), signer.sign(made_with, MESSAGE));
        for claimed in Algorithm::EVERY {
            assert_eq!(key.verify(claimed, MESSAGE, &signature), claimed == made_with, "{made_with} as {claimed}");
        }
    }
}

#[test]
fn an_algorithm_that_is_not_admitted_verifies_nothing() {
    let signer = Signer::of(Family::Rsa);
    let keys = read(&[signer.jwk_with(&json!({"kid": "a", "alg": "PS256"}))]).unwrap().keys;
    let key = keys.find(Some("a"), Algorithm::PS256).unwrap();
    assert!(!key.verify(Algorithm::RS256, MESSAGE, &signer.sign(Algorithm::RS256, MESSAGE)));
}

#[test]
fn a_signature_has_one_length() {
    for algorithm in Algorithm::EVERY {
        let signer = Signer::of(algorithm.family());
        let (key, signature) = (signer.published(), signer.sign(algorithm, MESSAGE));
        for length in 0..signature.len() {
            assert!(!key.verify(algorithm, MESSAGE, &signature[..length]), "{algorithm} {length}");
        }
        for wrong in [[&signature[..], &[0]].concat(), [&[0], &signature[..]].concat(), signature.repeat(2)] {
            assert!(!key.verify(algorithm, MESSAGE, &wrong), "{algorithm} {}", wrong.len());
        }
    }
}

#[test]
fn zeros_and_ones_are_no_signature() {
    for algorithm in Algorithm::EVERY {
        let key = Signer::of(algorithm.family()).published();
        for length in [64, 96, 256] {
            assert!(!key.verify(algorithm, MESSAGE, &vec![0; length]), "{algorithm}: r = s = 0 (CVE-2022-21449)");
            assert!(!key.verify(algorithm, MESSAGE, &vec![0xff; length]), "{algorithm}");
        }
    }
}

#[test]
fn the_salt_of_a_pss_signature_is_as_long_as_its_digest() {
    static SHORT: aws_lc_rs::signature::RsaSignatureEncoding =
        RSA_PSS_SHA256.with_pss_salt_length(RsaPssSaltLength::Custom(20));
    static LONGEST: aws_lc_rs::signature::RsaSignatureEncoding =
        RSA_PSS_SHA256.with_pss_salt_length(RsaPssSaltLength::Max);
    let signer = Signer::of(Family::Rsa);
    let Signer::Rsa(pair) = &signer else { panic!("it is an RSA key") };
    for encoding in [&SHORT, &LONGEST] {
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(encoding, &aws_lc_rs::rand::SystemRandom::new(), MESSAGE, &mut signature).unwrap();
        assert!(!signer.published().verify(Algorithm::PS256, MESSAGE, &signature));
    }
}

/// The library accepts this signature: it is right but for its `R`, which is the neutral element.
#[test]
fn an_ed25519_signature_whose_r_is_of_small_order_is_refused() {
    let x = base64url::decode(b"YvINqtfTTWaxULOR2YPmIGy65x1Z1df2av7-1qJnuck").unwrap();
    let signature = b"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAADq5NfjWRBnpTTtA1YSU6476vvzuO-2xLljzzyGA8ApBQ";
    let signature = base64url::decode(signature).unwrap();
    assert!(ParsedPublicKey::new(&ED25519, &x).unwrap().verify_sig(b"message", &signature).is_ok());
    let keys = read(&[json!({"kty": "OKP", "crv": "Ed25519", "x": base64url::encode(&x)})]).unwrap().keys;
    assert!(!keys.find(None, Algorithm::EdDSA).unwrap().verify(Algorithm::EdDSA, b"message", &signature));
}
