//! Another implementation as oracle: what `jsonwebtoken` refuses with all of its checks switched on, we refuse.
//!
//! Not the other way round: it passes over `typ`, `crit`, `iat` and more.

use std::sync::LazyLock;

use claimsmith::jose::base64url::encode;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::profile::{Profile, default};
use super::signer::{RSA, RSA_FOREIGN};

// Long before and long after every clock that these tests may run under: the oracle's cannot be set.
const PAST: i64 = 1_000_000_000;
const FUTURE: i64 = 4_000_000_000;

static PROFILE: LazyLock<Profile> = LazyLock::new(default);

fn oracle_accepts(token: &str) -> bool {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&["https://api.example"]);
    validation.set_issuer(&["https://issuer.example/"]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.validate_nbf = true;
    let key = DecodingKey::from_rsa_components(&encode(&RSA.public()), "AQAB").unwrap();
    jsonwebtoken::decode::<Value>(token, &key, &validation).is_ok()
}

fn token(claims: &[(&str, Option<Value>)], alg: &str, is_ours: bool) -> String {
    let mut draft = PROFILE.good().claim("iat", PAST).claim("nbf", PAST).claim("exp", FUTURE).header("alg", alg);
    for (name, value) in claims {
        draft = match value {
            Some(value) => draft.claim(name, value.clone()),
            None => draft.without(name),
        };
    }
    draft.signer(if is_ours { &RSA } else { &RSA_FOREIGN }).sign()
}

/// Mostly the good value, else one of those that often go wrong, or none at all.
fn value(good: Value) -> impl Strategy<Value = Option<Value>> {
    let odd = [
        json!(null),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(PAST),
        json!(FUTURE),
        json!("4000000000"),
        json!(""),
        json!([]),
        json!({}),
        json!(true),
        json!([good.clone()]),
        json!(["evil", good.clone()]),
        json!([good.clone(), 1]),
        json!("evil"),
    ];
    prop_oneof![6 => Just(Some(good)), 1 => Just(None), 3 => prop::sample::select(odd.to_vec()).prop_map(Some)]
}

#[test]
fn both_accept_the_good_token() {
    let good = token(&[], "RS256", true);
    PROFILE.accepts(&[("ok", good.clone())]);
    assert!(oracle_accepts(&good));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn what_the_oracle_refuses_is_refused(
        iss in value(json!("https://issuer.example/")),
        aud in value(json!("https://api.example")),
        sub in value(json!("auth0|42")),
        exp in value(json!(FUTURE)),
        nbf in value(json!(PAST)),
        alg in prop_oneof![8 => Just("RS256"), 1 => Just("HS256"), 1 => Just("RS512"), 1 => Just("none")],
        is_ours in prop::bool::weighted(0.9),
    ) {
        let token = token(&[("iss", iss), ("aud", aud), ("sub", sub), ("exp", exp), ("nbf", nbf)], alg, is_ours);
        if PROFILE.decide(&token).is_ok() {
            prop_assert!(oracle_accepts(&token), "{token}");
        }
    }
}
