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
//! The first that says no decides; [`Reject`] has its number.
//!
//! | check | name | what it demands | made in |
//! | --- | --- | --- | --- |
//! | 1 | size | at most 16 KiB | `unverified`, by `jose` |
//! | 2 | characters and parts | three parts of base64url characters | `unverified`, by `jose` |
//! | 3 | base64url | the one spelling of each part | `unverified`, by `jose` |
//! | 4 | header | one strict JSON object | `header` |
//! | 5 | `alg` | known, and one of the entry's | `header`, `unverified` |
//! | 6 | `crit` | neither it nor `b64` is there | `header` |
//! | 7 | `typ` | listed or usual; no `cty` of a JWT, no `zip`, no `enc` | `header`, `kind` |
//! | 8 | key references in the header | nothing reads `jku`, `jwk`, `x5u`, `x5c` | `header` |
//! | 9 | payload | one strict JSON object with an `iss` that an entry accepts | `payload`, `attempt` |
//! | 10 | `kid` | names one key of that entry | `header`, `attempt` |
//! | 11 | key | fits `alg`, and signs for this `iss` | `verify`, `tenant` |
//! | 12 | signature | verifies | `verify`, by `jose` |
//! | 13 | `exp` | is there and not past | `time` |
//! | 14 | `nbf` | is past, if it is there | `time` |
//! | 15 | `iat` | is past, before `exp` and not too old | `time` |
//! | 16 | `iss` | is the entry's, from the same reading | `tenant` |
//! | 17 | `aud` | is for us | `audience` |
//! | 18 | client and required values | as the entry lists them | `party`, `values` |
//! | 19 | ID token | what OpenID Connect asks of one besides | `id_token` |
//! | 20 | access token | what RFC 9068 asks of one besides | `access_token` |
//! | 21 | kind of token | an ID token is not an access token | `kind` |
//! | 22 | `sub` | a subject that can be told from any other | `subject` |
//! | 23 | `cnf` | not bound to its sender | `access_token` |
//! | 24 | tenant of the provider | one that the entry lists | `tenant` |
//!
//! They are made in this order, with these exceptions. What an entry says of 5 and 7 waits until 9 has found it. 13 to 17 need
//! no key, so they follow next, before one is looked for ([`UnverifiedToken::check_without_key`]): what they refuse causes no
//! request. What the claims call themselves (of 21) is looked at with 7, because the kind decides which audience counts.
//! `kind` says what is and what is not told apart.
//!
//! To add a check: its row here and its name in [`Check::name`]; a file with a function over the claims that answers with
//! [`Reject::by`]; a call in its place, in `verify`, or in `unverified` if it needs no key; a [`Class`] of its own if no other
//! says it, with its code in `error`; and a hostile token in `tests/hostile_tokens/`. What opaque tokens are held to as well
//! goes into [`crate::issuers::rules`].

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
pub use verify::Admissible;
