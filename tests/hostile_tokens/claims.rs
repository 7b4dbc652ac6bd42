//! `clm-`: issuer, audience, subject, client.

use claimsmith::tokens::Class::{BadAudience, BadIssuer, BadParty, BadSubject, BadValue};
use serde_json::{Value, json};

use super::profile::{default, list};
use super::verdict::Case;

/// CVE-2025-30144 (a list), CVE-2026-65583 and GHSA-9wqv-qhrh-87f4 (somebody else's), CVE-2026-19194 (another case).
#[test]
fn the_issuer_is_ours_to_the_letter() {
    let profile = default();
    profile.accepts_the_good_one();
    let iss = |iss: Value| profile.good().claim("iss", iss).sign();
    let cases: [Case<'_>; 20] = [
        ("clm-iss-missing", profile.good().without("iss").sign(), BadIssuer),
        ("clm-iss-member-case", profile.good().renamed("iss", "Iss").sign(), BadIssuer),
        ("clm-iss-wrong", iss(json!("https://evil.example/")), BadIssuer),
        ("clm-iss-no-slash", iss(json!("https://issuer.example")), BadIssuer),
        ("clm-iss-two-slashes", iss(json!("https://issuer.example//")), BadIssuer),
        ("clm-iss-case", iss(json!("https://Issuer.example/")), BadIssuer),
        ("clm-iss-http", iss(json!("http://issuer.example/")), BadIssuer),
        ("clm-iss-port", iss(json!("https://issuer.example:443/")), BadIssuer),
        ("clm-iss-prefix", iss(json!("https://issuer.example/.evil.example/")), BadIssuer),
        ("clm-iss-userinfo", iss(json!("https://issuer.example@evil.example/")), BadIssuer),
        ("clm-iss-space", iss(json!(" https://issuer.example/")), BadIssuer),
        ("clm-iss-nul", iss(json!("https://issuer.example/\0")), BadIssuer),
        ("clm-iss-percent", iss(json!("https://issuer%2Eexample/")), BadIssuer),
        ("clm-iss-empty", iss(json!("")), BadIssuer),
        ("clm-iss-null", iss(json!(null)), BadIssuer),
        ("clm-iss-number", iss(json!(1)), BadIssuer),
        ("clm-iss-array", iss(json!(["https://issuer.example/"])), BadIssuer),
        ("clm-iss-array-second", iss(json!(["https://evil.example/", "https://issuer.example/"])), BadIssuer),
        ("clm-iss-object", iss(json!({"https://issuer.example/": 1})), BadIssuer),
        ("clm-iss-is-audience", iss(json!("https://api.example")), BadIssuer),
    ];
    profile.refuses(&cases);
}

/// CVE-2026-50627, CVE-2024-5798, CVE-2026-40946.
#[test]
fn the_token_is_for_us() {
    let profile = default();
    let aud = |aud: Value| profile.good().claim("aud", aud).sign();
    profile.accepts(&[
        ("ok-aud-text", aud(json!("https://api.example"))),
        ("ok-aud-last", aud(json!(["x", "y", "https://api.example"]))),
    ]);
    let cases: [Case<'_>; 17] = [
        ("clm-aud-missing", profile.good().without("aud").sign(), BadAudience),
        ("clm-aud-member-case", profile.good().renamed("aud", "AUD").sign(), BadAudience),
        ("clm-aud-wrong", aud(json!("https://other.example")), BadAudience),
        ("clm-aud-slash", aud(json!("https://api.example/")), BadAudience),
        ("clm-aud-case", aud(json!("https://API.example")), BadAudience),
        ("clm-aud-prefix", aud(json!("https://api.example.evil.example")), BadAudience),
        ("clm-aud-joined", aud(json!("https://other.example https://api.example")), BadAudience),
        ("clm-aud-empty", aud(json!("")), BadAudience),
        ("clm-aud-null", aud(json!(null)), BadAudience),
        ("clm-aud-number", aud(json!(1)), BadAudience),
        ("clm-aud-true", aud(json!(true)), BadAudience),
        ("clm-aud-object", aud(json!({"https://api.example": true})), BadAudience),
        ("clm-aud-empty-array", aud(json!([])), BadAudience),
        ("clm-aud-mixed-array", aud(json!(["https://api.example", 1])), BadAudience),
        ("clm-aud-null-in-array", aud(json!([null, "https://api.example"])), BadAudience),
        ("clm-aud-nested-array", aud(json!([["https://api.example"]])), BadAudience),
        ("clm-aud-is-client", aud(json!("spa")), BadAudience),
    ];
    profile.refuses(&cases);
}

