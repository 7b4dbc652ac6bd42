//! Indexes without which a load reads a whole table.

use super::{assert_mended_by, examined, own_tables};
use crate::support::postgres::TestDatabase;

#[actix_rt::test]
async fn a_missing_index_is_a_warning_while_the_table_is_small() {
    let database = own_tables().await;
    database.execute("DROP INDEX app.memberships_by_user").await;
    let (problem, remedy) = examined(&database).await.only("indexes", "warning", "app.memberships");
    assert!(problem.contains("memberships_of_user"), "{problem}");
    assert_eq!(remedy, "CREATE INDEX CONCURRENTLY ON app.memberships (user_id);");
    assert_mended_by(&database, &remedy).await;
}

#[actix_rt::test]
async fn a_missing_index_is_an_error_once_the_table_is_large() {
    let database = TestDatabase::create().await;
    database
        .execute(
            "INSERT INTO claimsmith_data.identity (issuer_id, subject, user_id)
               SELECT 'auth0', 'more-' || n, 'more-' || n FROM generate_series(1, 20000) n;
             ALTER TABLE claimsmith_data.identity DROP CONSTRAINT identity_pkey",
        )
        .await;
    let (_, remedy) = examined(&database).await.only("indexes", "error", "claimsmith_data.identity");
    assert_eq!(remedy, "CREATE INDEX CONCURRENTLY ON claimsmith_data.identity (issuer_id, subject);");
    assert_mended_by(&database, &remedy).await;
}

#[actix_rt::test]
async fn an_index_for_some_rows_only_does_not_count() {
    let database = TestDatabase::create().await;
    database.execute("DROP INDEX claimsmith_data.membership_by_user").await;
    let (_, remedy) = examined(&database).await.only("indexes", "warning", "claimsmith_data.membership");
    assert_eq!(remedy, "CREATE INDEX CONCURRENTLY ON claimsmith_data.membership (user_id);");
}

#[actix_rt::test]
async fn a_small_table_that_concerns_everybody_may_be_read_whole() {
    let database = TestDatabase::create().await;
    let settings = "CREATE TABLE public.setting (motto text);
         CREATE OR REPLACE VIEW claimsmith.membership AS
           SELECT m.tenant_id, m.user_id, '{}'::text[] AS roles, jsonb_build_object('motto', s.motto) AS attributes,
                  false AS is_default, NULL::timestamptz AS lapses_at
           FROM claimsmith_data.membership AS m CROSS JOIN public.setting AS s;
         SELECT claimsmith.watch('public.setting', NULL, NULL, 'all')";
    database.execute(settings).await;
    examined(&database).await.assert_silent();
    database.execute("INSERT INTO public.setting SELECT 'n' || n FROM generate_series(1, 20000) n; ANALYZE").await;
    examined(&database).await.only("indexes", "error", "public.setting");
}
