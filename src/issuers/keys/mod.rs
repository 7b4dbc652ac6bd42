//! The keys of issuers: fetched ahead of need, kept through outages, gone when they are withdrawn.
//!
//! # What this room promises
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
//! roster_actor → key_actor → schedule: due → flight (lanes, fetch: discovery, key set; jose: ingest) → fetching → slot
//! reader: slot.find → miss → waiting → schedule: due now ↑
//! ```
//!
//! `schedule`, `miss`, `location` and `validity` are pure: moments and random numbers in, decisions out. `last_good` and
//! `restoring` keep sets over a restart.
//!
//! Deliberately absent: merging of sets, grace for withdrawn keys, shared secrets, and metrics per issuer (`/status` knows
//! each).

mod arrival;
mod fetching;
mod flight;
pub mod key_actor;
mod key_set;
mod lanes;
mod last_good;
mod location;
mod metrics;
mod miss;
mod origin;
mod policy;
mod reports;
mod restoring;
mod roster;
pub mod roster_actor;
mod schedule;
mod slot;
mod status;
mod validity;
mod waiting;

pub use fetching::Refresh;
pub use flight::Means;
pub use lanes::Lanes;
pub use last_good::LastGood;
pub use metrics::KeyMetrics;
pub use origin::KeyOrigin;
pub use policy::{Backoff, KeyPolicy};
pub use roster::{Followed, IssuerRoster};
pub use slot::{KeySlot, Lookup};
pub use status::KeyStatus;
pub use validity::KeyState;
pub use waiting::Miss;
