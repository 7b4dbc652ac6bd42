//! What an answer may be built from: memory, if that is new enough for who asks, or else the primary itself.
//!
//! `at_least` names what the answer must contain. Memory is waited for, but not long: where the change feed is cut off,
//! waiting is of no use, and reading through the primary is. Only so many may do that at a time, because loads need its
//! connections too.

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout_at};

use super::Enrichment;
use super::question::{Ages, Patience};
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
    asked_at: Moment,
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
        let Some(wanted) = at_least else { return of_memory(reading, ages, now) };
        if wanted.position > reading.position && !Box::pin(self.is_reached(wanted, patience)).await {
            return Box::pin(self.of_primary(wanted, now, patience)).await;
        }
        match self.freshness.judge(wanted) {
            // A place that lies too far back to be compared has had its effect long ago.
            Standing::Known | Standing::Forgotten => of_memory(self.freshness.read(), ages, now),
            Standing::Foreign => Err(Code::PositionForeign.into()),
            Standing::Ahead => Err(Refusal::not_reached(wanted.position)),
        }
    }

    /// The reading of an answer that is given now.
    pub(super) fn reading_by_now(&self, basis: &Basis) -> Reading {
        if basis.reads_through() {
            Reading::of_primary(basis.reading.position, basis.asked_at, self.clock.now())
        } else {
            self.freshness.by_now(basis.reading)
        }
    }

    async fn is_reached(&self, wanted: Place, patience: &Patience) -> bool {
        let until = patience.deadline().min(Instant::now() + self.at_least_wait);
        self.freshness.ask();
        timeout_at(until, self.freshness.reached(wanted.position)).await.is_ok()
    }

    async fn of_primary(&self, wanted: Place, since: Moment, patience: &Patience) -> Result<Basis, Refusal> {
        // The feed has asked the primary meanwhile, and the primary knows of no such position.
        if self.freshness.is_confirmed_since(since) {
            return Err(Refusal::not_reached(wanted.position));
        }
        let Ok(through) = self.read_throughs.clone().try_acquire_owned() else { return Err(Code::Overloaded.into()) };
        let asked_at = self.clock.now();
        let catalog_at = self.freshness.read().position;
        let asked = timeout_at(patience.deadline(), self.directory.read_through(wanted, catalog_at)).await;
        let found = asked.map_err(|_| Refusal::not_reached(wanted.position))?.map_err(|error| {
            tracing::debug!(cause = error.label(), "the primary could not be read through");
            Refusal::from(Code::DirectoryUnavailable)
        })?;
        match found {
            ReadThrough::Contains(position) => {
                let reading = Reading::of_primary(position, asked_at, self.clock.now());
                Ok(Basis { reading, through: Some(through), asked_at })
            }
            ReadThrough::NotThere => Err(Refusal::not_reached(wanted.position)),
            ReadThrough::Foreign => Err(Code::PositionForeign.into()),
            ReadThrough::CatalogChanged => Err(Refusal::new(
                Code::TooStale,
                "tenants or issuers have changed since this replica last heard of them",
            )),
        }
    }
}

fn of_memory(reading: Reading, ages: Ages, now: Moment) -> Result<Basis, Refusal> {
    young_enough(&reading, ages)?;
    Ok(Basis { reading, through: None, asked_at: now })
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
