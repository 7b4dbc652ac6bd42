//! A second opinion: whatever the library `jsonwebtoken` refuses with all its options on, is refused here too.
//!
//! Tokens are made with right and wrong members in header and claims and signed properly, so that it is the claims that
//! decide; then some are spoilt as texts. Here more is refused than there; never less, but for what the header says about
//! keys (`jku`, `jwk`, `x5c` …): the library wants these well formed, and here nothing looks at them.

use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use claimsmith::directory::IssuerId;
use claimsmith::issuers::{AudienceRule, Issuers, KindRule, Rules};
use claimsmith::jose::base64url::encode;
use claimsmith::jose::{Algorithm, KeyRules, Keys, ingest};
use claimsmith::tokens::{UnverifiedToken, decode};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{DecodingKey, Validation, get_current_timestamp};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const ISSUER: &str = "https://issuer.example/";
const AUDIENCE: &str = "https://api.example";

/// One key for all tokens, as both sides want it.
struct Parties {
    pair: EcdsaKeyPair,
    ours: Keys,
    theirs: DecodingKey,
}

static PARTIES: LazyLock<Parties> = LazyLock::new(|| {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
    let jwk = json!({"kty": "EC", "crv": "P-256", "kid": "a", "alg": "ES256", "x": encode(x), "y": encode(y)});
    let theirs = serde_json::from_value::<Jwk>(jwk.clone()).unwrap();
    let rules = KeyRules { algorithms: &[Algorithm::ES256], require_issuer: false };
    let ours = ingest(json!({ "keys": [jwk] }).to_string().as_bytes(), &rules).unwrap().keys;
    Parties { pair, ours, theirs: DecodingKey::from_jwk(&theirs).unwrap() }
});

fn sign(header: &str, claims: &str) -> String {
    let message = format!("{}.{}", encode(header.as_bytes()), encode(claims.as_bytes()));
    let signature = PARTIES.pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
    format!("{message}.{}", encode(signature.as_ref()))
}

fn they_accept(token: &str) -> bool {
    let mut options = Validation::new(jsonwebtoken::Algorithm::ES256);
    options.validate_nbf = true;
    options.set_audience(&[AUDIENCE]);
    options.set_issuer(&[ISSUER]);
    options.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    jsonwebtoken::decode::<Value>(token, &PARTIES.theirs, &options).is_ok()
}

fn we_accept(token: &str) -> bool {
    let now = i64::try_from(get_current_timestamp()).unwrap();
    let Ok(compact) = decode(token) else { return false };
    let Ok(token) = UnverifiedToken::parse(&compact) else { return false };
    let Ok(key) = PARTIES.ours.find(token.kid(), token.algorithm()) else { return false };
    token.verify(&IssuerId::from("issuer"), &rules(), key, now).is_ok()
}

fn rules() -> Rules {
    let audience = AudienceRule::AnyOf([AUDIENCE.into()].into());
    Rules {
        issuers: Issuers::Exact([ISSUER.into()].into()),
        algorithms: [Algorithm::ES256].into(),
        access: Some(KindRule { typ: [].into(), audience, values: [].into() }),
        id: None,
        authorized_parties: None,
        client_claims: ["azp".into(), "client_id".into()].into(),
        required_claims: [].into(),
        required_values: [].into(),
        key_issuer: false,
        leeway: 60,
        max_token_age: None,
        accept_sender_constrained: false,
        subject: ["sub".into()].into(),
        organization: None,
    }
}

fn good_header() -> Value {
    json!({"alg": "ES256", "kid": "a", "typ": "JWT"})
}

fn good_claims() -> Value {
    let now = get_current_timestamp();
    json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "user", "azp": "client", "exp": now + 3600, "nbf": now - 60, "iat": now - 60})
}

/// A number of seconds from now, far enough from every boundary that a slow test cannot cross one.
fn moment() -> impl Strategy<Value = Value> {
    let from_now = prop::sample::select(vec![-100_000_i64, -600, -30, 30, 600, 100_000]);
    let now = i64::try_from(get_current_timestamp()).unwrap();
    prop_oneof![
        from_now.clone().prop_map(move |offset| json!(now + offset)),
        from_now.prop_map(move |offset| json!((now + offset).to_string())),
        any::<f64>().prop_map(|number| json!(number)),
        prop::sample::select(vec![json!(0), json!(-1), json!(i64::MAX), json!(u64::MAX), json!(1e300)]),
    ]
}

fn odd() -> impl Strategy<Value = Value> {
    let texts =
        vec!["", "JWT", "at+jwt", "a", "user", ISSUER, AUDIENCE, "https://issuer.example", "ES256", "RS256", "none"];
    let text = prop::sample::select(texts).prop_map(Value::from);
    prop_oneof![
        3 => text.clone(),
        2 => prop::collection::vec(text, 0..3).prop_map(Value::from),
        1 => prop::sample::select(vec![json!(null), json!(true), json!({}), json!(7), json!([7]), json!([[]])]),
    ]
}

/// What to put in place of some members; the text "take away" takes one away.
fn changes(names: &'static [&'static str]) -> impl Strategy<Value = Map<String, Value>> {
    let value = prop_oneof![2 => moment(), 3 => odd(), 1 => Just(json!("take away"))];
    let name = prop::sample::select(names.to_vec()).prop_map(str::to_owned);
    prop::collection::btree_map(name, value, 0..3).prop_map(|members| members.into_iter().collect())
}

fn changed(mut json: Value, changes: Map<String, Value>) -> String {
    let members = json.as_object_mut().unwrap();
    members.extend(changes);
    members.retain(|_, value| value != "take away");
    json.to_string()
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
fn a_good_token_is_accepted_by_both() {
    let token = sign(&good_header().to_string(), &good_claims().to_string());
    assert!(they_accept(&token));
    assert!(we_accept(&token));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_they_refuse_is_refused(
        header in changes(&["alg", "kid", "typ", "cty", "crit", "zip", "b64", "new"]),
        claims in changes(&["iss", "aud", "sub", "exp", "nbf", "iat", "azp", "jti", "new"]),
    ) {
        let token = sign(&changed(good_header(), header), &changed(good_claims(), claims));
        prop_assert!(they_accept(&token) || !we_accept(&token), "{token}");
    }

    #[test]
    fn a_spoilt_text_is_refused(
        place in any::<prop::sample::Index>(),
        character in prop::sample::select("AQgw09-_.= \n%+/é\0".chars().collect::<Vec<_>>()),
        how in 0_u8..3,
    ) {
        let token = sign(&good_header().to_string(), &good_claims().to_string());
        let spoilt = spoilt(&token, place, character, how);
        prop_assert_eq!(we_accept(&spoilt), spoilt == token);
    }
}
