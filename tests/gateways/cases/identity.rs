//! The back-end is told who the client is, as of now.

use super::{asks, nobody_asks, of};
use crate::case::{Case, Given};
use crate::client::Request;
use crate::laws::Identity;
use crate::support::identity_provider::Issuer;

const NORA: Identity = Identity { user: "nora", roles: Some(""), permissions: Some(""), ..Identity::ALICE };
const ZOE: Identity = Identity {
    user: "zoe",
    roles: Some("Z%C3%BCrich%2C%20100%20%25%0D%0Ax-auth-user:%20root,viewer"),
    permissions: Some("doc:read"),
    ..Identity::ALICE
};
const RITA: Identity = Identity { user: "rita", ..Identity::ALICE };
const RITA_VIEWS: Identity = Identity { roles: Some("viewer"), permissions: Some("doc:read"), ..RITA };

const LESS: &str = "UPDATE claimsmith_data.membership_role SET role = 'viewer' WHERE user_id = 'rita'";
const NOTHING: &str = "DELETE FROM claimsmith_data.membership WHERE user_id = 'rita'";

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("a good token", of("alice"), "200"),
        Case::new("a good token, and the default tenant", without_tenant, "200"),
        Case::new("a member without roles", of("nora"), "200").by(NORA),
        Case::new(r"a role named `Zürich, 100 %\r\nx-auth-user: root`", of("zoe"), "200").by(ZOE),
        Case::new("an admin", of("rita"), "200").by(RITA),
        Case::new("the same, made a viewer", of("rita"), "200").given(Given::Changed(LESS)).by(RITA_VIEWS),
        Case::new("the same, a member no more", of("rita"), "403 not_a_member").given(Given::Changed(NOTHING)),
        Case::new("40 requests, over two connections", |issuer| vec![asks(issuer); 40], "200").over_at_most(2),
        Case::new("40 refusals, over two connections", |_| vec![nobody_asks(); 40], "401 token_missing")
            .over_at_most(2),
    ]
}

fn without_tenant(issuer: &Issuer) -> Vec<Request> {
    let token = issuer.token("alice").sign();
    vec![nobody_asks().line(format!("Authorization: Bearer {token}"))]
}
