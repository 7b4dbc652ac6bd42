//! The parts that every cache of the directory is built from.
//!
//! A cache here is a [`table::Table`] that readers look into without asking anybody, and one actor that writes it. The
//! actor's decisions are pure values, so that they can be tested without an actor: [`coalescer::Coalescer`] turns any
//! number of waiting requests into one query at a time, and its [`fence::Fence`]s decide what of a query may be published.
//!
//! [`recent::Recent`] is no cache of the directory: it remembers what was worked out from a request, tokens that were verified
//! and tokens that were signed.
//!
//! Deliberately absent: a time to live. An entry goes when the directory says that it changed, when it lapses by the
//! directory's own word, or when memory is wanted for something that is used more.

pub mod coalescer;
pub mod fence;
pub mod metrics;
pub mod recent;
pub mod table;

use std::sync::Arc;
use std::time::Duration;

use crate::directory::{DirectoryError, Source};
use crate::supervision::NotDelivered;

/// Why a cache has no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Unavailable {
    /// The directory could not be asked, or did not answer.
    #[error("the directory has no answer")]
    Directory(#[source] Arc<DirectoryError>),
    /// The server that answered is behind what was asked for: it is not the one that was asked before.
    #[error("the answer is older than what was asked for")]
    Behind,
    /// No answer came in time.
    #[error("no answer came in time")]
    Late,
    /// Too many requests are waiting already.
    #[error("too many requests are waiting")]
    Busy,
    /// The cache was dropped while the request waited: ask again.
    #[error("the cache was dropped meanwhile")]
    Dropped,
    /// What was asked about is not there any more.
    #[error("what was asked about is gone")]
    Gone,
    /// The actor that fills the cache was given up.
    #[error("the actor that fills the cache is down")]
    Down,
}

/// How long to wait before a query is run again after so many in a row were overtaken by a change; longer each time, since
/// whatever it is that overtakes them goes on.
pub fn pause_after(refusals: u32) -> Option<Duration> {
    const LEAST: Duration = Duration::from_millis(2);
    const MOST: Duration = Duration::from_millis(200);
    let doublings = refusals.checked_sub(1)?;
    Some(LEAST.saturating_mul(2_u32.saturating_pow(doublings.min(10))).min(MOST))
}

/// Who is asked after so many refusals in a row: whoever was refused once may be refused for ever, if it is a replica that
/// lags; the primary is as new as any change that was told.
pub const fn source_after(refusals: u32) -> Source {
    if refusals == 0 { Source::Any } else { Source::Primary }
}

impl From<NotDelivered> for Unavailable {
    fn from(reason: NotDelivered) -> Self {
        match reason {
            NotDelivered::Busy => Self::Busy,
            NotDelivered::DeadlinePassed => Self::Late,
            NotDelivered::GaveUp | NotDelivered::Stopped => Self::Down,
        }
    }
}

/// How the actors that write caches behave.
#[derive(Clone, Copy, Debug)]
pub struct CacheSettings {
    /// Bytes that all caches together may hold.
    pub max_memory: usize,
    /// A tenant that nobody asks for this long is dropped.
    pub idle_after: Duration,
    /// Most keys that one query asks for.
    pub batch_max: usize,
    /// Most requests that may wait for one cache's query.
    pub max_waiting: usize,
}
