//! `sql/issuers.md`: its statements run on the default tables and make entries without problems, and it knows every member.

use claimsmith::directory::IssuerRow;
use claimsmith::issuers::presets::Preset;
use claimsmith::issuers::{Entry, IssuerTable, Source};
use serde_json::{Value, json};

use crate::support::postgres::TestDatabase;

const DOCUMENT: &str = include_str!("../sql/issuers.md");
const ROWS: &str = "SELECT jsonb_agg(to_jsonb(i))::text FROM claimsmith.issuer AS i";

fn statements() -> Vec<&'static str> {
    DOCUMENT.split("```sql\n").skip(1).map(|block| block.split("```").next().unwrap()).collect()
}

async fn rows(database: &TestDatabase) -> Vec<IssuerRow> {
    serde_json::from_str(&database.value(ROWS).await.unwrap()).unwrap()
}

/// The text between two marks.
fn between<'text>(text: &'text str, before: &str, after: &str) -> &'text str {
    text.split_once(before).unwrap().1.split_once(after).unwrap().0
}

#[actix_rt::test]
async fn every_documented_row_can_be_written_twice_and_accepts_tokens() {
    let database = TestDatabase::create().await;
    database.execute("DELETE FROM claimsmith_data.issuer").await;
    let statements = statements();
    assert!(statements.len() >= Preset::NAMES.len());
    for statement in statements.iter().chain(&statements) {
        database.execute(statement).await;
    }
    let rows = rows(&database).await;
    assert_eq!(rows.len(), statements.len(), "two statements write one row");
    let (table, problems) = IssuerTable::build(rows, &IssuerTable::default());
    assert_eq!(problems, Vec::<String>::new());
    for statement in statements {
        let id = between(statement, "VALUES ('", "'");
        let entry = table.by_id(&id.into()).unwrap_or_else(|| panic!("{id} is not in force"));
        assert_ne!(entry.source, Source::None, "{id}");
    }
}

#[test]
fn every_preset_has_a_statement() {
    for (name, _) in Preset::NAMES {
        let written = format!("\"preset\": \"{name}\"");
        assert!(statements().iter().any(|statement| statement.contains(&written)), "{name}");
    }
}

#[test]
fn the_table_of_members_has_every_member_and_no_other() {
    let table = between(DOCUMENT, "| --- | --- | --- | --- |\n", "\n\n");
    let documented: Vec<&str> =
        table.lines().filter(|line| line.starts_with("| `")).map(|line| between(line, "| `", "`")).collect();
    let mut documented: Vec<String> = documented.into_iter().map(str::to_owned).collect();
    let row = row(json!({"no_such_member": 1}));
    let problems = Entry::compile(&row).unwrap_err();
    let unknown = problems.iter().find(|problem| problem.path == "settings.no_such_member").unwrap();
    let known = unknown.remedy.split_once("the members here are ").unwrap().1;
    let mut known: Vec<String> = known.split(", ").map(str::to_owned).collect();
    documented.sort_unstable();
    known.sort_unstable();
    assert_eq!(documented, known);
}

fn row(settings: Value) -> IssuerRow {
    let issuer = Some(vec!["https://login.acme.example".to_owned()]);
    IssuerRow { issuer_id: "own".to_owned(), issuer, enabled: None, settings: Some(settings) }
}
