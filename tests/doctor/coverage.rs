//! What a contract view reads, and nobody announces.

use super::{Examined, examined, own_tables};
use crate::support::postgres::TestDatabase;

async fn after(database: &TestDatabase, fault: &str) -> Examined {
    database.execute(fault).await;
    examined(database).await
}

/// `attributes` of the membership view, made of this expression over this further source.
fn attributes(expression: &str, source: &str) -> String {
    format!(
        "CREATE OR REPLACE VIEW claimsmith.membership AS
         SELECT m.tenant_id, m.user_id, '{{}}'::text[] AS roles, {expression} AS attributes, false AS is_default,
                NULL::timestamptz AS lapses_at
         FROM claimsmith_data.membership AS m {source}"
    )
}

#[actix_rt::test]
async fn a_table_that_nobody_watches_is_found() {
    let database = own_tables().await;
    let examined = after(&database, "SELECT claimsmith.unwatch('app.users')").await;
    let (problem, remedy) = examined.only("coverage", "error", "app.users");
    assert!(problem.contains("claimsmith.membership reads it, and nobody watches it"), "{problem}");
    assert!(remedy.contains("SELECT claimsmith.watch('app.users', NULL, NULL, 'all');"), "{remedy}");
    after(&database, "SELECT claimsmith.watch('app.users', NULL, NULL, 'all')").await.assert_silent();
}

#[actix_rt::test]
async fn a_table_under_a_view_of_a_view_is_found_by_its_quoted_name() {
    let database = TestDatabase::create().await;
    database.execute("CREATE TABLE public.\"User Plans\" (user_id text PRIMARY KEY, plan text)").await;
    database.execute("CREATE VIEW public.plans AS SELECT * FROM public.\"User Plans\"").await;
    let source = "LEFT JOIN public.plans AS p ON p.user_id = m.user_id";
    let examined = after(&database, &attributes("jsonb_build_object('plan', p.plan)", source)).await;
    let (_, remedy) = examined.only("coverage", "error", "public.\"User Plans\"");
    assert!(remedy.contains("claimsmith.watch('public.\"User Plans\"', NULL, NULL, 'all')"), "{remedy}");
}

#[actix_rt::test]
async fn a_kind_that_the_caches_of_the_view_do_not_hear_is_no_cover() {
    let database = own_tables().await;
    let as_role = "SELECT claimsmith.unwatch('app.memberships');
                   SELECT claimsmith.watch('app.memberships', 'tenant_id', 'role_id', 'role')";
    let (problem, _) = after(&database, as_role).await.only("coverage", "error", "app.memberships");
    assert!(problem.contains("watched as role only"), "a user without an entry would stay a stranger: {problem}");

    let database = own_tables().await;
    let of_users = "SELECT claimsmith.unwatch('app.role_permissions');
                    SELECT claimsmith.watch('app.role_permissions', 'tenant_id', 'role_id', 'user')";
    let (problem, _) = after(&database, of_users).await.only("coverage", "error", "app.role_permissions");
    assert!(problem.contains("watched as user only"), "{problem}");
    let of_everybody = "SELECT claimsmith.watch('app.role_permissions', 'tenant_id', NULL, 'user')";
    after(&database, of_everybody).await.assert_silent();
}

#[actix_rt::test]
async fn a_column_that_only_columns_leave_out_is_found() {
    let database = own_tables().await;
    let narrowed = "SELECT claimsmith.watch('app.users', NULL, 'id', 'user', '{locale}')";
    let (problem, _) = after(&database, narrowed).await.only("coverage", "error", "app.users");
    assert!(problem.contains("reads home_tenant_id"), "{problem}");
}

#[actix_rt::test]
async fn what_cannot_be_watched_is_an_error() {
    let source = "LEFT JOIN public.plan AS p USING (user_id)";
    let unwatchable = [
        "CREATE MATERIALIZED VIEW public.plan AS SELECT 'alice'::text AS user_id; CREATE INDEX ON public.plan (user_id);",
        "CREATE UNLOGGED TABLE public.plan (user_id text PRIMARY KEY);",
        "CREATE FOREIGN DATA WRAPPER nowhere; CREATE SERVER elsewhere FOREIGN DATA WRAPPER nowhere;
         CREATE FOREIGN TABLE public.plan (user_id text) SERVER elsewhere;",
    ];
    for made in unwatchable {
        let database = TestDatabase::create().await;
        database.execute(made).await;
        let examined = after(&database, &attributes("to_jsonb(p.user_id)", source)).await;
        let found = examined.findings().into_iter().filter(|finding| finding["check"] == "coverage");
        let found: Vec<_> = found.map(|finding| (&finding["severity"], &finding["subject"])).collect();
        assert_eq!(found, [(&"error".into(), &"public.plan".into())], "{:#}", examined.report);
    }
}

#[actix_rt::test]
async fn the_child_of_old_style_inheritance_is_watched_on_its_own() {
    let database = TestDatabase::create().await;
    database.execute("CREATE TABLE public.contractor () INHERITS (claimsmith_data.membership)").await;
    let found = examined(&database).await;
    assert!(
        found
            .findings()
            .iter()
            .any(|finding| finding["subject"] == "public.contractor" && finding["check"] == "coverage")
    );
}

#[actix_rt::test]
async fn a_function_in_a_view_is_a_warning_unless_it_reads_nothing() {
    let database = TestDatabase::create().await;
    let function = "CREATE FUNCTION public.plan_of(u text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT u $$";
    database.execute(function).await;
    let examined = after(&database, &attributes("to_jsonb(public.plan_of(m.user_id))", "")).await;
    let (problem, _) = examined.only("coverage", "warning", "claimsmith.membership");
    assert!(problem.contains("plan_of(text)"), "{problem}");
    after(&database, "ALTER FUNCTION public.plan_of IMMUTABLE").await.assert_silent();
}

#[actix_rt::test]
async fn a_contract_view_that_was_dropped_is_found() {
    let database = TestDatabase::create().await;
    let found = after(&database, "DROP VIEW claimsmith.issuer").await;
    let missing = found.findings().into_iter().filter(|finding| finding["subject"] == "claimsmith.issuer");
    assert_eq!(missing.count(), 2, "no view to read, and none to have rights on: {:#}", found.report);
    assert_eq!(found.ended.code, Some(1));
}
