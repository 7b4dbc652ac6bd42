//! claimsmith behind the real gateways, each with its files from `config/gateways`: what reaches the client, and what reaches
//! the back-end.
//!
//! `bash tests/gateways/install.sh && cargo test --test gateways`
//!
//! The service is the real one, with a real PostgreSQL, and tokens that are really signed. Between the gateway and the service
//! stands a [`way`](way::Way), which can be closed and sees what passes. The client and the back-end speak in bytes, so that
//! every spelling can be sent and the one that arrives be seen. [`cases`] says what is sent and what is expected of whom,
//! [`laws`] what holds whatever is sent, and [`strangers`] sends what nobody has thought of.
//!
//! To add a gateway: a file in [`gateway`] that says how it is started, a line in `Kind`, and wherever the compiler or a red
//! cell asks for it.
//!
//! Deliberately absent: TLS and HTTP/2 from the client. Neither changes what a gateway asks or passes on.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails, and clippy's own exemption covers the test functions only"
)]

#[path = "../support"]
#[expect(dead_code, unused_imports, reason = "the other tests use more of it")]
mod support {
    pub(crate) mod app;
    pub(crate) mod callers;
    pub(crate) mod exchange;
    pub(crate) mod identity_provider;
    pub(crate) mod metrics;
    pub(crate) mod port;
    pub(crate) mod postgres;
    pub(crate) mod refusal;
    pub(crate) mod wait;
}

mod back_end;
mod case;
mod cases;
mod client;
mod exchange;
mod gateway;
mod laws;
mod matrix;
mod port;
mod scene;
mod scratch;
mod strangers;
mod table;
mod way;
mod wire;
