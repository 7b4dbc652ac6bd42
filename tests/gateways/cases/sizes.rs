//! As many bytes of roles as the profile allows, and never half of them.

use super::{asks_with, of};
use crate::case::Case;
use crate::client::Request;
use crate::exchange::Exchange;
use crate::laws::Identity;
use crate::scene::Stage;
use crate::support::identity_provider::Issuer;

const MEMBER: Identity = Identity { roles: None, permissions: Some(""), ..Identity::ALICE };

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("2 KiB of roles", of("mona"), "200 with 100 roles")
            .by(Identity { user: "mona", ..MEMBER })
            .telling(roles),
        Case::new("14 KiB of roles, and room for 3", of("max"), "403 claims_too_large"),
        Case::new("14 KiB of roles, and room for 15", of("max"), "200 with 690 roles")
            .on(Stage::Generous)
            .by(Identity { user: "max", ..MEMBER })
            .telling(roles),
        Case::new("16 KiB of roles, and room for 15", of("olga"), "403 claims_too_large").on(Stage::Generous),
        Case::new("a token of 6 KiB", large_token, "200"),
    ]
}

fn large_token(issuer: &Issuer) -> Vec<Request> {
    vec![asks_with(&issuer.token("alice").claim("groups", "g".repeat(4_000)).sign(), "acme")]
}

fn roles(exchange: &Exchange) -> String {
    exchange.told("x-auth-roles").map(|roles| format!("with {} roles", roles.split(',').count())).unwrap_or_default()
}
