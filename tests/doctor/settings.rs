//! Rights, versions and settings of the database.

use super::{assert_mended_by, examined, examined_at};
use crate::support::empty_database::empty_database;
use crate::support::postgres::{SERVICE_ROLE, TestDatabase};

#[actix_rt::test]
async fn a_missing_grant_is_found_and_grant_service_mends_it() {
    let database = TestDatabase::create().await;
    database.execute(&format!("REVOKE SELECT ON claimsmith.role FROM {SERVICE_ROLE}")).await;
    let found = examined(&database).await;
    let of = |check: &str| found.findings().into_iter().find(|finding| finding["check"] == check).cloned();
    let missing = of("privileges").unwrap();
    assert_eq!((&missing["severity"], &missing["subject"]), (&"error".into(), &"claimsmith.role".into()));
    let unproved = of("indexes").unwrap();
    assert!(
        unproved["problem"].as_str().unwrap().contains("could not be made"),
        "a plan needs the right too: {unproved}"
    );
    assert_eq!(found.ended.code, Some(1));
    assert_mended_by(&database, missing["remedy"].as_str().unwrap()).await;
}

/// Every right that the role has on what the migrations made, written as the doctor writes its subjects.
const GRANTED: &str = "
    SELECT string_agg(line, E'\\n') FROM (
      SELECT 'claimsmith.' || relname AS line FROM pg_class
      WHERE relnamespace = 'claimsmith'::regnamespace AND relkind IN ('r', 'v')
        AND has_table_privilege('claimsmith_service', oid, 'SELECT')
      UNION ALL
      SELECT format('claimsmith.%s(%s)', proname, oidvectortypes(proargtypes)) FROM pg_proc
      WHERE pronamespace = 'claimsmith'::regnamespace AND has_function_privilege('claimsmith_service', oid, 'EXECUTE')
      UNION ALL SELECT 'claimsmith') AS granted";

#[actix_rt::test]
async fn each_right_that_grant_service_gives_is_looked_for() {
    let database = TestDatabase::create().await;
    let granted = database.value(GRANTED).await.unwrap();
    let mut granted: Vec<&str> = granted.lines().collect();
    database
        .execute(&format!(
            "REVOKE ALL ON SCHEMA claimsmith FROM {SERVICE_ROLE};
             REVOKE ALL ON ALL TABLES IN SCHEMA claimsmith FROM {SERVICE_ROLE};
             REVOKE ALL ON ALL FUNCTIONS IN SCHEMA claimsmith FROM {SERVICE_ROLE}"
        ))
        .await;
    let found = examined(&database).await;
    let missing = found.findings().into_iter().filter(|finding| finding["check"] == "privileges");
    let mut missing: Vec<&str> = missing.map(|finding| finding["subject"].as_str().unwrap()).collect();
    granted.sort_unstable();
    missing.sort_unstable();
    assert_eq!(missing, granted);
}

#[actix_rt::test]
async fn an_old_schema_version_is_found() {
    let database = TestDatabase::create().await;
    let older =
        "DELETE FROM claimsmith.schema_history WHERE version = (SELECT max(version) FROM claimsmith.schema_history)";
    database.execute(older).await;
    let (_, remedy) = examined(&database).await.only("schema_version", "error", "claimsmith.schema_history");
    assert!(remedy.contains("claimsmith migrate"), "{remedy}");
}

#[actix_rt::test]
async fn a_newer_schema_version_is_a_warning() {
    let database = TestDatabase::create().await;
    let newer = "INSERT INTO claimsmith.schema_history (version, name, applied_on, checksum)
                 SELECT max(version) + 1, 'later', max(applied_on), '0' FROM claimsmith.schema_history";
    database.execute(newer).await;
    examined(&database).await.only("schema_version", "warning", "claimsmith.schema_history");
}

#[actix_rt::test]
async fn without_a_schema_there_is_one_error() {
    let url = empty_database().await;
    let (_, remedy) = examined_at(&url).await.only("schema_version", "error", "claimsmith");
    assert!(remedy.contains("claimsmith migrate"), "{remedy}");
}

#[actix_rt::test]
async fn replica_mode_of_a_database_or_a_role_is_found() {
    let database = TestDatabase::create().await;
    let name = database.value("SELECT quote_ident(current_database())").await.unwrap();
    for (whose, subject) in [
        (format!("DATABASE {name}"), format!("database {name}")),
        (format!("ROLE {SERVICE_ROLE} IN DATABASE {name}"), format!("role {SERVICE_ROLE} in database {name}")),
    ] {
        database.execute(&format!("ALTER {whose} SET session_replication_role = replica")).await;
        let (_, remedy) = examined(&database).await.only("replication_role", "error", &subject);
        assert!(remedy.starts_with(&format!("ALTER {whose} RESET session_replication_role;")), "{remedy}");
        database.execute(&format!("ALTER {whose} RESET session_replication_role")).await;
        examined(&database).await.assert_silent();
    }
}

#[actix_rt::test]
async fn a_table_that_a_subscription_writes_to_is_found() {
    let database = TestDatabase::create().await;
    let name = database.value("SELECT current_database()").await.unwrap();
    let subscription = format!(
        "CREATE SUBSCRIPTION {name} CONNECTION 'host=/nowhere' PUBLICATION roles
           WITH (connect = false, enabled = false, slot_name = NONE)"
    );
    database.execute(&subscription).await;
    // What a refresh of the subscription writes when it finds the table on the publisher.
    let target = "INSERT INTO pg_subscription_rel (srsubid, srrelid, srsubstate)
                  SELECT oid, 'claimsmith_data.role'::regclass, 'r' FROM pg_subscription WHERE subname = current_database()";
    database.execute(target).await;
    examined(&database).await.only("replication_role", "error", "claimsmith_data.role");
}

#[actix_rt::test]
async fn row_security_that_binds_the_owner_of_the_views_is_a_warning() {
    let database = TestDatabase::create().await;
    let name = database.value("SELECT current_database()").await.unwrap();
    let bound = format!(
        "CREATE ROLE {name}_owner; GRANT ALL ON SCHEMA claimsmith, claimsmith_data TO {name}_owner;
         GRANT SELECT ON ALL TABLES IN SCHEMA claimsmith_data TO {name}_owner;
         ALTER VIEW claimsmith.identity OWNER TO {name}_owner;
         ALTER TABLE claimsmith_data.identity ENABLE ROW LEVEL SECURITY"
    );
    database.execute(&bound).await;
    let (_, remedy) = examined(&database).await.only("row_security", "warning", "claimsmith_data.identity");
    let policy = remedy.split_once("CREATE POLICY").unwrap().1.split_once(';').unwrap().0;
    assert_mended_by(&database, &format!("CREATE POLICY{policy}")).await;
}
