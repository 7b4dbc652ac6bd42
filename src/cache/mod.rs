//! The parts that every cache of the directory is built from.
//!
//! A cache here is a [`table::Table`] that readers look into without asking anybody, and one actor that writes it. The
//! actor's decisions are pure values, so that they can be tested without an actor: [`coalescer::Coalescer`] turns any
//! number of waiting requests into one query at a time, and [`fence::Fence`] decides whether what a query brought may be
//! published.
//!
//! Deliberately absent: a time to live. An entry goes when the directory says that it changed, when it lapses by the
//! directory's own word, or when memory is wanted for something that is used more.

pub mod coalescer;
pub mod fence;
pub mod metrics;
pub mod table;

use std::sync::Arc;
use std::time::Duration;

use crate::supervision::NotDelivered;

/// Why a cache has no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Unavailable {
    /// The directory could not be asked, or did not answer.
    #[error("the directory has no answer")]
    Directory(#[source] Arc<crate::directory::DirectoryError>),
    /// No answer came in time.
    #[error("no answer came in time")]
    Late,
    /// Too many requests are waiting already.
    #[error("too many requests are waiting")]
    Busy,
    /// The cache was dropped while the request waited: ask again.
    #[error("the cache was dropped meanwhile")]
    Dropped,
    /// The actor that fills the cache was given up.
    #[error("the actor that fills the cache is down")]
    Down,
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
