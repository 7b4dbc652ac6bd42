//! A token of our own that is brought back: is it ours, is it good, and up to where is it complete?

use serde::Deserialize;

use super::keys::KeySet;
use super::signer::Typ;
use crate::directory::{Place, Position};
use crate::jose::{Algorithm, Compact, Json, parse_object, split};

const DEEPEST_HEADER: usize = 4;

/// What a token turns out to be.
pub enum Own {
    /// Another issuer's.
    Foreign,
    /// It says that it is ours, and is not or not any more.
    Invalid,
    /// Ours, and good by its signature and its times.
    Token(OwnToken),
}

/// A token of our own. Without `Debug`, because it is about a person.
pub struct OwnToken {
    /// In which tenant.
    pub tenant: Box<str>,
    /// Whose.
    pub user: Box<str>,
    /// Every change up to here is in it.
    pub position: Position,
    /// In which history of the log that was so.
    pub place: Place,
    /// The payload, a JSON object.
    pub payload: Box<[u8]>,
}

#[derive(Deserialize)]
struct Issuer<'p> {
    #[serde(borrow)]
    iss: Option<std::borrow::Cow<'p, str>>,
}

#[derive(Deserialize)]
struct Payload<'p> {
    #[serde(borrow)]
    sub: std::borrow::Cow<'p, str>,
    #[serde(borrow)]
    tenant: std::borrow::Cow<'p, str>,
    exp: i64,
    position: String,
    consistency_token: Option<String>,
}

/// Looks at a token, at this moment.
pub(super) fn look(token: &str, issuer: &str, keys: &KeySet, unix_now: i64) -> Own {
    let Ok(compact) = split(token) else { return Own::Foreign };
    let claimed = serde_json::from_slice::<Issuer<'_>>(compact.payload()).ok().and_then(|payload| payload.iss);
    if claimed.as_deref() != Some(issuer) {
        return Own::Foreign;
    }
    if !is_signed(&compact, keys) {
        return Own::Invalid;
    }
    read(&compact, unix_now).map_or(Own::Invalid, Own::Token)
}

/// Only the keys that are published, only their algorithms, only access tokens.
fn is_signed(compact: &Compact<'_>, keys: &KeySet) -> bool {
    let Ok(header) = parse_object(compact.header(), DEEPEST_HEADER) else { return false };
    let text = |name| header.get(name).and_then(Json::as_str);
    let (Some(kid), Some(algorithm)) = (text("kid"), text("alg").and_then(Algorithm::named)) else { return false };
    if text("typ") != Some(Typ::AccessToken.name()) {
        return false;
    }
    let key = keys.verifying().find(Some(kid), algorithm);
    key.is_ok_and(|key| key.verify(algorithm, compact.signing_input(), compact.signature()))
}

/// What it says, now that it is known to be ours.
fn read(compact: &Compact<'_>, unix_now: i64) -> Option<OwnToken> {
    let payload: Payload<'_> = serde_json::from_slice(compact.payload()).ok()?;
    if payload.exp <= unix_now {
        return None;
    }
    let position = Position::new(payload.position.parse().ok()?);
    let place = match payload.consistency_token {
        Some(text) => text.parse().ok()?,
        None => Place { position, nonce: None },
    };
    Some(OwnToken {
        tenant: payload.tenant.into(),
        user: payload.sub.into(),
        position,
        place,
        payload: compact.payload().into(),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::SigningAlgorithm;
    use crate::issuance::keys::{PublishedKey, Role};
    use crate::issuance::signer::SigningKey;
    use crate::jose::base64url::encode;

    const ISSUER: &str = "https://claims.example.com";
    const PAYLOAD: &str = r#"{"iss":"https://claims.example.com","sub":"u","tenant":"acme","exp":100,"position":"7"}"#;

    fn keys() -> (Arc<SigningKey>, KeySet) {
        let key = Arc::new(SigningKey::make(SigningAlgorithm::Es256).unwrap().0);
        let set = KeySet::of(vec![PublishedKey { key: Arc::clone(&key), role: Role::Signs, since: 0 }]).unwrap();
        (key, set)
    }

    fn verdict(token: &str, keys: &KeySet, now: i64) -> &'static str {
        match look(token, ISSUER, keys, now) {
            Own::Foreign => "foreign",
            Own::Invalid => "invalid",
            Own::Token(_) => "good",
        }
    }

    #[test]
    fn a_token_counts_until_it_ends() {
        let (key, set) = keys();
        let token = key.sign(Typ::AccessToken, PAYLOAD.as_bytes()).unwrap();
        let Own::Token(own) = look(&token, ISSUER, &set, 99) else { panic!("it is ours") };
        assert_eq!((&*own.user, &*own.tenant, own.position), ("u", "acme", Position::new(7)));
        assert_eq!(verdict(&token, &set, 100), "invalid");
    }

    #[test]
    fn what_others_issue_is_none_of_ours() {
        let (key, set) = keys();
        for payload in [r#"{"iss":"https://claims.example.com/"}"#, "{}", "[]", "x"] {
            let token = key.sign(Typ::AccessToken, payload.as_bytes()).unwrap();
            assert_eq!(verdict(&token, &set, 0), "foreign", "{payload}");
        }
        assert_eq!(verdict("opaque", &set, 0), "foreign");
    }

    #[test]
    fn what_only_says_that_it_is_ours_is_refused() {
        let ((key, set), (stranger, _)) = (keys(), keys());
        let forged = stranger.sign(Typ::AccessToken, PAYLOAD.as_bytes()).unwrap();
        assert_eq!(verdict(&forged, &set, 0), "invalid", "an unknown key");
        let other_typ = key.sign(Typ::Transaction, PAYLOAD.as_bytes()).unwrap();
        assert_eq!(verdict(&other_typ, &set, 0), "invalid", "another kind of token");
        let token = key.sign(Typ::AccessToken, PAYLOAD.as_bytes()).unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let changed = encode(PAYLOAD.replace("acme", "globex").as_bytes());
        assert_eq!(verdict(&format!("{}.{changed}.{}", parts[0], parts[2]), &set, 0), "invalid", "changed");
        let none = encode(br#"{"alg":"none","typ":"at+jwt"}"#);
        assert_eq!(verdict(&format!("{none}.{}.AA", parts[1]), &set, 0), "invalid", "unsigned");
        let header = format!(r#"{{"alg":"ES256","typ":"at+jwt","kid":"{}"}}"#, key.kid());
        let foreign_signature = forged.rsplit('.').next().unwrap();
        let mixed = format!("{}.{}.{foreign_signature}", encode(header.as_bytes()), parts[1]);
        assert_eq!(verdict(&mixed, &set, 0), "invalid", "our kid, another signature");
        let incomplete = key.sign(Typ::AccessToken, br#"{"iss":"https://claims.example.com","exp":100}"#).unwrap();
        assert_eq!(verdict(&incomplete, &set, 0), "invalid", "no user");
    }
}
