//! `ANY /v1/authz/{profile}`: the contract that all gateways have in common, rule by rule, and the same over gRPC.

mod agreement;
mod allowed;
mod budget;
mod envoy;
mod internal_token;
mod preflight;
mod refused;
mod tenants;
mod transport;

use claimsmith::config::{GatewayKind, Profile, Settings};
use reqwest::{Method, RequestBuilder};

use crate::support::app::{Answer, KEY};
use crate::support::identity_provider::OneIssuer;

/// The profile of most tests.
const EDGE: &str = "edge";
/// What a profile tells unless it says otherwise, in the order of the names.
const FIELDS: [&str; 8] = [
    "x-auth-issuer",
    "x-auth-permissions",
    "x-auth-position",
    "x-auth-roles",
    "x-auth-subject",
    "x-auth-tenant",
    "x-auth-truncated",
    "x-auth-user",
];

/// A profile with every default but these.
fn profile(gateway: GatewayKind, change: impl FnOnce(&mut Profile)) -> Profile {
    let mut profile = Profile {
        tenant_header: Some("x-tenant".to_owned()),
        // A test that waits for an answer waits for the answer, not for a busy machine.
        answer_deadline: std::time::Duration::from_secs(20),
        ..Profile::of(gateway)
    };
    change(&mut profile);
    profile
}

/// A service with this profile.
async fn scene(change: impl FnOnce(&mut Profile)) -> OneIssuer {
    scene_with(change, |_| ()).await
}

async fn scene_with(change: impl FnOnce(&mut Profile), settings: impl FnOnce(&mut Settings)) -> OneIssuer {
    OneIssuer::with(|all| {
        all.profiles.insert(EDGE.to_owned(), profile(GatewayKind::Nginx, change));
        settings(all);
    })
    .await
}

impl OneIssuer {
    /// A question without token or key.
    fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        let address = self.app.addresses.gateway.unwrap();
        let request = self.app.client.request(method, format!("http://{address}/v1/authz/{path}"));
        request.header("x-original-method", "GET").header("x-original-uri", "/api/things?q=1")
    }

    /// What the gateway asks about a request of alice's to acme.
    fn asks(&self) -> RequestBuilder {
        let token = self.issuer.token("alice").sign();
        self.bare(Method::GET, EDGE).header("x-gateway-key", KEY).bearer_auth(token).header("x-tenant", "acme")
    }

    async fn told(&self, request: RequestBuilder) -> Answer {
        self.app.send(request).await
    }
}

impl Answer {
    /// The status, and why.
    fn verdict(&self) -> (u16, &str) {
        (self.status.as_u16(), self.header("x-auth-error").unwrap_or_default())
    }

    /// The value of the only field of this name.
    fn field(&self, name: &str) -> &str {
        let mut values = self.headers.get_all(name).iter();
        let (value, other) = (values.next(), values.next());
        assert!(other.is_none(), "{name} came twice: {self:?}");
        value.unwrap_or_else(|| panic!("there is no {name}: {self:?}")).to_str().unwrap()
    }
}
