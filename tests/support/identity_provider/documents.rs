//! Discovery document and key set, as they are or falsified.

use serde_json::{Value, json};

use super::behaviour::Behaviour;
use super::junk::junk;
use super::signing_key::SigningKey;

/// The discovery document of `iss`, whose keys are at `jwks_uri` (OpenID Connect Discovery 1.0 section 3).
pub(super) fn discovery(iss: &str, jwks_uri: &str, behaviour: &Behaviour) -> Value {
    let (issuer, jwks_uri) = match behaviour {
        Behaviour::Empty => return json!({}),
        Behaviour::WrongIssuer => ("https://elsewhere.example", jwks_uri),
        Behaviour::KeysElsewhere(url) => (iss, url.as_str()),
        _ => (iss, jwks_uri),
    };
    json!({
        "issuer": issuer, "jwks_uri": jwks_uri, "authorization_endpoint": format!("{iss}/authorize"),
        "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    })
}

/// The key set (RFC 7517 section 5).
pub(super) fn key_set(published: &[SigningKey], behaviour: &Behaviour) -> Value {
    let mut keys: Vec<Value> = published.iter().map(SigningKey::jwk).collect();
    match behaviour {
        Behaviour::Empty => keys.clear(),
        Behaviour::PrivateKeys => keys.iter_mut().for_each(|key| key["d"] = json!("AQAB")),
        Behaviour::JunkAmongGood => drop(keys.splice(0..0, junk())),
        _ => (),
    }
    json!({"keys": keys})
}
