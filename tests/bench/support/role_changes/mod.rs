//! What role changes cost: the server with its three variants, and one file for each thing that is measured.

pub(crate) mod effect;
pub(crate) mod neighbours;
pub(crate) mod notifications;
pub(crate) mod progress;
pub(crate) mod server;
pub(crate) mod throughput;
pub(crate) mod write_cost;

mod replica;
mod session;
mod traffic;
mod write;
