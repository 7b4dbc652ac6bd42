//! A token is a credential: no refusal, no metric and no line of the log repeats it or what it says.

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::support::app::{Answer, KEY};
use crate::support::identity_provider::{Algorithm, ENTRY, IdentityProvider, Issuer, OneIssuer};
use crate::support::postgres::TestDatabase;
use crate::support::process::Process;
use crate::support::wait::until;

/// What the tokens here say.
const SAID: &str = "said-in-a-token";

/// Tokens that are refused, each by another check, with this in each of their places.
fn refused(issuer: &Issuer) -> Vec<String> {
    let token = issuer.token(SAID).claim("email", SAID).claim("jti", SAID);
    let unpublished = issuer.make_key(Algorithm::Es256);
    vec![
        SAID.to_owned(),
        format!("{SAID}.{SAID}.{SAID}"),
        token.clone().header("alg", SAID).sign(),
        token.clone().header("typ", SAID).sign(),
        token.clone().header("crit", json!([SAID])).sign(),
        token.clone().claim("iss", SAID).sign(),
        token.clone().audience(SAID).sign(),
        token.clone().claim("exp", SAID).sign(),
        token.clone().expires_in(-100).sign(),
        token.clone().signed_by(&unpublished).sign(),
        token.clone().header("kid", json!({SAID: SAID})).sign(),
        token.clone().header("kid", "no-such-key").sign(),
        token.sign(),
    ]
}

/// What must not be seen of a token: what it says, and its parts.
fn secrets(token: &str) -> Vec<&str> {
    token.split('.').chain([SAID]).filter(|part| part.len() > 8).collect()
}

#[actix_rt::test]
async fn no_refusal_and_no_metric_repeats_what_a_token_says() {
    let scene = OneIssuer::start().await;
    for token in refused(&scene.issuer) {
        let answer = scene.app.by_token(&token, "acme").await;
        assert!(answer.status.is_client_error(), "{answer:?}");
        let mut said = format!("{:?} {}", answer.headers, answer.body);
        for path in ["/metrics", "/status"] {
            said.push_str(&scene.app.get_ops(path).await.body.to_string());
        }
        for secret in secrets(&token) {
            assert!(!said.contains(secret), "{secret} is in {said}");
        }
    }
    scene.app.stop().await;
}

#[actix_rt::test]
async fn no_line_of_the_log_repeats_what_a_token_says() {
    let provider = IdentityProvider::start().await;
    let issuer = provider.issuer("acme");
    let database = TestDatabase::create().await;
    issuer.register(&database, ENTRY).await;
    let sections =
        format!("[log]\nformat = \"json\"\nlevel = \"trace\"\n[insecure]\nplaintext_issuers = [\"{ENTRY}\"]\n");
    let process = Process::serve_on(database, "token-log", &sections).await;
    let accepted = issuer.token("alice").sign();
    until("a token is accepted", || async { (ask(&process, &accepted).await.status == StatusCode::OK).then_some(()) })
        .await;
    let refused = refused(&issuer);
    for token in &refused {
        assert!(ask(&process, token).await.status.is_client_error());
    }
    let log = process.log();
    assert!(log.lines().count() > 20, "the log says something: {log}");
    for secret in refused.iter().chain([&accepted]).flat_map(|token| secrets(token)) {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
}

async fn ask(process: &Process, token: &str) -> Answer {
    let body: Value = json!({"token": token, "tenant": "acme"});
    let url = format!("http://{}/v1/claims", process.data);
    Answer::of(Client::new().post(url).bearer_auth(KEY).json(&body).send().await.unwrap()).await
}
