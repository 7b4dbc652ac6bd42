//! Any method, no body, connections that last.

use std::net::SocketAddr;

use reqwest::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{EDGE, scene};
use crate::support::app::KEY;
use crate::support::identity_provider::OneIssuer;
use crate::support::raw::exchange;
use crate::support::wait::LONG;

/// The head of a question, with these lines besides.
fn head(scene: &OneIssuer, method: &str, lines: &str) -> String {
    let token = scene.issuer.token("alice").sign();
    format!(
        "{method} /v1/authz/{EDGE} HTTP/1.1\r\nhost: a\r\nx-gateway-key: {KEY}\r\nauthorization: Bearer {token}\r\n\
         x-tenant: acme\r\nx-original-method: POST\r\nx-original-uri: /a\r\n{lines}\r\n"
    )
}

fn address(scene: &OneIssuer) -> SocketAddr {
    scene.app.addresses.gateway.unwrap()
}

#[actix_rt::test]
async fn every_method_is_answered_alike() {
    let scene = scene(|_| ()).await;
    let token = scene.issuer.token("alice").sign();
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "TRACE", "X"] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let question = scene
            .bare(method.clone(), EDGE)
            .header("x-gateway-key", KEY)
            .bearer_auth(&token)
            .header("x-tenant", "acme");
        assert_eq!(scene.told(question).await.verdict(), (200, ""), "{method}");
        let question = scene.bare(method.clone(), EDGE).header("x-gateway-key", KEY);
        assert_eq!(scene.told(question).await.verdict(), (401, "token_missing"), "{method}");
    }
    scene.app.stop().await;
}

#[actix_rt::test]
async fn head_is_answered_without_a_body_and_without_the_length_of_one() {
    let scene = scene(|_| ()).await;
    let question = scene.bare(Method::HEAD, EDGE).header("x-gateway-key", KEY);
    let answer = scene.told(question).await;
    assert_eq!(answer.verdict(), (401, "token_missing"));
    assert!(matches!(answer.header("content-length"), None | Some("0")), "{answer:?}");
    scene.app.stop().await;
}

#[actix_rt::test]
async fn a_body_that_is_announced_and_never_comes_is_not_waited_for() {
    let scene = scene(|_| ()).await;
    for lines in ["content-length: 7\r\n", "content-length: 99999999999\r\n", "transfer-encoding: chunked\r\n"] {
        let answer = exchange(address(&scene), head(&scene, "POST", lines).as_bytes()).await;
        assert_eq!(answer.verdict(), (200, ""), "{lines}");
    }
    scene.app.stop().await;
}

#[actix_rt::test]
async fn a_connection_with_an_unread_body_is_closed_and_any_other_is_kept() {
    let scene = scene(|_| ()).await;
    let mut stream = TcpStream::connect(address(&scene)).await.unwrap();
    stream.write_all(head(&scene, "POST", "content-length: 7\r\n").as_bytes()).await.unwrap();
    let mut received = String::new();
    timeout(LONG, stream.read_to_string(&mut received)).await.expect("it is closed").unwrap();
    assert!(received.starts_with("HTTP/1.1 200") && received.contains("connection: close"), "{received}");

    let mut stream = TcpStream::connect(address(&scene)).await.unwrap();
    for _ in 0..3 {
        stream.write_all(head(&scene, "GET", "").as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(timeout(LONG, stream.read_u8()).await.expect("it is answered").unwrap());
        }
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && !answer.contains("connection: close"), "{answer}");
    }
    scene.app.stop().await;
}

#[actix_rt::test]
async fn requests_are_counted_under_a_surface_of_their_own() {
    let scene = scene(|_| ()).await;
    let counted = |class: &str| format!("claimsmith_http_requests_total{{class=\"{class}\",surface=\"gateway\"}}");
    scene.told(scene.asks()).await;
    scene.told(scene.bare(Method::GET, EDGE)).await;
    assert_eq!((scene.app.count(&counted("2xx")).await, scene.app.count(&counted("4xx")).await), (1, 1));
    assert_eq!(scene.app.count("claimsmith_refusals_total{code=\"caller_unauthenticated\"}").await, 1);
    scene.app.stop().await;
}
