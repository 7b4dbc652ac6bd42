//! A path that climbs is refused, or means the same to the service and to the back-end.

use super::asks;
use crate::case::Case;
use crate::exchange::Exchange;
use crate::gateway::Kind;
use crate::gateway::Kind::{Caddy, HaProxy, Nginx, Traefik};
use crate::laws::QUERY;

const STRICT: [Kind; 3] = [Nginx, Caddy, HaProxy];

pub(super) fn cases() -> Vec<Case> {
    vec![
        path("/api/../admin", "200 as /admin").but(&STRICT, "400"),
        path("/api/./things", "200 as /api/things").but(&STRICT, "400"),
        path("/..", "200 as /").but(&STRICT, "400"),
        path("/../../etc/passwd", "200 as /etc/passwd").but(&STRICT, "400"),
        path("/api/%2e%2e/admin", "200 as /admin").but(&STRICT, "400"),
        path("/api/.%2E/admin", "200 as /admin").but(&STRICT, "400"),
        path("/api/..%2fadmin", "400").but(&[Traefik], "403 path_refused"),
        path("/api/%2e%2e%2fadmin", "400").but(&[Traefik], "403 path_refused"),
        path("/api/%252e%252e/admin", "403 path_refused").but(&STRICT, "400"),
        path("/api/..%252fadmin", "403 path_refused").but(&STRICT, "400"),
        path("/api/..;/admin", "200 as /admin").but(&[Traefik], "403 path_refused").but(&STRICT, "400"),
        path("/api/..;x=1/admin", "200 as /admin").but(&[Traefik], "403 path_refused").but(&STRICT, "400"),
        path("/api/..\\admin", "200 as /admin").but(&[Traefik], "403 path_refused").but(&STRICT, "400"),
        path("/api/..%5cadmin", "400").but(&[Traefik], "403 path_refused"),
        path("/api/a%00b", "400").but(&[Traefik], "403 path_refused"),
        path("/api/%zz", "403 path_refused").but(&[Nginx, Traefik, Caddy], "400"),
        path("//admin", "200 as /admin").but(&STRICT, "200"),
        path("/api/things#/../x", "400"),
        path("/v1/authz/../../admin", "200 as /admin").but(&STRICT, "400"),
        path("api/things", "400"),
        path("http://app.example/api/../admin", "200 as /admin").but(&STRICT, "400"),
        path("/a.b/..c/...", "200"),
        path("/caf%C3%A9/100%25", "200"),
        Case::new("/api/things?x=/../admin", |issuer| vec![asks(issuer).to("/api/things?x=/../admin")], "200"),
    ]
}

fn path(path: &'static str, expected: &str) -> Case {
    let requests = move |issuer: &_| vec![asks(issuer).to(format!("{path}{QUERY}"))];
    Case::new(format!("`{path}`"), requests, expected).telling(elsewhere)
}

/// Where the back-end has been led, if that is not what the client wrote.
fn elsewhere(exchange: &Exchange) -> String {
    let Some(arrived) = exchange.arrived.first() else { return String::new() };
    let path = |target: &str| target.split('?').next().unwrap_or_default().to_owned();
    let (sent, arrived) = (path(&exchange.sent.target), path(arrived.head.word(1)));
    if sent == arrived { String::new() } else { format!("as {arrived}") }
}
