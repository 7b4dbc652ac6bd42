//! `hdr-`: the header as JSON, `crit`, and `kid`.

use claimsmith::tokens::Class::{AmbiguousKid, DuplicateMember, Malformed, TooLarge, UnknownKid, UnsupportedCrit};
use serde_json::json;

use super::profile::default;
use super::signer::{RSA, RSA_FOREIGN};
use super::verdict::Case;

#[test]
fn the_header_is_one_json_object_without_repetition() {
    let profile = default();
    profile.accepts_the_good_one();
    let raw = |header: &str| profile.good().raw_header(header.as_bytes());
    let utf16: Vec<u8> = r#"{"alg":"RS256","kid":"rsa"}"#.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let nested =
        |depth: usize| format!(r#"{{"alg":"RS256","kid":"rsa","x":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    let long = |length: usize| format!(r#"{{"alg":"RS256","kid":"rsa","x":"{}"}}"#, "x".repeat(length));
    profile.accepts(&[
        ("ok-hdr-bare", raw(r#"{"alg":"RS256","kid":"rsa"}"#)),
        ("ok-hdr-unknown-member", raw(r#" {"x":{"y":[1]},"kid":"rsa","alg":"RS256"} "#)),
        ("ok-hdr-depth-32", raw(&nested(31))),
        ("ok-hdr-4-kib", raw(&long(4096 - 34))),
    ]);
    let cases: [Case<'_>; 19] = [
        ("hdr-dup-alg", raw(r#"{"alg":"none","alg":"RS256","kid":"rsa"}"#), DuplicateMember),
        ("hdr-dup-same-value", raw(r#"{"alg":"RS256","alg":"RS256","kid":"rsa"}"#), DuplicateMember),
        ("hdr-dup-kid", raw(r#"{"alg":"RS256","kid":"rsa","kid":"x"}"#), DuplicateMember),
        ("hdr-dup-unknown", raw(r#"{"alg":"RS256","kid":"rsa","x":1,"x":2}"#), DuplicateMember),
        ("hdr-dup-nested", raw(r#"{"alg":"RS256","kid":"rsa","x":[{"y":1,"y":2}]}"#), DuplicateMember),
        ("hdr-dup-escaped", raw(r#"{"alg":"RS256","kid":"rsa","\u0061lg":"none"}"#), DuplicateMember),
        ("hdr-bom", raw("\u{feff}{\"alg\":\"RS256\",\"kid\":\"rsa\"}"), Malformed),
        ("hdr-utf16", profile.good().raw_header(&utf16), Malformed),
        (
            "hdr-invalid-utf8",
            profile.good().raw_header(b"{\"alg\":\"RS256\",\"kid\":\"rsa\",\"x\":\"\xff\"}"),
            Malformed,
        ),
        ("hdr-trailing-data", raw(r#"{"alg":"RS256","kid":"rsa"}x"#), Malformed),
        ("hdr-two-objects", raw(r#"{"alg":"RS256","kid":"rsa"}{}"#), Malformed),
        ("hdr-trailing-nul", raw("{\"alg\":\"RS256\",\"kid\":\"rsa\"}\0"), Malformed),
        ("hdr-array", raw(r#"[{"alg":"RS256","kid":"rsa"}]"#), Malformed),
        ("hdr-string", raw(r#""RS256""#), Malformed),
        ("hdr-null", raw("null"), Malformed),
        ("hdr-not-json", raw("{alg:'RS256'}"), Malformed),
        ("hdr-deep", raw(&nested(32)), Malformed),
        ("hdr-very-deep", raw(&nested(1500)), Malformed), // CVE-2025-53864
        ("hdr-huge", raw(&long(4096)), TooLarge),
    ];
    profile.refuses(&cases);
}

/// CVE-2026-35042, CVE-2026-32597, CVE-2025-59420: critical extensions that nobody understood were passed over.
#[test]
fn no_extension_is_understood() {
    let profile = default();
    let with = |name: &str, value: serde_json::Value| profile.good().header(name, value).sign();
    let cases: [Case<'_>; 9] = [
        ("hdr-crit-unknown", profile.good().header("crit", json!(["x"])).header("x", 1).sign(), UnsupportedCrit),
        ("hdr-crit-exp", profile.good().header("crit", json!(["exp"])).header("exp", 1).sign(), UnsupportedCrit),
        ("hdr-crit-b64", profile.good().header("crit", json!(["b64"])).header("b64", true).sign(), UnsupportedCrit),
        ("hdr-crit-empty", with("crit", json!([])), UnsupportedCrit),
        ("hdr-crit-null", with("crit", json!(null)), UnsupportedCrit),
        ("hdr-crit-text", with("crit", json!("alg")), UnsupportedCrit),
        ("hdr-b64-false", with("b64", json!(false)), UnsupportedCrit),
        ("hdr-b64-true", with("b64", json!(true)), UnsupportedCrit),
        ("hdr-b64-null", with("b64", json!(null)), UnsupportedCrit),
    ];
    profile.refuses(&cases);
}

/// CVE-2026-89313: an unknown `kid` got the last key.
#[test]
fn a_key_is_named_to_the_letter() {
    let profile = default();
    let kid = |kid: serde_json::Value| profile.good().header("kid", kid).sign();
    let cases: [Case<'_>; 17] = [
        ("hdr-kid-unknown-goodsig", kid(json!("other")), UnknownKid),
        ("hdr-kid-unknown", profile.good().header("kid", "other").signer(&RSA_FOREIGN).sign(), UnknownKid),
        ("hdr-kid-case", kid(json!("RSA")), UnknownKid),
        ("hdr-kid-space", kid(json!("rsa ")), UnknownKid),
        ("hdr-kid-nul", kid(json!("rsa\0")), UnknownKid),
        ("hdr-kid-prefix", kid(json!("rs")), UnknownKid),
        ("hdr-kid-number", kid(json!(0)), UnknownKid),
        ("hdr-kid-null", kid(json!(null)), UnknownKid),
        ("hdr-kid-true", kid(json!(true)), UnknownKid),
        ("hdr-kid-array", kid(json!(["rsa"])), UnknownKid),
        ("hdr-kid-object", kid(json!({"rsa": 1})), UnknownKid),
        ("hdr-kid-empty", kid(json!("")), UnknownKid),
        ("hdr-kid-long", kid(json!("r".repeat(257))), UnknownKid),
        ("hdr-kid-path", kid(json!("../../../../dev/null")), UnknownKid),
        ("hdr-kid-sql", kid(json!("x' UNION SELECT 'rsa")), UnknownKid),
        ("hdr-kid-url", kid(json!("https://evil.example/key")), UnknownKid),
        ("hdr-kid-absent", profile.good().without_header("kid").sign(), AmbiguousKid),
    ];
    profile.refuses(&cases);
}

#[test]
fn without_a_kid_the_only_key_counts_and_no_other_is_tried() {
    let profile = default().with_keys(&[RSA.jwk("rsa")]);
    let good = profile.good().without_header("kid");
    profile.accepts(&[("ok-kid-absent", good.sign())]);
    profile.refuses(&[(
        "hdr-kid-absent-foreign",
        good.signer(&RSA_FOREIGN).sign(),
        claimsmith::tokens::Class::BadSignature,
    )]);
}
