//! What is wrong with a token is 401, who gets nothing is 403, and the client is told why.

use super::{asks_as, asks_with, nobody_asks};
use crate::case::Case;
use crate::client::Request;
use crate::gateway::Kind::{Envoy, EnvoyGrpc, HaProxy, Nginx};
use crate::support::identity_provider::Issuer;

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("no token", |_| vec![nobody_asks()], "401 token_missing"),
        Case::new("another scheme", |_| vec![nobody_asks().line("Authorization: Basic YTpi")], "401 token_missing"),
        Case::new("what is no token", |_| vec![asks_with("a.b.c", "acme")], "401 token_malformed"),
        Case::new("an expired token", expired, "401 token_expired"),
        Case::new("a token that was tampered with", tampered, "401 token_signature"),
        Case::new("a token for another audience", foreign, "401 token_audience"),
        Case::new("a token of an unknown issuer", of_nobody, "401 token_issuer_unknown"),
        Case::new("two tokens and a space", |issuer| joined(issuer, "{} {}"), "401 token_malformed"),
        Case::new("two tokens and a comma", |issuer| joined(issuer, "{}, Bearer {}"), "401 token_malformed")
            .but(&[HaProxy], "400"),
        Case::new("two Authorization", twice, "401 token_malformed").but(&[Nginx, HaProxy], "400"),
        Case::new("two Authorization, the first empty", second, "401 token_malformed")
            .but(&[Nginx, HaProxy], "400")
            // The empty one is nothing to it.
            .but(&[Envoy, EnvoyGrpc], "200"),
        Case::new(
            "a tenant that does not trust the issuer",
            |issuer| to(issuer, "alice", "big"),
            "403 issuer_not_trusted_by_tenant",
        ),
        Case::new("an unknown tenant", |issuer| to(issuer, "alice", "nowhere"), "403 tenant_unknown"),
        Case::new("a tenant of others", |issuer| to(issuer, "bob", "acme"), "403 not_a_member"),
        Case::new("a user whom nobody knows", |issuer| to(issuer, "stranger", "acme"), "403 user_unknown"),
    ]
}

fn to(issuer: &Issuer, subject: &str, tenant: &str) -> Vec<Request> {
    vec![asks_as(issuer, subject, tenant)]
}

fn expired(issuer: &Issuer) -> Vec<Request> {
    vec![asks_with(&issuer.token("alice").expires_in(-3_600).sign(), "acme")]
}

fn foreign(issuer: &Issuer) -> Vec<Request> {
    vec![asks_with(&issuer.token("alice").audience("https://other.example").sign(), "acme")]
}

fn of_nobody(issuer: &Issuer) -> Vec<Request> {
    vec![asks_with(&issuer.token("alice").claim("iss", "https://nobody.example/").sign(), "acme")]
}

fn tampered(issuer: &Issuer) -> Vec<Request> {
    // The payload of one token with the signature of another.
    let (one, other) = (issuer.token("alice").sign(), issuer.token("bob").sign());
    let (said, signature) = (one.rsplit_once('.').unwrap().0, other.rsplit_once('.').unwrap().1);
    vec![asks_with(&format!("{said}.{signature}"), "acme")]
}

fn joined(issuer: &Issuer, both: &str) -> Vec<Request> {
    let token = issuer.token("alice").sign();
    vec![asks_with(&both.replace("{}", &token), "acme")]
}

fn twice(issuer: &Issuer) -> Vec<Request> {
    let (one, other) = (issuer.token("alice").sign(), issuer.token("bob").sign());
    let with = |line: String| asks_with(&one, "acme").line(line);
    vec![with(format!("Authorization: Bearer {other}")), with(format!("authorization: Bearer {one}"))]
}

fn second(issuer: &Issuer) -> Vec<Request> {
    let token = issuer.token("alice").sign();
    vec![nobody_asks().line("Authorization:").line(format!("Authorization: Bearer {token}")).line("X-Tenant: acme")]
}
