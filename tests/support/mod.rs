//! What tests are made of: a private PostgreSQL, a database of one's own, the real service, a client.

pub(crate) mod app;
pub(crate) mod auth0;
pub(crate) mod callers;
pub(crate) mod empty_database;
pub(crate) mod exchange;
pub(crate) mod exposition;
pub(crate) mod fault_proxy;
pub(crate) mod grafana;
pub(crate) mod identity_provider;
pub(crate) mod installation;
pub(crate) mod metrics;
pub(crate) mod metrics_catalog;
pub(crate) mod npm;
pub(crate) mod passed_over;
pub(crate) mod pasted;
pub(crate) mod pgbouncer;
pub(crate) mod port;
pub(crate) mod postgres;
pub(crate) mod process;
pub(crate) mod program;
pub(crate) mod promql;
pub(crate) mod raw;
pub(crate) mod raw_http;
pub(crate) mod refusal;
pub(crate) mod standby;
pub(crate) mod wait;
