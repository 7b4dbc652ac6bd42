//! The keys of issuers, from a real provider on loopback into a slot: rotation, outages, floods, deaths.
//!
//! The actors run as in the service. The clock is the machine's own, and can be put forward, so that a day's outage takes
//! no day.

mod answers;
mod discovery;
mod endings;
mod kept;
mod misses;
mod outages;
mod rotation;
mod stage;
