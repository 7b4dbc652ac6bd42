//! How a load is asked for, and what of its answer is believed.
//!
//! Every statement of a load reads its data, the newest place of the change log, and whether that log holds what the feed has
//! followed, in one snapshot. So the answer says itself how new it is, and in whose history.

use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::error::DirectoryError;
use super::history::{Epoch, Standing};
use super::identifiers::Position;
use super::metrics::ReplicaLoad;
use super::place::Place;
use super::postgres::{Directory, Source};
use super::queries::Query;
use super::replica::Replica;
use super::rows::{has_followed, place};
use super::server::{Parameter, Parameters};

/// The rows of a load, and how new they are.
pub(super) struct Loaded {
    /// Every change up to here is in the rows, in the history that is followed: what a fence may go by.
    pub(super) proven: Position,
    /// Every change up to here is in the rows, in the history of the server that answered.
    pub(super) snapshot: Position,
    /// As PostgreSQL gave them.
    pub(super) rows: Vec<Row>,
}

/// A place as the statements take it.
pub(super) fn to_sql(place: Place) -> (i64, Option<String>) {
    (place.position.to_sql(), place.nonce.map(|nonce| nonce.to_string()))
}

impl Directory {
    /// A statement that also reads the newest place of the change log, and whether that log holds what the feed has followed.
    pub(super) async fn load(
        &self,
        source: Source,
        query: Query,
        text: &str,
        parameters: Parameters<'_>,
    ) -> Result<Loaded, DirectoryError> {
        loop {
            let (epoch, followed) = self.freshness.followed();
            let (position, nonce) = to_sql(followed);
            let own: [Parameter<'_>; 2] = [(&position, Type::INT8), (&nonce, Type::TEXT)];
            let parameters = [parameters, &own].concat();
            if source == Source::Any
                && let Some(loaded) = self.load_from_replica(query, text, &parameters, epoch).await
            {
                return Ok(loaded);
            }
            let rows = self.primary.query(query, text, &parameters).await?;
            let place = place(query, &rows)?;
            let standing = self.freshness.witness(place, epoch);
            if epoch != self.freshness.epoch() {
                // Asked before the feed took up another history or connected anew, answered after.
                continue;
            }
            let proven = match standing {
                Standing::Known | Standing::Forgotten if place.position < followed.position => {
                    // A standby, or an old primary that nobody writes to: new connections may lead elsewhere.
                    self.primary.forget_connections();
                    return Err(DirectoryError::Behind { query: query.name });
                }
                Standing::Known => place.position,
                // Positions beyond the feed's may be another history's. What the feed has followed is in both.
                Standing::Ahead if has_followed(query, &rows, followed)? => followed.position,
                Standing::Ahead | Standing::Foreign | Standing::Forgotten => {
                    self.freshness.ask();
                    return Err(DirectoryError::OtherHistory { query: query.name });
                }
            };
            return Ok(Loaded { proven, snapshot: place.position, rows });
        }
    }

    /// `None` if the primary has to be asked.
    async fn load_from_replica(
        &self,
        query: Query,
        text: &str,
        parameters: Parameters<'_>,
        epoch: Epoch,
    ) -> Option<Loaded> {
        let Replica { server, rest } =
            self.replica.as_ref().filter(|replica| replica.rest.is_over(replica.server.now()))?;
        let answered = server.query(query, text, parameters).await.and_then(|rows| Ok((place(query, &rows)?, rows)));
        let (outcome, loaded) = match answered {
            Ok((place, rows)) => {
                rest.end();
                // A replica is never further than its primary; one that seems to be ahead may as well have another history.
                match self.freshness.judge_in(place, epoch) {
                    Standing::Known => {
                        let loaded = Loaded { proven: place.position, snapshot: place.position, rows };
                        (ReplicaLoad::Answered, Some(loaded))
                    }
                    Standing::Ahead | Standing::Forgotten => (ReplicaLoad::NotComparable, None),
                    Standing::Foreign => {
                        rest.begin(server.now());
                        (ReplicaLoad::OtherHistory, None)
                    }
                }
            }
            Err(error) => {
                rest.begin(server.now());
                tracing::warn!(cause = error.label(), "the replica failed; the primary is asked for a while");
                (ReplicaLoad::Failed, None)
            }
        };
        self.metrics.replica_loads.with_label_values(&[outcome.label()]).inc();
        loaded
    }
}
