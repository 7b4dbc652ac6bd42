//! HTTP to issuers: keys, discovery documents, and questions about opaque tokens.
//!
//! The other side may be hostile, and where it is may have been chosen by a tenant. So the room promises:
//! - Only addresses of the public internet are dialled, unless the operator gives the entry leave ([`Leave`]). The filter
//!   judges the very addresses that a connection is made to, so a host that changes its mind in between gains nothing.
//! - One deadline covers connecting, head and body, and the body is cut off while it streams in ([`FetchLimits`]).
//! - No redirect is followed, no cookie kept, no proxy of the environment used, nothing inflated.
//! - A failure is one of a closed set of classes ([`FetchError::class`]). Its sentence is for the operator and holds nothing
//!   that the other side sent but the host of a redirect, so it cannot be used to read from inside the network. Tenants see
//!   the class alone.
//!
//! How a request goes: `url_rules` judge the text, `clients` have a client for the leave, `resolver` and `address` filter what
//! it dials, `answer` reads what comes, `cache_headers`, `validators` and `retry_after` what it says about time.
//!
//! Deliberately absent: retries and timers (the issuer's actor has them), and any judgement of a body but for discovery.

mod address;
mod answer;
mod cache_headers;
mod clients;
pub mod discovery;
mod error;
mod fetcher;
mod leave;
mod resolver;
mod retry_after;
mod tls;
mod url_rules;
mod validators;

pub use cache_headers::Freshness;
pub use error::{FetchError, FetchFault, TlsFault};
pub use fetcher::{FetchLimits, FetchRequest, Fetched, Fetcher};
pub use leave::{Authorities, Leave, LeaveError};
pub use resolver::{Resolver, SystemResolver};
pub(in crate::issuers) use url_rules::host_of;
pub use url_rules::{UrlFault, check as check_url};
pub use validators::Validators;

/// What a request for keys accepts.
pub const ACCEPT_KEYS: &str = "application/jwk-set+json, application/json";

/// What any other request accepts.
pub const ACCEPT_JSON: &str = "application/json";
