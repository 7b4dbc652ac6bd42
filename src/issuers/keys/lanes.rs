//! How many fetches are made at once, for all issuers together.
//!
//! Fetches that nobody waits for take at most half of the places. So a hundred issuers that do not answer cannot keep a
//! token waiting for the keys of one that does.

use tokio::sync::{Notify, Semaphore, SemaphorePermit};

/// The places for fetches.
#[derive(Debug)]
pub struct Lanes {
    all: Semaphore,
    unhurried: Semaphore,
}

/// A fetch's place, until it is dropped.
pub(super) struct Lane<'lanes> {
    _place: Option<SemaphorePermit<'lanes>>,
    _unhurried: Option<SemaphorePermit<'lanes>>,
}

impl Lanes {
    /// So many places, at least one.
    pub fn new(places: usize) -> Self {
        let places = places.clamp(1, Semaphore::MAX_PERMITS);
        Self { all: Semaphore::new(places), unhurried: Semaphore::new(places.div_ceil(2)) }
    }

    /// Waits for a place. `hurry` is told when somebody begins to wait for the fetch.
    pub(super) async fn enter(&self, is_urgent: bool, hurry: &Notify) -> Lane<'_> {
        let unhurried = if is_urgent {
            None
        } else {
            tokio::select! {
                place = self.unhurried.acquire() => place.ok(),
                () = hurry.notified() => None,
            }
        };
        // The semaphores are never closed.
        Lane { _place: self.all.acquire().await.ok(), _unhurried: unhurried }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::FutureExt;
    use tokio::time::timeout;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    #[tokio::test]
    async fn fetches_that_nobody_waits_for_leave_half_of_the_places_free() {
        let (lanes, calm) = (Lanes::new(4), Notify::new());
        let _taken = [lanes.enter(false, &calm).await, lanes.enter(false, &calm).await];
        assert!(lanes.enter(false, &calm).now_or_never().is_none());
        assert!(lanes.enter(true, &calm).now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_fetch_that_somebody_begins_to_wait_for_need_not_stand_in_line() {
        let (lanes, calm, hurry) = (Lanes::new(2), Notify::new(), Notify::new());
        let _taken = lanes.enter(false, &calm).await;
        let waiting = lanes.enter(false, &hurry);
        tokio::pin!(waiting);
        assert!(waiting.as_mut().now_or_never().is_none());
        hurry.notify_one();
        assert!(timeout(PATIENCE, waiting).await.is_ok());
    }

    #[tokio::test]
    async fn no_more_fetches_than_places_are_made_at_once() {
        let (lanes, calm) = (Lanes::new(2), Notify::new());
        let first = lanes.enter(true, &calm).await;
        let _second = lanes.enter(true, &calm).await;
        let third = lanes.enter(true, &calm);
        tokio::pin!(third);
        assert!(third.as_mut().now_or_never().is_none());
        drop(first);
        assert!(timeout(PATIENCE, third).await.is_ok());
    }
}
