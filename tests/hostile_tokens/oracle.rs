//! Another implementation as oracle: whatever `jsonwebtoken` refuses with all of its checks switched on, we refuse.
//!
//! Not the other way round: it passes over `typ`, `crit`, `iat` and more. Tokens have right and wrong members in header and
//! claims and are signed properly, so that it is those that decide; then some are signed by another key or for another
//! algorithm, and some are spoilt as texts. What the header says about keys (`jku`, `jwk`, `x5c` …) is left out: the library
//! wants these well formed, and here nothing looks at them.

use std::sync::LazyLock;

use claimsmith::jose::base64url::encode;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::draft::Draft;
use super::profile::{Profile, default};
use super::signer::{RSA, RSA_FOREIGN};

const ISSUER: &str = "https://issuer.example/";
const AUDIENCE: &str = "https://api.example";
// Long before and long after every clock that these tests may run under: the oracle's cannot be set.
const PAST: i64 = 1_000_000_000;
const FUTURE: i64 = 4_000_000_000;
/// In place of a value: the member is not there.
const ABSENT: &str = "take away";

static PROFILE: LazyLock<Profile> = LazyLock::new(default);

static THEIR_KEY: LazyLock<DecodingKey> =
    LazyLock::new(|| DecodingKey::from_rsa_components(&encode(&RSA.public()), "AQAB").unwrap());

fn they_accept(token: &str) -> bool {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&[AUDIENCE]);
    validation.set_issuer(&[ISSUER]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.validate_nbf = true;
    jsonwebtoken::decode::<Value>(token, &THEIR_KEY, &validation).is_ok()
}

fn we_accept(token: &str) -> bool {
    PROFILE.decide(token).is_ok()
}

fn good() -> Draft {
    PROFILE.good().claim("iat", PAST).claim("nbf", PAST).claim("exp", FUTURE)
}

/// What often goes wrong, or is right in another place.
fn odd() -> impl Strategy<Value = Value> {
    let texts = [
        "",
        "JWT",
        "at+jwt",
        "rsa",
        "auth0|42",
        ISSUER,
        AUDIENCE,
        "https://issuer.example",
        "RS256",
        "HS256",
        "RS512",
        "none",
        "4000000000",
    ];
    let text = prop::sample::select(texts.map(Value::from).to_vec());
    let moments =
        [json!(0), json!(-1), json!(1.5), json!(PAST), json!(FUTURE), json!(i64::MAX), json!(u64::MAX), json!(1e300)];
    let others = [json!(null), json!(true), json!({}), json!(7), json!([7]), json!([[]]), json!([AUDIENCE, 1])];
    prop_oneof![
        3 => text.clone(),
        2 => prop::collection::vec(text, 0..3).prop_map(Value::from),
        3 => prop::sample::select(moments.to_vec()),
        1 => any::<f64>().prop_map(|number| json!(number)),
        1 => prop::sample::select(others.to_vec()),
        1 => Just(json!(ABSENT)),
    ]
}

/// What to put in place of some members.
fn changes(names: &'static [&'static str]) -> impl Strategy<Value = Map<String, Value>> {
    let name = prop::sample::select(names.to_vec()).prop_map(str::to_owned);
    prop::collection::btree_map(name, odd(), 0..3).prop_map(|members| members.into_iter().collect())
}

fn change(members: &mut Value, changes: Map<String, Value>) {
    let members = members.as_object_mut().unwrap();
    members.extend(changes);
    members.retain(|_, value| value != ABSENT);
}

/// A text with one character replaced, taken out or put in.
fn spoilt(token: &str, place: prop::sample::Index, character: char, how: u8) -> String {
    let mut characters: Vec<_> = token.chars().collect();
    let place = place.index(characters.len());
    match how {
        0 => characters[place] = character,
        1 => drop(characters.remove(place)),
        _ => characters.insert(place, character),
    }
    characters.into_iter().collect()
}

#[test]
fn both_accept_the_good_token() {
    let good = good().sign();
    PROFILE.accepts(&[("ok", good.clone())]);
    assert!(they_accept(&good));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn what_they_refuse_is_refused(
        header in changes(&["alg", "kid", "typ", "cty", "crit", "zip", "b64", "new"]),
        claims in changes(&["iss", "aud", "sub", "exp", "nbf", "iat", "azp", "jti", "new"]),
        is_ours in prop::bool::weighted(0.9),
    ) {
        let mut draft = good();
        change(&mut draft.header, header);
        change(&mut draft.claims, claims);
        let token = draft.signer(if is_ours { &RSA } else { &RSA_FOREIGN }).sign();
        prop_assert!(they_accept(&token) || !we_accept(&token), "{token}");
    }

    #[test]
    fn a_spoilt_text_is_refused(
        place in any::<prop::sample::Index>(),
        character in prop::sample::select("AQgw09-_.= \n%+/é\0".chars().collect::<Vec<_>>()),
        how in 0_u8..3,
    ) {
        let token = good().sign();
        let spoilt = spoilt(&token, place, character, how);
        prop_assert_eq!(we_accept(&spoilt), spoilt == token);
    }
}
