//! The statement that the feed lives by: catch-up and heartbeat in one.

use serde_json::Value;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

use super::error::FeedError;
use crate::directory::change::{Change, parse_changes};
use crate::directory::identifiers::Position;
use crate::directory::place::{Nonce, Place};
use crate::directory::queries;

/// What the log says.
pub(super) struct Log {
    /// Its newest place.
    pub(super) head: Place,
    /// `None`: it does not continue what was followed so far.
    pub(super) changes: Option<Vec<Change>>,
}

impl Log {
    /// Asks for everything after `last`, from a server whose log holds `last` and every witness.
    pub(super) async fn since(client: &Client, last: Option<Place>, witnesses: &[Place]) -> Result<Self, FeedError> {
        let position = last.map(|place| place.position.to_sql());
        let nonce = last.and_then(|place| place.nonce).map(|nonce| nonce.to_string());
        let positions: Vec<i64> = witnesses.iter().map(|seen| seen.position.to_sql()).collect();
        let nonces: Vec<Option<String>> =
            witnesses.iter().map(|seen| seen.nonce.map(|nonce| nonce.to_string())).collect();
        // Sent whole: a pooler in transaction mode would lose a prepared one.
        let rows = client
            .query_typed(
                queries::SINCE.text,
                &[
                    (&position, Type::INT8),
                    (&nonce, Type::TEXT),
                    (&positions, Type::INT8_ARRAY),
                    (&nonces, Type::TEXT_ARRAY),
                ],
            )
            .await?;
        Self::read(rows.first().ok_or(FeedError::Closed)?)
    }

    fn read(row: &Row) -> Result<Self, FeedError> {
        if row.try_get("in_recovery")? {
            return Err(FeedError::Demoted);
        }
        let position = Position::from_sql(row.try_get::<_, Option<i64>>("head")?.unwrap_or(0));
        let nonce = row.try_get::<_, Option<&str>>("head_nonce")?.and_then(Nonce::parse);
        let is_reset = row.try_get::<_, Option<bool>>("reset")? == Some(true);
        let changes = parse_changes(&row.try_get::<_, Option<Value>>("changes")?.unwrap_or_default());
        // What cannot be told from another history's changes is as good as another history.
        let is_told = changes.iter().all(|change| change.nonce.is_some());
        Ok(Self { head: Place { position, nonce }, changes: (!is_reset && is_told).then_some(changes) })
    }
}
