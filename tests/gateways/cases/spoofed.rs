//! What a client says of itself does not reach the back-end.

use super::asks;
use crate::case::Case;
use crate::client::Request;
use crate::gateway::Kind::{Caddy, Envoy, EnvoyGrpc, HaProxy, Nginx, Traefik};
use crate::laws::LIE;
use crate::support::identity_provider::Issuer;

/// What follows `x-auth`: every field of the answer, the token's, and one that nobody knows.
const NAMES: [&str; 10] =
    ["user", "subject", "issuer", "tenant", "roles", "permissions", "position", "truncated", "token", "foo"];
/// What else a back-end may take for the gateway's word.
const FORWARDED: [&str; 11] =
    ["for", "host", "proto", "port", "server", "prefix", "uri", "method", "user", "email", "groups"];
const ORIGINAL: [&str; 4] = ["uri", "url", "method", "host"];
const SEPARATORS: [char; 3] = ['-', '_', '.'];

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = SEPARATORS.iter().flat_map(|one| SEPARATORS.map(|two| identity(*one, two))).collect();
    cases.extend([
        Case::new("x-auth-roles, before and after everything else, and twice", around, "200"),
        Case::new("x-auth-roles without a value", |issuer| vec![asks(issuer).line("X-Auth-Roles:")], "200"),
        Case::new("a space before the colon", spaced, "400"),
        Case::new("a line that goes on", folded, "200").but(&[Nginx], "400"),
        Case::new("a line that ends in LF alone", bare, "200"),
        Case::new("x-forwarded-*", |issuer| each(issuer, "X-Forwarded-", &FORWARDED), "200"),
        Case::new("x-original-*", |issuer| each(issuer, "X-Original-", &ORIGINAL), "200"),
        Case::new("forwarded, x-real-ip", others, "200"),
        Case::new("x-gateway-key", |issuer| each(issuer, "X-Gateway-", &["key"]), "200"),
        Case::new("x_gateway_key, x_tenant", with_underscore, "400").but(&[Nginx, Caddy], "200"),
        Case::new(
            "connection: x-auth-*",
            |issuer| nominating(issuer, &NAMES.map(|name| format!("X-Auth-{name}"))),
            "200",
        ),
        Case::new(
            "connection: authorization",
            |issuer| nominating(issuer, &["Authorization".to_owned()]),
            "401 token_missing",
        )
        .but(&[Nginx, HaProxy], "200"),
        Case::new("connection: x-tenant", |issuer| nominating(issuer, &["X-Tenant".to_owned()]), "200"),
        Case::new("connection: x-gateway-key", |issuer| nominating(issuer, &["X-Gateway-Key".to_owned()]), "200"),
        Case::new("x-auth-roles after the last chunk", trailing, "200")
            .but(&[HaProxy], "200 and passed on there")
            .telling(|exchange| {
                let trailers = exchange.arrived.first().map_or(0, |arrived| arrived.body.trailers.len());
                if trailers == 0 { String::new() } else { "and passed on there".to_owned() }
            }),
    ]);
    cases
}

/// A row for each pair of separators, with every name in four casings.
fn identity(one: char, two: char) -> Case {
    let requests = move |issuer: &Issuer| {
        let names = NAMES.iter().flat_map(|name| casings(&format!("x{one}auth{two}{name}")));
        names.map(|name| asks(issuer).line(format!("{name}: {LIE}"))).collect()
    };
    let case = Case::new(format!("x{one}auth{two}*, in four casings"), requests, "200");
    let has = |separator| one == separator || two == separator;
    match (has('_'), has('.')) {
        (true, _) => case.but(&[Envoy, EnvoyGrpc, Traefik, HaProxy], "400"),
        (false, true) => case.but(&[Traefik, HaProxy], "400"),
        (false, false) => case,
    }
}

fn casings(name: &str) -> [String; 4] {
    let upper = name.to_ascii_uppercase();
    let mixed = |capital: fn(usize, &str) -> bool| {
        let letters = name.char_indices();
        letters.map(|(at, letter)| if capital(at, name) { letter.to_ascii_uppercase() } else { letter }).collect()
    };
    let usual = mixed(|at, name| at == 0 || !name.as_bytes()[at - 1].is_ascii_alphanumeric());
    [name.to_owned(), upper, usual, mixed(|at, _| at % 2 == 1)]
}

fn around(issuer: &Issuer) -> Vec<Request> {
    let lie = format!("X-Auth-Roles: {LIE}");
    let mut first = asks(issuer);
    first.lines.insert(0, lie.clone());
    vec![first.clone(), first.line(lie.clone()), asks(issuer).line(lie.clone()).line(lie)]
}

fn spaced(issuer: &Issuer) -> Vec<Request> {
    [" ", "\t"].map(|space| asks(issuer).line(format!("X-Auth-Roles{space}: {LIE}"))).into()
}

fn folded(issuer: &Issuer) -> Vec<Request> {
    vec![asks(issuer).line(format!("X-Auth-Roles: {LIE}\r\n {LIE}"))]
}

fn bare(issuer: &Issuer) -> Vec<Request> {
    vec![asks(issuer).line(format!("X-Other: other\nX-Auth-Roles: {LIE}"))]
}

fn each(issuer: &Issuer, prefix: &str, names: &[&str]) -> Vec<Request> {
    names.iter().map(|name| asks(issuer).line(format!("{prefix}{name}: {LIE}"))).collect()
}

fn others(issuer: &Issuer) -> Vec<Request> {
    [format!("Forwarded: for={LIE};host={LIE}"), format!("X-Real-Ip: {LIE}")].map(|line| asks(issuer).line(line)).into()
}

fn with_underscore(issuer: &Issuer) -> Vec<Request> {
    ["X_Gateway_Key", "x_tenant"].map(|name| asks(issuer).line(format!("{name}: {LIE}"))).into()
}

fn nominating(issuer: &Issuer, names: &[String]) -> Vec<Request> {
    let lines = names.iter().flat_map(|name| [format!("Connection: {name}"), format!("Connection: close, {name}")]);
    lines.map(|line| asks(issuer).line(line)).collect()
}

fn trailing(issuer: &Issuer) -> Vec<Request> {
    vec![asks(issuer).method("POST").chunked(&["some", "thing"], &format!("X-Auth-Roles: {LIE}\r\n"))]
}
