//! What clients do, and what is expected of whom. A row is red until every gateway does as it says.

mod identity;
mod internal_token;
mod methods;
mod paths;
mod refused;
mod sizes;
mod spoofed;
mod tenants;
mod trouble;

use crate::case::Case;
use crate::client::Request;
use crate::laws::{QUERY, SECRET};
use crate::support::identity_provider::Issuer;

/// Every row, in the order of the table. Those of one stage share a service, so an outage comes last.
pub(crate) fn cases() -> Vec<Case> {
    let groups = [
        identity::cases(),
        internal_token::cases(),
        refused::cases(),
        spoofed::cases(),
        tenants::cases(),
        paths::cases(),
        methods::cases(),
        sizes::cases(),
        trouble::cases(),
    ];
    groups.into_iter().flatten().collect()
}

/// A good request of alice's to acme.
pub(crate) fn asks(issuer: &Issuer) -> Request {
    asks_as(issuer, "alice", "acme")
}

/// The same of another member's.
fn of(who: &'static str) -> impl Fn(&Issuer) -> Vec<Request> {
    move |issuer| vec![asks_as(issuer, who, "acme")]
}

fn asks_as(issuer: &Issuer, subject: &str, tenant: &str) -> Request {
    asks_with(&issuer.token(subject).sign(), tenant)
}

fn asks_with(token: &str, tenant: &str) -> Request {
    nobody_asks().line(format!("Authorization: Bearer {token}")).line(format!("X-Tenant: {tenant}"))
}

/// Without a token.
fn nobody_asks() -> Request {
    Request::new("GET", format!("/api/things{QUERY}")).line(format!("Cookie: session={SECRET}"))
}
