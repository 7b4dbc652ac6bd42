//! The revocation probe: how soon does a committed change take effect in the answers of *this* replica?
//!
//! Every few seconds it grants a role to a canary and revokes it again, through real SQL, on a connection and with rights of
//! its own, and asks for the canary's claims as a request would until they show it. All other bookkeeping believes what the
//! change log tells; this is the one place that looks at the outcome, so it notices what a trigger, a view or a cache loses.
//!
//! # What counts as seen
//!
//! The rendered bytes, or the refusal of a user who is no member, differ from what they were before the change. So it is the
//! answer itself that is measured, whatever the template makes of roles. Where a template shows nothing of them there is
//! nothing to see: then what the primary says through the same template is the same before and after, and the probe says so
//! ([`Failure::Invisible`]). An answer is **stale** only if it claims to contain the change's position, in the history that
//! is followed, and is the old one, *and* the primary gives another. The same is asked before each round, so that changes of
//! others (another replica's probe, somebody who hid them from the log) are noticed too.
//!
//! The time counts from the acknowledgement of COMMIT, because no writer can know earlier; a load that the answer needs is
//! part of it, because a request would wait for it too.
//!
//! # Replicas that share a canary
//!
//! They take turns: a replica holds a lock of the server while it changes the canary and looks, so an effect that it sees is
//! its own. Only who commits a change knows when, so nobody measures the changes of others. A replica that does not keep up
//! counts that as late before it asks for its turn, so that it holds up nobody. A user per replica would need no lock, but
//! rows for every name that a replica may ever have.
//!
//! # Deliberately absent
//!
//! - Being needed: when the probe is given up, the service goes on.
//! - Histories: a change that a failover took back is a failure of that round, and no more.

mod failure;
mod metrics;
pub mod probe_actor;
mod report;
mod round;
mod sight;

pub use failure::Failure;
pub use metrics::ProbeMetrics;
pub use report::{ProbeStatus, Report};

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Random;
use crate::directory::canary::CanarySettings;
use crate::directory::connection::DsnSource;
use crate::enrichment::{Enrichment, Rights};

/// What every incarnation of the probe needs.
pub struct ProbeContext {
    /// Where to connect, read anew each time.
    pub dsn: DsnSource,
    /// Who the canary is.
    pub canary: CanarySettings,
    /// Who is asked.
    pub enrichment: Enrichment,
    /// As whom.
    pub rights: Rights,
    /// Time between two rounds, and the longest wait for an effect.
    pub every: Duration,
    /// How long one answer may take.
    pub answer_deadline: Duration,
    /// Spreads the rounds of several replicas.
    pub random: Random,
    /// What it came to.
    pub report: Arc<Report>,
}

impl ProbeContext {
    /// Up to a quarter earlier than `every`, so that replicas do not meet each time.
    fn pause(&self) -> Duration {
        const PARTS: u32 = 1024;
        let part = u32::try_from((self.random)() % u64::from(PARTS)).unwrap_or(0);
        self.every.saturating_sub(self.every * part / (4 * PARTS))
    }
}
