//! Waiting for a condition, never for a time.

use std::future::Future;
use std::panic::Location;
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// Longer than anything here takes on a busy machine.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// Looks until `look` finds something. Panics at the caller's place when nothing is found in time.
#[track_caller]
pub(crate) fn until<T, F>(what: &'static str, mut look: impl FnMut() -> F) -> impl Future<Output = T>
where
    F: Future<Output = Option<T>>,
{
    let place = Location::caller();
    async move {
        let deadline = Instant::now() + LONG;
        loop {
            if let Some(found) = look().await {
                return found;
            }
            assert!(Instant::now() < deadline, "{what}: not within {} s, at {place}", LONG.as_secs());
            sleep(Duration::from_millis(2)).await;
        }
    }
}
