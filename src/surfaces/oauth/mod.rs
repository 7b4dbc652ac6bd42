//! OAuth 2.0 as an authorization server speaks it: token exchange (RFC 8693), transaction tokens
//! (draft-ietf-oauth-transaction-tokens-10) and the metadata that verifiers look for (RFC 8414).
//!
//! # What is kept to the letter
//!
//! Parameters, their errors and the shape of answers are the standards'. A parameter that is sent empty counts as absent, one
//! that is not known is ignored, and one that comes twice is refused (RFC 6749 section 3.2), but for `audience` and
//! `resource`. An error says which one it is and what to do, and never quotes what was sent.
//!
//! # Deliberately absent
//!
//! - Acting on behalf of somebody (`actor_token`): nothing here could judge whether one may. It is refused, and said.
//! - Tokens for several targets: a token that several back-ends take lets each of them pass for its user at the others.
//! - Every other grant. Whoever wants a login wants an identity provider.

pub mod error;
pub mod exchange;
pub mod metadata;
mod parameters;
pub mod response;
mod scope;
mod token_type;

pub use parameters::Parameters;
pub use scope::NotGranted;
pub use token_type::{Requested, SubjectType};
