//! PostgreSQL: what the adopter's tables say, and when that changes.
//!
//! Two ways in. [`Directory`] answers the questions of the other rooms over a pool; each answer says up to which
//! [`Position`] of the change log it is complete. The change feed follows that log over a connection of its own and tells
//! every [`Subscriber`] what each transaction touched; how far it is stands in [`Freshness`].
//!
//! The contract with the adopter is five views and a change log in schema `claimsmith`; `sql/README.md` has it. SQL
//! stands in `sql/` only and is spoken here only.

pub mod canary;
pub mod change;
pub mod change_feed;
pub mod connection;
pub mod dsn;
mod error;
mod freshness;
pub mod history;
mod id_type;
mod identifiers;
mod loads;
mod metrics;
pub mod migrations;
mod place;
mod planned;
mod postgres;
mod proven_load;
mod queries;
mod replica;
mod rows;
mod server;
mod tls;

pub use change::Subscriber;
pub use error::DirectoryError;
pub use freshness::{Freshness, Reading};
pub use identifiers::{IssuerId, Position, TenantId, UserId};
pub use loads::{CatalogLoad, IdentitiesLoad, IssuerRow, MembersLoad, Membership, Role, TenantOfUser, TenantRow};
pub use metrics::DirectoryMetrics;
pub use place::{Nonce, NotAPlace, Place};
pub(crate) use planned::{ID_TYPES, PlannedLoad, nowhere, planned_loads};
pub use postgres::{Directory, ReadThrough, Source};
pub use replica::Replica;
pub use server::{MakePool, Server};
