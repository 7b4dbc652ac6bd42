//! The back-end gets a token of the service's own, which it can verify, and no other.

use super::{asks, of};
use crate::case::{Case, Given};
use crate::client::Request;
use crate::gateway::Kind::{Caddy, Nginx};
use crate::laws::{Identity, LIE};
use crate::scene::Stage;
use crate::support::identity_provider::Issuer;

const RITA: Identity = Identity { user: "rita", ..Identity::ALICE };
const RITA_VIEWS: Identity = Identity { roles: Some("viewer"), permissions: Some("doc:read"), ..RITA };
const LESS: &str = "UPDATE claimsmith_data.membership_role SET role = 'viewer' WHERE user_id = 'rita'";

pub(super) fn cases() -> Vec<Case> {
    let cases = [
        Case::new("an internal token for the back-end", of("alice"), "200"),
        Case::new("the same, twenty times", |issuer| vec![asks(issuer); 20], "200"),
        Case::new("the same, with an x-auth-token of the client's", forged, "200"),
        Case::new("the same, with an x_auth_token", with_underscore, "400").but(&[Nginx, Caddy], "200"),
        Case::new("another user's", of("rita"), "200").by(RITA),
        Case::new("the same, made a viewer", of("rita"), "200").given(Given::Changed(LESS)).by(RITA_VIEWS),
    ];
    cases.into_iter().map(|case| case.on(Stage::WithToken)).collect()
}

fn forged(issuer: &Issuer) -> Vec<Request> {
    let external = issuer.token("alice").sign();
    [LIE, &external].map(|token| asks(issuer).line(format!("X-Auth-Token: {token}"))).to_vec()
}

fn with_underscore(issuer: &Issuer) -> Vec<Request> {
    vec![asks(issuer).line(format!("x_auth_token: {LIE}"))]
}
