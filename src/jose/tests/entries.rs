//! One entry at a time: what is taken, and why what is not is dropped.

use serde_json::{Value, json};

use super::signer::{ANY, Signer, read, text};
use crate::jose::{Algorithm, DropReason, Family, KeyRules, NotAKeySet, base64url, ingest};

/// Why an entry is dropped from a document that has nothing else.
fn why(jwk: &Value) -> DropReason {
    why_by(jwk, &ANY)
}

fn why_by(jwk: &Value, rules: &KeyRules<'_>) -> DropReason {
    let document = json!({ "keys": [jwk] }).to_string();
    match ingest(document.as_bytes(), rules) {
        Err(NotAKeySet::Unusable(dropped)) => dropped[0].reason,
        other => panic!("{jwk}: {other:?}"),
    }
}

fn rsa(members: &Value) -> Value {
    Signer::of(Family::Rsa).jwk_with(members)
}

#[test]
fn a_private_member_drops_the_key_as_a_leak() {
    for member in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        let reason = why(&rsa(&json!({ member: "AQAB", "use": "enc" })));
        assert_eq!(reason, DropReason::PrivateKey, "{member}");
        assert!(reason.is_leak() && reason.is_security_warning());
    }
    assert_eq!(why(&Signer::of(Family::P256).jwk_with(&json!({"d": 1}))), DropReason::PrivateKey, "whatever its value");
}

#[test]
fn a_symmetric_key_is_refused_with_a_security_warning() {
    let reason = why(&json!({"kty": "oct", "k": "c2VjcmV0", "alg": "HS256", "kid": "1"}));
    assert_eq!(reason, DropReason::SymmetricKey);
    assert!(reason.is_security_warning());
}

#[test]
fn other_kinds_of_key_are_dropped() {
    for kty in [json!("AKP"), json!("rsa"), json!("RSA "), json!(""), json!(1), Value::Null] {
        assert_eq!(why(&rsa(&json!({ "kty": kty }))), DropReason::KeyType, "{kty}");
    }
    for entry in [json!("RSA"), json!(null), json!([]), json!(1)] {
        assert_eq!(why(&entry), DropReason::NotAnObject);
    }
}

#[test]
fn a_key_for_another_purpose_is_dropped() {
    for usage in [json!("enc"), json!("SIG"), json!(""), json!(["sig"]), json!(1)] {
        assert_eq!(why(&rsa(&json!({ "use": usage }))), DropReason::NotForSignatures, "use {usage}");
    }
    for operations in [json!(["encrypt"]), json!([]), json!("verify"), json!(["sign", 1]), json!({"verify": 1})] {
        assert_eq!(why(&rsa(&json!({ "key_ops": operations }))), DropReason::NotForSignatures, "key_ops {operations}");
    }
    assert_eq!(read(&[rsa(&json!({"use": "sig", "key_ops": ["sign", "verify"]}))]).unwrap().keys.len(), 1);
}

#[test]
fn alg_pins_a_key_to_one_allowed_algorithm_that_fits_it() {
    let rules = KeyRules { algorithms: &[Algorithm::RS256, Algorithm::PS256, Algorithm::ES256], require_issuer: false };
    let admitted = |jwk: Value| {
        let document = json!({ "keys": [jwk] }).to_string();
        let keys = ingest(document.as_bytes(), &rules).unwrap().keys;
        let key = keys.iter().next().unwrap();
        Algorithm::EVERY.into_iter().filter(|algorithm| key.admits(*algorithm)).collect::<Vec<_>>()
    };
    assert_eq!(admitted(rsa(&json!({"alg": "PS256"}))), [Algorithm::PS256]);
    assert_eq!(
        admitted(rsa(&json!({}))),
        [Algorithm::RS256, Algorithm::PS256],
        "without alg, what fits and is allowed"
    );
    assert_eq!(admitted(Signer::of(Family::P256).jwk()), [Algorithm::ES256]);
    for alg in [json!("RS384"), json!("HS256"), json!("none"), json!("rs256"), json!("RSA-OAEP"), json!(1), json!([])] {
        assert_eq!(why_by(&rsa(&json!({ "alg": alg })), &rules), DropReason::AlgorithmNotAllowed, "{alg}");
    }
    assert_eq!(why_by(&rsa(&json!({"alg": "ES256"})), &rules), DropReason::AlgorithmMismatch);
    let (p384, ed25519) = (Signer::of(Family::P384), Signer::of(Family::Ed25519));
    assert_eq!(
        why_by(&p384.jwk_with(&json!({"alg": "ES256"})), &rules),
        DropReason::AlgorithmMismatch,
        "the curve counts"
    );
    assert_eq!(why_by(&p384.jwk(), &rules), DropReason::NoAlgorithm);
    assert_eq!(why_by(&ed25519.jwk(), &rules), DropReason::NoAlgorithm);
}

