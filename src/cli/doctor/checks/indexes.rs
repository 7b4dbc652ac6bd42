//! Whether the batched loads can find their rows by indexes.
//!
//! PostgreSQL is asked for its plans with everything switched off that reads whole tables; what it still reads whole, it must.
//! A table that is watched without tenant and subject column does not grow with users: below 10,000 rows it may be read whole.
//!
//! Deliberately absent: whether an index is the best one. One that begins with the tenant passes, and reads a whole tenant.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Row};

use super::Found;
use super::plan::{Plan, Scan};
use crate::cli::doctor::finding::Finding;
use crate::directory::{ID_TYPES, PlannedLoad, nowhere, planned_loads};

pub(in crate::cli::doctor) const CHECK: &str = "indexes";
const STATEMENT: &str = include_str!("../../../../sql/doctor/indexes.sql");
/// Joins that read both sides whole are no way out either.
const BEGIN: &str = "BEGIN READ ONLY; SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; \
                     SET LOCAL enable_mergejoin = off; SET LOCAL enable_material = off";
const ROLLBACK: &str = "ROLLBACK";

/// More rows than this are read too slowly.
const MANY_ROWS: f64 = 10_000.0;
/// The schema of the change log, which has the indexes that it needs.
const OURS: &str = "claimsmith";

pub(in crate::cli::doctor) async fn check(client: &Client) -> Found {
    let nowhere = nowhere();
    let parameters: Vec<(&(dyn ToSql + Sync), Type)> =
        nowhere.iter().map(|(value, as_type)| (&**value as _, as_type.clone())).collect();
    let types = client.query_typed(ID_TYPES, &parameters).await?;
    let Some(row) = types.first() else { return Ok(Vec::new()) };
    let names: [Option<String>; 3] =
        [row.try_get("tenant_id")?, row.try_get("user_id")?, row.try_get("role_tenant_id")?];
    let [tenant_id, user_id, role_tenant_id] = names.map(Option::unwrap_or_default);
    let Some(loads) = planned_loads(&tenant_id, &user_id, &role_tenant_id) else {
        return Ok(vec![unsupported(&[tenant_id, user_id, role_tenant_id])]);
    };
    client.batch_execute(BEGIN).await?;
    let plans = plans(client, &loads).await;
    client.batch_execute(ROLLBACK).await?;
    let plans = plans?;
    let tables = tables(client, &plans).await?;
    Ok(findings(&plans, &tables))
}

async fn plans(client: &Client, loads: &[PlannedLoad]) -> Result<Vec<(&'static str, Plan)>, Error> {
    let mut plans = Vec::with_capacity(loads.len());
    for load in loads {
        let parameters: Vec<(&(dyn ToSql + Sync), Type)> =
            load.parameters.iter().map(|(value, of)| (&**value, of.clone())).collect();
        let statement = format!("EXPLAIN (FORMAT JSON, VERBOSE) {}", load.statement);
        for row in client.query_typed(&statement, &parameters).await? {
            plans.push((load.name, Plan::read(&row.try_get::<_, Value>(0)?)));
        }
    }
    Ok(plans)
}

/// What is known of a table that a plan reads.
#[derive(Debug)]
struct Table {
    name: String,
    is_partitioned: bool,
    rows: f64,
    is_constant: bool,
    indexes: Vec<Index>,
}

#[derive(Debug)]
struct Index {
    name: String,
    leading_key: String,
    /// Valid, and not for some rows only.
    usable: bool,
    /// A B-tree: reading by another key than the first reads all of it.
    ordered: bool,
}

type Tables = BTreeMap<(String, String), Table>;