#[test]
fn the_subject_is_a_text() {
    let profile = default();
    let sub = |sub: Value| profile.good().claim("sub", sub).sign();
    let cases: [Case<'_>; 12] = [
        ("clm-sub-missing", profile.good().without("sub").sign(), BadSubject),
        ("clm-sub-member-case", profile.good().renamed("sub", "Sub").sign(), BadSubject),
        ("clm-sub-empty", sub(json!("")), BadSubject),
        ("clm-sub-null", sub(json!(null)), BadSubject),
        ("clm-sub-number", sub(json!(42)), BadSubject),
        ("clm-sub-true", sub(json!(true)), BadSubject),
        ("clm-sub-array", sub(json!(["auth0|42"])), BadSubject),
        ("clm-sub-object", sub(json!({"id": "auth0|42"})), BadSubject),
        ("clm-sub-nul", sub(json!("auth0|42\0")), BadSubject),
        ("clm-sub-newline", sub(json!("auth0|42\nx-role: admin")), BadSubject),
        ("clm-sub-escape", sub(json!("\u{1b}[2J")), BadSubject),
        ("clm-sub-c1-control", sub(json!("a\u{85}b")), BadSubject),
    ];
    profile.refuses(&cases);
}

#[test]
fn the_client_is_one_that_the_entry_lists() {
    let mut profile = default();
    profile.refuses(&[("clm-azp-mistyped", profile.good().claim("azp", json!(["spa"])).sign(), BadParty)]);
    profile.rules.authorized_parties = Some(list(&["spa", "machine"]));
    let azp = |azp: Value| profile.good().claim("azp", azp).sign();
    let by = |name: &str| profile.good().renamed("azp", name);
    profile.accepts(&[
        ("ok-azp", profile.good().sign()),
        ("ok-client-id", by("client_id").sign()),
        ("ok-appid", by("appid").sign()),
    ]);
    let cases: [Case<'_>; 9] = [
        ("clm-azp-missing", profile.good().without("azp").sign(), BadParty),
        ("clm-azp-member-case", by("AZP").sign(), BadParty),
        ("clm-azp-wrong", azp(json!("evil")), BadParty),
        ("clm-azp-case", azp(json!("SPA")), BadParty),
        ("clm-azp-empty", azp(json!("")), BadParty),
        ("clm-azp-null", azp(json!(null)), BadParty),
        ("clm-azp-array", azp(json!(["spa"])), BadParty),
        (
            "clm-azp-wrong-client-id-right",
            profile.good().claim("azp", "evil").claim("client_id", "spa").sign(),
            BadParty,
        ),
        ("clm-cid-wrong", by("cid").claim("cid", "evil").sign(), BadParty),
    ];
    profile.refuses(&cases);
}

#[test]
fn an_organization_is_a_text_or_absent() {
    let profile = default();
    let organization = |value: Value| profile.good().claim("org_id", value).sign();
    assert_eq!(profile.decide(&organization(json!("org_9"))).unwrap().organization.as_deref(), Some("org_9"));
    for value in [json!(["org_9"]), json!(9), json!(""), json!({"id": "org_9"})] {
        profile.refuses(&[("clm-org-mistyped", organization(value), BadValue)]);
    }
}
