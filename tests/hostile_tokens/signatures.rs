//! `sig-`: the signature.

use claimsmith::jose::base64url::encode;
use claimsmith::tokens::Class::BadSignature;
use serde_json::json;

use super::draft::Draft;
use super::profile::{Profile, default};
use super::signer::{ED25519, P256, P384, RSA, RSA_FOREIGN, RSA_NEXT, Signer};
use super::verdict::Case;

/// What happens to a signature.
type Spoiler = fn(&mut Vec<u8>);

#[test]
fn a_signature_is_over_exactly_these_bytes_and_by_this_issuers_key() {
    let profile = default();
    profile.accepts_the_good_one();
    let good = profile.good().sign();
    let other = profile.good().claim("sub", "admin").sign();
    let (good_parts, other_parts): (Vec<&str>, Vec<&str>) = (good.split('.').collect(), other.split('.').collect());
    let header = encode(br#"{"kid":"rsa","alg":"RS256","typ":"JWT"}"#);
    let cases: [Case<'_>; 9] = [
        ("sig-foreign-key", profile.good().signer(&RSA_FOREIGN).sign(), BadSignature),
        // The key is published by the same issuer, but is not the one that the token names.
        ("sig-other-own-key", profile.good().signer(&RSA_NEXT).sign(), BadSignature),
        ("sig-of-another-payload", format!("{}.{}.{}", good_parts[0], other_parts[1], good_parts[2]), BadSignature),
        ("sig-of-another-header", format!("{header}.{}.{}", good_parts[1], good_parts[2]), BadSignature),
        ("sig-over-payload-only", profile.good().sign_by(|_| RSA.sign(good_parts[1].as_bytes())), BadSignature),
        (
            "sig-over-decoded",
            profile.good().sign_by(|_| RSA.sign(profile.good().claims.to_string().as_bytes())),
            BadSignature,
        ),
        ("sig-over-nothing", profile.good().sign_by(|_| RSA.sign(b"")), BadSignature),
        ("sig-ps256-in-rs256", profile.good().sign_by(|input| RSA.sign_ps256(input)), BadSignature),
        ("sig-rs512-in-rs256", profile.good().sign_by(|input| RSA.sign_rs512(input)), BadSignature),
    ];
    profile.refuses(&cases);
    let pss = profile.good().header("alg", "PS256").header("kid", "rsa-pss");
    profile.refuses(&[("sig-rs256-in-ps256", pss.signer(&RSA_NEXT).sign(), BadSignature)]);
}

/// CVE-2026-49998, CVE-2026-50202, CVE-2025-59936: keys were found by `kid` alone, over all issuers.
#[test]
fn a_key_of_another_issuer_does_not_count_though_it_has_the_same_kid() {
    let ours = default();
    let theirs = default().with_keys(&[RSA_FOREIGN.jwk("rsa")]);
    let good_there = ours.good().signer(&RSA_FOREIGN).sign();
    theirs.accepts(&[("ok-other-issuer-same-kid", good_there.clone())]);
    ours.accepts_the_good_one();
    ours.refuses(&[("sig-cross-issuer-same-kid", good_there, BadSignature)]);
    theirs.refuses(&[("sig-cross-issuer-same-kid", ours.good().sign(), BadSignature)]);
}

#[test]
fn a_damaged_signature_is_refused_whatever_the_algorithm() {
    let profile = default();
    let drafts: [(&'static Signer, Draft); 4] = [
        (&RSA, profile.good()),
        (&P256, with(&profile, "ES256", "p256")),
        (&P384, with(&profile, "ES384", "p384")),
        (&ED25519, with(&profile, "EdDSA", "ed25519")),
    ];
    for (signer, draft) in drafts {
        profile.accepts(&[("ok", draft.sign_by(|input| signer.sign(input)))]);
        let spoilers: [(&str, Spoiler); 10] = [
            ("sig-first-bit", |signature| signature[0] ^= 0x80),
            ("sig-last-bit", |signature| *signature.last_mut().unwrap() ^= 1),
            ("sig-truncated", |signature| signature.truncate(signature.len() - 1)),
            ("sig-half", |signature| signature.truncate(signature.len() / 2)),
            ("sig-one-byte", |signature| signature.truncate(1)),
            ("sig-extended", |signature| signature.push(0)),
            ("sig-zero-in-front", |signature| signature.insert(0, 0)),
            ("sig-twice", |signature| signature.extend_from_within(..)),
            ("sig-zero", |signature| signature.fill(0)), // CVE-2022-21449
            ("sig-ones", |signature| signature.fill(0xff)),
        ];
        for (id, spoil) in spoilers {
            let spoiled = draft.sign_by(|input| {
                let mut signature = signer.sign(input);
                spoil(&mut signature);
                signature
            });
            profile.refuses(&[(id, spoiled, BadSignature)]);
        }
    }
}

/// CVE-2022-21449: `r` or `s` is zero or the order of the group.
#[test]
fn the_numbers_of_an_ecdsa_signature_are_in_range() {
    const P256_ORDER: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad,
        0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    let profile = default();
    let draft = with(&profile, "ES256", "p256");
    let spoiled = |spoil: &dyn Fn(&mut [u8])| {
        draft.sign_by(|input| {
            let mut signature = P256.sign(input);
            spoil(&mut signature);
            signature
        })
    };
    let cases: [Case<'_>; 6] = [
        ("sig-es256-r-zero", spoiled(&|signature| signature[..32].fill(0)), BadSignature),
        ("sig-es256-s-zero", spoiled(&|signature| signature[32..].fill(0)), BadSignature),
        ("sig-es256-r-order", spoiled(&|signature| signature[..32].copy_from_slice(&P256_ORDER)), BadSignature),
        ("sig-es256-s-order", spoiled(&|signature| signature[32..].copy_from_slice(&P256_ORDER)), BadSignature),
        ("sig-es256-both-order", spoiled(&|signature| signature.copy_from_slice(&P256_ORDER.repeat(2))), BadSignature),
        ("sig-es256-swapped", spoiled(&|signature| signature.rotate_left(32)), BadSignature),
    ];
    profile.refuses(&cases);
    profile.refuses(&[("sig-es256-der", draft.sign_by(|input| der(&P256.sign(input))), BadSignature)]);
}

/// The signature with `S` plus the order of the group, which a lax verifier takes for the same.
#[test]
fn an_ed25519_signature_has_one_form() {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let profile = default();
    let draft = with(&profile, "EdDSA", "ed25519");
    let respelled = draft.sign_by(|input| {
        let mut signature = ED25519.sign(input);
        let mut carry = 0_u16;
        for (byte, order) in signature[32..].iter_mut().zip(ORDER) {
            let sum = u16::from(*byte) + u16::from(order) + carry;
            (*byte, carry) = (sum.to_le_bytes()[0], sum >> 8);
        }
        signature
    });
    let identity = [&[1][..], &[0; 63]].concat();
    profile.refuses(&[("sig-ed-s-plus-order", respelled, BadSignature)]);
    profile.refuses(&[("sig-ed-identity-r", draft.sign_by(|_| identity.clone()), BadSignature)]);
}

fn with(profile: &Profile, alg: &str, kid: &str) -> Draft {
    profile.good().header("alg", json!(alg)).header("kid", json!(kid))
}

/// The same two numbers as X.509 writes them.
fn der(fixed: &[u8]) -> Vec<u8> {
    let number = |bytes: &[u8]| [&[0x02, 33, 0][..], bytes].concat();
    let (r, s) = fixed.split_at(32);
    [vec![0x30, 70], number(r), number(s)].concat()
}
