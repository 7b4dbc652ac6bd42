//! Configurations with which the service does not start, and what it says then.
//!
//! The port of each is taken by the test. A process that tried to bind it would end with another code and another message,
//! so what is seen here is that it did not try.

use std::collections::HashSet;
use std::net::TcpListener;

use super::{DATABASE, File, checked};
use crate::support::program::Ended;

/// A listener, and the table that sends the service to the same port.
fn taken_port() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, format!("[http]\nbind = \"{address}\"\n[ops]\nbind = \"127.0.0.1:0\"\n"))
}

fn assert_misconfigured(ended: &Ended, parts: &[&str]) {
    assert_eq!(ended.code, Some(64), "{ended:?}");
    assert!(!ended.stderr.contains("cannot be listened on"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("hunter2") && !ended.stdout.contains("hunter2"), "a password is shown: {ended:?}");
    assert_nothing_twice(&ended.stderr);
    for part in parts {
        assert!(ended.stderr.contains(part), "{part} is missing from:\n{}", ended.stderr);
    }
}

/// A cause must not repeat what the message above it has said.
fn assert_nothing_twice(stderr: &str) {
    let mut told = HashSet::new();
    for line in stderr.lines() {
        assert!(told.insert(line.trim_start_matches("  because ")), "{line:?} is told twice:\n{stderr}");
    }
}

#[actix_rt::test]
async fn five_mistakes_are_listed_together_before_a_port_is_bound() {
    let (_listener, listeners) = taken_port();
    let text = format!(
        "{listeners}[freshness]\nmax_age = \"soon\"\n[log]\nlevel = \"loud\"\n[shutdown]\ngrace = 1\n\
         [caller.shop]\nkeys = []\n[cache]\nmax_memory = \"1\"\n{DATABASE}"
    );
    let file = File::new(&text);
    let place = |line: usize| format!("{}:{line}:", file.0.display());
    for command in ["check-config", "serve"] {
        let ended = file.with(command).await;
        let mistakes = ["freshness.max_age", "log.level", "shutdown.grace", "caller.shop.keys", "cache.max_memory"];
        assert_misconfigured(&ended, &mistakes);
        assert_misconfigured(&ended, &[&place(6), &place(8), &place(10), &place(12), &place(14)]);
        assert_eq!(ended.stderr.lines().count(), 1 + mistakes.len(), "{}", ended.stderr);
    }
}

#[actix_rt::test]
async fn a_broken_claim_template_is_told_before_a_port_is_bound() {
    let (_listener, listeners) = taken_port();
    let file = File::new(&format!("{listeners}{DATABASE}[claims.access_token]\nroles = \"membership.\"\n"));
    for command in ["check-config", "serve"] {
        assert_misconfigured(&file.with(command).await, &["[claims] is not a claim template", "roles"]);
    }
}

#[actix_rt::test]
async fn a_database_on_another_machine_needs_encryption() {
    let (_listener, listeners) = taken_port();
    let remote = |query: &str, more: &str| {
        format!("{listeners}{more}[database]\nurl = \"postgres://claimsmith:hunter2@db.example/app{query}\"\n")
    };
    for query in ["", "?sslmode=disable", "?sslmode=prefer"] {
        let file = File::new(&remote(query, ""));
        for command in ["check-config", "serve", "migrate"] {
            let ended = file.with(command).await;
            assert_misconfigured(&ended, &["database.url", "sslmode=require", "insecure.plaintext_database"]);
        }
        let relaxed = checked(&remote(query, "[insecure]\nplaintext_database = true\n")).await;
        assert_eq!(relaxed.code, Some(0), "{relaxed:?}");
        assert!(relaxed.stdout.contains("warning: insecure.plaintext_database is on"), "{relaxed:?}");
    }
    let encrypted = checked(&remote("?sslmode=require", "")).await;
    assert_eq!(encrypted.code, Some(0), "{encrypted:?}");
}

#[actix_rt::test]
async fn every_connection_string_is_held_to_it() {
    let (_listener, listeners) = taken_port();
    for (key, commands) in [("listener_url", ["check-config", "serve"]), ("owner_url", ["check-config", "migrate"])] {
        let file = File::new(&format!("{listeners}{DATABASE}{key} = \"postgres://owner:hunter2@db.example/app\"\n"));
        for command in commands {
            assert_misconfigured(&file.with(command).await, &[&format!("database.{key}"), "sslmode=require"]);
        }
    }
}

#[actix_rt::test]
async fn a_connection_string_that_is_none_is_told_without_its_password() {
    let (_listener, listeners) = taken_port();
    let url = "postgres://claimsmith:hunter2@localhost:port/app";
    let file = File::new(&format!("{listeners}[database]\nurl = \"{url}\"\n"));
    for command in ["check-config", "serve"] {
        assert_misconfigured(&file.with(command).await, &["database.url cannot be used"]);
    }
}

#[actix_rt::test]
async fn a_port_that_is_taken_is_no_mistake_of_the_configuration() {
    let (listener, listeners) = taken_port();
    let ended = File::new(&format!("{listeners}{DATABASE}")).with("serve").await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let expected = format!("claimsmith: http.bind = {} cannot be listened on", listener.local_addr().unwrap());
    assert!(ended.stderr.contains(&expected), "{}", ended.stderr);
    assert!(ended.stderr.contains("because "), "and the system's reason: {}", ended.stderr);
}
