//! Tokens that are no tokens of ours, or not for this back-end, or not for now.

use serde_json::{Value, json};

use super::key::{Key, parts, sign_with_secret, unsigned};
use super::scene::Scene;
use crate::support::exchange::{ORDERS, STOCK, TXN_TOKEN, asking, new_pem};
use crate::support::identity_provider::unix_now;

/// What is wrong, and the token with it.
pub(super) type Forged = (String, String);

/// Signed with the service's own key: nothing but what they say is wrong.
pub(super) fn in_what_it_says(good: &str, key: &Key, issuer: &str) -> Vec<Forged> {
    let (header, payload) = parts(good);
    let now = unix_now();
    let said = [
        ("exp", json!(now - 6)),
        ("exp", json!(0)),
        ("exp", json!("tomorrow")),
        ("exp", Value::Null),
        ("nbf", json!(now + 600)),
        ("aud", json!(STOCK)),
        ("aud", json!(format!("{ORDERS}/"))),
        ("aud", json!([STOCK])),
        ("aud", Value::Null),
        ("iss", json!("https://idp.example")),
        ("iss", json!(format!("{issuer}/"))),
        ("iss", Value::Null),
        ("sub", Value::Null),
        ("iat", Value::Null),
    ];
    let heads = [
        ("typ", json!("JWT")),
        ("typ", json!("txntoken+jwt")),
        ("typ", Value::Null),
        ("alg", json!("ES384")),
        ("crit", json!(["exp"])),
        ("kid", json!("made-up")),
        ("kid", json!("\u{1f511}\"\n")),
    ];
    let payloads =
        said.map(|(name, value)| (format!("{name} is {value}"), key.sign(&header, &with(&payload, name, value))));
    let headers =
        heads.map(|(name, value)| (format!("{name} is {value}"), key.sign(&with(&header, name, value), &payload)));
    payloads.into_iter().chain(headers).collect()
}

/// Not signed with the service's key.
pub(super) fn in_who_signed(good: &str, key: &Key) -> Vec<Forged> {
    let (header, payload) = parts(good);
    let bob = with(&payload, "sub", json!("bob"));
    let (input, signature) = good.rsplit_once('.').unwrap();
    let stranger = Key::of_pem(&new_pem());
    let first = if signature.starts_with('A') { "B" } else { "A" };
    let mut all = vec![
        ("the payload is another".to_owned(), format!("{}.{signature}", unsigned(&header, &bob))),
        ("the signature is another".to_owned(), format!("{input}.{first}{}", &signature[1..])),
        ("the signature is missing".to_owned(), format!("{input}.")),
        ("a stranger signed".to_owned(), stranger.sign(&header, &bob)),
    ];
    let brought = with(&with(&header, "jwk", stranger.jwk()), "jku", json!("https://stranger.example/jwks.json"));
    all.push(("a stranger brings a key".to_owned(), stranger.sign(&brought, &bob)));
    all.push(("and gives it a name".to_owned(), stranger.sign(&with(&brought, "kid", json!("stranger")), &bob)));
    for none in ["none", "None", "NONE", ""] {
        let header = with(&header, "alg", json!(none));
        all.push((format!("alg is {none:?}"), format!("{}.", unsigned(&header, &bob))));
        all.push((format!("alg is {none:?} and signed"), key.sign(&header, &payload)));
    }
    for (form, secret) in key.public_forms().iter().enumerate() {
        let header = with(&header, "alg", json!("HS256"));
        all.push((format!("the public key is the secret, form {form}"), sign_with_secret(secret, &header, &bob)));
    }
    all
}

/// Real ones, of the service and of others, that are not for this back-end.
pub(super) async fn in_whom_they_are_for(scene: &Scene) -> Vec<Forged> {
    let brought = scene.exchange.issuer.token("alice").claim("scope", "read").sign();
    let exchanged = async |more: &[(&str, &str)]| {
        let answer = scene.exchange.exchange(&asking(&brought, more)).await;
        answer.body["access_token"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned()
    };
    let transaction = [("requested_token_type", TXN_TOKEN), ("audience", ORDERS), ("scope", "read")];
    let theirs = scene.exchange.issuer.token("alice").audience(ORDERS).header("typ", "at+jwt").sign();
    vec![
        ("it is for another back-end".to_owned(), exchanged(&[("audience", STOCK)]).await),
        ("it is a transaction token".to_owned(), exchanged(&transaction).await),
        ("it is the client's".to_owned(), brought.clone()),
        ("it is another issuer's, for this back-end".to_owned(), theirs),
    ]
}

/// No tokens at all.
pub(super) fn in_shape(good: &str) -> Vec<Forged> {
    let (_, rest) = good.split_once('.').unwrap();
    let deep = base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, "[".repeat(8_000));
    let texts = ["a.b.c", "..", "null", "e30.e30.", "W10.W10.AA", "gho_16C7e42F292c6912E7710c838347Ae178B4a"];
    let texts = texts.map(str::to_owned).into_iter();
    let texts = texts.chain([format!("Bearer {good}"), format!("{good}.{good}"), format!("{good}, {good}")]);
    texts
        .chain([format!(".{rest}"), format!("{deep}.{rest}")])
        .map(|text| (text.chars().take(60).collect(), text))
        .collect()
}

/// The members with another value for this one, or none.
fn with(members: &Value, name: &str, value: Value) -> Value {
    let mut members = members.clone();
    let object = members.as_object_mut().unwrap();
    object.remove(name);
    if !value.is_null() {
        object.insert(name.to_owned(), value);
    }
    members
}
