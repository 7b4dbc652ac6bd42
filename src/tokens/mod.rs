//! Tokens: is this one good, and what does it say?
//!
//! # The five rules that everything else follows from
//!
//! 1. The issuer's *entry*, not the token, decides keys, algorithms, audiences and tenant. `iss` only finds the entry, by
//!    exact text. An unknown `iss` never causes a request.
//! 2. A key belongs to exactly one entry. There is no pool of keys over several issuers, and no "it must be that one".
//! 3. One strict reading of header and payload gives the values that are checked *and* the values that are used.
//! 4. A key set that is fetched replaces the one before; a failed fetch changes nothing.
//! 5. What a token says can cause next to no requests, and only after every check that needs no key.
//!
//! # The checks
//!
//! In this order. The first that says no decides; [`Reject`] has its number.
//!
//! | check | about | made in |
//! | --- | --- | --- |
//! | 1 | size, at most 16 KiB | `unverified`, by `jose` |
//! | 2, 3 | three parts of canonical base64url | `unverified`, by `jose` |
//! | 4 | the header is one strict JSON object | `header` |
//! | 5 | `alg` is known, and one of the entry's | `header`, `unverified` |
//! | 6 | no `crit`, no `b64` | `header` |
//! | 7 | `typ`, `cty`, `zip`, `enc` | `header`, `kind` |
//! | 8 | no key from the header (`jku`, `jwk`, `x5u`, `x5c`) | `header`: nothing reads them |
//! | 9 | the payload is one strict JSON object with an `iss` that an entry accepts | `payload`, `attempt` |
//! | 10 | `kid` names one key of that entry | `header`, `attempt` |
//! | 11 | the key fits `alg`, and signs for this `iss` | `verify`, `tenant` |
//! | 12 | the signature | `verify`, by `jose` |
//! | 13, 14, 15 | `exp`, `nbf`, `iat` | `time` |
//! | 16 | `iss` again, from the same reading | `tenant` |
//! | 17 | `aud` | `audience` |
//! | 18 | the client; required claims and values | `party`, `values` |
//! | 19 | what an ID token needs besides | `id_token` |
//! | 20 | what an access token of RFC 9068 needs besides | `access_token` |
//! | 21 | the kind: an ID token is not an access token | `kind` |
//! | 22 | the subject | `subject` |
//! | 23 | `cnf`: bound to its sender | `access_token` |
//! | 24 | the tenant of the provider | `tenant` |
//!
//! Whatever of 13 to 17 can refuse a token without a key does so before one is looked for
//! ([`UnverifiedToken::check_without_key`]), and is made again in its place. `kind` says what is and what is not told apart.

mod access_token;
mod attempt;
mod audience;
mod header;
mod id_token;
mod jws;
mod kind;
mod memory;
mod metrics;
mod offline;
mod party;
mod payload;
mod reader;
mod reject;
mod subject;
mod tenant;
mod time;
mod unverified;
mod values;
mod verified;
mod verify;

#[cfg(test)]
mod fixture;

pub use jws::verify_jws;
pub use memory::{DEFAULT_CAPACITY, Memory};
pub use metrics::TokenMetrics;
pub use offline::Offline;
pub use reader::TokenReader;
pub use reject::{Check, Class, NotVerified, Reject};
pub use unverified::{UnverifiedToken, decode};
pub use verified::{TokenKind, VerifiedToken};
