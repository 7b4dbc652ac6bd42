//! A certified OpenID provider (the npm package `oidc-provider`) as issuer: its keys rotate, vanish and cannot be had, and
//! its tokens keep or stop working as they should.
//!
//! Without Node.js or npm these tests say so and pass. `CLAIMSMITH_REQUIRE=oidc-provider` makes them fail instead.

mod installation;
mod provider;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use claimsmith::config::Settings;
use claimsmith::error::Code;
use reqwest::StatusCode;
use serde_json::json;

use crate::support::app::TestApp;
use crate::support::exposition::Exposition;
use crate::support::identity_provider::{AUDIENCE, reach, registered};
use crate::support::postgres::TestDatabase;
use crate::support::wait::until;

use provider::{Alg, OidcProvider, Order};

const ENTRY: &str = "oidc-provider";
const OFTEN: Duration = Duration::from_secs(1);

/// A service that has the provider's keys, and looks for new ones every second.
struct Scene {
    provider: OidcProvider,
    app: TestApp,
}

impl Scene {
    /// `None` where the provider cannot run.
    async fn start(max_stale: Duration) -> Option<Self> {
        let provider = OidcProvider::start().await?;
        let database = TestDatabase::create().await;
        let settings = json!({"access_token": {"audiences": [AUDIENCE], "typ": ["at+jwt"]}});
        database.execute(&registered(ENTRY, &provider.issuer, &settings)).await;
        for subject in Alg::BOTH.map(Alg::name) {
            let sql = format!("INSERT INTO claimsmith_data.identity VALUES ('{ENTRY}', '{subject}', 'alice')");
            database.execute(&sql).await;
        }
        let app = TestApp::on(database, |settings: &mut Settings| {
            reach(settings, &[ENTRY]);
            (settings.issuers.refresh_min, settings.issuers.refresh_max) = (OFTEN, OFTEN);
            settings.issuers.max_stale = max_stale;
            // Pauses between failed fetches grow; a token that waits shortens them, if there is budget for it.
            settings.issuers.miss_interval = OFTEN;
        })
        .await;
        app.accepts(&provider.token(&app.client, Alg::Es256).await).await;
        Some(Self { provider, app })
    }

    async fn assert_accepted(&self, token: &str) {
        let answer = self.app.by_token(token, "acme").await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        assert_eq!(answer.body["user"], "alice");
    }

    async fn assert_refused(&self, token: &str, code: Code) {
        self.app.by_token(token, "acme").await.assert_refused(code);
    }

    /// Not at once if a refresh was just under way and brought the set from before; then with the next.
    async fn accepts_new_tokens(&self) {
        for token in self.tokens().await {
            self.app.accepts(&token).await;
        }
    }

    /// Fetches of keys that brought neither new keys nor the same ones.
    async fn failed_fetches(&self) -> usize {
        let fetches = Exposition::scrape(&self.app).await.families.remove("claimsmith_issuer_fetches_total").unwrap();
        let of_keys = fetches.samples.iter().filter(|sample| sample.labels["document"] == "keys");
        let failed = of_keys.filter(|sample| !["new", "unchanged"].contains(&sample.labels["result"].as_str()));
        failed.map(|sample| sample.value.parse::<usize>().unwrap()).sum()
    }

    async fn token(&self, alg: Alg) -> String {
        self.provider.token(&self.app.client, alg).await
    }

    async fn tokens(&self) -> [String; 2] {
        [self.token(Alg::Es256).await, self.token(Alg::Rs256).await]
    }
}

#[actix_rt::test]
async fn its_tokens_are_accepted_in_both_its_algorithms() {
    let Some(scene) = Scene::start(Duration::from_hours(24)).await else { return };
    for token in scene.tokens().await {
        scene.assert_accepted(&token).await;
    }
    scene.app.stop().await;
}

#[actix_rt::test]
async fn rotation_with_overlap_goes_unnoticed() {
    let Some(mut scene) = Scene::start(Duration::from_hours(24)).await else { return };
    let old = scene.tokens().await;
    scene.provider.obey(Order::Rotate).await;
    scene.accepts_new_tokens().await;
    for token in &old {
        scene.assert_accepted(token).await;
    }
    scene.provider.obey(Order::Retire).await;
    for token in &old {
        scene.app.refuses(token, Code::TokenKeyUnknown).await;
    }
    for token in scene.tokens().await {
        scene.assert_accepted(&token).await;
    }
    scene.app.stop().await;
}

#[actix_rt::test]
async fn rotation_without_overlap_ends_the_old_tokens_with_the_first_new_one() {
    let Some(mut scene) = Scene::start(Duration::from_hours(24)).await else { return };
    let old = scene.tokens().await;
    for token in &old {
        scene.assert_accepted(token).await;
    }
    scene.provider.obey(Order::Replace).await;
    scene.accepts_new_tokens().await;
    for token in &old {
        scene.assert_refused(token, Code::TokenKeyUnknown).await;
    }
    scene.app.stop().await;
}

#[actix_rt::test]
async fn an_emergency_rotation_ends_the_old_tokens_with_the_next_refresh() {
    let Some(mut scene) = Scene::start(Duration::from_hours(24)).await else { return };
    let old = scene.tokens().await;
    for token in &old {
        scene.assert_accepted(token).await;
    }
    // Nobody shows a token of the new keys.
    scene.provider.obey(Order::Replace).await;
    for token in &old {
        scene.app.refuses(token, Code::TokenKeyUnknown).await;
    }
    scene.app.stop().await;
}

#[actix_rt::test]
async fn an_outage_shorter_than_the_bound_keeps_known_keys_and_admits_not_knowing_others() {
    let Some(mut scene) = Scene::start(Duration::from_hours(24)).await else { return };
    let known = scene.tokens().await;
    scene.provider.obey(Order::Down).await;
    until("a refresh has failed", || async { (scene.failed_fetches().await > 0).then_some(()) }).await;
    for token in &known {
        scene.assert_accepted(token).await;
    }
    scene.assert_refused(&of_another_key(&known[0]), Code::KeysUnavailable).await;
    scene.provider.obey(Order::Up).await;
    scene.provider.obey(Order::Rotate).await;
    let new = scene.token(Alg::Es256).await;
    scene.app.accepts(&new).await;
    scene.app.stop().await;
}

#[actix_rt::test]
async fn an_outage_longer_than_the_bound_ends_in_unavailable_and_not_in_a_refusal_of_the_token() {
    let Some(mut scene) = Scene::start(Duration::from_secs(3)).await else { return };
    let known = scene.tokens().await;
    scene.provider.obey(Order::Down).await;
    for token in &known {
        scene.app.refuses(token, Code::KeysUnavailable).await;
    }
    scene.provider.obey(Order::Up).await;
    for token in &known {
        scene.app.accepts(token).await;
    }
    scene.app.stop().await;
}

/// The token as if a key had signed it that nobody has published yet. Its signature is not looked at without that key.
fn of_another_key(token: &str) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256","typ":"at+jwt","kid":"ES256-next"}"#);
    let (_, rest) = token.split_once('.').unwrap();
    format!("{header}.{rest}")
}
