//! Triggers that are not there, or do not fire.

use super::{assert_mended_by, examined, own_tables};
use crate::support::postgres::TestDatabase;

/// The roles of users in one partition per half of the tenants.
pub(super) const PARTITIONED: &str = "
    CREATE TABLE app.assignments (tenant_id uuid, user_id uuid, role_id integer, PRIMARY KEY (tenant_id, user_id, role_id))
      PARTITION BY HASH (tenant_id);
    CREATE TABLE app.assignments_0 PARTITION OF app.assignments FOR VALUES WITH (MODULUS 2, REMAINDER 0);
    CREATE INDEX ON app.assignments (user_id);
    SELECT claimsmith.watch('app.assignments', 'tenant_id', 'user_id', 'user');
    CREATE OR REPLACE VIEW claimsmith.membership AS
      SELECT DISTINCT m.tenant_id, m.user_id, ARRAY(
          SELECT r.role_id::text FROM app.assignments AS r WHERE r.tenant_id = m.tenant_id AND r.user_id = m.user_id) AS roles,
        NULL::jsonb AS attributes, false AS is_default, NULL::timestamptz AS lapses_at
      FROM app.assignments AS m;
    SELECT claimsmith.unwatch('app.memberships'), claimsmith.unwatch('app.users');";

#[actix_rt::test]
async fn a_missing_trigger_is_found_and_watching_again_mends_it() {
    let database = own_tables().await;
    database.execute("DROP TRIGGER claimsmith_user_update ON app.memberships").await;
    let (problem, remedy) = examined(&database).await.only("triggers", "error", "app.memberships");
    assert!(problem.contains("no trigger for update"), "{problem}");
    assert_mended_by(&database, &remedy).await;
}

#[actix_rt::test]
async fn a_disabled_trigger_is_found_and_mended_with_an_announcement() {
    let database = TestDatabase::create().await;
    database.execute("ALTER TABLE claimsmith_data.role DISABLE TRIGGER USER").await;
    let (problem, remedy) = examined(&database).await.only("triggers", "error", "claimsmith_data.role");
    assert!(problem.contains("delete, insert, truncate, update are switched off"), "{problem}");
    let before = database.value("SELECT claimsmith.head()").await;
    assert_mended_by(&database, &remedy).await;
    assert_ne!(database.value("SELECT claimsmith.head()").await, before, "what passed unseen is announced");
}

#[actix_rt::test]
async fn a_partition_without_triggers_is_found() {
    let database = own_tables().await;
    database.execute(PARTITIONED).await;
    let late = "CREATE TABLE app.assignments_1 PARTITION OF app.assignments FOR VALUES WITH (MODULUS 2, REMAINDER 1)";
    database.execute(late).await;
    let (_, remedy) = examined(&database).await.only("triggers", "error", "app.assignments_1");
    assert_mended_by(&database, &remedy).await;
}

#[actix_rt::test]
async fn a_watched_table_that_was_dropped_is_found() {
    let database = TestDatabase::create().await;
    database.execute("CREATE TABLE public.gone (user_id text); SELECT claimsmith.watch('gone', NULL, 'user_id')").await;
    let number = database.value("SELECT 'public.gone'::regclass::oid").await.unwrap();
    database.execute("DROP TABLE public.gone").await;
    let (_, remedy) = examined(&database).await.only("triggers", "error", &number);
    assert_mended_by(&database, &remedy).await;
}

#[actix_rt::test]
async fn a_watched_column_that_was_renamed_is_named() {
    let database = own_tables().await;
    database.execute("ALTER TABLE app.memberships RENAME user_id TO member_id").await;
    let (problem, remedy) = examined(&database).await.only("triggers", "error", "app.memberships");
    assert!(problem.contains("watched by user_id, which it no longer has"), "{problem}");
    let renamed = remedy.replace("as the owner: with the new name of the column: ", "").replace("user_id", "member_id");
    assert_mended_by(&database, &renamed).await;
}

#[actix_rt::test]
async fn a_publisher_that_is_switched_off_is_found() {
    let database = TestDatabase::create().await;
    database.execute("ALTER TABLE claimsmith.marker DISABLE TRIGGER at_commit").await;
    let (_, remedy) = examined(&database).await.only("triggers", "error", "claimsmith.marker");
    assert_mended_by(&database, &remedy).await;
}
