//! Each code that a token can be refused with, once, over HTTP.

use claimsmith::error::Code;
use serde_json::{Value, json};

use crate::support::identity_provider::{Algorithm, OneIssuer};

impl OneIssuer {
    /// Tokens that are refused with this code.
    fn refused_with(&self, code: Code) -> Vec<String> {
        let token = self.issuer.token("alice");
        match code {
            Code::TokenMalformed => ["", "gho_16C7e42F292c6912E7710c838347Ae178B4a", "a.b.c", "a.b", "e30.e30.", "{}"]
                .map(str::to_owned)
                .into_iter()
                .chain([token.clone().header("crit", json!(["exp"])).sign(), format!("{} ", token.sign())])
                .collect(),
            Code::TokenExpired => vec![token.expires_in(-61).sign()],
            Code::TokenNotYetValid => vec![token.clone().claim("nbf", far()).sign()],
            Code::TokenSignature => {
                let other = self.issuer.make_key(Algorithm::Es256);
                vec![token.clone().signed_by(&other).sign(), mixed(&token.sign(), &self.issuer.token("bob").sign())]
            }
            Code::TokenIssuerUnknown => {
                let iss = &self.issuer.iss;
                [json!(format!("{iss}/")), json!(iss.to_uppercase()), json!("https://elsewhere.example")]
                    .map(|iss| token.clone().claim("iss", iss).sign())
                    .into()
            }
            Code::TokenKeyUnknown => vec![token.header("kid", "k9").sign()],
            Code::TokenAlgorithm => {
                ["none", "HS256", "es256", "RS512"].map(|alg| token.clone().header("alg", alg).sign()).into()
            }
            Code::TokenAudience => vec![token.audience("https://other.example").sign()],
            Code::TokenType => vec![token.header("typ", "logout+jwt").sign()],
            Code::TokenClaims => {
                vec![
                    token.clone().without("exp").sign(),
                    token.clone().without("sub").sign(),
                    token.claim("sub", 7).sign(),
                ]
            }
            _ => panic!("what token is refused with {}?", code.label()),
        }
    }
}

#[actix_rt::test]
async fn every_code_of_a_token_has_its_status_and_its_count() {
    let scene = OneIssuer::start().await;
    // Who brings none is a gateway's client: tests/forward_auth.
    let brought = |code: &&Code| code.label().starts_with("token_") && **code != Code::TokenMissing;
    for code in Code::EVERY.iter().filter(brought) {
        let series = format!("claimsmith_refusals_total{{code=\"{}\"}}", code.label());
        for token in scene.refused_with(*code) {
            let before = scene.app.count(&series).await;
            let answer = scene.app.by_token(&token, "acme").await;
            assert_eq!(answer.code(), code.label(), "{token}");
            answer.assert_refused(*code);
            assert_eq!(scene.app.count(&series).await - before, 1, "{series}");
        }
    }
    scene.app.accepts(&scene.issuer.token("alice").sign()).await;
    scene.app.stop().await;
}

#[actix_rt::test]
async fn a_token_gets_what_its_user_gets() {
    let scene = OneIssuer::start().await;
    for tenant in ["acme", "globex"] {
        let by_user = scene.app.claims(&json!({"user": "alice", "tenant": tenant})).await;
        let by_token = scene.app.by_token(&scene.issuer.token("alice").sign(), tenant).await;
        assert_eq!(by_token.body["user"], "alice");
        assert_eq!(by_token.body["claims"], by_user.body["claims"], "{tenant}");
    }
    scene.app.by_token(&scene.issuer.token("nobody").sign(), "acme").await.assert_refused(Code::UserUnknown);
    scene.app.stop().await;
}

#[actix_rt::test]
async fn exactly_one_of_user_subject_and_token_names_the_user() {
    let scene = OneIssuer::start().await;
    let token = scene.issuer.token("alice").sign();
    let subject = json!({"issuer": scene.issuer.iss, "sub": "alice"});
    for body in [
        json!({"token": token, "user": "alice"}),
        json!({"token": token, "subject": subject}),
        json!({"token": 7}),
        json!({"token": Value::Null, "tenant": "acme"}),
    ] {
        scene.app.claims(&body).await.assert_refused(Code::InvalidRequest);
    }
    scene.app.stop().await;
}

/// In the year 2100.
fn far() -> i64 {
    4_102_444_800
}

/// One token with the payload of another.
fn mixed(token: &str, other: &str) -> String {
    let (parts, others): (Vec<&str>, Vec<&str>) = (token.split('.').collect(), other.split('.').collect());
    format!("{}.{}.{}", parts[0], others[1], parts[2])
}
