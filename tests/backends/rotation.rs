//! The service's keys change, and a back-end that runs follows.

use std::sync::Arc;
use std::time::Duration;

use claimsmith::clock::SharedClock;
use reqwest::StatusCode;

use super::back_end::Sample;
use super::key::parts;
use super::scene::Scene;
use crate::support::exchange::{ShiftedClock, new_ed25519_pem, write_keys};
use crate::support::wait::until;

const DAY: Duration = Duration::from_hours(24);
const FETCHES: &str = "claimsmith_http_requests_total{class=\"2xx\",surface=\"well_known\"}";

impl Scene {
    /// The operator's file has these keys from now on, and the service has seen it.
    async fn keys_become(&self, pems: &[&str]) {
        write_keys(&self.exchange.keys.0, pems);
        self.exchange.look_at_keys().await;
        self.publishes(pems.len()).await;
    }

    async fn publishes(&self, keys: usize) {
        until("so many keys are published", || async {
            (self.exchange.key_set().await.keys.len() == keys).then_some(())
        })
        .await;
    }
}

#[actix_rt::test]
async fn keys_rotate_without_a_restart_and_a_withdrawn_key_is_let_go() {
    for sample in Sample::ALL {
        let clock = ShiftedClock::shared();
        let Some(scene) = Scene::by(sample, &(Arc::clone(&clock) as SharedClock)).await else { continue };
        let (first, second) = (scene.pem.clone(), new_ed25519_pem());
        let old = scene.passed_on("acme").await;
        assert_eq!(scene.back_end.me(&old).await.status, StatusCode::OK);
        scene.keys_become(&[&first, &second]).await;
        assert_eq!(scene.back_end.me(&scene.passed_on("acme").await).await.status, StatusCode::OK, "{sample:?}");
        scene.keys_become(&[&second, &first]).await;
        let new = until("the second key signs", || async {
            let token = scene.passed_on("acme").await;
            (parts(&token).0["alg"] == "EdDSA").then_some(token)
        })
        .await;
        until("the second key is fetched", || async {
            (scene.back_end.me(&new).await.status == StatusCode::OK).then_some(())
        })
        .await;
        assert_eq!(scene.back_end.me(&old).await.status, StatusCode::OK, "{sample:?}: its key is still published");
        write_keys(&scene.exchange.keys.0, &[&second]);
        scene.exchange.look_at_keys().await;
        until("the first key is withdrawn", || async {
            let status = scene.exchange.app.get_ops("/status").await;
            (status.body["token"]["keys"][1]["role"] == "retired").then_some(())
        })
        .await;
        // No token of the first can be alive, as far as the service knows.
        clock.put_forward(DAY);
        scene.exchange.look_at_keys().await;
        scene.publishes(1).await;
        assert_eq!(scene.back_end.me(&old).await.status, StatusCode::OK, "{sample:?}: it has not looked");
        let (mut header, payload) = parts(&old);
        header["kid"] = "made-up".into();
        let made_up = scene.key().sign(&header, &payload);
        until("the first key is let go", || async {
            assert_eq!(scene.back_end.me(&made_up).await.status, StatusCode::UNAUTHORIZED);
            (scene.back_end.me(&old).await.status == StatusCode::UNAUTHORIZED).then_some(())
        })
        .await;
        assert_eq!(scene.back_end.me(&new).await.status, StatusCode::OK, "{sample:?}");
        scene.stop().await;
    }
}

#[actix_rt::test]
async fn made_up_key_ids_cause_no_flood_of_fetches() {
    for sample in Sample::ALL {
        let Some(scene) = Scene::start(sample).await else { continue };
        let good = scene.passed_on("acme").await;
        assert_eq!(scene.back_end.me(&good).await.status, StatusCode::OK);
        let (mut header, payload) = parts(&good);
        let before = scene.exchange.app.count(FETCHES).await;
        for made_up in 0..200 {
            header["kid"] = format!("made-up-{made_up}").into();
            let answer = scene.back_end.me(&scene.key().sign(&header, &payload)).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        }
        assert_eq!(scene.back_end.me(&good).await.status, StatusCode::OK);
        let fetches = scene.exchange.app.count(FETCHES).await - before;
        // One for every 5 s that this took on a busy machine.
        assert!(fetches < 20, "{sample:?}: {fetches} fetches");
        scene.stop().await;
    }
}
