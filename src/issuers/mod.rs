//! Who may vouch for a user: issuer entries, what their tokens have to be, and what proves them.
//!
//! Words: an *entry* is a row of the directory, compiled; an *issuer* is who signs and answers for it; a *provider* is a product
//! (Auth0), known to `presets` alone; a *kid* is a key's name.
//!
//! ```text
//! row → settings (presets) → entry (rules, source) → table: found by the `iss` of a token
//!                                                      → keys   (fetch)   tokens that keys verify
//!                                                      → opaque (fetch)   tokens that only their issuer can read
//! ```
//!
//! The token chooses nothing but the entry, by its `iss`: which keys, algorithms and audiences count is the entry's business.

mod allowance;
pub mod check;
mod claim_path;
pub mod entry;
pub mod fetch;
pub mod keys;
pub mod opaque;
pub mod presets;
pub mod rules;
mod series;
pub mod settings;
mod table;
pub mod template;

pub use entry::{Entry, GitHub, Introspection, KeySource, Login, Source};
pub use keys::{
    Backoff, Followed, IssuerRoster, KeyMetrics, KeyOrigin, KeyPolicy, KeySlot, KeyState, KeyStatus, Lanes, LastGood,
    Lookup, Means, Miss,
};
pub use rules::{AudienceRule, ClaimPath, Issuers, KindRule, Malformed, RequiredValue, Rules};
pub use table::{IssuerTable, NoEntry};
