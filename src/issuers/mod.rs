//! Who may vouch for a user: issuer entries, what their tokens have to be, and the keys that prove it.
//!
//! An entry is a row of the directory, compiled ([`Entry`]) and found by the `iss` of a token ([`IssuerTable`]). The token
//! chooses nothing else: which keys, algorithms and audiences count is the entry's business. Entries whose tokens only
//! their issuer can read have [`opaque`] instead of keys.
//!
//! # What this room promises about keys
//!
//! - **A key belongs to one entry.** There is no pool, and no way from one entry's [`KeySlot`] to another's.
//! - **An answer replaces the set; a failure changes nothing** but when the next fetch is made. What the issuer has
//!   withdrawn is gone with its next good answer.
//! - **Unknown is not no.** Without keys, or with keys that are too old, the answer is "not now".
//! - **Tokens cause few requests**: one fetch per issuer at a time, and after a burst of two one in thirty seconds. One
//!   fetch brings the whole set, so made-up names keep no good key out.
//! - **One issuer's failure is its own.** Each has an actor, a schedule and a budget. Fetches that nobody waits for leave
//!   half of the places to those that somebody does.
//! - **An entry that is switched off answers nothing at once**: its slot ends, whoever waits is told, and what lies on disk
//!   is removed.
//!
//! # The way of a key
//!
//! ```text
//! roster_actor → issuer_actor → schedule: due → flight (lanes, fetch: discovery, key set; jose: ingest) → landing → slot
//! reader: slot.find → miss → waiting → schedule: due now ↑
//! ```
//!
//! `schedule`, `miss`, `location` and `validity` are pure: moments and random numbers in, decisions out. `last_good` and
//! `restoring` keep sets over a restart.
//!
//! Deliberately absent: merging of sets, grace for withdrawn keys, shared secrets, and metrics per issuer (`/status` knows
//! each).

mod arrival;
mod claim_path;
pub mod entry;
pub mod fetch;
mod flight;
pub mod issuer_actor;
mod key_set;
mod landing;
mod lanes;
mod last_good;
mod location;
mod metrics;
mod miss;
pub mod opaque;
mod origin;
mod policy;
pub mod presets;
mod reports;
mod restoring;
mod roster;
pub mod roster_actor;
pub mod rules;
mod schedule;
pub mod settings;
mod slot;
mod status;
mod table;
mod validity;
mod waiting;

pub use entry::{Entry, GitHub, Introspection, KeySource, Login, Source};
pub use flight::Means;
pub use lanes::Lanes;
pub use last_good::LastGood;
pub use metrics::KeyMetrics;
pub use origin::KeyOrigin;
pub use policy::{Backoff, KeyPolicy};
pub use roster::{Followed, IssuerRoster};
pub use rules::{AudienceRule, ClaimPath, Issuers, KindRule, RequiredValue, Rules};
pub use slot::{KeySlot, Lookup};
pub use status::KeyStatus;
pub use table::{IssuerTable, NoEntry};
pub use validity::KeyState;
pub use waiting::Miss;
