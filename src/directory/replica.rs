//! A read replica: asked first, believed only where the change log proves that its answer belongs to the history that is
//! followed, and left alone for a while when it fails.
//!
//! How far it lags does not matter for correctness. Its answer carries the position of its own snapshot, and a cache refuses
//! what is older than the newest change that concerned it; then the primary is asked.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::server::Server;
use crate::clock::Moment;

/// How long a replica that failed is left alone. Then one load tries it, while the others go on without it.
const REST: Duration = Duration::from_secs(5);

/// A server that may be asked instead of the primary.
pub struct Replica {
    pub(super) server: Server,
    pub(super) rest: Rest,
}

impl Replica {
    /// A replica behind this pool.
    pub fn new(server: Server) -> Self {
        Self { server, rest: Rest::default() }
    }
}

/// Until when a server is left alone, in microseconds on the clock's time line; zero while it answers.
#[derive(Debug, Default)]
pub(super) struct Rest(AtomicU64);

impl Rest {
    /// Whether a load may ask it now. After a rest only one may, until it is known how that ended.
    pub(super) fn is_over(&self, now: Moment) -> bool {
        let until = self.0.load(Ordering::Acquire);
        let next = now.plus(REST).as_micros();
        until == 0
            || now.as_micros() >= until
                && self.0.compare_exchange(until, next, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// It answered.
    pub(super) fn end(&self) {
        self.0.store(0, Ordering::Release);
    }

    /// It did not.
    pub(super) fn begin(&self, now: Moment) {
        self.0.store(now.plus(REST).as_micros(), Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_failure_one_load_tries_again_and_the_others_do_not_wait_for_it() {
        let rest = Rest::default();
        let failed_at = Moment::from_micros(7);
        assert!(rest.is_over(failed_at) && rest.is_over(failed_at), "all may ask a server that answers");
        rest.begin(failed_at);
        assert!(!rest.is_over(failed_at.plus(REST / 2)));
        let later = failed_at.plus(REST);
        assert!(rest.is_over(later));
        assert!(!rest.is_over(later), "one is trying already");
        rest.end();
        assert!(rest.is_over(later) && rest.is_over(later));
    }
}
