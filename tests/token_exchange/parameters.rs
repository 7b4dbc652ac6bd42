//! Every rule about parameters, and the error that breaking it gets.

use reqwest::StatusCode;

use crate::support::app::Answer;
use crate::support::exchange::{
    ACCESS_TOKEN, EDGE, EDGE_KEY, Exchange, GRANT, ID_TOKEN, JWT, ORDERS, STOCK, TXN_TOKEN, asking, assert_error,
};

#[actix_rt::test]
async fn each_broken_rule_has_the_error_that_the_standards_give_it() {
    let scene = Exchange::start().await;
    let token = scene.issuer.token("alice").claim("scope", "read write").sign();
    let t = token.as_str();
    let refresh_token = "urn:ietf:params:oauth:token-type:refresh_token";
    let (large, deep) = (format!("{{\"a\":\"{}\"}}", "x".repeat(4_096)), "[".repeat(20));
    let txn = [("requested_token_type", TXN_TOKEN), ("audience", ORDERS), ("scope", "read")];
    let with = |more: &[(&'static str, &'static str)]| [&txn[..], more].concat();
    let cases: Vec<(&str, Vec<(&str, &str)>)> = vec![
        ("invalid_request", vec![("grant_type", "")]),
        ("unsupported_grant_type", vec![("grant_type", "authorization_code")]),
        ("invalid_request", vec![("grant_type", GRANT), ("grant_type", GRANT)]),
        ("invalid_request", vec![("subject_token", "")]),
        ("invalid_request", vec![("subject_token", t), ("subject_token", t)]),
        ("invalid_request", vec![("subject_token_type", "")]),
        ("invalid_request", vec![("subject_token_type", "access_token")]),
        ("invalid_request", vec![("subject_token_type", refresh_token)]),
        ("invalid_request", vec![("subject_token_type", ID_TOKEN)]),
        ("invalid_request", vec![("requested_token_type", refresh_token)]),
        ("invalid_request", vec![("actor_token", t), ("actor_token_type", ACCESS_TOKEN)]),
        ("invalid_request", vec![("actor_token_type", ACCESS_TOKEN)]),
        ("invalid_request", vec![("colour", "red"), ("colour", "green")]),
        ("invalid_target", vec![("audience", "https://elsewhere.internal")]),
        ("invalid_target", vec![("resource", "https://elsewhere.internal")]),
        ("invalid_target", vec![("resource", "orders")]),
        ("invalid_target", vec![("resource", "https://orders.internal#a")]),
        ("invalid_target", vec![("audience", ORDERS), ("audience", STOCK)]),
        ("invalid_target", vec![("audience", ORDERS), ("resource", STOCK)]),
        ("invalid_scope", vec![("scope", "admin")]),
        ("invalid_scope", vec![("scope", "read admin")]),
        ("invalid_scope", vec![("scope", "read  write")]),
        ("invalid_scope", vec![("scope", "rea")]),
        ("invalid_request", vec![("tenant", "none")]),
        ("invalid_request", vec![("tenant", "acme"), ("organization", "org_globex")]),
        ("invalid_request", vec![("at_least", "soon")]),
        ("invalid_request", vec![("requested_token_type", TXN_TOKEN), ("audience", ORDERS)]),
        ("invalid_request", vec![("requested_token_type", TXN_TOKEN), ("scope", "read")]),
        ("invalid_scope", [&txn[..2], &[("scope", "admin")]].concat()),
        ("invalid_request", with(&[("request_context", "[]")])),
        ("invalid_request", with(&[("request_details", "{")])),
        ("invalid_request", [&txn[..], &[("request_details", large.as_str())]].concat()),
        ("invalid_request", [&txn[..], &[("request_context", deep.as_str())]].concat()),
    ];
    for (error, changed) in cases {
        let answer = scene.exchange(&asking(t, &changed)).await;
        let description = assert_error(&answer, 400, error);
        assert!(!description.contains("elsewhere") && !description.contains(t), "{changed:?}: {description}");
    }
    scene.app.stop().await;
}

#[actix_rt::test]
async fn a_form_of_many_parameters_is_refused_before_anything_else_is_asked() {
    let scene = Exchange::start().await;
    let form: Vec<(String, &str)> = (0..65).map(|number| (format!("p{number}"), "v")).collect();
    let anonymous = |form: &[(String, &str)]| scene.app.client.post(scene.app.data("/v1/token")).form(form);
    assert_error(&scene.app.send(anonymous(&form)).await, 400, "invalid_request");
    assert_error(&scene.app.send(anonymous(&form[1..])).await, 401, "invalid_client");
    scene.app.stop().await;
}

#[actix_rt::test]
async fn what_the_standards_allow_gets_a_token() {
    let scene = Exchange::start().await;
    let token = scene.issuer.token("alice").claim("scope", "read write").sign();
    let accepted: &[&[(&str, &str)]] = &[
        &[],
        &[("audience", ORDERS), ("audience", ORDERS), ("resource", ORDERS)],
        &[("resource", STOCK)],
        &[("subject_token_type", JWT)],
        &[("requested_token_type", JWT)],
        &[("requested_token_type", ACCESS_TOKEN)],
        &[("scope", "write read")],
        &[("audience", ""), ("scope", ""), ("actor_token", ""), ("actor_token_type", ""), ("requested_token_type", "")],
        &[("scope", ""), ("scope", "read")],
        &[("colour", "red"), ("client_id", EDGE)],
        &[("tenant", ""), ("organization", "org_acme")],
        &[("tenant", ""), ("host", "acme.app.example")],
        &[("at_least", "0")],
    ];
    for changed in accepted {
        let answer = scene.exchange(&asking(&token, changed)).await;
        assert_eq!(answer.status, StatusCode::OK, "{changed:?}: {answer:?}");
    }
    scene.app.stop().await;
}

#[actix_rt::test]
async fn parameters_come_in_a_form_and_in_nothing_else() {
    let scene = Exchange::start().await;
    let token = scene.issuer.token("alice").sign();
    let post = || scene.app.client.post(scene.app.data("/v1/token")).basic_auth(EDGE, Some(EDGE_KEY));
    let json = post().json(&serde_json::json!({"grant_type": GRANT, "subject_token": token}));
    assert_error(&scene.app.send(json).await, 400, "invalid_request");
    assert_error(&scene.app.send(post()).await, 400, "invalid_request");
    let query = format!("/v1/token?subject_token={token}&subject_token_type={ACCESS_TOKEN}");
    let in_query = scene.app.client.post(scene.app.data(&query)).basic_auth(EDGE, Some(EDGE_KEY));
    let in_query = in_query.form(&[("grant_type", GRANT)]);
    assert_error(&scene.app.send(in_query).await, 400, "invalid_request");
    let large = "x".repeat(1 << 20);
    let answer = scene.exchange(&asking(&large, &[])).await;
    assert_error(&answer, 400, "invalid_request");
    let get = scene.app.client.get(scene.app.data("/v1/token")).basic_auth(EDGE, Some(EDGE_KEY));
    let answer: Answer = scene.app.send(get).await;
    assert_eq!((answer.status, answer.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, Some("POST")));
    scene.app.stop().await;
}
