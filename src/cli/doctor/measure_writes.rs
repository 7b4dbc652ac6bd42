//! `--measure-writes`: what the triggers cost whoever writes to a table of this shape.
//!
//! Two copies are made in one transaction that is rolled back, one of them watched. Each timed update stands in a savepoint
//! that is rolled back, so that each is the first of its transaction. PostgreSQL itself takes the time. Updates write the
//! values that are there, the least that an update can do. On a table with `only_columns` that announces nothing; on others
//! every row counts as changed, and the ratio is the worst there is.
//!
//! Publishing happens at COMMIT, which never comes here. It is brought forward at the end, a few times and briefly, because it
//! holds the commit lock until its savepoint is rolled back. What stays is a gap in the numbers of positions.
//!
//! Deliberately absent: foreign keys, which `LIKE` does not copy, and the notification that the real COMMIT sends.

use serde::Serialize;
use serde_json::Value;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error, SimpleQueryMessage};

pub(super) const CHECK: &str = "measure_writes";
const TABLE: &str = include_str!("../../../sql/doctor/measure_writes.sql");

const PLAIN: &str = "claimsmith.doctor_plain";
const WATCHED: &str = "claimsmith.doctor_watched";
const MOST_ROWS: usize = 10_000;

const BEGIN: &str = "BEGIN; SET LOCAL lock_timeout = '5s'; SET LOCAL jit = off";
const ROLLBACK: &str = "ROLLBACK";
const MARK: &str = "SAVEPOINT doctor";
const BACK: &str = "ROLLBACK TO SAVEPOINT doctor; RELEASE SAVEPOINT doctor";
/// Not by an update: one that changes none of `only_columns` has nothing to publish.
const TOUCH: &str = r#"SELECT claimsmith.touch('[["user", "doctor", ["doctor"]]]')"#;
/// `watch` would announce itself, and "everything" is an announcement to which nothing can be added.
const HUSH: &str = "SELECT set_config('claimsmith.pending', pg_current_xact_id()::text || ' -1 0 0', true)";
const SPEAK: &str = "SELECT set_config('claimsmith.pending', '', true)";
const PUBLISH: &str = "SELECT extract(epoch FROM clock_timestamp()); SET CONSTRAINTS claimsmith.at_commit IMMEDIATE; \
                       SELECT extract(epoch FROM clock_timestamp())";

/// (rows of one update, how often it is timed).
const UPDATES: [(usize, usize); 2] = [(1, 200), (1000, 20)];
const PUBLICATIONS: usize = 5;

/// What writing costs, with and without the triggers.
#[derive(Debug, Serialize)]
pub(super) struct Measurement {
    pub(super) table: String,
    /// How many of its rows were copied.
    pub(super) copied: usize,
    pub(super) updates: Vec<Update>,
    /// What a transaction pays once, however much it changed.
    pub(super) publish_ms: f64,
}

/// One statement that updates so many rows; medians.
#[derive(Debug, Serialize)]
pub(super) struct Update {
    pub(super) rows: usize,
    pub(super) without_ms: f64,
    pub(super) with_ms: f64,
    pub(super) ratio: f64,
}

/// The inner error says what is wrong with the table.
type Measured = Result<Result<Measurement, &'static str>, Error>;

pub(super) async fn measure(client: &Client, table: &str) -> Measured {
    client.batch_execute(BEGIN).await?;
    let measured = Box::pin(measure_copies(client, table)).await;
    client.batch_execute(ROLLBACK).await?;
    measured
}

