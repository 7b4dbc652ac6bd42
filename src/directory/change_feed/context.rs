//! What the feed is given, and what of it outlives an incarnation.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::clock::SharedClock;
use crate::directory::change::Subscriber;
use crate::directory::connection::DsnSource;
use crate::directory::freshness::Freshness;
use crate::directory::metrics::DirectoryMetrics;
use crate::directory::place::Place;
use crate::directory::postgres::Directory;

/// How the feed behaves.
#[derive(Clone, Copy, Debug)]
pub struct FeedSettings {
    /// Time between two heartbeats.
    pub heartbeat: Duration,
    /// How long any statement on the feed's connection may take before the connection counts as lost.
    pub heartbeat_timeout: Duration,
    /// Least time between two attempts to connect.
    pub reconnect_min: Duration,
    /// Most time between two attempts to connect.
    pub reconnect_max: Duration,
}

/// What every incarnation of the feed needs, and what outlives it.
pub struct FeedContext {
    /// Where to connect, read anew at each attempt.
    pub dsn: DsnSource,
    /// For the doorbell's self-test, which must come from another connection.
    pub directory: Arc<Directory>,
    /// Where the feed publishes how far it is.
    pub freshness: Arc<Freshness>,
    /// Who is told of changes.
    pub subscribers: Vec<Arc<dyn Subscriber>>,
    /// Series of the room.
    pub metrics: DirectoryMetrics,
    /// The time.
    pub clock: SharedClock,
    /// How to behave.
    pub settings: FeedSettings,
    /// Where the last incarnation stood: everything up to here has taken effect.
    pub resume: Mutex<Option<Place>>,
}
