//! Migrations and the rights that they give, on real databases.

mod rights;

use claimsmith::directory::migrations::{MigrateError, latest, migrate};
use futures_util::future::join_all;

use crate::support::empty_database::empty_database;
use crate::support::postgres::connect;
use crate::support::program::{claimsmith, run};

/// The version of every migration that was applied to a database, in order.
async fn history(url: &str) -> Vec<i32> {
    let session = connect(url).await;
    let rows = session.client.query("SELECT version FROM claimsmith.schema_history ORDER BY version", &[]).await;
    rows.unwrap().iter().map(|row| row.get(0)).collect()
}

fn every_version() -> Vec<i32> {
    (1..=latest()).collect()
}

#[actix_rt::test]
async fn ten_replicas_that_migrate_at_once_apply_each_migration_once() {
    let url = empty_database().await;
    let replicas = (0..10).map(|_| async {
        let mut session = connect(&url).await;
        migrate(&mut session.client).await.unwrap()
    });
    let applied = join_all(replicas).await;
    let first = applied.iter().map(Vec::len).max();
    assert_eq!(first, Some(every_version().len()), "one of them did all of it: {applied:?}");
    assert_eq!(applied.concat().len(), every_version().len(), "and the others nothing: {applied:?}");
    assert_eq!(history(&url).await, every_version());
}

#[actix_rt::test]
async fn a_second_run_applies_nothing() {
    let url = empty_database().await;
    let mut session = connect(&url).await;
    assert_eq!(migrate(&mut session.client).await.unwrap().len(), every_version().len());
    assert_eq!(migrate(&mut session.client).await.unwrap(), Vec::<String>::new());
}

#[actix_rt::test]
async fn an_applied_migration_that_was_edited_since_is_refused() {
    let url = empty_database().await;
    let mut session = connect(&url).await;
    migrate(&mut session.client).await.unwrap();
    let edit = "UPDATE claimsmith.schema_history SET checksum = (checksum::numeric + 1)::text WHERE version = 2";
    session.client.batch_execute(edit).await.unwrap();

    let refusal = migrate(&mut session.client).await.unwrap_err();
    assert!(matches!(refusal, MigrateError::Migration(_)), "{refusal:?}");
    let mut other = connect(&url).await;
    assert!(migrate(&mut other.client).await.is_err(), "the refusal gave the lock back");

    let ended = run(claimsmith(&["migrate"]).env("CLAIMSMITH_DATABASE_URL", &url)).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.starts_with("claimsmith: the database was not migrated\n"), "{ended:?}");
    assert!(ended.stderr.contains("V2__default_tables"), "{ended:?}");
}

#[actix_rt::test]
async fn the_command_says_what_it_applied_and_then_that_nothing_is_left() {
    let url = empty_database().await;
    let mut command = claimsmith(&["migrate"]);
    // The owner's connection is the one that counts here.
    command
        .env("CLAIMSMITH_DATABASE_OWNER_URL", &url)
        .env("CLAIMSMITH_DATABASE_URL", "postgres://nobody@localhost/none");
    let first = run(&mut command).await;
    assert_eq!(first.code, Some(0), "{first:?}");
    assert!(first.stdout.starts_with("applied V1__change_log, V2__"), "{first:?}");
    assert_eq!(history(&url).await, every_version());
    let second = run(&mut command).await;
    assert_eq!((second.code, second.stdout.as_str()), (Some(0), "the schema is current\n"), "{second:?}");
}

#[actix_rt::test]
async fn after_the_migrations_every_table_is_watched_completely() {
    let url = empty_database().await;
    let mut session = connect(&url).await;
    migrate(&mut session.client).await.unwrap();
    let count = async |what: &str| {
        let row = session.client.query_one(&format!("SELECT count(*) FROM claimsmith.{what}"), &[]).await;
        row.unwrap().get::<_, i64>(0)
    };
    assert_eq!((count("watched").await, count("problems").await), (7, 0));
    let disable = "ALTER TABLE claimsmith_data.role DISABLE TRIGGER claimsmith_role_insert";
    session.client.batch_execute(disable).await.unwrap();
    assert_eq!(count("problems").await, 1, "the view sees a trigger that was switched off");
}
