//! What an answer may be built from: memory, if that is new enough for who asks, or else the primary itself.
//!
//! `at_least` names what the answer must contain. Memory is waited for, but not long: where the change feed is cut off,
//! waiting is of no use, and reading through the primary is. Only so many may do that at a time, because loads need its
//! connections too. Tenants and issuers are not read through: if they have changed, only memory will do.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout_at};

use super::Enrichment;
use super::question::{Ages, Patience, Rights};
use crate::clock::Moment;
use crate::directory::history::Standing;
use crate::directory::{Place, ReadThrough, Reading};
use crate::error::{Code, Refusal};

/// What an answer is built from.
#[derive(Debug)]
pub(super) struct Basis {
    /// How new it is.
    pub(super) reading: Reading,
    /// The right to read it from the primary; `None` is from memory.
    through: Option<OwnedSemaphorePermit>,
}

impl Basis {
    pub(super) const fn reads_through(&self) -> bool {
        self.through.is_some()
    }
}

impl Enrichment {
    /// Memory, or the primary, or why neither.
    pub(super) async fn basis(
        &self,
        at_least: Option<Place>,
        ages: Ages,
        now: Moment,
        patience: &Patience,
    ) -> Result<Basis, Refusal> {
        let reading = self.freshness.read_at(now);
        let Some(wanted) = at_least else { return of_memory(reading, ages) };
        if wanted.position > reading.position
            && let Some(basis) = Box::pin(self.wait_or_read_through(wanted, patience)).await?
        {
            return Ok(basis);
        }
        match self.freshness.judge(wanted) {
            Standing::Known => of_memory(self.freshness.read(), ages),
            Standing::Forgotten => {
                Box::pin(self.look_up_in_log(wanted, patience)).await?;
                of_memory(self.freshness.read(), ages)
            }
            Standing::Foreign => Err(Code::PositionForeign.into()),
            Standing::Ahead => Err(Refusal::not_reached(wanted.position)),
        }
    }

    /// How new memory is, once it contains what is wanted: for answers that are made of what is known of changes, and of no
    /// entry. So nothing is read from the primary instead.
    pub async fn confirmed(
        &self,
        at_least: Option<Place>,
        rights: &Rights,
        patience: &Patience,
    ) -> Result<Reading, Refusal> {
        if let Some(wanted) = at_least {
            if wanted.position > self.freshness.read().position {
                self.freshness.ask();
                let soon = patience.deadline().min(Instant::now() + self.at_least_wait);
                let reached = timeout_at(soon, self.freshness.reached(wanted.position)).await;
                reached.map_err(|_| Refusal::not_reached(wanted.position))?;
            }
            match self.freshness.judge(wanted) {
                Standing::Known => {}
                Standing::Forgotten => Box::pin(self.look_up_in_log(wanted, patience)).await?,
                Standing::Foreign => return Err(Code::PositionForeign.into()),
                Standing::Ahead => return Err(Refusal::not_reached(wanted.position)),
            }
        }
        let reading = self.freshness.read();
        young_enough(&reading, rights.ages)?;
        Ok(reading)
    }

    /// The reading of an answer that is given now.
    pub(super) fn reading_by_now(&self, basis: &Basis) -> Reading {
        if basis.reads_through() { basis.reading.at(self.clock.now()) } else { self.freshness.by_now(basis.reading) }
    }

    /// `None` once memory has what is wanted.
    async fn wait_or_read_through(&self, wanted: Place, patience: &Patience) -> Result<Option<Basis>, Refusal> {
        let reached = self.freshness.reached(wanted.position);
        tokio::pin!(reached);
        let soon = patience.deadline().min(Instant::now() + self.at_least_wait);
        self.freshness.ask();
        if timeout_at(soon, &mut reached).await.is_ok() {
            return Ok(None);
        }
        match timeout_at(patience.deadline(), self.of_primary(wanted)).await {
            Ok(Ok(Some(basis))) => return Ok(Some(basis)),
            Ok(Err(refusal)) => return Err(refusal),
            // Only memory can help, if it comes in time.
            Ok(Ok(None)) | Err(_) => {}
        }
        timeout_at(patience.deadline(), reached).await.map_err(|_| Refusal::not_reached(wanted.position))?;
        Ok(None)
    }

    /// A place that lies further back than the feed has followed, as an old token's after a restart or a failover. What is in
    /// the log, and what was pruned from it, has had its effect.
    async fn look_up_in_log(&self, wanted: Place, patience: &Patience) -> Result<(), Refusal> {
        let Ok(_permit) = self.read_throughs.try_acquire() else { return Err(Code::Overloaded.into()) };
        let found = timeout_at(patience.deadline(), self.directory.read_through(wanted, wanted)).await;
        match found {
            Ok(Ok(ReadThrough::Foreign)) => Err(Code::PositionForeign.into()),
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Code::DirectoryUnavailable.into()),
        }
    }

    /// `None` if the primary does not have what is wanted either, or not all that an answer is made of.
    async fn of_primary(&self, wanted: Place) -> Result<Option<Basis>, Refusal> {
        let Ok(through) = Arc::clone(&self.read_throughs).try_acquire_owned() else { return Ok(None) };
        let asked_at = self.clock.now();
        match self.directory.read_through(wanted, self.freshness.complete_to()).await {
            Ok(ReadThrough::Contains(position)) => {
                let reading = Reading::of_primary(position, asked_at, self.clock.now());
                Ok(Some(Basis { reading, through: Some(through) }))
            }
            Ok(ReadThrough::NotThere | ReadThrough::CatalogChanged) => Ok(None),
            Ok(ReadThrough::Foreign) => Err(Code::PositionForeign.into()),
            Err(error) => {
                tracing::debug!(cause = error.label(), "the primary could not be read through");
                Ok(None)
            }
        }
    }
}

fn of_memory(reading: Reading, ages: Ages) -> Result<Basis, Refusal> {
    young_enough(&reading, ages)?;
    Ok(Basis { reading, through: None })
}

/// Whether an answer with this reading may be given at all.
pub(super) fn young_enough(reading: &Reading, ages: Ages) -> Result<(), Refusal> {
    let Some(age) = reading.age_bound else {
        return Err(Refusal::new(Code::DirectoryUnavailable, "nothing has been confirmed by PostgreSQL yet"));
    };
    if !ages.are_exceeded(age) {
        return Ok(());
    }
    let (age, most) = (age.as_millis(), ages.served.max(ages.fresh).as_millis());
    Err(Refusal::new(Code::TooStale, format!("PostgreSQL last confirmed {age} ms ago; at most {most} ms are served")))
}
