//! The tenant is the one that `X-Tenant` names or the user's own, and never one that stands elsewhere.

use super::{asks, nobody_asks};
use crate::case::Case;
use crate::client::Request;
use crate::gateway::Kind::{Envoy, Nginx};
use crate::laws::Identity;
use crate::support::identity_provider::Issuer;

const IN_GLOBEX: Identity =
    Identity { tenant: "globex", roles: Some("viewer"), permissions: Some("doc:read"), ..Identity::ALICE };

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("x-tenant: globex", |issuer| vec![without(issuer).line("X-Tenant: globex")], "200").by(IN_GLOBEX),
        Case::new("?tenant=globex", in_the_query, "200"),
        Case::new("host: globex.app.example", |issuer| vec![elsewhere(issuer)], "200"),
        Case::new("two X-Tenant", twice, "403 invalid_request")
            .but(&[Nginx], "200")
            .but(&[Envoy], "403 tenant_unknown"),
    ]
}

fn without(issuer: &Issuer) -> Request {
    nobody_asks().line(format!("Authorization: Bearer {}", issuer.token("alice").sign()))
}

fn in_the_query(issuer: &Issuer) -> Vec<Request> {
    let queries = ["?tenant=globex", "?x-tenant=globex&X-Tenant=globex", "?/v1/authz/other?tenant=globex"];
    let targets = queries.map(|query| format!("/api/things{query}"));
    targets.iter().flat_map(|target| [asks(issuer).to(target), without(issuer).to(target)]).collect()
}

fn elsewhere(issuer: &Issuer) -> Request {
    let mut request = without(issuer);
    "Host: globex.app.example".clone_into(&mut request.lines[0]);
    request
}

fn twice(issuer: &Issuer) -> Vec<Request> {
    vec![asks(issuer).line("X-Tenant: globex")]
}