async fn tables(client: &Client, plans: &[(&'static str, Plan)]) -> Result<Tables, Error> {
    let scans = plans.iter().flat_map(|(_, plan)| &plan.scans).filter(|scan| scan.schema != OURS);
    let (schemas, names): (Vec<&str>, Vec<&str>) =
        scans.map(|scan| (scan.schema.as_str(), scan.table.as_str())).unzip();
    let parameters: [(&(dyn ToSql + Sync), Type); 2] = [(&schemas, Type::TEXT_ARRAY), (&names, Type::TEXT_ARRAY)];
    let rows = client.query_typed(STATEMENT, &parameters).await?;
    rows.iter().map(|row| Ok(((row.try_get("schema_name")?, row.try_get("table_name")?), table(row)?))).collect()
}

fn table(row: &Row) -> Result<Table, Error> {
    let (names, keys): (Vec<String>, Vec<String>) = (row.try_get("indexes")?, row.try_get("leading_keys")?);
    let (usable, ordered): (Vec<bool>, Vec<bool>) = (row.try_get("usable")?, row.try_get("ordered")?);
    let indexes = names.into_iter().zip(keys).zip(usable.into_iter().zip(ordered));
    let indexes = indexes.map(|((name, leading_key), (usable, ordered))| Index { name, leading_key, usable, ordered });
    Ok(Table {
        name: row.try_get("name")?,
        is_partitioned: row.try_get("is_partitioned")?,
        rows: row.try_get("rows")?,
        is_constant: row.try_get("is_constant")?,
        indexes: indexes.collect(),
    })
}

/// What a table lacks: its name, and the columns of the index.
type Lack<'t> = (&'t str, Vec<String>);

/// One finding for each table and what it lacks, whichever statements need it and however many partitions there are.
fn findings(plans: &[(&'static str, Plan)], tables: &Tables) -> Vec<Finding> {
    let mut lacking: BTreeMap<Lack<'_>, (&Table, BTreeSet<&'static str>)> = BTreeMap::new();
    let scans = plans.iter().flat_map(|(statement, plan)| plan.scans.iter().map(move |scan| (*statement, plan, scan)));
    for (statement, plan, scan) in scans {
        let Some(table) = tables.get(&(scan.schema.clone(), scan.table.clone())) else { continue };
        if is_served(plan, scan, table) || (table.is_constant && table.rows <= MANY_ROWS) {
            continue;
        }
        let lack = (table.name.as_str(), plan.sought_columns(scan));
        lacking.entry(lack).or_insert_with(|| (table, BTreeSet::new())).1.insert(statement);
    }
    lacking.into_iter().map(|((_, columns), (table, statements))| finding(table, &columns, statements)).collect()
}

/// Whether the scan finds its rows, or could: on a small table PostgreSQL may take an index at random.
fn is_served(plan: &Plan, scan: &Scan, table: &Table) -> bool {
    let Some(used) = &scan.index else { return false };
    let used = table.indexes.iter().find(|index| index.name == *used);
    if scan.is_searched() && used.is_none_or(|index| !index.ordered || scan.searches(&index.leading_key)) {
        return true;
    }
    let usable = table.indexes.iter().filter(|index| index.usable);
    usable.map(|index| &index.leading_key).any(|key| scan.searches(key) || plan.mentions(scan, key))
}

fn finding(table: &Table, columns: &[String], statements: BTreeSet<&'static str>) -> Finding {
    let statements: Vec<&str> = statements.into_iter().collect();
    let statements = statements.join(" and ");
    let problem =
        format!("no index serves the load {statements}: each one reads all of it (about {:.0} rows)", table.rows);
    // PostgreSQL has no CONCURRENTLY for partitioned tables.
    let how = if table.is_partitioned { "CREATE INDEX" } else { "CREATE INDEX CONCURRENTLY" };
    let remedy = if columns.is_empty() {
        "give it an index that begins with the column by which the view joins or filters it".to_owned()
    } else {
        format!("{how} ON {} ({});", table.name, columns.join(", "))
    };
    if table.rows > MANY_ROWS {
        return Finding::error(CHECK, &table.name, problem, remedy);
    }
    Finding::warning(CHECK, &table.name, problem, remedy)
}

fn unsupported(types: &[String; 3]) -> Finding {
    let problem = format!(
        "membership.tenant_id, membership.user_id and role.tenant_id have the types {}; an id is text, varchar, uuid, \
         smallint, integer or bigint",
        types.join(", ")
    );
    Finding::error(CHECK, "the contract views", problem, "cast the column in the view, and index that expression")
}
