//! `clm-exp-`, `clm-nbf-`, `clm-iat-`: when the token holds.

use claimsmith::tokens::Class::{BadTime, Expired, Malformed, MissingClaim, NotYetValid};

use super::profile::{NOW, default};
use super::verdict::Case;

const LATEST: i64 = 253_402_300_799;

#[test]
fn a_token_holds_up_to_a_minute_after_exp_and_no_longer() {
    let profile = default();
    profile.accepts_the_good_one();
    let exp = |json: &str| profile.good().without("nbf").without("iat").raw_claim("exp", json);
    profile.accepts(&[
        ("ok-exp-in-leeway", exp(&(NOW - 59).to_string())),
        ("ok-exp-fraction", exp(&format!("{}.5", NOW + 1))),
        ("ok-exp-fraction-in-leeway", exp(&format!("{}.25", NOW - 60))),
        ("ok-exp-exponent", exp("1.9e9")),
        ("ok-exp-latest", exp(&LATEST.to_string())),
    ]);
    let cases: [Case<'_>; 23] = [
        ("clm-exp-missing", profile.good().without("exp").sign(), MissingClaim),
        ("clm-exp-member-case", profile.good().renamed("exp", "Exp").sign(), MissingClaim), // CVE-2026-19194
        ("clm-exp-past", exp(&(NOW - 3600).to_string()), Expired),
        ("clm-exp-at-leeway", exp(&(NOW - 60).to_string()), Expired),
        ("clm-exp-fraction-past", exp(&format!("{}.75", NOW - 61)), Expired),
        ("clm-exp-one", exp("1"), Expired),
        ("clm-exp-half", exp("0.5"), Expired),
        ("clm-exp-zero", exp("0"), BadTime),
        ("clm-exp-minus-zero", exp("-0"), BadTime),
        ("clm-exp-negative", exp("-1"), BadTime),
        ("clm-exp-lowest", exp("-9223372036854775808"), BadTime),
        ("clm-exp-string", exp(&format!("\"{}\"", NOW + 3600)), BadTime), // CVE-2026-25537
        ("clm-exp-null", exp("null"), BadTime),
        ("clm-exp-true", exp("true"), BadTime),
        ("clm-exp-array", exp(&format!("[{}]", NOW + 3600)), BadTime),
        ("clm-exp-object", exp("{}"), BadTime),
        ("clm-exp-year-10000", exp(&(LATEST + 1).to_string()), BadTime),
        ("clm-exp-milliseconds", exp(&((NOW + 3600) * 1000).to_string()), BadTime),
        ("clm-exp-i64-max", exp("9223372036854775807"), BadTime),
        ("clm-exp-u64-max", exp("18446744073709551615"), BadTime),
        ("clm-exp-beyond-u64", exp("18446744073709551616"), BadTime),
        ("clm-exp-1e300", exp("1e300"), BadTime),
        ("clm-exp-1e400", exp("1e400"), Malformed),
    ];
    profile.refuses(&cases);
}

#[test]
fn a_token_holds_from_a_minute_before_nbf_and_no_earlier() {
    let profile = default();
    let nbf = |json: &str| profile.good().raw_claim("nbf", json);
    profile.accepts(&[
        ("ok-nbf-absent", profile.good().without("nbf").sign()),
        ("ok-nbf-zero", nbf("0")),
        ("ok-nbf-in-leeway", nbf(&(NOW + 60).to_string())),
    ]);
    let cases: [Case<'_>; 9] = [
        ("clm-nbf-future", nbf(&(NOW + 61).to_string()), NotYetValid),
        ("clm-nbf-fraction-future", nbf(&format!("{}.5", NOW + 60)), NotYetValid),
        ("clm-nbf-huge", nbf("1e300"), NotYetValid),
        ("clm-nbf-u64-max", nbf("18446744073709551615"), NotYetValid),
        ("clm-nbf-string", nbf(&format!("\"{}\"", NOW + 3600)), BadTime), // CVE-2026-25537
        ("clm-nbf-string-past", nbf("\"0\""), BadTime),
        ("clm-nbf-null", nbf("null"), BadTime),
        ("clm-nbf-negative", nbf("-1"), BadTime),
        ("clm-nbf-array", nbf("[0]"), BadTime),
    ];
    profile.refuses(&cases);
}

#[test]
fn a_token_was_issued_before_now_and_before_it_expires() {
    let profile = default();
    let iat = |json: &str| profile.good().raw_claim("iat", json);
    profile.accepts(&[
        ("ok-iat-absent", profile.good().without("iat").sign()),
        ("ok-iat-in-leeway", iat(&(NOW + 60).to_string())),
        ("ok-iat-fraction", iat(&format!("{}.999", NOW - 1))),
    ]);
    let cases: [Case<'_>; 8] = [
        ("clm-iat-future", iat(&(NOW + 61).to_string()), BadTime),
        (
            "clm-iat-after-exp",
            profile.good().claim("exp", NOW - 30).claim("iat", NOW - 29).claim("nbf", 0).sign(),
            BadTime,
        ),
        ("clm-iat-string", iat(&format!("\"{NOW}\"")), BadTime),
        ("clm-iat-null", iat("null"), BadTime),
        ("clm-iat-negative", iat("-1"), BadTime),
        ("clm-iat-huge", iat("9223372036854775807"), BadTime),
        ("clm-iat-minus-huge", iat("-1e300"), BadTime),
        ("clm-iat-object", iat("{}"), BadTime),
    ];
    profile.refuses(&cases);
}

#[test]
fn an_entry_that_wants_young_tokens_refuses_old_ones() {
    let mut profile = default();
    profile.rules.max_token_age = Some(900);
    let aged = |age: i64| profile.good().claim("iat", NOW - age).sign();
    profile.accepts(&[("ok-iat-young", aged(960))]);
    let cases: [Case<'_>; 2] = [
        ("clm-iat-too-old", aged(961), BadTime),
        ("clm-iat-missing-but-wanted", profile.good().without("iat").sign(), MissingClaim),
    ];
    profile.refuses(&cases);
}
