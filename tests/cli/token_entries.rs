//! `claimsmith token verify`: what is understood as an entry, and what is said about one that is wrong.

use serde_json::{Value, json};

use super::{File, entry, ran};
use crate::support::identity_provider::{AUDIENCE, IdentityProvider, Issuer};
use crate::support::program::Ended;

/// Verifies a good token against this entry.
async fn against(entry: &Value, issuer: &Issuer) -> Ended {
    let file = File::json(entry);
    ran(&["token", "verify", "--issuer", file.path(), &issuer.token("alice").sign()]).await
}

async fn acme() -> Issuer {
    IdentityProvider::start().await.issuer("acme")
}

#[actix_rt::test]
async fn what_a_stranger_would_write_is_understood() {
    let acme = acme().await;
    let keys = json!({"keys": [acme.key().jwk()]});
    for entry in [
        json!({"issuer": acme.iss, "audiences": [AUDIENCE], "algorithms": ["ES256"], "jwks": keys}),
        json!({"issuer": acme.iss, "settings": {"audiences": [AUDIENCE], "algorithms": ["ES256"]}, "jwks": keys}),
        json!({"id": "a", "issuer": [acme.iss], "settings": {"audiences": [AUDIENCE], "algorithms": ["ES256"], "jwks": keys}}),
    ] {
        let ended = against(&entry, &acme).await;
        assert_eq!(ended.code, Some(0), "{entry}: {ended:?}");
    }
}

#[actix_rt::test]
async fn every_mistake_of_an_entry_is_listed() {
    let acme = acme().await;
    let mut broken = entry(&acme);
    broken["settings"]["audiences"] = json!(["account"]);
    broken["settings"]["algorithms"] = json!(["HS256"]);
    let ended = against(&broken, &acme).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(64), ""), "{ended:?}");
    for part in ["the issuer entry has mistakes:", "issuer acme-idp: settings.audiences: ", "settings.algorithms"] {
        assert!(ended.stderr.contains(part), "{part} is missing: {ended:?}");
    }
    let mut misplaced = entry(&acme);
    misplaced["audiences"] = json!(["x"]);
    let ended = against(&misplaced, &acme).await;
    assert_eq!(ended.code, Some(64), "{ended:?}");
    assert!(ended.stderr.contains("audiences: is no member of an entry") && ended.stderr.contains("into settings"));
}

#[actix_rt::test]
async fn what_is_no_entry_at_all_is_refused() {
    for content in ["", "{", "null", "7", "\"x\"", "[[]]", "{}", "{\"issuer\": {}}", "\u{feff}{}"] {
        let file = File::new(content);
        let ended = ran(&["token", "verify", "--issuer", file.path(), "a.b.c"]).await;
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(64), ""), "{content}: {ended:?}");
        assert!(ended.stderr.starts_with("claimsmith: "), "{content}: {ended:?}");
    }
}

#[actix_rt::test]
async fn keys_that_cannot_be_used_are_left_out_and_named() {
    let acme = acme().await;
    let mut mixed = entry(&acme);
    let shared = json!({"kty": "oct", "kid": "shared", "k": "AAAA"});
    let encrypting = json!({"kty": "RSA", "use": "enc", "kid": "enc", "n": "AQAB", "e": "AQAB"});
    mixed["settings"]["jwks"] = json!({"keys": [shared, acme.key().jwk(), encrypting]});
    let ended = against(&mixed, &acme).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("  note: left out settings.jwks.keys.0: "), "{ended:?}");
    assert!(ended.stdout.contains("  note: left out settings.jwks.keys.2: "), "{ended:?}");
    mixed["settings"]["jwks"] = json!({"keys": [shared]});
    let ended = against(&mixed, &acme).await;
    assert_eq!(ended.code, Some(64), "{ended:?}");
    assert!(ended.stderr.contains("has no usable key"), "{ended:?}");
}

#[actix_rt::test]
async fn an_entry_that_accepts_nothing_says_so() {
    let acme = acme().await;
    let mut off = entry(&acme);
    off["enabled"] = json!(false);
    let ended = against(&off, &acme).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stdout.starts_with("refused: token_issuer_unknown\n") && ended.stdout.contains("is switched off"));
    let ended = against(&json!({"issuer": acme.iss, "settings": {}}), &acme).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stdout.contains("say nothing about tokens"), "{ended:?}");
}
