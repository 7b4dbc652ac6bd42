//! `pay-`: the payload as JSON.

use claimsmith::tokens::Class::{BadIssuer, DuplicateMember, Malformed};

use super::profile::default;
use super::verdict::Case;

#[test]
fn the_payload_is_one_json_object() {
    let profile = default();
    profile.accepts_the_good_one();
    let good = profile.good().claims.to_string();
    let raw = |payload: &str| profile.good().raw_payload(payload.as_bytes());
    let utf16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let invalid = [good.trim_end_matches('}').as_bytes(), b",\"x\":\"\xff\"}"].concat();
    let more = |text: &str| raw(&good.replacen('{', &format!("{{{text},"), 1));
    let nested = |depth: usize| more(&format!("\"x\":{}{}", "[".repeat(depth), "]".repeat(depth)));
    profile.accepts(&[
        ("ok-pay-depth-32", nested(31)),
        ("ok-pay-unknown-claim", more(r#""x":{"y":[1,2.5,null]}"#)),
        ("ok-pay-escapes", raw(&good.replace("\"sub\"", "\"\\u0073ub\""))),
    ]);
    let cases: [Case<'_>; 18] = [
        ("pay-array", raw(&format!("[{good}]")), Malformed), // CVE-2026-107723
        ("pay-string", raw(&serde_json::json!(good).to_string()), Malformed),
        ("pay-null", raw("null"), Malformed),
        ("pay-number", raw("7"), Malformed),
        ("pay-blank", raw(" "), Malformed),
        ("pay-empty-object", raw("{}"), BadIssuer),
        ("pay-not-json", raw("iss=https://issuer.example/"), Malformed),
        ("pay-truncated", raw(good.trim_end_matches('}')), Malformed),
        ("pay-bom", raw(&format!("\u{feff}{good}")), Malformed),
        ("pay-utf16", profile.good().raw_payload(&utf16), Malformed),
        ("pay-invalid-utf8", profile.good().raw_payload(&invalid), Malformed),
        ("pay-lone-surrogate", more(r#""x":"\ud800""#), Malformed),
        ("pay-trailing-data", raw(&format!("{good}x")), Malformed),
        ("pay-two-objects", raw(&format!("{good}{good}")), Malformed),
        ("pay-comment", raw(&format!("{good}//")), Malformed),
        ("pay-nan", more(r#""x":NaN"#), Malformed),
        ("pay-deep", nested(32), Malformed),
        ("pay-very-deep", nested(5_000), Malformed), // CVE-2025-53864
    ];
    profile.refuses(&cases);
}

#[test]
fn no_claim_stands_twice() {
    let profile = default();
    let good = profile.good().claims.to_string();
    let first = |text: &str| profile.good().raw_payload(good.replacen('{', &format!("{{{text},"), 1).as_bytes());
    let last = |text: &str| profile.good().raw_payload(format!("{},{text}}}", good.trim_end_matches('}')).as_bytes());
    for claim in ["iss", "sub", "aud", "exp", "nbf", "iat", "azp", "scope"] {
        let same = format!("\"{claim}\":{}", profile.good().claims[claim]);
        for other in [same, format!("\"{claim}\":\"evil\""), format!("\"{claim}\":null")] {
            let cases: [Case<'_>; 2] =
                [(claim, first(&other), DuplicateMember), (claim, last(&other), DuplicateMember)];
            profile.refuses(&cases);
        }
    }
    let many = (0..500).map(|number| format!("\"m{number}\":0")).collect::<Vec<_>>().join(",");
    profile.accepts(&[("ok-pay-many", first(&many))]);
    let cases: [Case<'_>; 5] = [
        ("pay-dup-unknown", first(r#""x":1,"x":2"#), DuplicateMember),
        ("pay-dup-nested", first(r#""x":{"y":{"z":1,"z":1}}"#), DuplicateMember),
        ("pay-dup-in-array", first(r#""x":[[{"z":1,"z":1}]]"#), DuplicateMember),
        ("pay-dup-escaped", first(r#""\u0073ub":"evil""#), DuplicateMember),
        ("pay-dup-among-many", first(&format!("{many},\"m0\":1")), DuplicateMember),
    ];
    profile.refuses(&cases);
}