#[test]
fn an_rsa_modulus_is_odd_and_has_2048_to_8192_bits() {
    let of_bits = |bits: usize| {
        // The lowest byte keeps the mark of the broken generator away; the top bit sets the size.
        let mut n = vec![0x5a; bits.div_ceil(8)];
        n[0] = 1 << ((bits - 1) % 8);
        *n.last_mut().unwrap() = 0x5b;
        rsa(&json!({ "n": text(&n) }))
    };
    for bits in [512, 1024, 2047, 8193, 16384] {
        assert_eq!(why(&of_bits(bits)), DropReason::RsaSize, "{bits}");
    }
    for bits in [2048, 2049, 3072, 4096, 8192] {
        assert_eq!(read(&[of_bits(bits)]).unwrap().keys.len(), 1, "{bits}");
    }
    let mut even = vec![0xff; 256];
    even[255] = 0xfe;
    assert_eq!(why(&rsa(&json!({ "n": text(&even) }))), DropReason::RsaModulus);
}

#[test]
fn one_leading_zero_byte_of_a_modulus_is_stripped() {
    let plain = rsa(&json!({}));
    let n = base64url::decode(plain["n"].as_str().unwrap().as_bytes()).unwrap();
    let padded = [&[0], &n[..]].concat();
    let thumbprint = |jwk: Value| *read(&[jwk]).unwrap().keys.iter().next().unwrap().thumbprint();
    assert_eq!(thumbprint(rsa(&json!({ "n": text(&padded) }))), thumbprint(plain));
    let twice = [&[0, 0], &n[..]].concat();
    assert_eq!(why(&rsa(&json!({ "n": text(&twice) }))), DropReason::RsaEncoding);
}

#[test]
fn an_rsa_exponent_is_odd_and_from_3_to_2_to_the_33() {
    for e in [&[1][..], &[2], &[1, 0, 0], &[2, 0, 0, 0, 1], &[1, 0, 0, 0, 0, 0, 1], &[0xff; 256]] {
        assert_eq!(why(&rsa(&json!({ "e": text(e) }))), DropReason::RsaExponent, "{e:?}");
    }
    for e in [&[3][..], &[17], &[1, 0, 1], &[1, 0xff, 0xff, 0xff, 0xff]] {
        assert_eq!(read(&[rsa(&json!({ "e": text(e) }))]).unwrap().keys.len(), 1, "{e:?}");
    }
    for e in [json!(""), json!("AAEAAQ"), json!("AQAB="), json!(65537), Value::Null] {
        assert_eq!(why(&rsa(&json!({ "e": e }))), DropReason::RsaEncoding, "{e}");
    }
}

#[test]
fn base64url_is_strict() {
    let n = rsa(&json!({}))["n"].as_str().unwrap().to_owned();
    for n in [format!("{n}="), format!(" {n}"), format!("{n}\n"), n.replace(['-', '_'], "+"), n[1..].to_owned() + "."] {
        let reason = why(&rsa(&json!({ "n": n })));
        assert_eq!(reason, DropReason::RsaEncoding, "{n}");
    }
    let padded = Signer::of(Family::P256).jwk()["x"].as_str().unwrap().to_owned() + "=";
    assert_eq!(why(&Signer::of(Family::P256).jwk_with(&json!({ "x": padded }))), DropReason::EcPoint);
}

