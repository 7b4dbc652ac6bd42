//! `claimsmith issuer check URL`: no configuration, no database.

use serde_json::{Value, json};

use super::ran;
use crate::support::identity_provider::{Algorithm, Behaviour, Endpoint, IdentityProvider, Issuer};
use crate::support::program::Ended;

/// The check of an issuer on loopback without TLS, as JSON.
async fn checked(url: &str) -> (Ended, Value) {
    let ended = ran(&["issuer", "check", "--plaintext", "--json", url]).await;
    let report = serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{ended:?}"));
    (ended, report)
}

/// The finding of this code.
#[track_caller]
fn finding<'r>(report: &'r Value, code: &str) -> &'r Value {
    let findings = report["findings"].as_array().unwrap();
    findings.iter().find(|finding| finding["code"] == code).unwrap_or_else(|| panic!("{code} is missing: {report:#}"))
}

#[track_caller]
fn assert_finding(report: &Value, code: &str, severity: &str, text: &str) {
    let finding = finding(report, code);
    assert_eq!(finding["severity"], severity, "{finding}");
    assert!(finding["text"].as_str().unwrap().contains(text), "{finding}");
    assert!(severity == "ok" || finding["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty()), "{finding}");
}

async fn acme() -> (IdentityProvider, Issuer) {
    let provider = IdentityProvider::start().await;
    let issuer = provider.issuer("acme");
    (provider, issuer)
}

#[actix_rt::test]
async fn a_sound_issuer_is_called_sound_and_gets_a_row() {
    let (_provider, acme) = acme().await;
    acme.sends(&[("cache-control", "max-age=60")]);
    let (ended, report) = checked(&acme.iss).await;
    assert_eq!((ended.code, &report["sound"]), (Some(0), &json!(true)), "{ended:?}");
    assert_finding(&report, "issuer", "ok", &acme.iss);
    assert_finding(&report, "refresh", "ok", "may be kept for 1 min: it is fetched again every 5 min");
    assert_finding(&report, "keys", "ok", "1 key is usable: k0 (ES256)");
    assert_finding(&report, "relaxed_plaintext", "warning", "--plaintext");
    let suggestion = &report["suggestion"];
    assert_eq!(suggestion["row"]["issuer"], json!([acme.iss]));
    assert_eq!(suggestion["row"]["settings"], json!({"algorithms": ["ES256"]}));
    assert!(suggestion["missing"][0]["remedy"].as_str().unwrap().contains("audiences"), "{suggestion}");
}

#[actix_rt::test]
async fn without_json_it_says_the_same_to_people() {
    let (_provider, acme) = acme().await;
    let ended = ran(&["issuer", "check", "--plaintext", &acme.iss]).await;
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended:?}");
    for part in ["ok        the discovery document", "still to be filled in:\n  settings", "\nsound: 0 problems, "] {
        assert!(ended.stdout.contains(part), "{part} is missing:\n{}", ended.stdout);
    }
    acme.behaves(Endpoint::Keys, Behaviour::Status(500));
    let ended = ran(&["issuer", "check", "--plaintext", &acme.iss]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended.stdout.contains("PROBLEM   the key set at ") && ended.stdout.contains("          to do: "),
        "{ended:?}"
    );
    assert!(ended.stdout.contains("\nnot sound: 1 problem, "), "{ended:?}");
}

#[actix_rt::test]
async fn a_slash_too_many_is_found_and_the_right_spelling_is_suggested() {
    let (_provider, acme) = acme().await;
    let (ended, report) = checked(&format!("{}/", acme.iss)).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_finding(&report, "issuer_mismatch", "problem", "the slash at the end counts");
    assert_finding(&report, "keys", "ok", "k0");
    assert_eq!(report["suggestion"]["row"]["issuer"], json!([acme.iss]));
}

#[actix_rt::test]
async fn the_url_of_the_discovery_document_will_do() {
    let (_provider, acme) = acme().await;
    let (ended, report) = checked(&acme.url(Endpoint::Discovery)).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(report["suggestion"]["row"]["issuer"], json!([acme.iss]));
}

#[actix_rt::test]
async fn the_document_of_another_issuer_is_found() {
    let (_provider, acme) = acme().await;
    acme.behaves(Endpoint::Discovery, Behaviour::WrongIssuer);
    let (ended, report) = checked(&acme.iss).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_finding(&report, "issuer_mismatch", "problem", "https://elsewhere.example");
}

#[actix_rt::test]
async fn published_private_keys_are_an_alarm() {
    let (_provider, acme) = acme().await;
    acme.rotate(Algorithm::Es256);
    acme.behaves(Endpoint::Keys, Behaviour::PrivateKeys);
    let (ended, report) = checked(&acme.iss).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_finding(&report, "private_key", "problem", "ALARM: key 1 (kid k0)");
    assert_finding(&report, "no_usable_key", "problem", "none of the 2 keys");
    assert!(!ended.stdout.contains("AQAB"), "the key itself is repeated");
}

#[actix_rt::test]
async fn each_key_that_is_left_out_has_its_reason() {
    let (_provider, acme) = acme().await;
    acme.behaves(Endpoint::Keys, Behaviour::JunkAmongGood);
    let (ended, report) = checked(&acme.iss).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_finding(&report, "keys", "ok", "1 key is usable: k0 (ES256)");
    assert_finding(&report, "symmetric_key", "problem", "ALARM: key 6 (kid junk-oct)");
    assert_finding(&report, "ec_point", "problem", "not a point of the curve");
    assert_finding(&report, "unsupported_crv", "warning", "P-256, P-384 or Ed25519");
    let left_out = report["findings"].as_array().unwrap().iter();
    let left_out = left_out.filter(|finding| finding["text"].as_str().unwrap().contains("is not used: "));
    assert_eq!(left_out.count(), 20);
}

#[actix_rt::test]
async fn a_redirect_is_not_followed_and_its_target_is_named() {
    let (_provider, acme) = acme().await;
    acme.behaves(Endpoint::Discovery, Behaviour::Redirect("https://moved.example/issuer".to_owned()));
    let (ended, report) = checked(&acme.iss).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_finding(&report, "redirect", "problem", "redirects to moved.example");
}

#[actix_rt::test]
async fn an_issuer_that_cannot_be_reached_is_a_problem_with_a_remedy() {
    let (mut provider, acme) = acme().await;
    provider.stop().await;
    let (ended, report) = checked(&acme.iss).await;
    assert_eq!((ended.code, &report["sound"]), (Some(1), &json!(false)), "{ended:?}");
    assert_finding(&report, "connect", "problem", "the discovery document at ");
}

#[actix_rt::test]
async fn keys_on_another_host_are_named_and_the_row_lists_the_host() {
    let (provider, acme) = acme().await;
    let elsewhere = format!("http://localhost:{}/i/acme/jwks", provider.address().port());
    acme.behaves(Endpoint::Discovery, Behaviour::KeysElsewhere(elsewhere));
    let (ended, report) = checked(&acme.iss).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_finding(&report, "jwks_host", "warning", "the keys are at localhost");
    assert_eq!(report["suggestion"]["row"]["settings"]["jwks_hosts"], json!(["localhost"]));
}

#[actix_rt::test]
async fn an_odd_content_type_is_a_warning() {
    let (_provider, acme) = acme().await;
    acme.sends(&[("content-type", "text/plain")]);
    let (ended, report) = checked(&acme.iss).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_finding(&report, "content_type", "warning", "the key set has content type text/plain");
}

#[actix_rt::test]
async fn nothing_inside_is_asked_without_leave() {
    let (provider, acme) = acme().await;
    for (url, code, option) in [
        (acme.iss.as_str(), "url", "--plaintext"),
        ("https://127.0.0.1/", "url", "--allow-private-addresses"),
        ("https://localhost/", "refused_address", "--allow-private-addresses"),
    ] {
        let ended = ran(&["issuer", "check", "--json", url]).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        let report: Value = serde_json::from_str(&ended.stdout).unwrap();
        assert!(finding(&report, code)["remedy"].as_str().unwrap().contains(option), "{url}: {report:#}");
    }
    assert_eq!(provider.connections(), 0);
}

#[actix_rt::test]
async fn an_option_of_urls_beside_an_id_is_a_mistake_and_so_is_a_file_without_certificates() {
    let ended = ran(&["issuer", "check", "--plaintext", "acme-idp"]).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(64), ""), "{ended:?}");
    assert!(ended.stderr.contains("--plaintext is for a URL") && ended.stderr.contains("https://"), "{ended:?}");
    let ended = ran(&["issuer", "check", "--ca-file", "/does/not/exist", "https://login.example"]).await;
    assert_eq!(ended.code, Some(64), "{ended:?}");
    let ended = ran(&["issuer", "check"]).await;
    assert_eq!(ended.code, Some(64), "{ended:?}");
}
