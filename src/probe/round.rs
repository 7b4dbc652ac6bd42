//! One round: the canary is granted its role and loses it, and each time this replica's answers are watched.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until, timeout, timeout_at};

use super::sight::Sight;
use super::{Failure, ProbeContext};
use crate::clock::Moment;
use crate::directory::Place;
use crate::directory::canary::{Canary, CanaryError, Flip};
use crate::directory::history::Standing;

/// Answers are asked for this often while the change feed has not yet said that the change is in effect.
const ASK_EVERY: Duration = Duration::from_millis(10);

/// What became of a change of the canary.
enum Verdict {
    /// The answers show it.
    Seen { after: Duration, sight: Sight },
    /// They do not yet.
    Late,
    /// They do not, and claim to.
    Stale,
    /// Nobody can tell.
    Failed(Failure),
}

/// Probes until dropped.
pub(super) async fn follow(context: Arc<ProbeContext>) {
    let mut canary = None;
    loop {
        sleep(context.pause()).await;
        if let Err(error) = Box::pin(context.round(&mut canary)).await {
            // With the connection goes whatever it held: a transaction, a turn.
            canary = None;
            context.report.failed(&Failure::from(error));
        }
    }
}

impl ProbeContext {
    async fn round(&self, connection: &mut Option<Canary>) -> Result<(), CanaryError> {
        let canary = match connection {
            Some(canary) => canary,
            None => connection.insert(Canary::connect(&self.dsn, self.canary.clone()).await?),
        };
        // Not in its turn: who does not keep up must not hold up the others.
        if self.caught_up(canary).await?.is_none() || !canary.take_turn().await? {
            return Ok(());
        }
        self.turn(canary).await?;
        canary.end_turn().await
    }

    /// The newest place of the log, once everything up to there is in the answers. `None` is late, and is reported.
    async fn caught_up(&self, canary: &mut Canary) -> Result<Option<Place>, CanaryError> {
        let newest = canary.newest().await?;
        if timeout(self.every, self.enrichment.freshness.reached(newest.position)).await.is_err() {
            self.report.late();
            return Ok(None);
        }
        Ok(Some(newest))
    }

    async fn turn(&self, canary: &mut Canary) -> Result<(), CanaryError> {
        // Once more: another replica has changed the canary in its own turn.
        let Some(place) = self.caught_up(canary).await? else { return Ok(()) };
        let (before, truth) = match (self.look().await, self.truth().await) {
            (Ok((_, before)), Ok(truth)) => (before, truth),
            (Err(code), _) | (_, Err(code)) => {
                self.report.failed(&Failure::Refused(code));
                return Ok(());
            }
        };
        if before != truth {
            // Not if somebody has changed something in between.
            if canary.newest().await? == place && self.enrichment.freshness.judge(place) == Standing::Known {
                self.report.stale(place.position);
            }
            return Ok(());
        }
        let granted = canary.flip(Flip::Grant).await?;
        // `None`: it was left so by somebody who was stopped in the middle. The next round begins clean.
        let granted = match granted {
            Some(place) => self.watch(place, &before).await,
            None => None,
        };
        // Whatever came of that: the canary is left as it was found.
        let Some(place) = canary.flip(Flip::Revoke).await? else {
            self.report.failed(&Failure::Unchanged);
            return Ok(());
        };
        if let Some(granted) = granted {
            self.watch(place, &granted).await;
        }
        Ok(())
    }

    /// Reports what becomes of a change that has just been committed; returns what is seen, if it is.
    async fn watch(&self, place: Place, before: &Sight) -> Option<Sight> {
        let committed_at = self.enrichment.clock.now();
        match self.verdict(place, committed_at, before).await {
            Verdict::Seen { after, sight } => {
                self.report.seen(after, self.enrichment.clock.unix_seconds());
                return Some(sight);
            }
            Verdict::Late => self.report.late(),
            Verdict::Stale => self.report.stale(place.position),
            Verdict::Failed(failure) => self.report.failed(&failure),
        }
        None
    }

    async fn verdict(&self, place: Place, committed_at: Moment, before: &Sight) -> Verdict {
        let deadline = Instant::now() + self.every;
        let reached = self.enrichment.freshness.reached(place.position);
        tokio::pin!(reached);
        let mut is_reached = false;
        let mut again = interval(ASK_EVERY);
        again.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = &mut reached, if !is_reached => is_reached = true,
                _ = again.tick() => {}
                () = sleep_until(deadline) => return Verdict::Late,
            }
            let Ok(looked) = timeout_at(deadline, self.look()).await else { return Verdict::Late };
            // A refusal is no answer, and so none that could be old.
            let Ok((contains, sight)) = looked else { continue };
            if sight != *before {
                return Verdict::Seen { after: self.enrichment.clock.now().since(committed_at), sight };
            }
            if contains >= place.position {
                return self.unchanged(place, before).await;
            }
        }
    }

    /// An answer that claims to contain the change looks as before. The primary knows whether it should.
    async fn unchanged(&self, place: Place, before: &Sight) -> Verdict {
        let truth = match self.truth().await {
            Ok(truth) => truth,
            Err(code) => return Verdict::Failed(Failure::Refused(code)),
        };
        // Last: if that is still the history of the change, it was so all the time.
        if self.enrichment.freshness.judge(place) != Standing::Known {
            return Verdict::Failed(Failure::OtherHistory);
        }
        if truth == *before { Verdict::Failed(Failure::Invisible) } else { Verdict::Stale }
    }
}
