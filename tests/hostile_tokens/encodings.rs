//! `enc-`: the text of the token.

use claimsmith::jose::base64url::encode;
use claimsmith::tokens::Class::{Malformed, OpaqueToken, TooLarge};
use serde_json::json;

use super::profile::default;
use super::verdict::Case;

#[test]
fn nothing_may_stand_around_or_between_the_three_parts() {
    let profile = default();
    profile.accepts_the_good_one();
    let good = profile.good().sign();
    let (input, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = input.split_once('.').unwrap();
    let cases: [Case<'_>; 21] = [
        ("enc-empty", String::new(), Malformed),
        ("enc-one-part", header.to_owned(), OpaqueToken),
        ("enc-opaque", "gho_16C7e42F292c6912E7710c838347Ae178B4a".to_owned(), OpaqueToken),
        ("enc-two-parts", input.to_owned(), Malformed),
        ("enc-four-parts", format!("{good}.{signature}"), Malformed),
        // JWE, be it around an unsigned token: CVE-2026-29000, CVE-2023-51774.
        ("enc-five-parts", format!("{header}.{payload}.{signature}.{payload}.{signature}"), Malformed),
        ("enc-many-dots", ".".repeat(16_000), Malformed), // CVE-2025-30204, CVE-2025-27144
        ("enc-empty-header", format!(".{payload}.{signature}"), Malformed),
        ("enc-empty-payload", format!("{header}..{signature}"), Malformed),
        ("enc-empty-signature", format!("{input}."), Malformed),
        ("enc-trailing-dot", format!("{good}."), Malformed),
        ("enc-leading-space", format!(" {good}"), Malformed),
        ("enc-trailing-space", format!("{good} "), Malformed),
        ("enc-trailing-newline", format!("{good}\n"), Malformed),
        ("enc-trailing-nul", format!("{good}\0"), Malformed),
        ("enc-bearer-prefix", format!("Bearer {good}"), Malformed),
        ("enc-quoted", format!("\"{good}\""), Malformed),
        ("enc-percent", good.replace('.', "%2E"), Malformed),
        ("enc-fullwidth-dot", good.replace('.', "．"), Malformed),
        ("enc-list", format!("{good},{good}"), Malformed),
        ("enc-huge", format!("{input}.{}", "A".repeat(16 * 1024)), TooLarge),
    ];
    profile.refuses(&cases);
}

#[test]
fn a_part_has_one_spelling() {
    let profile = default();
    // Texts of a length that leaves unused bits in the last character, and room for padding.
    let header = encode(br#"{"alg":"RS256", "kid":"rsa"}"#);
    let payload = encode(spaced(&profile.good().claims.to_string()).as_bytes());
    let signed = |header: &str, payload: &str| profile.good().parts(header, payload);
    let good = signed(&header, &payload);
    profile.accepts(&[("ok-spaced", good.clone())]);
    let cases = [
        ("enc-header-trailing-bits", signed(&next_spelling(&header), &payload), Malformed),
        ("enc-payload-trailing-bits", signed(&header, &next_spelling(&payload)), Malformed),
        ("enc-signature-trailing-bits", next_spelling(&good), Malformed),
        ("enc-padded-header", signed(&format!("{header}=="), &payload), Malformed),
        ("enc-padded-payload", signed(&header, &format!("{payload}==")), Malformed),
        ("enc-padded-signature", format!("{good}=="), Malformed),
        ("enc-newline-inside", signed(&header, &payload.replacen('a', "\na", 1)), Malformed),
        ("enc-space-inside", signed(&header, &payload.replacen('a', " a", 1)), Malformed),
        ("enc-lone-character", signed(&header, &format!("{payload}AAA")), Malformed),
    ];
    profile.refuses(&cases);
}

#[test]
fn the_other_base64_alphabet_is_refused() {
    let profile = default();
    let header = profile.good().header.to_string();
    let payload = profile.good().claim("x", "???>>>???>>>???").claims.to_string();
    let payload = encode(payload.as_bytes());
    assert!(payload.contains(['-', '_']), "the case needs a character in which the alphabets differ");
    profile.accepts(&[("ok", profile.good().parts(&encode(header.as_bytes()), &payload))]);
    let standard = payload.replace('-', "+").replace('_', "/");
    profile.refuses(&[(
        "enc-standard-alphabet",
        profile.good().parts(&encode(header.as_bytes()), &standard),
        Malformed,
    )]);
}

#[test]
fn the_json_serializations_are_refused() {
    let profile = default();
    let good = profile.good().sign();
    let parts: Vec<&str> = good.split('.').collect();
    let signature = json!({"protected": parts[0], "signature": parts[2], "header": {"alg": "none"}});
    let flattened = json!({"payload": parts[1], "protected": parts[0], "signature": parts[2]});
    // Read as JSON it is one token, split at the dots another: CVE-2022-39227.
    let polyglot = format!(r#"{{"  {}.":"","payload":"{}","signature":"{}"}}"#, good, parts[1], parts[2]);
    let cases = [
        ("enc-json-flattened", flattened.to_string(), Malformed),
        ("enc-json-general", json!({"payload": parts[1], "signatures": [signature]}).to_string(), Malformed),
        ("enc-json-polyglot", polyglot, Malformed),
        ("enc-json-string", json!(good).to_string(), Malformed),
    ];
    profile.refuses(&cases);
}

/// The same JSON, with spaces in front until its base64url leaves unused bits.
fn spaced(json: &str) -> String {
    let mut json = json.to_owned();
    while json.len() % 3 != 1 {
        json.insert(0, ' ');
    }
    json
}

/// A text of the same bytes for a lax decoder: the next value of the last character, whose low four bits are not used.
fn next_spelling(text: &str) -> String {
    let (rest, last) = text.split_at(text.len() - 1);
    let next = match last {
        "A" => "B",
        "Q" => "R",
        "g" => "h",
        "w" => "x",
        other => panic!("{other} leaves no unused bits"),
    };
    format!("{rest}{next}")
}
