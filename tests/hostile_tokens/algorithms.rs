//! `alg-`: the algorithm, and whether the key that the token names may be used with it.

use aws_lc_rs::hmac;
use claimsmith::jose::Algorithm;
use claimsmith::jose::base64url::encode;
use claimsmith::tokens::Class::{AlgorithmNotAllowed, BadSignature, KeyAlgorithm, Malformed};
use serde_json::json;

use super::profile::default;
use super::signer::{ED25519, P256, P384, RSA, RSA_NEXT};
use super::verdict::Case;

#[test]
fn each_algorithm_of_the_entry_is_accepted_with_its_own_key() {
    let profile = default();
    let with = |alg: &str, kid: &str| profile.good().header("alg", alg).header("kid", kid);
    profile.accepts(&[
        ("ok-rs256", with("RS256", "rsa").sign()),
        ("ok-ps256", with("PS256", "rsa-pss").sign_by(|input| RSA_NEXT.sign_ps256(input))),
        ("ok-es256", with("ES256", "p256").signer(&P256).sign()),
        ("ok-es384", with("ES384", "p384").signer(&P384).sign()),
        ("ok-eddsa", with("EdDSA", "ed25519").signer(&ED25519).sign()),
    ]);
}

/// CVE-2026-28802, CVE-2026-1529.
#[test]
fn an_unsigned_token_is_refused_however_none_is_spelled() {
    let profile = default();
    for none in ["none", "None", "NONE", "nOnE", "none ", "\u{ff4e}one"] {
        let input = profile.good().header("alg", none).signing_input();
        let cases: [Case<'_>; 3] = [
            (none, format!("{input}."), Malformed),
            (none, format!("{input}.AA"), AlgorithmNotAllowed),
            (none, profile.good().header("alg", none).sign(), AlgorithmNotAllowed),
        ];
        profile.refuses(&cases);
    }
}

#[test]
fn alg_is_one_of_the_names_to_the_letter() {
    let profile = default();
    let alg = |alg: serde_json::Value| profile.good().header("alg", alg).sign();
    let names = [
        "rs256",
        "Rs256",
        " RS256",
        "RS256 ",
        "RS256\0",
        "RS1",
        "RSA",
        "SHA256withRSA",
        "RS256,none",
        "RSA-OAEP",
        "dir",
        "ES256K",
        "ES512",
        "ES521",
        "Ed25519",
        "Ed448",
        "HS256",
        "HS384",
        "HS512",
        "",
    ];
    for name in names {
        profile.refuses(&[(name, alg(json!(name)), AlgorithmNotAllowed)]);
    }
    for value in [json!(null), json!(256), json!(true), json!(["RS256"]), json!({"alg": "RS256"})] {
        profile.refuses(&[("alg-mistyped", alg(value), AlgorithmNotAllowed)]);
    }
    profile.refuses(&[("alg-missing", profile.good().without_header("alg").sign(), AlgorithmNotAllowed)]);
}

/// CVE-2026-48526, CVE-2024-33663, CVE-2026-11800, CVE-2026-22817: what is public is taken for a secret. CVE-2026-44699,
/// CVE-2026-45363, CVE-2026-114616: an empty one is.
#[test]
fn no_public_text_is_a_secret() {
    let profile = default();
    let jwk = RSA.jwk("rsa");
    let secrets: [(&str, Vec<u8>); 7] = [
        ("alg-hs256-empty", Vec::new()),
        ("alg-hs256-jwk", jwk.to_string().into_bytes()),
        ("alg-hs256-n", RSA.public()),
        ("alg-hs256-n-text", encode(&RSA.public()).into_bytes()),
        ("alg-hs256-kid", b"rsa".to_vec()),
        ("alg-hs256-zero", vec![0; 32]),
        ("alg-hs256-pem", format!("-----BEGIN RSA PUBLIC KEY-----\n{}\n", encode(&RSA.public())).into_bytes()),
    ];
    for (id, secret) in secrets {
        for (alg, family) in [("HS256", hmac::HMAC_SHA256), ("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)]
        {
            let key = hmac::Key::new(family, &secret);
            let mac = |input: &[u8]| hmac::sign(&key, input).as_ref().to_vec();
            profile.refuses(&[(id, profile.good().header("alg", alg).sign_by(mac), AlgorithmNotAllowed)]);
            // The same signature under an algorithm that is allowed.
            profile.refuses(&[(id, profile.good().sign_by(mac), BadSignature)]);
        }
    }
}

/// CVE-2026-5430: the algorithm of the header and that of the key differ.
#[test]
fn a_key_is_used_with_its_own_algorithm_only() {
    let profile = default();
    let with = |alg: &str, kid: &str| profile.good().header("alg", alg).header("kid", kid);
    let cases: [Case<'_>; 10] = [
        ("alg-es256-on-rsa", with("ES256", "rsa").signer(&P256).sign(), KeyAlgorithm),
        ("alg-eddsa-on-rsa", with("EdDSA", "rsa").signer(&ED25519).sign(), KeyAlgorithm),
        ("alg-rs256-on-p256", with("RS256", "p256").sign(), KeyAlgorithm),
        ("alg-rs256-on-ed25519", with("RS256", "ed25519").sign(), KeyAlgorithm),
        ("alg-es256-on-p384", with("ES256", "p384").signer(&P384).sign(), KeyAlgorithm),
        ("alg-es384-on-p256", with("ES384", "p256").signer(&P256).sign(), KeyAlgorithm),
        ("alg-es256-on-ed25519", with("ES256", "ed25519").signer(&ED25519).sign(), KeyAlgorithm),
        ("alg-eddsa-on-p256", with("EdDSA", "p256").signer(&P256).sign(), KeyAlgorithm),
        ("alg-ps256-on-rs256-key", with("PS256", "rsa").sign_by(|input| RSA.sign_ps256(input)), KeyAlgorithm),
        ("alg-rs256-on-ps256-key", with("RS256", "rsa-pss").signer(&RSA_NEXT).sign(), KeyAlgorithm),
    ];
    profile.refuses(&cases);
}

#[test]
fn an_algorithm_that_the_entry_does_not_list_is_refused_though_the_signature_is_right() {
    let rs512 = |profile: &super::profile::Profile| {
        profile.good().header("alg", "RS512").sign_by(|input| RSA.sign_rs512(input))
    };
    let mut profile = default().with_keys(&[RSA.jwk("rsa")]);
    profile.refuses(&[("alg-rs512-not-listed", rs512(&profile), AlgorithmNotAllowed)]);
    profile.rules.algorithms = [Algorithm::RS256, Algorithm::RS512].into();
    let profile = profile.with_keys(&[RSA.jwk("rsa")]);
    profile.accepts(&[("ok-rs512-listed", rs512(&profile))]);
}
