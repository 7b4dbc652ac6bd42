//! Rows of PostgreSQL, read into what the loads are made of. Nothing of a value ever stands in an error.

use std::collections::HashMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use super::error::DirectoryError;
use super::identifiers::Position;
use super::loads::{Membership, Role};
use super::place::{Nonce, Place};
use super::queries::{self, Query};

/// One column, by its name.
pub(super) fn column<'row, T: tokio_postgres::types::FromSql<'row>>(
    query: Query,
    row: &'row Row,
    name: &str,
) -> Result<T, DirectoryError> {
    row.try_get(name).map_err(|source| DirectoryError::Query { query: query.name, source })
}

/// The newest place of the change log that the statement's snapshot has: one of its rows says so, unless the log is empty.
pub(super) fn place(query: Query, rows: &[Row]) -> Result<Place, DirectoryError> {
    for row in rows {
        if let Some(head) = column::<Option<i64>>(query, row, "head")? {
            let nonce = column::<Option<&str>>(query, row, "head_nonce")?.and_then(Nonce::parse);
            return Ok(Place { position: Position::from_sql(head), nonce });
        }
    }
    Ok(Place::BEGINNING)
}

/// Whether the server's log holds the place up to which the feed has followed. Every log holds the beginning.
pub(super) fn has_followed(query: Query, rows: &[Row], followed: Place) -> Result<bool, DirectoryError> {
    for row in rows {
        if let Some(held) = column::<Option<bool>>(query, row, "has_followed")? {
            return Ok(held || followed.nonce.is_none());
        }
    }
    Ok(followed.nonce.is_none())
}

/// The index that `WITH ORDINALITY` counts from one.
pub(super) fn ordinal(ord: i64) -> Option<usize> {
    usize::try_from(ord).ok()?.checked_sub(1)
}

/// The first row of a statement that has one.
pub(super) fn only(query: Query, rows: &[Row]) -> Result<&Row, DirectoryError> {
    rows.first().ok_or_else(|| DirectoryError::Contract(format!("the query {} returned no row", query.name)))
}

/// A row of a user; `None` for who is no member.
pub(super) fn membership(row: &Row) -> Result<Option<Membership>, DirectoryError> {
    let query = queries::MEMBERS;
    if column::<Option<bool>>(query, row, "is_member")? != Some(true) {
        return Ok(None);
    }
    let mut roles: Vec<String> =
        column::<Option<Vec<Option<String>>>>(query, row, "roles")?.into_iter().flatten().flatten().collect();
    roles.sort_unstable();
    roles.dedup();
    let lapses_in = column::<Option<f64>>(query, row, "lapses_in")?
        .map(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX));
    // What no reader takes is nothing to read from: it costs this member's claims, if they are made of it, and nobody else's.
    let attributes = column::<Option<Json<Box<RawValue>>>>(query, row, "attributes")?
        .map(|Json(text)| serde_json::from_str(text.get()).unwrap_or_default());
    Ok(Some(Membership { roles, attributes, lapses_in }))
}

/// A row of a role.
pub(super) fn role(row: &Row, key: String) -> Result<Role, DirectoryError> {
    let query = queries::MEMBERS;
    let name = column::<Option<String>>(query, row, "role_name")?.unwrap_or_else(|| key.clone());
    let permissions = column::<Option<Vec<Option<String>>>>(query, row, "permissions")?;
    Ok(Role { key, name, permissions: permissions.into_iter().flatten().flatten().collect() })
}

/// Rows as they stand in the answer. Their values are not looked at yet: what one of them holds must not cost the others.
pub(super) type Rows = Vec<Box<RawValue>>;

/// The rows that can be read; the others are named, so that one bad row costs itself and no other.
pub(super) fn rows_of<T: for<'de> Deserialize<'de>>(view: &str, rows: &Rows, problems: &mut Vec<String>) -> Vec<T> {
    let mut read = Vec::with_capacity(rows.len());
    for row in rows {
        match serde_json::from_str(row.get()) {
            Ok(row) => read.push(row),
            // serde's message would quote the row.
            Err(_) => problems.push(format!(
                "{view} {}: its row has another shape, or a value that is too deep or too large; sql/README.md lists the \
                 columns",
                id_of(view, row)
            )),
        }
    }
    read
}

fn id_of(view: &str, row: &RawValue) -> String {
    let members: HashMap<String, &RawValue> = serde_json::from_str(row.get()).unwrap_or_default();
    let id = members.get(&format!("{view}_id")).and_then(|id| serde_json::from_str(id.get()).ok());
    id.unwrap_or_else(|| "without an id".to_owned())
}
