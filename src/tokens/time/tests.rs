use proptest::prelude::*;

use super::*;
use crate::jose::parse_object;
use crate::tokens::fixture::rules;

const NOW: i64 = 1_800_000_000;

fn decide(claims: &str, rules: &Rules) -> Result<Times, Reject> {
    check(&parse_object(claims.as_bytes(), 4).unwrap(), rules, NOW)
}

fn refusal(claims: &str) -> (u8, Class) {
    let reject = decide(claims, &rules()).expect_err(claims);
    (reject.check.0, reject.class)
}

#[test]
fn a_token_is_accepted_up_to_the_leeway_and_not_a_second_longer() {
    let leeway = rules().leeway;
    assert_eq!(leeway, 60);
    let accepted = [
        format!(r#"{{"exp":{}}}"#, NOW - 59),
        format!(r#"{{"exp":{}.5}}"#, NOW - 60),
        format!(r#"{{"exp":{},"nbf":{}}}"#, NOW + 300, NOW + 60),
        format!(r#"{{"exp":{},"iat":{}}}"#, NOW + 300, NOW + 60),
        format!(r#"{{"exp":{LATEST},"nbf":0,"iat":0}}"#),
        format!(r#"{{"exp":{LATEST}.0,"nbf":1.5e9,"iat":1.5E9}}"#),
    ];
    for claims in accepted {
        assert!(decide(&claims, &rules()).is_ok(), "{claims}");
    }
    assert_eq!(refusal(&format!(r#"{{"exp":{}}}"#, NOW - 60)), (13, Class::Expired));
    assert_eq!(refusal(&format!(r#"{{"exp":{},"nbf":{}}}"#, NOW + 300, NOW + 61)), (14, Class::NotYetValid));
    assert_eq!(refusal(&format!(r#"{{"exp":{},"nbf":{}.5}}"#, NOW + 300, NOW + 60)), (14, Class::NotYetValid));
    assert_eq!(refusal(&format!(r#"{{"exp":{},"iat":{}}}"#, NOW + 300, NOW + 61)), (15, Class::BadTime));
}

#[test]
fn a_time_that_is_no_time_is_refused() {
    let exp = [
        "0",
        "-1",
        "-0.5",
        "0.0",
        "\"1900000000\"",
        "null",
        "true",
        "[1900000000]",
        "{}",
        "253402300800",
        "253402300799.5e1",
        "18446744073709551615",
        "9223372036854775807",
        "1e300",
        "-9223372036854775808",
    ];
    for value in exp {
        assert_eq!(refusal(&format!(r#"{{"exp":{value}}}"#)), (13, Class::BadTime), "{value}");
    }
    assert_eq!(refusal("{}"), (13, Class::MissingClaim));
    for value in ["\"0\"", "null", "-1", "-1e300", "[]"] {
        assert_eq!(refusal(&format!(r#"{{"exp":{LATEST},"nbf":{value}}}"#)), (14, Class::BadTime), "{value}");
        assert_eq!(refusal(&format!(r#"{{"exp":{LATEST},"iat":{value}}}"#)), (15, Class::BadTime), "{value}");
    }
    for value in ["1e300", "18446744073709551615", "9223372036854775807"] {
        assert_eq!(refusal(&format!(r#"{{"exp":{LATEST},"nbf":{value}}}"#)), (14, Class::NotYetValid), "{value}");
        assert_eq!(refusal(&format!(r#"{{"exp":{LATEST},"iat":{value}}}"#)), (15, Class::BadTime), "{value}");
    }
}

#[test]
fn a_token_is_not_issued_after_it_expires() {
    let exp = NOW - 30;
    assert!(decide(&format!(r#"{{"exp":{exp},"iat":{exp}}}"#), &rules()).is_ok());
    assert_eq!(refusal(&format!(r#"{{"exp":{exp},"iat":{}}}"#, exp + 1)), (15, Class::BadTime));
    assert_eq!(refusal(&format!(r#"{{"exp":{exp}.25,"iat":{exp}.5}}"#)), (15, Class::BadTime));
}

#[test]
fn an_entry_may_ask_for_young_tokens() {
    let young = Rules { max_token_age: Some(600), ..rules() };
    let aged = |age: i64| decide(&format!(r#"{{"exp":{LATEST},"iat":{}}}"#, NOW - age), &young);
    assert_eq!(aged(660).unwrap().valid.end, NOW + 1);
    assert_eq!(aged(661).unwrap_err(), Reject::by(15, Class::BadTime));
    assert_eq!(decide(&format!(r#"{{"exp":{LATEST}}}"#), &young).unwrap_err(), Reject::by(15, Class::MissingClaim));
}

#[test]
fn a_leeway_beyond_a_minute_is_a_minute() {
    for leeway in [61, i64::MAX] {
        let lax = Rules { leeway, ..rules() };
        assert!(decide(&format!(r#"{{"exp":{}}}"#, NOW - 60), &lax).is_err());
    }
    let negative = Rules { leeway: i64::MIN, ..rules() };
    assert!(decide(&format!(r#"{{"exp":{}}}"#, NOW + 1), &negative).is_ok());
}

proptest! {
    /// A token that is accepted at one second is accepted at exactly the seconds of its window.
    #[test]
    fn the_window_is_what_the_check_says(exp in 0_i64..400, nbf in 0_i64..400, iat in 0_i64..400, age in prop::option::of(0_i64..200), now in 0_i64..400, then in 0_i64..400) {
        let text = format!(r#"{{"exp":{exp}.5,"nbf":{nbf},"iat":{iat}.5}}"#);
        let claims = parse_object(text.as_bytes(), 4).unwrap();
        let rules = Rules { max_token_age: age, ..rules() };
        if let Ok(times) = check(&claims, &rules, now) {
            prop_assert!(times.valid.contains(&now));
            prop_assert_eq!(times.valid.contains(&then), check(&claims, &rules, then).is_ok());
        }
    }

    #[test]
    fn no_number_and_no_clock_makes_it_wrap(exp in any::<f64>(), nbf in any::<i64>(), iat in any::<u64>(), now in any::<i64>()) {
        let text = format!(r#"{{"exp":{exp:e},"nbf":{nbf},"iat":{iat}}}"#);
        if let Ok(claims) = parse_object(text.as_bytes(), 4) {
            let _decided = check(&claims, &rules(), now);
        }
    }
}
