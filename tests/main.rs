//! Every integration test, in one binary: it links once, and all tests share one private PostgreSQL.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails, and clippy's own exemption covers the test functions only"
)]

mod support;

mod architecture;
mod auth0;
mod claims;
mod configuration;
mod demo;
mod grafana;
mod metrics_contract;
mod migrations;
