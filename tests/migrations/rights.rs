//! The role that the service logs in as has the rights that it needs, and no others.

use std::fs;
use std::path::Path;

use tokio_postgres::SimpleQueryMessage;
use tokio_postgres::error::SqlState;

use crate::support::postgres::{SERVICE_ROLE, TestDatabase, connect};

/// Every right of the role on what the migrations made, one per line.
const GRANTED: &str = "
    SELECT string_agg(line, E'\\n' ORDER BY line) FROM (
      SELECT right_name || ' ' || relation.oid::regclass AS line
      FROM pg_class AS relation
      CROSS JOIN unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]) AS right_name
      WHERE relnamespace::regnamespace::text LIKE 'claimsmith%' AND relkind IN ('r', 'v', 'm', 'p', 'f')
        AND has_table_privilege('{role}', relation.oid, right_name)
      UNION ALL
      SELECT right_name || ' ' || relation.oid::regclass
      FROM pg_class AS relation CROSS JOIN unnest('{USAGE,SELECT,UPDATE}'::text[]) AS right_name
      WHERE relnamespace::regnamespace::text LIKE 'claimsmith%' AND relkind = 'S'
        AND has_sequence_privilege('{role}', relation.oid, right_name)
      UNION ALL
      SELECT 'EXECUTE ' || routine.oid::regprocedure
      FROM pg_proc AS routine
      WHERE pronamespace::regnamespace::text LIKE 'claimsmith%' AND has_function_privilege('{role}', routine.oid, 'EXECUTE')
      UNION ALL
      SELECT right_name || ' ' || nspname
      FROM pg_namespace CROSS JOIN unnest('{USAGE,CREATE}'::text[]) AS right_name
      WHERE nspname LIKE 'claimsmith%' AND has_schema_privilege('{role}', oid, right_name)
    ) AS granted (line)";

const NEEDED: [&str; 16] = [
    "EXECUTE claimsmith.\"position\"()",
    "EXECUTE claimsmith.consistency_token()",
    "EXECUTE claimsmith.head()",
    "EXECUTE claimsmith.prune(interval)",
    "EXECUTE claimsmith.since(bigint,uuid,integer)",
    "EXECUTE claimsmith.since(bigint,uuid,integer,bigint[],uuid[])",
    "SELECT claimsmith.change",
    "SELECT claimsmith.identity",
    "SELECT claimsmith.issuer",
    "SELECT claimsmith.membership",
    "SELECT claimsmith.problems",
    "SELECT claimsmith.role",
    "SELECT claimsmith.schema_history",
    "SELECT claimsmith.tenant",
    "SELECT claimsmith.watched",
    "USAGE claimsmith",
];

#[actix_rt::test]
async fn the_service_role_has_exactly_the_rights_that_it_needs() {
    let database = TestDatabase::create().await;
    let granted = database.value(&GRANTED.replace("{role}", SERVICE_ROLE)).await.unwrap();
    let mut granted: Vec<&str> = granted.lines().collect();
    granted.sort_unstable();
    assert_eq!(granted, NEEDED);
}

#[actix_rt::test]
async fn the_service_role_sees_no_table_and_writes_nothing() {
    let database = TestDatabase::create().await;
    let service = connect(&database.service_url).await;
    for statement in [
        "SELECT user_id FROM claimsmith_data.membership",
        "INSERT INTO claimsmith.change (pos, ord, kind, nonce) VALUES (1, 1, 'all', gen_random_uuid())",
        "DELETE FROM claimsmith.change",
        "UPDATE claimsmith.tenant SET suspended = false",
        "INSERT INTO claimsmith.identity (issuer_id, subject, user_id) VALUES ('auth0', 'auth0|mallory', 'alice')",
        "SELECT claimsmith.touch('[[\"all\", null, null]]')",
        "SELECT claimsmith.unwatch('claimsmith.tenant')",
        "SELECT claimsmith.grant_service('claimsmith_service')",
        "CREATE TABLE claimsmith.mine ()",
        "CREATE SCHEMA mine",
    ] {
        let refusal = service.client.batch_execute(statement).await.expect_err(statement);
        assert_eq!(refusal.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{statement}: {refusal:?}");
    }
}

/// Values for the parameters of a statement, `$1` first.
fn parameters(name: &str) -> &'static [&'static str] {
    match name {
        "catalog" | "head" | "id_types" => &["0", "NULL"],
        "schema_version" => &[],
        "identities" => &["'{auth0}'", "'{auth0|alice}'", "0", "NULL"],
        "members" => &["'acme'", "'{alice}'", "'true'", "0", "NULL"],
        "memberships_of_user" => &["'alice'", "0", "NULL"],
        "prune" => &["3600"],
        "read_through" => &["1", "NULL", "0", "NULL", "0", "NULL"],
        "ring" => &["'nonce'"],
        "since" => &["NULL", "NULL", "'{}'", "'{}'"],
        _ => panic!("{name}.sql is new: say here with which parameters it runs"),
    }
}

fn without_placeholders(name: &str, statement: &str) -> String {
    let typed = ["{tenant_id}", "{user_id}", "{role_tenant_id}"]
        .iter()
        .fold(statement.to_owned(), |text, id| text.replace(id, "text"));
    (1..).zip(parameters(name)).fold(typed, |text, (number, value)| text.replace(&format!("${number}"), value))
}

#[actix_rt::test]
async fn every_statement_of_the_service_is_one_that_its_role_may_run() {
    let database = TestDatabase::create().await;
    let service = connect(&database.service_url).await;
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("sql/queries");
    for entry in fs::read_dir(directory).unwrap() {
        let file = entry.unwrap().path();
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let statement = without_placeholders(&name, &fs::read_to_string(&file).unwrap());
        let answer = service.client.simple_query(&statement).await;
        let answer = answer.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert!(answer.iter().any(|message| matches!(message, SimpleQueryMessage::Row(_))), "{name} gave no row");
    }
}