async fn measure_copies(client: &Client, table: &str) -> Measured {
    let found = client.query_typed(TABLE, &[(&table, Type::TEXT)]).await?;
    let Some(row) = found.first() else { return Ok(Err("there is no such table")) };
    let Some(calls) = row.try_get::<_, Option<String>>("calls")? else { return Ok(Err("nobody watches it")) };
    let (name, columns): (String, String) = (row.try_get("name")?, row.try_get("columns")?);
    let Some(written) = row.try_get::<_, Option<String>>("written")? else {
        return Ok(Err("it has no column to write"));
    };
    for copy in [PLAIN, WATCHED] {
        let like = format!("CREATE TABLE {copy} (LIKE {name} INCLUDING ALL)");
        let fill = format!(
            "INSERT INTO {copy} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {name} LIMIT {MOST_ROWS}"
        );
        client.batch_execute(&format!("{like}; {fill}")).await?;
    }
    let calls = calls.replace("{table}", WATCHED);
    client.batch_execute(&format!("{HUSH}; SELECT {calls}; {SPEAK}")).await?;
    let plain = Copy::of(client, PLAIN, &written).await?;
    let watched = Copy::of(client, WATCHED, &written).await?;
    let copied = plain.rows.len();
    if copied == 0 {
        return Ok(Err("it is empty"));
    }
    let mut updates = Vec::new();
    for (rows, times) in UPDATES {
        updates.push(alternating(client, [&plain, &watched], rows.min(copied), times).await?);
    }
    let publish_ms = publishing(client).await?;
    Ok(Ok(Measurement { table: name, copied, updates, publish_ms }))
}

/// A table to write to, and where its rows are.
struct Copy {
    update: String,
    rows: Vec<String>,
}

impl Copy {
    async fn of(client: &Client, table: &str, written: &str) -> Result<Self, Error> {
        let found = client.query_typed(&format!("SELECT ctid::text FROM {table}"), &[]).await?;
        let rows = found.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        let update = format!("UPDATE {table} SET {written} = {written} WHERE ctid = ANY ($1::text[]::tid[])");
        Ok(Self { update, rows })
    }

    fn first(&self, rows: usize) -> &[String] {
        self.rows.get(..rows).unwrap_or(&self.rows)
    }

    /// Updates some rows and takes it back; in milliseconds.
    async fn timed(&self, client: &Client, rows: usize) -> Result<f64, Error> {
        client.batch_execute(MARK).await?;
        let statement = format!("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {}", self.update);
        let told = client.query_typed(&statement, &[(&self.first(rows), Type::TEXT_ARRAY)]).await?;
        client.batch_execute(BACK).await?;
        let Some(row) = told.first() else { return Ok(f64::NAN) };
        let plan: Value = row.try_get(0)?;
        Ok(plan.pointer("/0/Execution Time").and_then(Value::as_f64).unwrap_or(f64::NAN))
    }
}

/// In turn, so that what else the machine does hits both alike.
async fn alternating(
    client: &Client,
    [plain, watched]: [&Copy; 2],
    rows: usize,
    times: usize,
) -> Result<Update, Error> {
    let (mut without, mut with) = (Vec::with_capacity(times), Vec::with_capacity(times));
    for _ in 0..times {
        without.push(plain.timed(client, rows).await?);
        with.push(watched.timed(client, rows).await?);
    }
    let (without_ms, with_ms) = (median(without), median(with));
    Ok(Update { rows, without_ms, with_ms, ratio: with_ms / without_ms })
}

async fn publishing(client: &Client) -> Result<f64, Error> {
    let mut times = Vec::with_capacity(PUBLICATIONS);
    for _ in 0..PUBLICATIONS {
        client.batch_execute(MARK).await?;
        client.batch_execute(TOUCH).await?;
        let told = client.simple_query(PUBLISH).await?;
        client.batch_execute(BACK).await?;
        times.push(elapsed_ms(&told));
    }
    Ok(median(times))
}

/// The time between the first and the last row, which hold seconds.
fn elapsed_ms(told: &[SimpleQueryMessage]) -> f64 {
    let seconds = told.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0)?.parse::<f64>().ok(),
        _ => None,
    });
    let seconds: Vec<f64> = seconds.collect();
    match (seconds.first(), seconds.last()) {
        (Some(start), Some(end)) => (end - start) * 1000.0,
        _ => f64::NAN,
    }
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_no_outlier() {
        assert!((median(vec![900.0, 1.0, 2.0, 3.0, 0.1]) - 2.0).abs() < f64::EPSILON);
    }
}
