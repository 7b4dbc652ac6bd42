//! `claimsmith token verify`: one token.

use serde_json::json;

use super::{File, entry, entry_without_keys, fed, ran};
use crate::support::identity_provider::{IdentityProvider, Issuer};
use crate::support::program::Ended;

async fn acme() -> Issuer {
    IdentityProvider::start().await.issuer("acme")
}

#[track_caller]
fn assert_refused(ended: &Ended, code: &str, check: &str) {
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stdout.starts_with(&format!("refused: {code}\n  check: {check}\n")), "{ended:?}");
}

#[actix_rt::test]
async fn a_good_token_is_accepted_with_what_it_says() {
    let acme = acme().await;
    let file = File::json(&entry(&acme));
    let token = acme.token("alice").sign();
    let ended = ran(&["token", "verify", "--issuer", file.path(), &token]).await;
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended:?}");
    let said = "accepted\n  issuer entry: acme-idp\n  kind: access token\n  subject: alice\n  client: spa-1\n";
    assert!(ended.stdout.starts_with(said), "{ended:?}");
    assert!(!ended.stdout.contains(&token));
}

#[actix_rt::test]
async fn the_token_may_come_from_standard_input() {
    let acme = acme().await;
    let file = File::json(&entry(&acme));
    for arguments in
        [&["token", "verify", "--issuer", file.path()][..], &["token", "verify", "--issuer", file.path(), "-"]]
    {
        let ended = fed(arguments, format!("\n{}\n", acme.token("alice").sign()));
        assert_eq!(ended.code, Some(0), "{ended:?}");
    }
    let ended = fed(&["token", "verify", "--issuer", file.path()], "\n");
    assert_eq!(ended.code, Some(64), "{ended:?}");
    assert!(ended.stderr.contains("there is no token"), "{ended:?}");
    let ended = fed(&["token", "verify", "--issuer", file.path()], [0xff, 0xfe, 0x00]);
    assert_refused(&ended, "token_malformed", "2 (characters and parts)");
}

#[actix_rt::test]
async fn a_refusal_names_the_code_and_the_check() {
    let acme = acme().await;
    let file = File::json(&entry(&acme));
    let verify = async |token: String| ran(&["token", "verify", "--issuer", file.path(), &token]).await;
    assert_refused(&verify(acme.token("alice").expires_in(-600).sign()).await, "token_expired", "13 (exp)");
    assert_refused(&verify(acme.token("alice").audience("other").sign()).await, "token_audience", "17 (aud)");
    assert_refused(&verify("opaque".to_owned()).await, "token_malformed", "2 (characters and parts)");
    let foreign = acme.token("alice").signed_by(&acme.make_key(acme.key().algorithm)).sign();
    assert_refused(&verify(foreign).await, "token_signature", "12 (signature)");
    let unknown = acme.token("alice").header("kid", "k9").sign();
    assert_refused(&verify(unknown).await, "token_key_unknown", "10 (kid)");
    let elsewhere = acme.token("alice").claim("iss", "https://other.example").sign();
    assert_refused(&verify(elsewhere).await, "token_issuer_unknown", "9 (payload)");
}

#[actix_rt::test]
async fn the_moment_may_be_chosen_and_no_moment_is_too_early_or_too_late() {
    let acme = acme().await;
    let file = File::json(&entry(&acme));
    let token = acme.token("alice").claim("iat", 1_000_000).claim("exp", 1_000_300).sign();
    for (now, code) in
        [("1000100", 0), ("2000000", 1), ("0", 1), ("-9223372036854775808", 1), ("9223372036854775807", 1)]
    {
        let ended = ran(&["token", "verify", "--issuer", file.path(), "--now", now, &token]).await;
        assert_eq!(ended.code, Some(code), "{now}: {ended:?}");
    }
}

#[actix_rt::test]
async fn keys_may_stand_in_a_file_of_their_own() {
    let acme = acme().await;
    let (file, token) = (File::json(&entry_without_keys(&acme)), acme.token("alice").sign());
    let jwk = acme.key().jwk();
    for keys in [json!({"keys": [jwk]}), json!([jwk]), jwk.clone()] {
        let keys = File::json(&keys);
        let ended = ran(&["token", "verify", "--issuer", file.path(), "--jwks", keys.path(), &token]).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
    }
    let ended = ran(&["token", "verify", "--issuer", file.path(), &token]).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(64), ""), "{ended:?}");
    assert!(ended.stderr.contains("nothing is fetched here") && ended.stderr.contains("--jwks FILE"), "{ended:?}");
}

#[actix_rt::test]
async fn the_token_chooses_among_several_entries() {
    let provider = IdentityProvider::start().await;
    let (acme, globex) = (provider.issuer("acme"), provider.issuer("globex"));
    let mut other = entry(&globex);
    other["issuer_id"] = json!("globex-idp");
    let (first, second) = (File::json(&entry(&acme)), File::json(&other));
    let both = File::json(&json!([entry(&acme), other]));
    let token = globex.token("alice").sign();
    for files in [&["--issuer", both.path()][..], &["--issuer", first.path(), "--issuer", second.path()]] {
        let ended = ran(&[&["token", "verify"], files, &[&token]].concat()).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(ended.stdout.contains("issuer entry: globex-idp\n"), "{ended:?}");
    }
}

#[actix_rt::test]
async fn a_token_is_never_repeated_by_an_error() {
    let acme = acme().await;
    let (file, token) = (File::json(&entry(&acme)), acme.token("alice").sign());
    let (head, tail) = token.split_at(token.len() / 2);
    let ended = ran(&["token", "verify", "--issuer", file.path(), head, tail]).await;
    assert_eq!(ended.code, Some(64), "{ended:?}");
    assert!(ended.stderr.contains("give one token") && !ended.stderr.contains(tail), "{ended:?}");
    let ended = ran(&["token", "verify", "--issuer", "/does/not/exist", &token]).await;
    assert_eq!(ended.code, Some(64), "{ended:?}");
    assert!(ended.stderr.contains("/does/not/exist cannot be read") && !ended.stderr.contains(&token), "{ended:?}");
}

#[actix_rt::test]
async fn what_a_claim_holds_stays_on_its_line() {
    let acme = acme().await;
    let file = File::json(&entry(&acme));
    let token = acme.token("alice").claim("client_id", "spa\n\u{1b}[2J\nrefused: x").sign();
    let ended = ran(&["token", "verify", "--issuer", file.path(), &token]).await;
    assert!(!ended.stdout.contains('\u{1b}') && !ended.stdout.contains("\nrefused"), "{ended:?}");
}
