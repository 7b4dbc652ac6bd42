//! What is spoken in some rooms only: SQL, addresses of actors, the names of the frameworks.

use super::{Offence, Source, assert_none, planted};

/// These judge and compute; whoever calls them brings the framework.
const WITHOUT_ACTIX: &[&str] = &["claims", "surfaces", "cache"];
const WITH_SQL: &[&str] = &["directory", "demo"];
/// What it asks is no other room's, and its remedies are statements.
const DOCTOR: &str = "src/cli/doctor/";
/// In capitals anywhere; in small letters at the beginning of a text.
const STATEMENTS: &[&str] =
    &["SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ", "LISTEN ", "NOTIFY ", "CREATE TABLE ", "ALTER ", "DROP "];

fn speaks_sql(line: &str) -> bool {
    let begins_a_text = |statement: &str| line.contains(&format!("\"{}", statement.to_ascii_lowercase()));
    line.contains(".sql\"") || STATEMENTS.iter().any(|statement| line.contains(statement) || begins_a_text(statement))
}

fn sql(source: &Source) -> Vec<Offence> {
    if WITH_SQL.contains(&source.room()) || source.file.starts_with(DOCTOR) {
        return Vec::new();
    }
    let lines = source.code().filter(|(_, line)| speaks_sql(line));
    lines.map(|(line, _)| source.offence(line, "SQL is for the directory alone")).collect()
}

fn addresses(source: &Source) -> Vec<Offence> {
    if source.room() == "supervision" || source.file.ends_with("_actor.rs") {
        return Vec::new();
    }
    let lines = source.code().filter(|(_, line)| has_word(line, "Addr") || has_word(line, "Recipient"));
    lines.map(|(line, _)| source.offence(line, "an actor's address is for actors and supervision")).collect()
}

fn frameworks(source: &Source) -> Vec<Offence> {
    if !WITHOUT_ACTIX.contains(&source.room()) {
        return Vec::new();
    }
    let lines = source.code().filter(|(_, line)| line.contains("actix"));
    lines.map(|(line, _)| source.offence(line, format!("{} knows no framework", source.room()))).collect()
}

/// `Addr`, but not `IpAddr` or `Address`.
fn has_word(line: &str, word: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    line.match_indices(word).any(|(at, _)| {
        let (before, after) = (&line[..at], &line[at + word.len()..]);
        !before.ends_with(is_part) && !after.starts_with(is_part)
    })
}

#[test]
fn sql_is_spoken_by_the_directory_alone() {
    assert_none(sql);
}

#[test]
fn addresses_of_actors_stay_with_actors_and_supervision() {
    assert_none(addresses);
}

#[test]
fn what_judges_and_computes_knows_no_framework() {
    assert_none(frameworks);
}

#[test]
fn sql_elsewhere_is_found() {
    let text =
        "// SELECT is fine here\nlet q = \"SELECT 1\";\nlet q = \"select 1\";\nlet q = include_str!(\"a.sql\");\n";
    assert_eq!(planted(sql, "src/roles/mod.rs", text), [2, 3, 4]);
    assert_eq!(planted(sql, "src/cli/issuer_check.rs", text), [2, 3, 4]);
    assert!(planted(sql, "src/directory/queries.rs", text).is_empty());
    assert!(planted(sql, "src/cli/doctor/checks/pooler.rs", text).is_empty());
    assert!(planted(sql, "src/roles/mod.rs", "tokio::select! {}\nlet update = 1;\n").is_empty());
}

#[test]
fn an_address_elsewhere_is_found() {
    let text =
        "use std::net::{IpAddr, SocketAddr};\nuse actix::Addr;\nlet it: Addr<Actor>;\nlet it: Option<Recipient<M>>;\n";
    assert_eq!(planted(addresses, "src/http/mod.rs", text), [2, 3, 4]);
    assert!(planted(addresses, "src/roles/tenant_actor.rs", text).is_empty());
}

#[test]
fn a_framework_in_a_pure_room_is_found() {
    for file in ["src/claims/mod.rs", "src/surfaces/core/mod.rs", "src/cache/table.rs"] {
        assert_eq!(planted(frameworks, file, "use actix_web::web::Bytes;\nuse actix::Actor;\n"), [1, 2]);
    }
    assert!(planted(frameworks, "src/http/mod.rs", "use actix_web::web::Bytes;\n").is_empty());
}
