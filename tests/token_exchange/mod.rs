//! `POST /v1/token`: token exchange (RFC 8693) and transaction tokens, over the wire.

mod answers;
mod clients;
mod parameters;
mod refused;
mod transactions;
