//! What the doctor prints, and the code it exits with.

use serde_json::{Value, json};

use super::{examined, examined_at, examined_with, own_tables};
use crate::support::postgres::TestDatabase;
use crate::support::program::{claimsmith, run};

fn members(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[actix_rt::test]
async fn the_document_has_the_members_that_are_documented() {
    let database = own_tables().await;
    database.execute("DROP TRIGGER claimsmith_user_update ON app.memberships").await;
    let examined = examined(&database).await;
    let report = &examined.report;
    assert_eq!(members(report), ["errors", "findings", "proved", "sound", "warnings", "writes"]);
    assert_eq!(members(&report["findings"][0]), ["check", "problem", "remedy", "severity", "subject"]);
    assert_eq!((&report["sound"], &report["errors"]), (&json!(false), &json!(1)));
    assert_eq!(report["writes"], Value::Null);
    let proved: Vec<&str> = report["proved"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let expected = [
        "connect",
        "schema_version",
        "privileges",
        "coverage",
        "replication_role",
        "indexes",
        "row_security",
        "pooler",
        "notification_queue",
        "clock",
    ];
    for check in expected {
        assert!(proved.contains(&check), "{check}: {proved:?}");
    }
    assert!(!proved.contains(&"triggers"), "{proved:?}");
}

#[actix_rt::test]
async fn as_text_each_finding_is_a_block_and_the_last_line_sums_up() {
    let database = own_tables().await;
    database.execute("DROP TRIGGER claimsmith_user_update ON app.memberships").await;
    let told = run(claimsmith(&["doctor"]).env("CLAIMSMITH_DATABASE_URL", &database.service_url)).await;
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(told.stdout.contains("ERROR triggers: app.memberships\n  what:  it has no trigger for update"), "{told:?}");
    assert!(told.stdout.contains("\n  to do: as the owner: SELECT claimsmith.watch('app.memberships', "), "{told:?}");
    assert!(told.stdout.lines().last().unwrap().starts_with("not sound. errors: 1, "), "{told:?}");
}

#[actix_rt::test]
async fn warnings_fail_only_the_strict() {
    let database = own_tables().await;
    database.execute("DROP INDEX app.memberships_by_user").await;
    let environment = [("CLAIMSMITH_DATABASE_URL", database.service_url.as_str())];
    assert_eq!(examined_with(&environment, &[]).await.ended.code, Some(0));
    assert_eq!(examined_with(&environment, &["--strict"]).await.ended.code, Some(1));
}

#[actix_rt::test]
async fn a_database_that_cannot_be_reached_is_an_error_that_tells_no_secret() {
    let url = "postgres://somebody:hunter2@127.0.0.1:1/app";
    let (_, remedy) = examined_at(url).await.only("connect", "error", "database.url");
    assert!(remedy.contains("check host and port"), "{remedy}");
    for options in [&["doctor", "--json"][..], &["doctor"]] {
        let told = run(claimsmith(options).env("CLAIMSMITH_DATABASE_URL", url)).await;
        assert_eq!(told.code, Some(1), "{told:?}");
        assert!(!format!("{told:?}").contains("hunter2"), "{told:?}");
    }
}

#[actix_rt::test]
async fn a_listener_that_cannot_be_reached_does_not_keep_the_rest_from_being_examined() {
    let database = TestDatabase::create().await;
    let half = [
        ("CLAIMSMITH_DATABASE_URL", database.service_url.as_str()),
        ("CLAIMSMITH_DATABASE_LISTENER_URL", "postgres://somebody:hunter2@127.0.0.1:1/app"),
    ];
    let examined = examined_with(&half, &[]).await;
    examined.only("connect", "error", "database.listener_url");
    let proved = examined.report["proved"].as_array().unwrap();
    assert!(proved.contains(&json!("coverage")) && !proved.contains(&json!("pooler")), "{proved:?}");
    assert!(!format!("{:?}", examined.ended).contains("hunter2"));
}

#[actix_rt::test]
async fn mistakes_of_the_configuration_are_told_as_elsewhere() {
    let unusable =
        run(claimsmith(&["doctor"]).env("CLAIMSMITH_DATABASE_URL", "postgres://u:hunter2@db/app?sslmod=x")).await;
    assert_eq!((unusable.code, unusable.stdout.as_str()), (Some(64), ""), "{unusable:?}");
    assert!(!unusable.stderr.contains("hunter2"), "{unusable:?}");
    assert_eq!(run(&mut claimsmith(&["doctor", "--no-such-option"])).await.code, Some(64));
}
