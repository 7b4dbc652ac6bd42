//! One file for each table of the configuration file: its keys, their docs, defaults and bounds.
//!
//! Each section builds its struct in one expression from the keys it reads, so that a new field cannot be left out.
//! Checks across keys take the struct apart by name, for the same reason.

pub(crate) mod cache;
pub(crate) mod caller;
pub(crate) mod claims;
pub(crate) mod database;
pub(crate) mod discovery;
pub(crate) mod freshness;
pub(crate) mod gateway;
pub(crate) mod grpc;
pub(crate) mod http;
pub(crate) mod insecure;
pub(crate) mod issuer;
pub(crate) mod issuers;
pub(crate) mod log;
pub(crate) mod ops;
pub(crate) mod probe;
pub(crate) mod profile;
pub(crate) mod shutdown;
pub(crate) mod supervision;
pub(crate) mod tenancy;
pub(crate) mod token;
