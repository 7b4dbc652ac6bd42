//! The service, a back-end that believes it, and a gateway's question.

use claimsmith::clock::{SharedClock, SystemClock};
use claimsmith::config::{FieldSource, GatewayKind, Profile, Settings, SigningKeysAt};

use super::back_end::{BackEnd, FIELD, Sample};
use super::key::Key;
use crate::support::app::KEY;
use crate::support::exchange::{Exchange, ORDERS, Scratch, for_audience, new_pem, write_keys};
use crate::support::port::Port;

const PROFILE: &str = "edge";

/// A back-end that gets its keys from a real service, whose private key the test knows.
pub(super) struct Scene {
    pub(super) exchange: Exchange,
    pub(super) back_end: BackEnd,
    pub(super) pem: String,
    _port: Port,
}

impl Scene {
    /// `None` where the sample cannot run.
    pub(super) async fn start(sample: Sample) -> Option<Self> {
        Self::by(sample, &SystemClock::shared()).await
    }

    /// With a clock of the test's own for the service.
    pub(super) async fn by(sample: Sample, clock: &SharedClock) -> Option<Self> {
        let (port, keys, pem) = (Port::reserve(), Scratch::new(), new_pem());
        let back_end = sample.start(&port.url()).await?;
        write_keys(&keys.0, &[&pem]);
        let at = SigningKeysAt::File(keys.0.clone());
        let exchange = Exchange::on(keys, at, clock, |settings| behind(settings, &port)).await;
        exchange
            .app
            .change("INSERT INTO claimsmith_data.role_permission VALUES ('acme', 'admin', 'invoice:read')")
            .await;
        Some(Self { exchange, back_end, pem, _port: port })
    }

    /// The token that a gateway is told to pass on with alice's request to this tenant.
    pub(super) async fn passed_on(&self, tenant: &str) -> String {
        let app = &self.exchange.app;
        let brought = self.exchange.issuer.token("alice").sign();
        let request = app.client.get(format!("http://{}/v1/authz/{PROFILE}", app.addresses.gateway.unwrap()));
        let request = request.header("x-gateway-key", KEY).header("x-original-method", "GET");
        let request = request.header("x-original-uri", "/").header("x-tenant", tenant).bearer_auth(brought);
        let answer = app.send(request).await;
        answer.header(FIELD).unwrap_or_else(|| panic!("{answer:?}")).to_owned()
    }

    /// The service's own key.
    pub(super) fn key(&self) -> Key {
        Key::of_pem(&self.pem)
    }

    pub(super) async fn stop(self) {
        self.exchange.app.stop().await;
    }
}

/// Tokens name the service by where it is, and a gateway asks for them.
fn behind(settings: &mut Settings, port: &Port) {
    settings.http.bind = port.address;
    settings.token.as_mut().unwrap().issuer = port.url();
    let mut profile = Profile {
        tenant_header: Some("x-tenant".to_owned()),
        audience: Some(ORDERS.to_owned()),
        answer_deadline: settings.http.answer_deadline,
        ..Profile::of(GatewayKind::Nginx)
    };
    profile.fields.insert(FIELD.to_owned(), FieldSource::Token);
    for_audience(settings, ORDERS);
    settings.profiles.insert(PROFILE.to_owned(), profile);
}
