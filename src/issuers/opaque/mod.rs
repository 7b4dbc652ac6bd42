//! Opaque tokens: what only their issuer can read. The issuer is asked, and believed for a short while.
//!
//! Two protocols: token introspection (`introspection`, RFC 7662) and GitHub's check of a token (`github`).
//!
//! # Which issuer is asked
//!
//! Not decided here. An opaque token does not say whose it is, and a token that is sent to another issuer is given away: that
//! issuer could use it. So [`OpaqueReader::verify`] takes the one entry that the request names (by its tenant's hints, or by a
//! prefix such as `gho_`), nothing here ever tries a second one, and a token without a prefix that the entry lists is not sent.
//!
//! # What is promised
//!
//! - An accepted token is active by the issuer's own word, not older than the entry allows, and satisfies its rules. A token that was
//!   revoked works here until the life of its answer is over: five minutes at most.
//! - Nobody knows is not no: while the issuer cannot be asked, or refuses *our* credentials, a token is unavailable.
//! - A hundred requests with one token are one question; so many questions at once and per second, no more; none while the
//!   issuer fails. The limits are per entry, so one issuer's trouble is its own.
//! - A token is held while its answer is, and shown nowhere: not in logs, errors, metrics, or `Debug`.
//!
//! # The way of a token
//!
//! ```text
//! reader → memory, or: opaque_actor (line → allowance → breaker) → inquiry → introspection | github → judgement → memory
//! ```
//!
//! Deliberately absent: signed answers (RFC 9701), discovery of the endpoint, and the user's names and addresses.

mod access;
mod breaker;
#[cfg(test)]
mod example;
mod github;
mod inquiry;
mod introspected;
mod introspection;
mod judgement;
mod line;
mod memory;
mod metrics;
mod opaque_actor;
mod reader;
mod roster;
mod slot;
mod timestamp;

pub use access::{Access, Credentials};
pub use introspected::{Introspected, Mismatch, NotIntrospected};
pub use metrics::OpaqueMetrics;
pub use opaque_actor::OpaqueActor;
pub use reader::OpaqueReader;
pub use roster::{OPAQUE_ISSUER, OpaqueContext, OpaqueRoster};
