//! What `claimsmith.consistency_token()` gives, wherever it is called.

use super::promote;
use crate::support::postgres::{TestDatabase, connect};

const TOKEN: &str = "SELECT claimsmith.consistency_token()";
/// The log's newest place, written as a token is.
const NEWEST: &str =
    "SELECT pos || '.' || replace(nonce::text, '-', '') FROM claimsmith.change ORDER BY pos DESC LIMIT 1";

#[actix_rt::test]
async fn inside_the_transaction_it_is_the_place_that_the_transaction_takes() {
    let database = TestDatabase::create().await;
    let before = database.value(NEWEST).await;
    let token = database.value(&format!("BEGIN; {}; {TOKEN}; COMMIT", promote("viewer"))).await;
    assert_ne!(token, before);
    assert_eq!(token, database.value(NEWEST).await);
}

#[actix_rt::test]
async fn after_commit_it_is_never_older_than_what_the_session_or_anybody_else_wrote() {
    let database = TestDatabase::create().await;
    let other = database.session().await;
    database.execute(&promote("viewer")).await;
    other.client.batch_execute(&promote("editor")).await.unwrap();
    assert_eq!(database.value(TOKEN).await, database.value(NEWEST).await);
}

#[actix_rt::test]
async fn what_a_transaction_changes_after_asking_has_a_place_of_its_own() {
    let database = TestDatabase::create().await;
    let token = database.value(&format!("BEGIN; {}; {TOKEN}; {}; COMMIT", promote("viewer"), promote("editor"))).await;
    let places =
        "SELECT count(DISTINCT pos)::text FROM claimsmith.change WHERE pos >= split_part('{}', '.', 1)::bigint";
    assert_eq!(database.value(&places.replace("{}", &token.unwrap())).await, Some("2".to_owned()));
}

#[actix_rt::test]
async fn a_transaction_that_is_rolled_back_leaves_no_place_behind() {
    let database = TestDatabase::create().await;
    let before = database.value(NEWEST).await;
    let token = database.value(&format!("BEGIN; {}; {TOKEN}; ROLLBACK", promote("viewer"))).await;
    assert_ne!(token, before, "the place was drawn");
    assert_eq!(database.value(TOKEN).await, before);
}

#[actix_rt::test]
async fn settings_that_were_reset_in_the_transaction_do_not_hide_its_place() {
    let database = TestDatabase::create().await;
    let token = database.value(&format!("BEGIN; {}; RESET ALL; {TOKEN}; COMMIT", promote("viewer"))).await;
    assert_eq!(token, database.value(NEWEST).await);
}

#[actix_rt::test]
async fn an_application_that_may_only_write_may_be_allowed_to_ask() {
    let database = TestDatabase::create().await;
    database
        .execute(
            "DO $$ BEGIN CREATE ROLE token_writer LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
             GRANT USAGE ON SCHEMA claimsmith, claimsmith_data TO token_writer;
             GRANT SELECT, UPDATE ON claimsmith_data.membership_role TO token_writer;
             GRANT EXECUTE ON FUNCTION claimsmith.consistency_token() TO token_writer",
        )
        .await;
    let writer = connect(&database.owner_url.replace("//postgres@", "//token_writer@")).await;
    let token = writer.value(&format!("BEGIN; {}; {TOKEN}; COMMIT", promote("viewer"))).await;
    assert_eq!(token, database.value(NEWEST).await);
}
