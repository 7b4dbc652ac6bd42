//! Every method and every body passes unchanged, and the service gets to see no body.

use super::{asks, nobody_asks};
use crate::case::Case;
use crate::client::Request;
use crate::gateway::Kind::{Caddy, HaProxy, Nginx, Traefik};
use crate::laws::{Identity, SECRET};
use crate::scene::Stage;
use crate::support::identity_provider::Issuer;

const METHODS: [&str; 5] = ["PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"];
/// What must not become a request of its own.
const HIDDEN: &str = "GET /admin HTTP/1.1\r\nHost: app.example\r\nX-Auth-User: forged\r\n\r\n";
const MEGABYTE: usize = 1_000_000;

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("PUT, PATCH, DELETE, OPTIONS, PROPFIND", every_method, "200"),
        Case::new("HEAD", |issuer| vec![asks(issuer).method("HEAD")], "200"),
        Case::new("HEAD without a token", |_| vec![nobody_asks().method("HEAD")], "401 token_missing"),
        Case::new("POST with a body", |issuer| vec![posts(issuer).content(SECRET)], "200"),
        Case::new(
            "POST with a body, without a token",
            |_| vec![nobody_asks().method("POST").content(SECRET)],
            "401 token_missing",
        ),
        Case::new("POST in chunks", |issuer| vec![posts(issuer).chunked(&[SECRET, SECRET], "")], "200"),
        Case::new("POST of 1 MB", |issuer| vec![posts(issuer).content(SECRET.repeat(MEGABYTE / SECRET.len()))], "200"),
        Case::new("POST with Expect: 100-continue", |issuer| vec![posts(issuer).expecting().content(SECRET)], "200"),
        // Who takes the chunks for the body drops the length (RFC 9112 section 6.3).
        Case::new("a request behind the last chunk", |issuer| vec![chunked(issuer).hiding(HIDDEN)], "400")
            .but(&[Traefik, Caddy, HaProxy], "200"),
        Case::new("a request behind a shorter length", |issuer| vec![posts(issuer).content("").hiding(HIDDEN)], "400"),
        Case::new("a request behind an odd coding", oddly_coded, "400").but(&[Nginx, Traefik, Caddy], "501"),
        Case::new("a preflight", |_| vec![preflight()], "401 token_missing"),
        Case::new("a preflight, which may pass", |_| vec![preflight()], "200").on(Stage::Generous).by(Identity::NOBODY),
        Case::new(
            "a preflight with an identity, which may pass",
            |_| vec![preflight().line("X-Auth-User: forged")],
            "200",
        )
        .on(Stage::Generous)
        .by(Identity::NOBODY),
        Case::new("no preflight, which may not pass", |_| vec![preflight().method("POST")], "401 token_missing")
            .on(Stage::Generous),
        backends_own("400"),
        backends_own("401"),
        backends_own("403"),
        backends_own("404"),
        backends_own("500"),
        backends_own("503"),
    ]
}

fn every_method(issuer: &Issuer) -> Vec<Request> {
    METHODS.map(|method| asks(issuer).method(method)).into()
}

fn posts(issuer: &Issuer) -> Request {
    asks(issuer).method("POST")
}

fn chunked(issuer: &Issuer) -> Request {
    posts(issuer).chunked(&[], "")
}

fn oddly_coded(issuer: &Issuer) -> Vec<Request> {
    vec![posts(issuer).line("Transfer-Encoding: xchunked").hiding(HIDDEN)]
}

fn preflight() -> Request {
    let request = nobody_asks().method("OPTIONS").line("Origin: https://app.example");
    request.line("Access-Control-Request-Method: PUT")
}

fn backends_own(status: &'static str) -> Case {
    let requests = move |issuer: &_| vec![asks(issuer).to(format!("/status/{status}"))];
    Case::new(format!("the back-end's own {status}"), requests, status)
}
