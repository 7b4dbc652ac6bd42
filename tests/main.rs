//! Every integration test, in one binary: it links once, and all tests share one private PostgreSQL.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails, and clippy's own exemption covers the test functions only"
)]

mod support;

mod ages;
mod architecture;
mod auth0;
mod backends;
mod callers;
mod catch_up;
mod claim_templates;
mod claims;
mod cli;
mod coalescing;
mod configuration;
mod consistency_token;
mod demo;
mod discovery;
mod doctor;
mod failover;
mod forward_auth;
mod golden;
mod grafana;
mod hint_matrix;
mod history;
mod hostile_rows;
mod hostile_tokens;
mod http_limits;
mod internal_tokens;
mod introspect;
mod invalidation;
mod issuer_fetch;
mod issuer_keys;
mod issuer_settings;
mod issuer_status;
mod many_issuers;
mod memberships;
mod memory;
mod metrics_contract;
mod migrations;
mod model;
mod oidc_provider;
mod opaque_tokens;
mod outage;
mod own_tables;
mod pooler;
mod probe;
mod read_replica;
mod refresh_keys;
mod refusals;
mod role_changes;
mod secrets;
mod shutdown;
mod supervision;
mod tenant_policy;
mod tenant_resolution;
mod token_exchange;
mod tokens;
mod vectors;
mod writes;
