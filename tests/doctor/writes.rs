//! `--measure-writes`: it measures, and leaves nothing behind. What it measures is no test's business.

use super::{Examined, examined_with, own_tables};
use crate::support::postgres::TestDatabase;

async fn measured(database: &TestDatabase, table: &str) -> Examined {
    let urls = [
        ("CLAIMSMITH_DATABASE_URL", database.service_url.as_str()),
        ("CLAIMSMITH_DATABASE_OWNER_URL", &database.owner_url),
    ];
    examined_with(&urls, &["--measure-writes", table]).await
}

/// Everything that a transaction could have left.
async fn traces(database: &TestDatabase) -> Option<String> {
    database
        .value(
            "SELECT concat_ws(' ', (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_proc),
               (SELECT count(*) FROM pg_trigger), (SELECT count(*) FROM claimsmith.watched),
               (SELECT count(*) FROM claimsmith.marker), claimsmith.head(), (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())))",
        )
        .await
}

/// The last position that was drawn, by whomever; a rollback does not give it back.
async fn drawn(database: &TestDatabase) -> Option<String> {
    database.value("SELECT last_value FROM claimsmith.change_pos").await
}

#[actix_rt::test]
async fn writes_are_measured_on_a_copy_that_is_gone_afterwards() {
    let database = TestDatabase::create().await;
    let before = traces(&database).await;
    let examined = measured(&database, "claimsmith_data.membership").await;
    examined.assert_silent();
    let writes = &examined.report["writes"];
    assert_eq!((writes["table"].as_str(), writes["copied"].as_u64()), (Some("claimsmith_data.membership"), Some(2004)));
    let updates = writes["updates"].as_array().unwrap();
    let rows: Vec<_> = updates.iter().map(|update| update["rows"].as_u64().unwrap()).collect();
    assert_eq!(rows, [1, 1000]);
    for update in updates {
        assert!(update["without_ms"].as_f64().unwrap() > 0.0 && update["with_ms"].as_f64().unwrap() > 0.0, "{writes}");
    }
    assert!(writes["publish_ms"].as_f64().unwrap() > 0.0, "{writes}");
    assert_eq!(traces(&database).await, before);
}

#[actix_rt::test]
async fn generated_columns_and_identities_are_no_obstacle() {
    let database = own_tables().await;
    database
        .execute(
            "CREATE TABLE app.badge (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, \"User Id\" text UNIQUE,
               shown text GENERATED ALWAYS AS (upper(\"User Id\")) STORED);
             INSERT INTO app.badge (\"User Id\") SELECT 'u' || n FROM generate_series(1, 20) n;
             SELECT claimsmith.watch('app.badge', NULL, 'User Id', 'user', '{\"User Id\"}')",
        )
        .await;
    let before = drawn(&database).await;
    let examined = measured(&database, "app.badge").await;
    examined.assert_silent();
    assert_eq!(examined.report["writes"]["updates"][1]["rows"], 20, "no more than there are");
    assert_ne!(
        drawn(&database).await,
        before,
        "an update that changes none of only_columns publishes nothing; publishing is measured all the same"
    );
}

#[actix_rt::test]
async fn a_table_that_cannot_be_measured_is_a_finding_that_says_why() {
    let database = own_tables().await;
    for (table, why) in
        [("app.nothing", "no such table"), ("app.memberships", "empty"), ("claimsmith.change", "nobody watches")]
    {
        let examined = measured(&database, table).await;
        let (problem, _) = examined.only("measure_writes", "error", table);
        assert!(problem.contains(why), "{table}: {problem}");
    }
}
