//! What most tests of tokens need: one issuer, and a service that knows it.

use claimsmith::config::Settings;

use super::registration::reach;
use super::{IdentityProvider, Issuer};
use crate::support::app::TestApp;
use crate::support::postgres::TestDatabase;

/// The only entry that has keys.
pub(crate) const ENTRY: &str = "acme-idp";

/// A service that knows one issuer.
pub(crate) struct OneIssuer {
    pub(crate) provider: IdentityProvider,
    pub(crate) issuer: Issuer,
    pub(crate) app: TestApp,
}

impl OneIssuer {
    /// With the defaults; returns when the service has the keys.
    pub(crate) async fn start() -> Self {
        Self::with(|_| ()).await
    }

    /// With settings of the test's own; returns when the service has the keys.
    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let scene = Self::prepared(|_| (), change).await;
        scene.app.accepts(&scene.issuer.token("alice").sign()).await;
        scene
    }

    /// With an issuer that was prepared before the service asks for its keys, which may be when this returns or not.
    pub(crate) async fn prepared(prepare: impl FnOnce(&Issuer), change: impl FnOnce(&mut Settings)) -> Self {
        let provider = IdentityProvider::start().await;
        let issuer = provider.issuer("acme");
        prepare(&issuer);
        let database = TestDatabase::create().await;
        issuer.register(&database, ENTRY).await;
        let app = TestApp::on(database, |settings| {
            reach(settings, &[ENTRY]);
            change(settings);
        })
        .await;
        Self { provider, issuer, app }
    }
}
