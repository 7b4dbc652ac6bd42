//! Where everything is right, there is nothing to say.

use super::{OWN_CONTRACT, OWN_TABLES, examined, own_tables};
use crate::support::postgres::TestDatabase;
use crate::support::program::{claimsmith, run};

/// 40,000 rows in each table that grows with users.
const MANY_OF_OUR_OWN: &str = "
    INSERT INTO claimsmith_data.membership (tenant_id, user_id) SELECT 'big', 'more-' || n FROM generate_series(1, 40000) n;
    INSERT INTO claimsmith_data.membership_role (tenant_id, user_id, role)
      SELECT 'big', 'more-' || n, 'viewer' FROM generate_series(1, 40000) n;
    INSERT INTO claimsmith_data.identity (issuer_id, subject, user_id)
      SELECT 'auth0', 'auth0|more-' || n, 'more-' || n FROM generate_series(1, 40000) n;";

const MANY_OF_THEIRS: &str = "
    INSERT INTO app.tenants SELECT gen_random_uuid(), 'Tenant ' || n, 'tenant-' || n FROM generate_series(1, 20) n;
    INSERT INTO app.users SELECT gen_random_uuid(), n || '@example.com' FROM generate_series(1, 40000) n;
    INSERT INTO app.logins SELECT 'main', 'login|' || id, id FROM app.users;
    INSERT INTO app.roles SELECT id, n, 'role ' || n FROM app.tenants, generate_series(1, 3) n;
    INSERT INTO app.role_permissions SELECT tenant_id, id, 'do:' || id FROM app.roles;
    INSERT INTO app.memberships (tenant_id, user_id, role_id)
      SELECT t.id, u.id, 1 FROM app.users u CROSS JOIN LATERAL (SELECT id FROM app.tenants ORDER BY id LIMIT 2) t;";

#[actix_rt::test]
async fn the_default_tables_are_sound_and_that_is_one_line() {
    let database = TestDatabase::create().await;
    let examined = examined(&database).await;
    examined.assert_silent();
    let told = run(claimsmith(&["doctor"]).env("CLAIMSMITH_DATABASE_URL", &database.service_url)).await;
    assert_eq!(told.code, Some(0), "{told:?}");
    if examined.report["findings"] == serde_json::json!([]) {
        assert_eq!((told.stdout.lines().count(), told.stderr.as_str()), (1, ""), "{told:?}");
        assert!(told.stdout.starts_with("sound: every table under the contract views is watched"), "{told:?}");
    }
}

#[actix_rt::test]
async fn the_default_tables_are_sound_when_they_are_empty_and_when_they_are_full() {
    let database = TestDatabase::create().await;
    database.execute(MANY_OF_OUR_OWN).await;
    examined(&database).await.assert_silent();
    database.execute("ANALYZE").await;
    examined(&database).await.assert_silent();
    database.execute("TRUNCATE claimsmith_data.tenant, claimsmith_data.issuer CASCADE").await;
    examined(&database).await.assert_silent();
    database.execute("VACUUM").await;
    database.execute("ANALYZE").await;
    examined(&database).await.assert_silent();
}

#[actix_rt::test]
async fn own_tables_are_sound_when_they_are_empty() {
    let database = own_tables().await;
    examined(&database).await.assert_silent();
    database.execute("ANALYZE").await;
    examined(&database).await.assert_silent();
}

#[actix_rt::test]
async fn own_tables_are_sound_when_they_are_full() {
    let database = TestDatabase::create().await;
    for script in [OWN_TABLES, MANY_OF_THEIRS, OWN_CONTRACT] {
        database.execute(script).await;
    }
    examined(&database).await.assert_silent();
    database.execute("ANALYZE").await;
    examined(&database).await.assert_silent();
}

#[actix_rt::test]
async fn partitions_are_sound_when_their_table_is_watched() {
    let database = own_tables().await;
    database.execute(super::triggers::PARTITIONED).await;
    examined(&database).await.assert_silent();
}
