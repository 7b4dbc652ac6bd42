//! JOSE: signatures of tokens, and the keys that verify them (RFC 7515 to 7518, 7638, 8037). Stands alone.
//!
//! # What this room promises
//!
//! - **Every input is hostile.** A token or a key set of any bytes is read or refused; nothing here panics, and nothing
//!   grows beyond the sizes that are stated.
//! - **One spelling.** JSON with a repeated member, base64url with padding or stray bits, a signature of another length are
//!   refused, so that no two readers can disagree about what was signed.
//! - **Asymmetric only.** There is no `none` and no HMAC to fall back to: [`Algorithm`] has no name for them.
//! - **A key is checked once, when it is read**, and parsed for the algorithms that it may be used with. Verification has
//!   nothing left to decide but whether the signature is right.
//! - **No policy.** Which issuer, which algorithms, which claims: rooms above say so.
//!
//! | file | what |
//! | --- | --- |
//! | `algorithm` | the algorithms that have a name here |
//! | `base64url`, `json`, `json_visitor`, `compact` | bytes → parts, strictly |
//! | `jwk`, `material`, `roca` | one JWK → a key, or the reason why not ([`DropReason`]) |
//! | `ingest`, `key_set` | a key set document → [`Keys`] |
//! | `verify_key`, `thumbprint` | a key: what it verifies, what identifies it |
//! | `self_test` | proof at start that verification works |

mod algorithm;
pub mod base64url;
mod compact;
mod drop_reason;
mod ingest;
mod json;
mod json_visitor;
mod jwk;
mod key_set;
mod material;
mod roca;
mod self_test;
mod thumbprint;
mod verify_key;

#[cfg(test)]
mod tests;

pub use algorithm::{Algorithm, Family};
pub use compact::{Compact, LONGEST, NotCompact, split};
pub use drop_reason::DropReason;
pub use ingest::{Dropped, Ingested, NotAKeySet, ingest};
pub use json::{Json, JsonError, Object, parse_object};
pub use jwk::KeyRules;
pub use key_set::{Keys, NoKey};
pub use self_test::{SelfTestFailed, self_test};
pub use thumbprint::Thumbprint;
pub use verify_key::VerifyKey;
