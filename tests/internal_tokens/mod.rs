//! Tokens of the service's own: their keys, what is published about them, and whether one lacks a change.

mod documents;
mod replicas;
mod rotation;
mod secrecy;
mod stale;
mod start;

use serde_json::json;

use crate::support::exchange::{Exchange, ORDERS};

/// The actor that this module kills.
pub(crate) const KIND: &str = "signing_keys";

#[actix_rt::test]
async fn the_writer_of_the_keys_dies_and_nobody_notices() {
    let scene = Exchange::start().await;
    let before = scene.key_set().await;
    let made = scene.token_of("alice").await;
    assert_eq!(scene.app.supervisor.inject_panic(KIND), 1);
    assert_eq!(scene.verified(&scene.token_of("alice").await, ORDERS).await["sub"], json!("alice"));
    scene.look_at_keys().await;
    assert_eq!(scene.key_set().await, before);
    assert_eq!(scene.verified(&made, ORDERS).await["sub"], json!("alice"));
    scene.app.stop().await;
}