#[test]
fn an_ec_key_is_a_point_of_its_curve_in_full_length() {
    for (family, length) in [(Family::P256, 32), (Family::P384, 48)] {
        let signer = Signer::of(family);
        for wrong in
            [vec![0; length], vec![0xff; length], vec![7; length - 1], vec![7; length + 1], vec![], vec![4; 91]]
        {
            for coordinate in ["x", "y"] {
                let jwk = signer.jwk_with(&json!({ coordinate: text(&wrong) }));
                assert_eq!(why(&jwk), DropReason::EcPoint, "{family:?} {coordinate} {wrong:?}");
            }
        }
        let zero = text(&vec![0; length]);
        assert_eq!(why(&signer.jwk_with(&json!({ "x": zero, "y": zero }))), DropReason::EcPoint, "not infinity either");
        assert_eq!(why(&signer.jwk_with(&json!({ "y": null }))), DropReason::EcPoint, "no compressed form");
    }
    let other_curve = Signer::of(Family::P384).jwk_with(&json!({"crv": "P-256"}));
    assert_eq!(why(&other_curve), DropReason::EcPoint);
}

#[test]
fn other_curves_are_dropped() {
    for curve in [json!("P-521"), json!("secp256k1"), json!("p-256"), json!("Ed25519"), json!(256), Value::Null] {
        assert_eq!(why(&Signer::of(Family::P256).jwk_with(&json!({ "crv": curve }))), DropReason::Curve, "{curve}");
    }
    for curve in [json!("X25519"), json!("Ed448"), json!("ed25519"), json!("P-256"), Value::Null] {
        assert_eq!(why(&Signer::of(Family::Ed25519).jwk_with(&json!({ "crv": curve }))), DropReason::Curve, "{curve}");
    }
}

#[test]
fn an_ed25519_key_is_32_bytes_canonical_and_not_of_small_order() {
    let key = |x: &[u8]| Signer::of(Family::Ed25519).jwk_with(&json!({ "x": text(x) }));
    let spki = [&[0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0][..], &[9; 32]].concat();
    for wrong in [&[9; 31][..], &[9; 33], &[], &spki] {
        assert_eq!(why(&key(wrong)), DropReason::Ed25519Point, "{wrong:?}");
    }
    for top in [0x7f, 0xff] {
        for lowest in 0xed..=0xff {
            let mut not_reduced = [0xff; 32];
            (not_reduced[0], not_reduced[31]) = (lowest, top);
            assert_eq!(why(&key(&not_reduced)), DropReason::Ed25519Point, "{lowest:x}");
        }
    }
    let mut largest = [0xff; 32];
    (largest[0], largest[31]) = (0xeb, 0x7f);
    assert_eq!(read(&[key(&largest)]).unwrap().keys.len(), 1, "the largest canonical coordinate but one");
}

#[test]
fn none_of_the_eight_points_of_small_order_is_a_key() {
    let points = [
        "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA3o",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIA",
        "JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU",
        "7P_______________________________________38",
        "JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_IU",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA_o",
    ];
    for x in points {
        assert_eq!(why(&Signer::of(Family::Ed25519).jwk_with(&json!({ "x": x }))), DropReason::Ed25519Point, "{x}");
    }
}

#[test]
fn the_issuer_of_a_key_is_kept_and_can_be_required() {
    let required = KeyRules { require_issuer: true, ..ANY };
    let template = "https://login.microsoftonline.com/{tenantid}/v2.0";
    let document = json!({"keys": [rsa(&json!({ "issuer": template }))]}).to_string();
    let keys = ingest(document.as_bytes(), &required).unwrap().keys;
    assert_eq!(keys.iter().next().unwrap().issuer(), Some(template));
    assert_eq!(why_by(&rsa(&json!({})), &required), DropReason::NoIssuer);
    for mistyped in [json!(1), json!([template]), json!({})] {
        assert_eq!(why(&rsa(&json!({ "issuer": mistyped }))), DropReason::NoIssuer, "never taken for absent");
    }
}

#[test]
fn what_is_not_understood_changes_nothing() {
    let jwk = rsa(
        &json!({"x5c": ["junk"], "x5u": "http://169.254.169.254/", "x5t": 7, "exp": 1, "nbf": 99, "new": {"a": []}}),
    );
    let key = read(&[jwk]).unwrap().keys;
    assert_eq!(key.iter().next().unwrap().thumbprint(), Signer::of(Family::Rsa).published().thumbprint());
}
